"""What an edit is about: representations by id, single files by path, or all of a project.

An id or a path that no project has is refused before anything is changed. What is chosen is read from the
store in chunks; the index is not asked, for it may be behind.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from syncgui.application import Application
from syncgui.commands.refusals import RefusedError
from syncgui.commands.session import known_projects
from syncgui.engine.project_roots import known_roots
from syncgui.engine.route import SyncedProject
from syncgui.model.errors import PathRefusedError
from syncgui.model.paths import path_key, place
from syncgui.model.representation import Document, File, Representation, read_representation
from syncgui.store.abstract_store import Store

_ID = re.compile(r"[0-9a-fA-F]{24}")
_CHUNK = 100


@dataclass(slots=True)
class Choice:
    """What was chosen of one project.

    Args:
        everything: all representations; else those of `ids`, whole where no path is given.
        ids: representations to their files' path keys, None for all files.
    """

    project: SyncedProject
    everything: bool = False
    ids: dict[str, set[str] | None] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The project's name."""
        return self.project.name

    def representations(self, store: Store) -> Iterator[tuple[Representation, Sequence[File]]]:
        """Each representation with the files that were chosen of it."""
        if self.everything:
            for documents in store.scan(self.name):
                for document in documents:
                    found = read_representation(document)
                    yield found, found.files
            return
        known = known_roots(self.project.settings)
        for document in _read(store, self.name, list(self.ids)):
            found = read_representation(document)
            keys = self.ids[found.id]
            yield found, [one for one in found.files if keys is None or path_key(one.path, known) in keys]


def choose(
    application: Application, project: str | None, names: Sequence[str], *, everything: bool
) -> list[Choice]:
    """What ids, paths or `--all` mean.

    Raises:
        RefusedError: nothing or too much was named, or something that is not there.
    """
    if bool(names) == everything:
        raise RefusedError("Which files is not clear", "Name ids or paths, or give --all, not both.")
    projects = known_projects(application, [project] if project else [])
    if not everything:
        return _by_name(application.store, projects, names)
    if len(projects) > 1:
        raise RefusedError(
            f"--all is about one project, and the database has several: {', '.join(sorted(projects))}",
            "Name one with --project.",
        )
    return [Choice(one, everything=True) for one in projects.values()]


def _by_name(store: Store, projects: Mapping[str, SyncedProject], names: Sequence[str]) -> list[Choice]:
    choices = {name: Choice(project) for name, project in projects.items()}
    found: dict[str, set[str]] = {name: set() for name in names}
    # What looks like an id is one; anything else may be the odd id of somebody's record, or a path.
    paths = [name for name in found if not _ID.fullmatch(name)]
    ids = {name.lower() if _ID.fullmatch(name) else name: name for name in found}
    for project, choice in choices.items():
        for document in _read(store, project, list(ids)):
            identifier = str(document["_id"])
            choice.ids[identifier] = None
            found[ids[identifier]].add(project)
        if paths:
            _find_paths(store, choice, paths, found)
    for name, where in found.items():
        if not where:
            raise RefusedError(f"There is no representation or file {name}", "Nothing was changed.")
        if len(where) > 1:
            raise RefusedError(
                f"{name} is in several projects: {', '.join(sorted(where))}", "Name one with --project."
            )
    return [choice for choice in choices.values() if choice.ids]


def _read(store: Store, project: str, ids: Sequence[str]) -> Iterator[Document]:
    for first in range(0, len(ids), _CHUNK):
        yield from store.read(project, ids[first : first + _CHUNK])


def _find_paths(store: Store, choice: Choice, paths: Sequence[str], found: dict[str, set[str]]) -> None:
    """Note every representation that lists one of the paths."""
    known = known_roots(choice.project.settings)
    meant: dict[str, str] = {key: path for path in paths for key in _keys(path, known)}
    for documents in store.scan(choice.name):
        for document in documents:
            representation = read_representation(document)
            for file in representation.files:
                key = path_key(file.path, known)
                if key not in meant:
                    continue
                found[meant[key]].add(choice.name)
                keys = choice.ids.setdefault(representation.id, set())
                if keys is not None:
                    keys.add(key)


def _keys(path: str, known: Mapping[str, Sequence[str]]) -> set[str]:
    """The keys that a path as a person gives it may have: a template, or where it lies on this machine."""
    if path.startswith("{"):
        return {path_key(path, known)}
    keys: set[str] = set()
    for absolute in (Path(path).absolute(), Path(path).resolve()):
        for name, folders in known.items():
            here = [Path(folder) for folder in folders if Path(folder).is_absolute()]
            try:
                placed = place(
                    str(absolute), {name: [str(one) for root in here for one in (root, root.resolve())]}
                )
            except PathRefusedError:
                continue
            keys.add(placed.key)
    return keys
