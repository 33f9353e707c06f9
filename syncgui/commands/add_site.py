"""`add-site`: asks for what is published already on one more site."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from syncgui.actions import target
from syncgui.application import Application
from syncgui.commands.choosing import Choice, choose
from syncgui.commands.editing import edit_chosen
from syncgui.commands.options import Database, Everything, Home, Names, Project, SettingsFolder, merged
from syncgui.commands.output import answer, counted, say
from syncgui.commands.refusals import RefusedError
from syncgui.commands.session import end_if_nothing_yet, opened
from syncgui.engine.project_roots import known_roots
from syncgui.engine.site_access import SiteAccess, SiteAccesses
from syncgui.model.edits import Edit, Wish
from syncgui.model.errors import PathRefusedError
from syncgui.model.paths import place
from syncgui.model.representation import File, Representation

app = typer.Typer(add_completion=False)
APPS = {"add-site": app}


@app.command()
def add_site(
    *,
    context: typer.Context,
    site: Annotated[str, typer.Argument(metavar="SITE", help="The site that the files are to come to.")],
    names: Names = None,
    everything: Everything = False,
    project: Project = None,
    home: Home = None,
    settings: SettingsFolder = None,
    database: Database = None,
) -> None:
    """Ask for published files on one more site; --all syncs what is published already."""
    options = merged(context, home, settings, database)
    with opened(options, os.environ) as application:
        end_if_nothing_yet(application, names)
        chosen = choose(application, project, names or (), everything=everything)
        for one in chosen:
            _refuse_unknown_site(one, site)
        accesses = SiteAccesses(application.environment)
        try:
            changed = sum(_add(application, one, site, accesses) for one in chosen)
        finally:
            accesses.close()
    answer(f"{counted(changed, 'file')} asked for on {site}.")


def _refuse_unknown_site(choice: Choice, site: str) -> None:
    own = choice.project.settings
    if site in own.sites:
        return
    problems = own.site_problems.get(site)
    shown = ", ".join(sorted(own.sites))
    raise RefusedError(
        problems[0].sentence if problems else f"Project {choice.name} has no site {site}",
        f"Its sites: {shown}",
    )


def _add(application: Application, choice: Choice, site: str, accesses: SiteAccesses) -> int:
    asking = _Asking(application, choice, site, accesses)
    changed = edit_chosen(application, [choice], asking.edits)
    if asking.lost:
        say(
            f"{counted(asking.lost, 'file')} without any site left alone: not on "
            f"{choice.project.settings.active_site} as recorded."
        )
    return changed


class _Asking:
    """Asks for files on a site; a record without any site first gets the one where its file lies."""

    def __init__(self, application: Application, choice: Choice, site: str, accesses: SiteAccesses) -> None:
        self._settings = choice.project.settings
        self._known = known_roots(self._settings)
        self._site = site
        self._accesses = accesses
        self._active: SiteAccess | None = None
        self._now = application.environment.utc()
        self.lost = 0

    def edits(self, representation: Representation, file: File) -> list[Edit]:
        """The edits of one file; none where it is asked for, or is there, already."""
        if self._site in file.entries:
            return []
        wish = Edit(target(representation, file, self._site), Wish.ADD)
        if file.entries:
            return [wish]
        if not self._lies_here(file):
            self.lost += 1
            return []
        active = self._settings.active_site
        here = Edit(target(representation, file, active), Wish.ADD, present_since=self._now)
        return [here] if self._site == active else [here, wish]

    def _lies_here(self, file: File) -> bool:
        """Whether the active site has the file with its recorded size, if the record has one."""
        if self._active is None:
            self._active = self._accesses.get(self._settings, self._settings.active_site)
        try:
            placed = place(file.path, self._known)
            folder = self._active.folder(placed)
            facts = folder.facts(placed.parts) if folder is not None else None
        except PathRefusedError:
            return False
        return facts is not None and facts.is_file and file.size_bytes in (None, facts.size_bytes)
