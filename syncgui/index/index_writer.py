"""Writing the index: becoming its writer, healing its file, committing documents in batches.

Whoever writes goes through `as_writer`: another process's index is left alone, a damaged or deleted file
is made anew. Rows, sums and cursor are committed together; `opening` changes whenever what was known of
the file is void.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import apsw

from syncgui.index import project_queries
from syncgui.index.index_file import DAMAGE, IndexFile
from syncgui.index.open_rows import Circumstances
from syncgui.index.row_writer import RowWriter
from syncgui.index.values import Caught, View
from syncgui.model.errors import DatabaseUnreachableError
from syncgui.model.representation import Document, Representation, read_representation
from syncgui.store.abstract_store import Store

T = TypeVar("T")

_REMAKES = 3
_HERO = "hero_version"


@dataclass(slots=True)
class Gathered:
    """What one call did so far."""

    changed: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    strangers: int = 0

    def add(self, part: Gathered) -> None:
        """Add what a committed part did."""
        for project, ids in part.changed.items():
            self.changed.setdefault(project, []).extend(ids)
        self.notes.extend(part.notes)
        self.strangers += part.strangers

    def caught(self, *, more: bool) -> Caught:
        """The answer to the caller."""
        return Caught(self.changed, more, tuple(self.notes), self.strangers)


@dataclass(frozen=True, slots=True)
class Reading:
    """A document as read from the store. `hero`: its parent is a hero version."""

    representation: Representation
    hero: bool


@dataclass(frozen=True, slots=True)
class Batch:
    """Documents of one project; `asked` ids that are not among them are gone from the store.

    `see` is told the row id of each.
    """

    project: str
    number: int
    asked: Sequence[str]
    readings: Sequence[Reading]
    see: Callable[[int], None] | None = None


class IndexWriter:
    """The one writer of an index file, while this process is that.

    Args:
        file: the index file.
        store: where documents come from.
        is_alive: whether a worker lives.
        wall_clock: epoch seconds.
    """

    def __init__(
        self, file: IndexFile, store: Store, is_alive: Callable[[str], bool], wall_clock: Callable[[], float]
    ) -> None:
        self.views: Mapping[str, View] = {}
        self._file = file
        self._store = store
        self._is_alive = is_alive
        self._wall_clock = wall_clock
        self._rows: RowWriter | None = None
        self._rows_opening = 0
        self._remade = 0

    def as_writer(self, function: Callable[[], T], *, otherwise: T, damaged: T) -> T:
        """Call the function if this process is, or can become, the writer.

        Args:
            function: reads and writes the index.
            otherwise: the answer while another process is the writer.
            damaged: the answer when the file turned out to be damaged; it is empty then.

        Raises:
            DatabaseUnreachableError: the store does not answer, or the index can not be written.
        """
        if self._store.identity != self._file.identity:
            self._file.change_identity(self._store.identity)
        if not self._file.become_writer():
            return otherwise
        try:
            self._file.check()
            result = function()
        except DAMAGE as error:
            self._remade += 1
            if self._remade > _REMAKES:
                raise self._trouble(error) from error
            self._file.remake()
            return damaged
        except apsw.Error as error:
            raise self._trouble(error) from error
        self._remade = 0
        return result

    def write(self, function: Callable[[apsw.Connection, RowWriter], T]) -> T:
        """Run the function in one transaction, with a writer of rows whose sums are written at its end."""

        def in_transaction(db: apsw.Connection) -> tuple[T, RowWriter]:
            same = self._rows_opening == self._file.opening
            rows = self._rows if same and self._rows is not None else RowWriter(db)
            self._rows = None  # until the transaction has held, its numbers may be void
            result = function(db, rows)
            rows.flush()
            return result, rows

        result, self._rows = self._file.write(in_transaction)
        self._rows_opening = self._file.opening
        return result

    def read(self, project: str, ids: Iterable[str]) -> list[Reading]:
        """Read documents from the store, outside of any transaction."""
        return self.readings(project, self._store.read(project, list(dict.fromkeys(ids))))

    def readings(self, project: str, documents: Iterable[Document]) -> list[Reading]:
        """Documents understood; one that comes twice counts as it came last."""
        representations = {one.id: one for one in map(read_representation, documents)}
        parents = {one.parent for one in representations.values() if one.parent}
        types = self._store.types(project, parents) if parents else {}
        return [Reading(one, types.get(one.parent) == _HERO) for one in representations.values()]

    def commit(
        self,
        batches: Iterable[Batch],
        *,
        cursor: str | None = None,
        then: Callable[[apsw.Connection], None] | None = None,
        dead: str | None = None,
    ) -> Gathered:
        """Write batches in one transaction.

        Args:
            batches: the documents.
            cursor: the store's cursor up to which the index is right afterwards.
            then: what else belongs to the transaction.
            dead: a worker that counts as dead.
        """
        now = self._wall_clock()
        alive: dict[str, bool] = {} if dead is None else {dead: False}

        def is_alive(worker: str) -> bool:
            if worker not in alive:
                alive[worker] = self._is_alive(worker)
            return alive[worker]

        def write(db: apsw.Connection, rows: RowWriter) -> Gathered:
            part = Gathered()
            for batch in batches:
                view = self.views.get(batch.project) or project_queries.stored_view(db, batch.project)
                if view is not None:
                    _apply(batch, rows, Circumstances(view, now, is_alive), part)
            if cursor is not None:
                set_meta(db, "cursor", cursor)
            if then is not None:
                then(db)
            return part

        return self.write(write)

    def _trouble(self, error: Exception) -> DatabaseUnreachableError:
        return DatabaseUnreachableError(detail=f"the index {self._file.path} can not be written: {error}")


def set_meta(db: apsw.Connection, key: str, value: str | float) -> None:
    """Keep one of the index's own values."""
    db.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", (key, value))


def _apply(batch: Batch, rows: RowWriter, circumstances: Circumstances, part: Gathered) -> None:
    changed: list[str] = []
    found: set[str] = set()
    for reading in batch.readings:
        representation = reading.representation
        found.add(representation.id)
        applied = rows.apply(batch.number, representation, circumstances, hero=reading.hero)
        if batch.see is not None:
            batch.see(applied.row_id)
        part.strangers += applied.strangers
        if applied.changed:
            changed.append(representation.id)
        if applied.newly_odd:
            part.notes.append(_note(batch.project, representation))
    changed.extend(key for key in batch.asked if key not in found and rows.remove(batch.number, key))
    if changed:
        part.changed.setdefault(batch.project, []).extend(changed)


def _note(project: str, representation: Representation) -> str:
    what = " ".join(filter(None, (representation.asset, representation.subset, representation.name)))
    first = "; ".join(representation.notes[:3])
    more = f" and {len(representation.notes) - 3} more" if len(representation.notes) > 3 else ""
    return f"{project}: representation {representation.id} ({what}): {first}{more}"
