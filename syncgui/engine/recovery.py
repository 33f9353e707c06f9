"""What dead programs left behind: their partials are removed, their kept results recorded.

Only a worker whose process is known to have ended is cleaned up after: one that is merely stopped or cut
off still owns its partials. And only where its site is connected now; everything else stays noted for the
next time. A worker that this store does not know may live on another.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable

from syncgui.engine.environment import Clock
from syncgui.engine.route import SyncedProject
from syncgui.engine.site_access import SiteAccesses
from syncgui.model.errors import DatabaseUnreachableError, SyncError
from syncgui.providers.local_folder import LocalFolder, read_partial_name
from syncgui.state import Partial, StateFile
from syncgui.store.abstract_store import Store

_NOT_ASKED_S = 30.0
_AGAIN_S = 60.0

_log = logging.getLogger(__name__)


class Recovery:
    """Cleans up after the dead."""

    def __init__(self, store: Store, state: StateFile, accesses: SiteAccesses, clock: Clock) -> None:
        self._store = store
        self._state = state
        self._accesses = accesses
        self._clock = clock
        self._not_asked_before_s = float("-inf")
        self._entered: set[str] = set()
        self._ended: set[str] = set()
        self._unknown: set[str] = set()  # of those, at the last look: the ones that the store does not know
        self._is_unsure = False  # a program of this user is taken for dead and has not surely ended
        self._again_s = float("inf")  # what ended ones left could not be dealt with: then again

    @property
    def is_waiting(self) -> bool:
        """Whether programs of this user are to be looked at again, though nobody has died since."""
        return self._is_unsure or self._clock.steady_s() >= self._again_s

    def ended_workers(self) -> set[str]:
        """Programs of this user that worked on this store, have ended and left something."""
        ours = self._state.workers(self._store.identity)
        # First who left something and who has entered, then who has ended: one that is just beginning is not
        # known to the store yet, which looks like an end, and has nothing.
        left = self._owners()
        self._entered = {one.name for one in self._store.workers()} if ours else set()
        self._ended = {worker for worker in ours if self._store.has_ended(worker)}
        self._is_unsure = any(not self._store.is_alive(worker) for worker in set(ours) - self._ended)
        return self._ended & left

    def has_ended(self, worker: str) -> bool:
        """Whether a worker that left something is a program of this user that has ended."""
        return worker in self._state.workers(self._store.identity) and self._store.has_ended(worker)

    def remove_partials(self, dead: Collection[str], projects: Iterable[SyncedProject]) -> int:
        """Remove the partials that these dead programs of this user left; how many."""
        removed = 0
        every = list(projects)
        for worker, partials in self._state.partials().items():
            if worker not in dead:
                continue
            # Only sites on which something lies are built and looked at.
            left = [one for one in partials if not one.is_kept(self._clock.wall_s())]
            folders = self._folders(every, {(one.site, one.root) for one in left})
            gone = [one for one in left if _remove(folders.get((one.site, one.root)), one)]
            self._state.drop_partials(worker, gone)
            removed += len(gone)
            _log.info("removed %d partials of worker %s, which is gone", len(gone), worker)
        return removed

    def forget_workers(self) -> None:
        """Remove the records of ended workers that left nothing, or nothing any more.

        One that the store does not know may be just beginning: it goes when it is still unknown later.
        """
        left = self._owners()
        gone = self._ended - left
        now_unknown = gone - self._entered
        unknown, self._unknown = self._unknown & now_unknown, now_unknown
        for worker in sorted(unknown | (gone & self._entered)):
            self._store.forget(worker)
            self._state.drop_worker(worker)
            if not self._store.has_ended(worker):
                self._state.note_worker(worker, self._store.identity)
        is_all = self._ended.isdisjoint(left) and self._unknown <= unknown
        self._again_s = float("inf") if is_all else self._clock.steady_s() + _AGAIN_S

    def known_ended(self) -> frozenset[str]:
        """Workers of the store, whoever's and wherever, that have ended and may have left partials.

        Raises:
            DatabaseUnreachableError: the store does not answer, or did not a moment ago: a slot that
                finds that out waits its time limit, which the others need not do after it.
        """
        if self._clock.steady_s() < self._not_asked_before_s:
            raise DatabaseUnreachableError(detail="it did not answer a moment ago")
        try:
            dead = [worker.name for worker in self._store.workers() if not worker.alive]
            return frozenset(worker for worker in dead if self._store.has_ended(worker))
        except DatabaseUnreachableError:
            self._not_asked_before_s = self._clock.steady_s() + _NOT_ASKED_S
            raise

    def clean_folder(self, folder: LocalFolder, parts: tuple[str, ...], dead: Collection[str]) -> None:
        """Remove what these dead workers left in one folder of a site."""
        now = self._clock.wall_s()
        kept = {
            one.name for partials in self._state.partials().values() for one in partials if one.is_kept(now)
        }
        for name in folder.list_partials(parts):
            owner = read_partial_name(name)
            if owner is not None and owner[1] in dead and name not in kept:
                folder.remove_partial((*parts, name), name)

    def _owners(self) -> set[str]:
        """Workers of which partials or results are noted."""
        return set(self._state.partials()) | {one.worker for one in self._state.kept_results()}

    def _folders(
        self, projects: Iterable[SyncedProject], wanted: set[tuple[str, str]]
    ) -> dict[tuple[str, str], LocalFolder]:
        found: dict[tuple[str, str], LocalFolder] = {}
        for project in projects:
            for site, root in wanted - found.keys():
                settings = project.settings.sites.get(site)
                if settings is None or root not in settings.roots.values():
                    continue
                try:
                    folder = self._accesses.get(project.settings, site).provider.local_folder(root)
                except SyncError:
                    continue  # not connected: what lies there stays noted
                if folder is not None and self._is_as_last_time(site, root, folder):
                    found[site, root] = folder
        return found

    def _is_as_last_time(self, site: str, root: str, folder: LocalFolder) -> bool:
        """Whether a root is the folder that it was; in another one nothing lies, which says nothing."""
        memory = self._state.root(site, root)
        return memory is None or (memory.device, memory.inode) == folder.identity


def _remove(folder: LocalFolder | None, partial: Partial) -> bool:
    if folder is None:
        return False
    try:
        folder.remove_partial(tuple(partial.path.split("/")), partial.name)
    except SyncError as error:
        _log.warning("a partial could not be removed: %s", error.sentence)
        return False
    return True
