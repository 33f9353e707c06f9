"""Keeps the index up to the store, or follows another program of this user that does.

One program per machine and database writes the index. The others look at the store's changes by
themselves, for what they have under way, and know when the writer has not got there yet.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence

from syncgui.index import Index, Indexer, View
from syncgui.store.abstract_store import Store

_log = logging.getLogger(__name__)
_BACKGROUND_S = 0.05


class IndexKeeper:
    """The index as the loop uses it. Owned by the loop's thread."""

    def __init__(self, index: Index, store: Store, indexer: Indexer) -> None:
        self._index = index
        self._store = store
        self._indexer = indexer
        self._followed: str | None = None
        self._projects: tuple[str, ...] = ()
        self.is_behind = False  # there is more to do: call `catch_up` again soon

    def set_views(self, views: Mapping[str, View]) -> None:
        """How projects are looked at from now on."""
        self._projects = tuple(views)
        self._indexer.set_views(views)

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

    def _follow(self) -> Iterator[tuple[str, Sequence[str]]]:
        if self._followed is None:
            self._followed = self._store.head()
        changes = self._store.changes(self._followed)
        self._followed = changes.cursor
        yield from changes.ids.items()
        unseen = any(self._index.totals(name).pair is None for name in self._projects)
        self.is_behind = changes.more or unseen or self._index.cursor() != self._store.head()
