"""`download`: brings files to this machine's active site that only other sites have."""

from __future__ import annotations

import os

import typer

from syncgui.commands.choosing import Choice, choose
from syncgui.commands.editing import edit_chosen, target
from syncgui.commands.options import Database, Everything, Home, Names, Project, SettingsFolder, merged
from syncgui.commands.output import answer, counted, say
from syncgui.commands.session import end_if_nothing_yet, opened
from syncgui.model.edits import DOWNLOAD_PRIORITY, Edit, Wish
from syncgui.model.representation import File, Representation

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
        end_if_nothing_yet(application, options, os.environ, names)
        chosen = choose(application, project, names or (), everything=everything)
        changed = sum(edit_chosen(application, [one], _Asking(one).edits) for one in chosen)
        for one in chosen:
            if one.project.idle_reason:
                say(f"Nothing moves at the moment: {one.project.idle_reason}")
    answer(f"{counted(changed, 'file')} will be downloaded.")


class _Asking:
    """Asks for files that are not here."""

    def __init__(self, choice: Choice) -> None:
        self._site = choice.project.settings.active_site

    def edits(self, representation: Representation, file: File) -> list[Edit]:
        """A new wish, ahead of ordinary ones, or an old one put ahead."""
        here = file.entries.get(self._site)
        if not any(entry.present for entry in file.entries.values()) or (here and here.present):
            return []
        where = target(representation, file, self._site)
        if here is None:
            return [Edit(where, Wish.ADD, DOWNLOAD_PRIORITY)]
        return (
            [Edit(where, Wish.SET_PRIORITY, DOWNLOAD_PRIORITY)] if here.priority < DOWNLOAD_PRIORITY else []
        )
