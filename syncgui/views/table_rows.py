"""What the table's model holds of the index: the order of all rows, and the few rows that were looked at.

`look_up` and what it calls run in the reader's thread and may walk through everything; `RowCache` lives in
the thread of the windows and only does work for the rows of a page.
"""

from __future__ import annotations

import time
from array import array
from collections import OrderedDict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from syncgui.index import Index, Row
from syncgui.model.status import Status

PAGE = 128
"""Rows that are read at once."""

_KEPT_PAGES = 64
_FEW = 4


@dataclass(frozen=True)
class Query:
    """Which rows of a project, and in which order; see `Index.representation_ids`."""

    project: str = ""
    sort: str = "default"
    descending: bool = False
    statuses: frozenset[Status] | None = None
    search: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """An answer: all row ids as they are to stand.

    Args:
        same: it is the order that is shown already; then the ids are empty.
        positions: where the rows that somebody holds on to stand now; those that are gone are missing.
        asked_for: the ids of those rows.
        seconds: what it took.
    """

    ids: array[int]
    same: bool
    positions: dict[int, int]
    asked_for: frozenset[int]
    seconds: float


@dataclass(slots=True)
class RowCache:
    """The rows read last, by row id; which of them were read since the last change is known."""

    _rows: OrderedDict[int, tuple[Row | None, int]] = field(default_factory=OrderedDict)
    _age: int = 0

    def get(self, row_id: int) -> Row | None:
        """The row, fresh or not; None when it was not read or is gone."""
        found = self._rows.get(row_id)
        return found[0] if found is not None else None

    def has(self, row_id: int) -> bool:
        """Whether it was read at all."""
        return row_id in self._rows

    def is_fresh(self, row_id: int) -> bool:
        """Whether it was read since `grow_old`."""
        found = self._rows.get(row_id)
        return found is not None and found[1] == self._age

    def grow_old(self) -> int:
        """Something changed in the index: everything is to be read again when it is next seen."""
        self._age += 1
        return self._age

    @property
    def age(self) -> int:
        """How often something changed; to be given back with what was asked for then."""
        return self._age

    def put(self, asked_for: Collection[int], rows: Iterable[Row], age: int) -> set[int]:
        """Keep what was read; the ids of those that differ from what was known."""
        read: dict[int, Row | None] = dict.fromkeys(asked_for)
        read.update((row.row_id, row) for row in rows)
        changed: set[int] = set()
        for row_id, row in read.items():
            known = self._rows.pop(row_id, None)
            self._rows[row_id] = (row, age)
            if known is None or known[0] != row:
                changed.add(row_id)
        while len(self._rows) > _KEPT_PAGES * PAGE:
            self._rows.popitem(last=False)
        return changed


def look_up(index: Index, query: Query, shown: array[int], held: Collection[int]) -> Order:
    """Ask the index for an order and compare it with the one that is shown.

    Args:
        index: the index.
        query: what is wanted.
        shown: the row ids that are shown now.
        held: row ids whose new places are wanted.
    """
    begin = time.perf_counter()
    ids = index.representation_ids(
        query.project,
        sort=query.sort,
        descending=query.descending,
        statuses=query.statuses,
        search=query.search,
    )
    if ids == shown:
        return Order(array("q"), True, {}, frozenset(), time.perf_counter() - begin)
    positions = places_of(ids, held)
    return Order(ids, False, positions, frozenset(held), time.perf_counter() - begin)


def places_of(ids: array[int], wanted: Collection[int]) -> dict[int, int]:
    """Where these row ids stand; those that do not are missing."""
    if len(wanted) <= _FEW:
        found = ((one, place_of(ids, one)) for one in wanted)
        return {one: place for one, place in found if place is not None}
    among = frozenset(wanted)
    return {one: place for place, one in enumerate(ids) if one in among}


def place_of(ids: array[int], row_id: int) -> int | None:
    """Where one row id stands; a search at the speed of memory."""
    try:
        return ids.index(row_id)
    except ValueError:
        return None


def blanks(number: int) -> array[int]:
    """Places without a row: no row has the id 0."""
    return array("q", bytes(8 * number))
