"""Holding an index against its store, chunk by chunk, for stores that can not tell every change.

A round walks through a project once: what differs is written, what is equal costs a comparison. Rows that
the walk did not meet are looked up at its end; those that the store does not have any more are removed.
Changes may be applied between two chunks: a chunk is read and applied in one step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from syncgui.index import project_queries, statements
from syncgui.index.index_file import IndexFile
from syncgui.index.index_writer import Batch, Gathered, IndexWriter
from syncgui.index.reading import rows_of, text_of
from syncgui.index.scan import Scan
from syncgui.store.abstract_store import Store

_CHUNK = 1_000
_LAST = 2**62


@dataclass(frozen=True, slots=True)
class Step:
    """What one step did. `documents` were compared; `is_over`: the round is done, or there is none.

    `changed` are the ids of what differed, by project.
    """

    documents: int = 0
    changed: Mapping[str, Sequence[str]] = field(default_factory=dict)
    notes: Sequence[str] = ()
    is_over: bool = True


@dataclass(slots=True)
class _Round:
    scan: Scan
    opening: int
    is_walked: bool = False
    after: int = 0


class Reconciler:
    """Rounds through projects, each at its own place. Called by the indexer, as the index's writer."""

    def __init__(self, file: IndexFile, store: Store, writer: IndexWriter) -> None:
        self._file = file
        self._store = store
        self._writer = writer
        self._rounds: dict[str, _Round] = {}

    def step(self, project: str) -> Step:
        """One chunk of the round through this project; begins it if none is under way."""
        one = self._rounds.pop(project, None)  # begun again should anything fail
        if one is None or one.opening != self._file.opening:
            one = self._begin(project)
        if one is None:
            return Step()
        step = self._look_up(one) if one.is_walked else self._walk(one)
        if not step.is_over:
            self._rounds[project] = one
        return step

    def _begin(self, project: str) -> _Round | None:
        number = self._file.look(lambda db: project_queries.number(db, project))
        if not number:
            return None
        return _Round(Scan(project, number, iter(self._store.scan(project))), self._file.opening)

    def _walk(self, one: _Round) -> Step:
        documents = next(one.scan.chunks, None)
        if documents is None:
            one.is_walked = True
            return self._look_up(one)
        scan, gathered = one.scan, Gathered()
        for start in range(0, len(documents), _CHUNK):
            readings = self._writer.readings(scan.project, documents[start : start + _CHUNK])
            gathered.add(self._writer.commit([Batch(scan.project, scan.number, (), readings, scan.see)]))
        return Step(len(documents), gathered.changed, gathered.notes, is_over=False)

    def _look_up(self, one: _Round) -> Step:
        """Read what the walk did not meet: it is gone, or came after the walk had passed its place."""
        scan = one.scan
        while True:
            values = (scan.number, one.after, _LAST, _CHUNK)
            rows: list[tuple[int]] = self._file.look(
                lambda db, values=values: rows_of(db, statements.ROWS_AFTER, values)  # type: ignore[misc]
            )
            if not rows:
                return Step()
            ids = [row_id for (row_id,) in rows]
            one.after = ids[-1]
            unseen = [row_id for row_id in ids if not scan.has_seen(row_id)]
            if unseen:
                return self._read_again(scan, unseen)

    def _read_again(self, scan: Scan, row_ids: Sequence[int]) -> Step:
        found = self._file.look(lambda db: [text_of(db, statements.KEY, (row_id,)) for row_id in row_ids])
        keys = [key for key in found if key is not None]
        batch = Batch(scan.project, scan.number, keys, self._writer.read(scan.project, keys))
        gathered = self._writer.commit([batch])
        return Step(len(keys), gathered.changed, gathered.notes, is_over=False)
