"""`retry`: files that failed, or wait for a later try, are tried again now."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from syncgui.actions import Action, retry_failed
from syncgui.application import Application
from syncgui.commands.choosing import choose
from syncgui.commands.editing import act_on_chosen
from syncgui.commands.options import Database, Home, Names, Project, SettingsFolder, merged
from syncgui.commands.output import answer, counted
from syncgui.commands.refusals import RefusedError
from syncgui.commands.session import catch_up, end_if_nothing_yet, known_projects, opened

app = typer.Typer(add_completion=False)
APPS = {"retry": app}


@app.command()
def retry(
    *,
    context: typer.Context,
    names: Names = None,
    failed: Annotated[bool, typer.Option("--failed", help="Every file that failed, on any site.")] = False,
    project: Project = None,
    home: Home = None,
    settings: SettingsFolder = None,
    database: Database = None,
) -> None:
    """Try files again that failed."""
    if bool(names) == failed:
        raise RefusedError("Which files is not clear", "Name ids or paths, or give --failed, not both.")
    options = merged(context, home, settings, database)
    with opened(options, os.environ) as application:
        end_if_nothing_yet(application, names)
        if failed:
            changed = _retry_failed(application, project)
        else:
            chosen = choose(application, project, names or (), everything=False)
            changed = act_on_chosen(application, chosen, Action.RETRY)
    answer(f"{counted(changed, 'file')} will be tried again.")


def _retry_failed(application: Application, project: str | None) -> int:
    wanted = known_projects(application, [project] if project else [])
    catch_up(application, application.projects())
    return retry_failed(application, list(wanted)) if wanted else 0
