"""`pause` and `resume`: without names this machine, over restarts; with names the files, for everyone."""

from __future__ import annotations

import math
import os
from typing import Annotated

import typer

from syncgui.application import Application
from syncgui.commands.choosing import Choice, choose
from syncgui.commands.editing import edit_chosen, target
from syncgui.commands.options import Database, Everything, Home, Names, Project, SettingsFolder, merged
from syncgui.commands.output import answer, counted
from syncgui.commands.refusals import RefusedError
from syncgui.commands.session import end_if_nothing_yet, opened
from syncgui.commands.status import pause_sentence
from syncgui.model.edits import Edit, Wish
from syncgui.model.representation import File, Representation

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
        end_if_nothing_yet(application, options, os.environ, names)
        changed = _edit(application, project, names, everything, wish=Wish.PAUSE)
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
        end_if_nothing_yet(application, options, os.environ, names)
        changed = _edit(application, project, names, everything, wish=Wish.RESUME)
    answer(f"{counted(changed, 'file')} not paused any more.")


def _refuse_project(project: str | None) -> None:
    if project is not None:
        raise RefusedError(
            "This machine's pause is about all projects", "Name ids or give --all, or leave --project out."
        )


def _edit(
    application: Application, project: str | None, names: list[str] | None, everything: bool, *, wish: Wish
) -> int:
    chosen = choose(application, project, names or (), everything=everything)
    user = application.user
    return sum(edit_chosen(application, [one], _Pausing(one, wish, user).edits) for one in chosen)


class _Pausing:
    """Pauses or resumes the wishes of the pair's two sites."""

    def __init__(self, choice: Choice, wish: Wish, user: str) -> None:
        pair = choice.project.shown
        self._sites = [site for site in (pair.active, pair.remote) if site]
        self._wish = wish
        self._user = user

    def edits(self, representation: Representation, file: File) -> list[Edit]:
        """One edit for each entry that is not so already."""
        value = self._user if self._wish is Wish.PAUSE else None
        return [
            Edit(target(representation, file, site), self._wish, value)
            for site in self._sites
            if site in file.entries
            and not file.entries[site].present
            and file.entries[site].paused is (self._wish is Wish.RESUME)
        ]
