"""`download`: brings files to this machine's active site that only other sites have."""

from __future__ import annotations

import os

import typer

from syncgui.actions import Action
from syncgui.commands.choosing import choose
from syncgui.commands.editing import act_on_chosen
from syncgui.commands.options import Database, Everything, Home, Names, Project, SettingsFolder, merged
from syncgui.commands.output import answer, counted, say
from syncgui.commands.session import end_if_nothing_yet, opened

app = typer.Typer(add_completion=False)
APPS = {"download": app}


@app.command()
def download(
    *,
    context: typer.Context,
    names: Names = None,
    everything: Everything = False,
    project: Project = None,
    home: Home = None,
    settings: SettingsFolder = None,
    database: Database = None,
) -> None:
    """Bring files to this machine's site that other sites have."""
    options = merged(context, home, settings, database)
    with opened(options, os.environ) as application:
        end_if_nothing_yet(application, names)
        chosen = choose(application, project, names or (), everything=everything)
        changed = act_on_chosen(application, chosen, Action.DOWNLOAD)
        for one in chosen:
            if one.project.idle_reason:
                say(f"Nothing moves at the moment: {one.project.idle_reason}")
    answer(f"{counted(changed, 'file')} will be downloaded.")
