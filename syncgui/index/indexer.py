"""Feeding the index from the store: first a scan, from then on what changed.

The stream's head is taken first, then everything is scanned, then the changes since that head are
applied: nothing is missed, and what is read twice does no harm. Rows and cursor are committed together,
at most 1,000 documents at a time, so that readers never wait and a kill loses nothing but the last chunk.
Each call does a bounded part.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import apsw

from syncgui.index import open_queries, project_queries, statements
from syncgui.index.index import Index
from syncgui.index.index_writer import Batch, Gathered, IndexWriter, set_meta
from syncgui.index.reading import first_of, number_of, rows_of, text_of
from syncgui.index.reconciling import Reconciler, Step
from syncgui.index.scan import SELDOM_COLLECTED, Scan
from syncgui.index.values import Caught, View
from syncgui.store.abstract_store import Store

CHUNK = 1_000
"""Documents in one transaction at most."""

_SCAN_CHUNKS = 4
_CHANGE_CHUNKS = 4
_WAKE_CHUNKS = 10
_REFRESH_CHUNK = 200
_AS_OF_EVERY_S = 10.0
_LAST = 2**62

_UNSCANNED = "SELECT id, name FROM project WHERE scanned = 0 ORDER BY id"
_TO_REFRESH = (
    "SELECT id, name, refresh_after, refresh_until FROM project"
    " WHERE scanned = 1 AND refresh_after IS NOT NULL"
)
_INSERT_VIEW = (
    "INSERT INTO project (active, remote, retry_cnt, loop_delay, roots, name) VALUES (?, ?, ?, ?, ?, ?)"
)
_UPDATE_VIEW = (
    "UPDATE project SET active = ?, remote = ?, retry_cnt = ?, loop_delay = ?, roots = ?,"
    " refresh_after = 0, refresh_until = (SELECT max(id) FROM rep) WHERE name = ?"
)


class Indexer:
    """Keeps an index right. All methods are called by one thread.

    Args:
        index: the index; its writer is this process, or becomes it when the one before has died.
        store: the truth.
        is_alive: whether a worker lives.
        wall_clock: epoch seconds.
        steady_clock: seconds that never jump.
    """

    def __init__(
        self,
        index: Index,
        store: Store,
        *,
        is_alive: Callable[[str], bool],
        wall_clock: Callable[[], float],
        steady_clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._index = index
        self._file = index.file
        self._store = store
        self._is_alive = is_alive
        self._wall_clock = wall_clock
        self._steady_clock = steady_clock
        self._writer = IndexWriter(index.file, store, is_alive, wall_clock)
        self._reconciler = Reconciler(index.file, store, self._writer)
        self._views_written = False
        self._opening = 0
        self._scan: Scan | None = None
        self._left_alone: frozenset[str] = frozenset()
        self._as_of = 0.0

    def set_views(self, views: Mapping[str, View]) -> None:
        """Index these projects, looked at in this way.

        What the index holds of other projects is kept up to date as it was. For the planner's questions
        a changed pair or `retry_cnt` takes effect at once; the rows' pair columns follow by `work`.
        """
        self._writer.views = dict(views)
        self._views_written = False
        self._index.use_views(views)

    def leave_alone(self, projects: Collection[str]) -> None:
        """Read nothing of these projects, which the store refuses; the others go on.

        What changes in them meanwhile is found by a scan when they are not left alone any more.
        """
        self._left_alone = frozenset(projects)
        if self._scan is not None and self._scan.project in self._left_alone:
            self._scan = None

    def catch_up(self) -> Caught:
        """Do a bounded part of what is to be done to be up to date; nothing while another process writes.

        Raises:
            DatabaseUnreachableError: the store does not answer, or the index file can not be written.
        """
        return self._writer.as_writer(self._catch_up, otherwise=Caught(), damaged=Caught(more=True))

    def work(self, budget_s: float) -> bool:
        """Bring pair columns up to a changed view for about so many seconds; True while there is more.

        Raises:
            DatabaseUnreachableError: as `catch_up`.
        """
        return self._writer.as_writer(lambda: self._refresh(budget_s), otherwise=False, damaged=True)

    def reconcile(self, project: str) -> Step:
        """Hold a chunk of a project against the store, for what `catch_up` can not see.

        Call it when `catch_up` had no more to do, now and then; nothing while another process writes.

        Raises:
            DatabaseUnreachableError: as `catch_up`.
        """
        if project in self._left_alone:
            return Step()
        return self._writer.as_writer(lambda: self._reconcile(project), otherwise=Step(), damaged=Step())

    def recheck_workers(self) -> int:
        """Read entries again that are leased to workers which are dead now; how many there were.

        Raises:
            DatabaseUnreachableError: as `catch_up`.
        """
        return self._writer.as_writer(self._recheck_workers, otherwise=0, damaged=0)

    # -- catching up ---------------------------------------------------------------------------------

    def _begin(self) -> None:
        if self._opening != self._file.opening:
            self._opening = self._file.opening
            self._scan = None
            self._as_of = 0.0
            self._views_written = False
        if not self._views_written:
            self._file.write(lambda db: _write_views(db, self._writer.views))
            self._views_written = True

    def _catch_up(self) -> Caught:
        self._begin()
        gathered = Gathered()
        cursor = self._file.look(lambda db: text_of(db, statements.META, ("cursor",)))
        if cursor is None:
            cursor = self._store.head()
            self._file.write(lambda db: set_meta(db, "cursor", cursor))
        self._wake(gathered)
        if self._scan_some(gathered):
            return gathered.caught(more=True)
        more = self._apply_changes(cursor, gathered)
        now = self._wall_clock()
        if not more and (gathered.changed or abs(now - self._as_of) >= _AS_OF_EVERY_S):
            self._file.write(lambda db: set_meta(db, "as_of", now))
            self._as_of = now
        return gathered.caught(more=more)

    def _apply_changes(self, cursor: str, gathered: Gathered) -> bool:
        for _ in range(_CHANGE_CHUNKS):
            changes = self._store.changes(cursor, limit=CHUNK)
            if changes.lost:
                self._file.write(lambda db, to=changes.cursor: _lose(db, to))  # type: ignore[misc]
                return True
            batches = self._batches(changes.ids)
            if batches or changes.cursor != cursor or changes.anew:
                gathered.add(
                    self._writer.commit(
                        batches,
                        cursor=changes.cursor,
                        then=lambda db, anew=changes.anew: _scan_again(db, anew),  # type: ignore[misc]
                    )
                )
            cursor = changes.cursor
            if changes.anew:
                return True
            if not changes.more:
                return False
        return True

    def _batches(self, ids_by_project: Mapping[str, Sequence[str]]) -> list[Batch]:
        """Read what is asked for from the store, for the projects that are indexed."""
        missed = [name for name, ids in ids_by_project.items() if ids and name in self._left_alone]
        if missed:
            self._file.write(lambda db: _scan_again(db, missed))
        numbers = self._file.look(
            lambda db: {
                name: project_queries.number(db, name)
                for name in ids_by_project
                if name not in self._left_alone
            }
        )
        return [
            Batch(name, numbers[name], ids, self._writer.read(name, ids))
            for name, ids in ids_by_project.items()
            if ids and numbers.get(name)
        ]

    def _wake(self, gathered: Gathered) -> None:
        """Entries whose time has come: out of backoff, or a stranger's to be looked at again."""
        now = self._wall_clock()
        for _ in range(_WAKE_CHUNKS):
            if self._file.look(lambda db: number_of(db, statements.ANY_WAITED, (now,))) is None:
                return
            again = self._writer.write(lambda _, rows: rows.promote(now, CHUNK))
            keys: dict[str, list[str]] = {}
            for project, key in self._file.look(lambda db, again=again: _projects_and_keys(db, again)):  # type: ignore[misc]
                keys.setdefault(project, []).append(key)
            if keys:
                gathered.add(self._writer.commit(self._batches(keys)))

    # -- scanning ------------------------------------------------------------------------------------

    def _scan_some(self, gathered: Gathered) -> bool:
        """Scan on; False if no project needs it."""
        scan = self._scan or self._next_scan()
        if scan is None:
            return False
        self._scan = None  # begun again should anything fail
        with SELDOM_COLLECTED:
            for _ in range(_SCAN_CHUNKS):
                documents = next(scan.chunks, None)
                if documents is None:
                    self._finish_scan(scan, gathered)
                    return True
                for start in range(0, len(documents), CHUNK):
                    readings = self._writer.readings(scan.project, documents[start : start + CHUNK])
                    part = self._writer.commit([Batch(scan.project, scan.number, (), readings, scan.see)])
                    gathered.add(part)
        self._scan = scan
        return True

    def _next_scan(self) -> Scan | None:
        waiting: list[tuple[int, str]] = self._file.look(lambda db: rows_of(db, _UNSCANNED))
        for number, name in waiting:
            if name in self._writer.views and name not in self._left_alone:
                # Every row gets the view of now; a view that changes meanwhile asks for a refresh again.
                self._file.write(lambda db, number=number: _refreshed(db, number, None))  # type: ignore[misc]
                return Scan(name, number, iter(self._store.scan(name)))
        return None

    def _finish_scan(self, scan: Scan, gathered: Gathered) -> None:
        after = 0
        while ids := self._row_ids(scan.number, after, _LAST, CHUNK):
            after = ids[-1]
            gone = [row_id for row_id in ids if not scan.has_seen(row_id)]
            if gone:
                removed = self._remove(scan.number, gone)
                gathered.changed.setdefault(scan.project, []).extend(removed)
        statement = "UPDATE project SET scanned = 1 WHERE id = ?"
        self._file.write(lambda db: db.execute(statement, (scan.number,)))

    def _remove(self, project: int, row_ids: Iterable[int]) -> list[str]:
        return self._writer.write(lambda _, rows: [rows.remove_row(project, row_id) for row_id in row_ids])

    def _row_ids(self, project: int, after: int, until: int, limit: int) -> list[int]:
        values = (project, after, until, limit)
        rows: list[tuple[int]] = self._file.look(lambda db: rows_of(db, statements.ROWS_AFTER, values))
        return [row_id for (row_id,) in rows]

    # -- after a change of view, after a worker's death ----------------------------------------------

    def _refresh(self, budget_s: float) -> bool:
        self._begin()
        end = self._steady_clock() + budget_s
        while True:
            waiting = self._to_refresh()
            if waiting is None:
                return False
            if self._steady_clock() >= end:
                return True
            number, name, after, until = waiting
            ids = self._row_ids(number, after, until or 0, _REFRESH_CHUNK)
            keys = self._file.look(lambda db, ids=ids: _keys(db, ids))  # type: ignore[misc]
            reached = ids[-1] if ids else None
            self._writer.commit(
                self._batches({name: keys}),
                then=lambda db, number=number, reached=reached: _refreshed(db, number, reached),  # type: ignore[misc]
            )

    def _to_refresh(self) -> tuple[int, str, int, int | None] | None:
        return first_of(self._file.look(lambda db: rows_of(db, _TO_REFRESH)))

    def _reconcile(self, project: str) -> Step:
        self._begin()
        return self._reconciler.step(project)

    def _recheck_workers(self) -> int:
        self._begin()
        freed = 0
        for worker in sorted(self._file.look(open_queries.leased_workers)):
            if not self._is_alive(worker):
                freed += self._free(worker)
        return freed

    def _free(self, worker: str) -> int:
        entries = self._file.look(lambda db: number_of(db, statements.LEASED_TO, (worker,))) or 0
        while rows := self._entries_of(worker):
            keys: dict[str, list[str]] = {}
            for project, key in rows:
                keys.setdefault(project, []).append(key)
            self._writer.commit(self._batches(keys), dead=worker)
        return entries

    def _entries_of(self, worker: str) -> list[tuple[str, str]]:
        return self._file.look(lambda db: rows_of(db, statements.OF_WORKER, (worker, CHUNK)))


