"""P11: a local root that is gone, or is not the folder that it was, is left alone.

A root is looked at before its first use, again whenever it is another folder than last time, and when a
file that should be there is missing: if the records say that files lie there and none of a sample is
found, the site is not connected. Where the folder changes under the running program and no record says
anything yet, what was written a moment ago may not be recorded yet: it is waited for. A person can confirm
a folder as it is.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence

from syncgui.engine.environment import Clock
from syncgui.engine.project_roots import known_roots
from syncgui.engine.site_access import SiteAccess
from syncgui.index import Index
from syncgui.model.errors import (
    DatabaseForbiddenError,
    PathRefusedError,
    RootUnknownError,
    Scope,
    SiteNotConnectedError,
    SyncError,
)
from syncgui.model.paths import ONLY_ROOT, PlacedPath, place, root_folder
from syncgui.model.representation import Document, read_representation
from syncgui.providers.local_folder import LocalFolder
from syncgui.settings import ProjectSettings
from syncgui.state import RootMemory, StateFile
from syncgui.store.abstract_store import Store

_SAMPLE_REPRESENTATIONS = 20
_FILES_OF_EACH = 3
_RECORDED_BY_S = 15.0
"""What any program wrote is recorded and known here by then: it is recorded within 5 s."""


class RootGuard:
    """Knows which local roots may be used; asked by the loop and by transfers.

    Args:
        projects: gives the settings of all projects that are synced at this moment.
        clock: the engine's.
    """

    def __init__(
        self,
        state: StateFile,
        index: Index,
        store: Store,
        projects: Callable[[], Mapping[str, ProjectSettings]],
        clock: Clock,
    ) -> None:
        self._state = state
        self._index = index
        self._store = store
        self._projects = projects
        self._clock = clock
        self._lock = threading.Lock()
        self._locks: dict[tuple[str, str], threading.Lock] = {}
        self._looked_at: dict[tuple[str, str], tuple[int, int]] = {}
        self._changed: dict[tuple[str, str], tuple[tuple[int, int], float]] = {}  # to which, seen when

    def check(self, access: SiteAccess, placed: PlacedPath) -> LocalFolder | None:
        """Make sure that a path's root may be used now; the open folder that was looked at.

        None where the site is no folder of this machine.

        Raises:
            SiteNotConnectedError: it may not.
            RootUnknownError: the site has none for this path.
        """
        folder = access.folder(placed)
        if folder is None:
            return None
        root = access.place(placed).root
        with self._lock:
            # One lock for each root: one that hangs must not hold up the others.
            lock = self._locks.setdefault((access.name, root), threading.Lock())
        with lock:
            if self._looked_at.get((access.name, root)) == folder.identity:
                self._changed.pop((access.name, root), None)
                return folder
            memory = self._state.root(access.name, root)
            device, inode = folder.identity
            if not self.examine(access, root, folder) and (access.name, root) in self._looked_at:
                self._wait_for_records(access.name, root, folder)
            if memory is None or not _same(memory, folder):
                self._state.remember_root(access.name, root, RootMemory(device, inode, confirmed=False))
            self._looked_at[access.name, root] = folder.identity
            self._changed.pop((access.name, root), None)
            return folder

    def look_again(self, access: SiteAccess, placed: PlacedPath) -> None:
        """A file that should lie there does not: is it the file, or the whole root?

        Raises:
            SiteNotConnectedError: nothing of what should lie there does.
        """
        folder = access.folder(placed)
        if folder is None:
            return
        root = access.place(placed).root
        if not folder.is_connected():
            raise SiteNotConnectedError(site=access.name, detail=f"{root} is not the folder that it was")
        self.examine(access, root, folder)

    def examine(self, access: SiteAccess, root: str, folder: LocalFolder) -> bool:
        """Look at a root as it is now, remembering nothing; whether anything speaks for it.

        False: no record says what should lie there.

        Raises:
            SiteNotConnectedError: it may not be used.
        """
        memory = self._state.root(access.name, root)
        if memory is not None and memory.confirmed and _same(memory, folder):
            return True
        return self._look(access.name, root, folder)

    def confirm(self, access: SiteAccess, root: str, folder: LocalFolder) -> None:
        """A person says that a root is right as it is, whatever the records say."""
        device, inode = folder.identity
        self._state.remember_root(access.name, root, RootMemory(device, inode, confirmed=True))

    def _wait_for_records(self, site: str, root: str, folder: LocalFolder) -> None:
        """It was another folder a moment ago, and nothing is recorded that should lie there: not yet?"""
        now = self._clock.steady_s()
        to, since = self._changed.get((site, root), (None, now))
        if to != folder.identity:
            self._changed[site, root] = (folder.identity, since := now)
        if now - since < _RECORDED_BY_S:
            detail = f"{root} is another folder than a moment ago, and no record says yet what lies in it"
            raise SiteNotConnectedError(site=site, detail=detail)

    def _look(self, site: str, root: str, folder: LocalFolder) -> bool:
        looked = 0
        for placed in self._recorded(site, root):
            try:
                if folder.facts(placed.parts) is not None:
                    return True
            except SyncError as error:
                if error.scope is not Scope.FILE:
                    raise
                continue  # what is wrong with one path says nothing of the root
            looked += 1
        if looked:
            raise SiteNotConnectedError(
                site=site,
                detail=f"{root} is there, but none of {looked} files that should lie in it was found",
            )
        return False

    def _recorded(self, site: str, root: str) -> Iterator[PlacedPath]:
        """Some files that, by the records, lie under the root."""
        for project, settings in self._projects().items():
            found = settings.sites.get(site)
            if found is None or root not in found.roots.values():
                continue
            known = known_roots(settings)
            names = _names_of(root, found.roots)
            ids = self._index.present_sample(project, site, names, limit=_SAMPLE_REPRESENTATIONS)
            for document in self._readable(project, ids):
                of_this = 0
                for file in read_representation(document).files:
                    entry = file.entries.get(site)
                    if entry is None or not entry.present or of_this == _FILES_OF_EACH:
                        continue
                    try:
                        placed = place(file.path, known)
                        if root_folder(placed, found.roots, site=site)[1] != root:
                            continue
                    except (PathRefusedError, RootUnknownError):
                        continue
                    of_this += 1
                    yield placed

    def _readable(self, project: str, ids: Sequence[str]) -> Sequence[Document]:
        try:
            return self._store.read(project, ids)
        except DatabaseForbiddenError:
            return ()  # what this user may not read says nothing, and holds up no other project


def _names_of(root: str, roots: Mapping[str, str]) -> set[str] | None:
    """The names under which records may name a root; None for any, where it serves all of them."""
    names = {name for name, folder in roots.items() if folder == root}
    return None if ONLY_ROOT in names or len(roots) == 1 else names


def _same(memory: RootMemory, folder: LocalFolder) -> bool:
    return (memory.device, memory.inode) == folder.identity
