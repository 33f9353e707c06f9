"""`pause` and `resume`: without names this machine, over restarts; with names the files, for everyone."""

from __future__ import annotations

import math
import os
from typing import Annotated

import typer

from syncgui.actions import Action
from syncgui.application import Application
from syncgui.commands.choosing import choose
from syncgui.commands.editing import act_on_chosen
from syncgui.commands.options import Database, Everything, Home, Names, Project, SettingsFolder, merged
from syncgui.commands.output import answer, counted
from syncgui.commands.refusals import RefusedError
from syncgui.commands.session import end_if_nothing_yet, opened
from syncgui.commands.status import pause_sentence

_pause = typer.Typer(add_completion=False)
_resume = typer.Typer(add_completion=False)
APPS = {"pause": _pause, "resume": _resume}

_MOST_MINUTES = 525_600  # a year


@_pause.command()
def pause(
    *,
    context: typer.Context,
    names: Names = None,
    everything: Everything = False,
    minutes: Annotated[
        int | None,
        typer.Option(
            "--for",
            metavar="MINUTES",
            min=1,
            max=_MOST_MINUTES,
            help="End this machine's pause by itself after so long.",
        ),
    ] = None,
    project: Project = None,
    home: Home = None,
    settings: SettingsFolder = None,
    database: Database = None,
) -> None:
    """Pause this machine, or, for everyone, the files that are named."""
    options = merged(context, home, settings, database)
    with opened(options, os.environ) as application:
        if not names and not everything:
            _refuse_project(project)
            now = application.environment.clock.wall_s()
            until = math.inf if minutes is None else now + 60 * minutes
            application.state.pause(until)
            answer(pause_sentence(until))
            return
        if minutes is not None:
            raise RefusedError(
                "--for is about this machine's pause, and files were named", "Leave --for out."
            )
        end_if_nothing_yet(application, names)
        changed = _edit(application, project, names, everything, Action.PAUSE)
    answer(f"{counted(changed, 'file')} paused, for everyone.")


@_resume.command()
def resume(
    *,
    context: typer.Context,
    names: Names = None,
    everything: Everything = False,
    project: Project = None,
    home: Home = None,
    settings: SettingsFolder = None,
    database: Database = None,
) -> None:
    """Go on after a pause: of this machine, or of the files that are named."""
    options = merged(context, home, settings, database)
    with opened(options, os.environ) as application:
        if not names and not everything:
            _refuse_project(project)
            application.state.resume()
            application.state.wake()
            answer("This machine is not paused.")
            return
        end_if_nothing_yet(application, names)
        changed = _edit(application, project, names, everything, Action.RESUME)
    answer(f"{counted(changed, 'file')} not paused any more.")


def _refuse_project(project: str | None) -> None:
    if project is not None:
        raise RefusedError(
            "This machine's pause is about all projects", "Name ids or give --all, or leave --project out."
        )


def _edit(
    application: Application,
    project: str | None,
    names: list[str] | None,
    everything: bool,
    action: Action,
) -> int:
    chosen = choose(application, project, names or (), everything=everything)
    return act_on_chosen(application, chosen, action)