def _write_views(db: apsw.Connection, views: Mapping[str, View]) -> None:
    for name, view in views.items():
        before = project_queries.stored_view(db, name)
        if before == view:
            continue
        roots = json.dumps({root: list(folders) for root, folders in view.known_roots.items()})
        values = (view.pair.active, view.pair.remote, view.retry_cnt, view.loop_delay_s, roots, name)
        db.execute(_INSERT_VIEW if before is None else _UPDATE_VIEW, values)


def _lose(db: apsw.Connection, cursor: str) -> None:
    set_meta(db, "cursor", cursor)
    db.execute("UPDATE project SET scanned = 0")


def _scan_again(db: apsw.Connection, projects: Iterable[str]) -> None:
    for name in projects:
        db.execute("UPDATE project SET scanned = 0 WHERE name = ?", (name,))


def _keys(db: apsw.Connection, row_ids: Iterable[int]) -> list[str]:
    keys = (text_of(db, statements.KEY, (row_id,)) for row_id in row_ids)
    return [key for key in keys if key is not None]


def _projects_and_keys(db: apsw.Connection, row_ids: Iterable[int]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for row_id in row_ids:
        found.extend(rows_of(db, statements.PROJECT_AND_KEY, (row_id,)))
    return found


def _refreshed(db: apsw.Connection, project: int, after: int | None) -> None:
    db.execute("UPDATE project SET refresh_after = ? WHERE id = ?", (after, project))
