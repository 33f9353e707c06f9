"""Where representations lie on this machine, for those who want to open or copy it.

Runs in a reader thread and knows no Qt. A path that leaves its root is refused, as everywhere.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from syncgui.application import Application
from syncgui.engine.route import SyncedProject
from syncgui.index import View
from syncgui.model.errors import PathRefusedError, RootUnknownError
from syncgui.model.paths import PlacedPath, place, root_folder
from syncgui.model.representation import read_representation
from syncgui.providers import lib
from syncgui.providers.abstract_provider import AbstractProvider


@dataclass(frozen=True, slots=True)
class Place:
    """Where a representation lies on the active site; `problem` is a sentence where it can not be said.

    `path` is the file itself when there is only one, else the folder.
    """

    folder: str = ""
    path: str = ""
    problem: str = ""
    missing: bool = False  # the folder is not there at the moment; only looked at when asked for


def read_places(
    application: Application, project: SyncedProject, ids: Sequence[str], *, look: bool
) -> list[Place]:
    """Where representations lie on the active site: one place for each that still exists, in that order.

    Args:
        look: whether to look at the disk, if the folders are there now.

    Raises:
        DatabaseUnreachableError: the store does not answer.
    """
    view = project.view
    documents = {str(one.get("_id")): one for one in application.store.read(project.name, ids)}
    found: list[Place] = []
    for identifier in ids:
        if identifier not in documents:
            continue
        files = read_representation(documents[identifier]).files
        where = place_of(project, [placed_path(file.path, view) for file in files])
        missing = look and bool(where.folder) and not Path(where.folder).is_dir()
        found.append(Place(where.folder, where.path, where.problem, missing))
    return found


def placed_path(path: str, view: View) -> PlacedPath | PathRefusedError:
    """A recorded path below its root, or why it is refused."""
    try:
        return place(path, view.known_roots)
    except PathRefusedError as error:
        return error


def place_of(project: SyncedProject, placed: Sequence[PlacedPath | PathRefusedError]) -> Place:
    """The folder that holds all files which lie below the root of the first."""
    active = project.shown.active
    site = project.settings.sites.get(active)
    if site is None:
        return Place(problem=f"Site {active} is not set up on this machine")
    if not _is_on_this_machine(site.provider):
        return Place(problem=f"Site {active} is no folder of this machine")
    usable = [one for one in placed if isinstance(one, PlacedPath)]
    if not usable:
        refused = next((one for one in placed if isinstance(one, PathRefusedError)), None)
        return Place(problem=refused.sentence if refused else "It has no files")
    try:
        roots: Mapping[str, str] = site.roots
        name, folder = root_folder(usable[0], roots, site=active)
    except RootUnknownError as error:
        return Place(problem=error.sentence)
    del name
    beside = [one for one in usable if one.root_name == usable[0].root_name]
    common = _common([one.parts[:-1] for one in beside])
    holding = str(Path(folder, *common))
    only = len(placed) == 1
    return Place(holding, str(Path(folder, *beside[0].parts)) if only else holding)


@functools.cache
def _is_on_this_machine(provider: str) -> bool:
    found = lib.provider_class(provider)
    return found is not None and found.local_folder is not AbstractProvider.local_folder


def _common(folders: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    low, high = min(folders), max(folders)
    length = 0
    while length < min(len(low), len(high)) and low[length] == high[length]:
        length += 1
    return low[:length]
