"""Keeps the index up to the store, or follows another program of this user that does.

One program per machine and database writes the index. The others look at the store's changes by
themselves, for what they have under way, and know when the writer has not got there yet.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence

from syncgui.engine.environment import Clock
from syncgui.engine.reconciliation import Reconciliation
from syncgui.index import Index, Indexer, View
from syncgui.store.abstract_store import Store

_log = logging.getLogger(__name__)
_BACKGROUND_S = 0.05
_APART_S = 2.0


class IndexKeeper:
    """The index as the loop uses it. Owned by the loop's thread."""

    def __init__(self, index: Index, store: Store, indexer: Indexer, clock: Clock) -> None:
        self._index = index
        self._store = store
        self._indexer = indexer
        self._clock = clock
        self._reconciliation = Reconciliation(index, store, indexer, clock.steady_s)
        self._followed: str | None = None
        self._apart_since_s: float | None = None
        self._projects: tuple[str, ...] = ()
        self.is_behind = False  # there is more to do: call `catch_up` again soon

    def set_views(self, views: Mapping[str, View]) -> None:
        """How projects are looked at from now on."""
        self._projects = tuple(views)
        self._indexer.set_views(views)
        self._reconciliation.set_views(views)

    def leave_alone(self, projects: Collection[str]) -> None:
        """Ask nothing of these projects from now on."""
        self._indexer.leave_alone(projects)

    def catch_up(self) -> Iterator[tuple[str, Sequence[str]]]:
        """Bring the index up to the store, part by part; gives project and ids of what changed.

        Raises:
            DatabaseUnreachableError: the store does not answer.
        """
        if not self._index.become_writer():
            yield from self._follow()
            return
        self._followed = None
        more = True
        while more:
            caught = self._indexer.catch_up()
            more = caught.more
            for note in caught.notes:
                _log.warning("%s", note)
            yield from caught.changed.items()
        self.is_behind = self._indexer.work(_BACKGROUND_S)

    def recheck_workers(self, own: str) -> bool:
        """Free the entries of workers that died since; whether there were any."""
        return bool(self._index.leased_workers() - {own}) and self._indexer.recheck_workers() > 0

    def reconcile(self, *, is_busy: bool) -> Mapping[str, Sequence[str]]:
        """Hold a bit of the index against the store, if that is due; ids of what differed, by project.

        Args:
            is_busy: whether other work waits.

        Raises:
            DatabaseUnreachableError: the store does not answer.
        """
        if self.is_behind or not self._index.is_writer:
            return {}
        return self._reconciliation.step(is_busy=is_busy)

    def next_due_s(self) -> float:
        """Seconds until `reconcile` has something to do; infinite if never."""
        return self._reconciliation.next_due_s() if self._index.is_writer else float("inf")

    def _follow(self) -> Iterator[tuple[str, Sequence[str]]]:
        """See what changed, and whether the index's writer has seen it, too.

        Both go on from one cursor, so both come to the same place: a stream tells two programs within
        milliseconds, two that look for themselves are a look apart. A writer that went another way, whose
        cursor was lost or who adopted an older one, is followed from where it is.
        """
        if self._followed is None or self._is_apart_for_long():
            self._followed = self._index.cursor() or self._store.head()
            self._apart_since_s = None
        changes = self._store.changes(self._followed)
        self._followed = changes.cursor
        yield from changes.ids.items()
        unseen = any(self._index.totals(name).pair is None for name in self._projects)
        is_apart = not self._store.same_place(self._index.cursor(), self._followed)
        if not is_apart:
            self._apart_since_s = None
        elif self._apart_since_s is None:
            self._apart_since_s = self._clock.steady_s()
        self.is_behind = changes.more or unseen or is_apart

    def _is_apart_for_long(self) -> bool:
        since_s = self._apart_since_s
        return since_s is not None and self._clock.steady_s() - since_s >= _APART_S
