"""Writing digests into the index: what is stored is compared with what should be, only that is written.

One `RowWriter` lives as long as one opening of the file; its numbers are void after a rolled back
transaction. Sums (totals, tallies) change with the rows, in the same transaction, by differences.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias, cast

import apsw

from syncgui.index.columns import NO_STATUS, Flow, OpenColumns, Place, PlaceTally, RepColumns, unpack
from syncgui.index.digest import Digest, digest
from syncgui.index.marks import Mark, Seen
from syncgui.index.open_rows import Circumstances
from syncgui.index.reading import number_of, rows_of
from syncgui.model.representation import Representation

_REP = ", ".join(RepColumns._fields)
_OPEN = ", ".join(OpenColumns._fields)
_STORED = f"SELECT id, {_REP} FROM rep WHERE project = ? AND key = ?"
_STORED_BY_ID = f"SELECT id, {_REP} FROM rep WHERE id = ?"
_STORED_OPEN = f"SELECT id, position, flow, {_OPEN} FROM open WHERE rep = ?"
_STORED_PLACES = "SELECT place, files, bytes, newest FROM rep_place WHERE rep = ?"
_STORED_TEXT = "SELECT search FROM rep_text WHERE id = ?"


def _marks(number: int) -> str:
    return ", ".join("?" * number)


_INSERT_REP = f"INSERT INTO rep (id, project, {_REP}) VALUES ({_marks(2 + len(RepColumns._fields))})"
_UPDATE_REP = f"UPDATE rep SET ({_REP}) = ({_marks(len(RepColumns._fields))}) WHERE id = ?"
_INSERT_OPEN = (
    f"INSERT INTO open (id, rep, project, position, flow, {_OPEN})"
    f" VALUES ({_marks(5 + len(OpenColumns._fields))})"
)
_UPDATE_OPEN = f"UPDATE open SET ({_OPEN}) = ({_marks(len(OpenColumns._fields))}) WHERE id = ?"
_INSERT_PLACE = "INSERT OR REPLACE INTO rep_place (rep, place, files, bytes, newest) VALUES (?, ?, ?, ?, ?)"
_INSERT_TEXT = "INSERT OR REPLACE INTO rep_text (id, search) VALUES (?, ?)"
_ADD_TOTAL = (
    "INSERT INTO total (project, status, representations, files, bytes) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT DO UPDATE SET representations = representations + excluded.representations,"
    " files = files + excluded.files, bytes = bytes + excluded.bytes"
)
_ADD_SUMS = "UPDATE project SET every = every + ?, available = available + ?, odd = odd + ? WHERE id = ?"
_ADD_TALLY = (
    "INSERT INTO tally (flow, mark, large, tries, failing, files, bytes) VALUES (?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT DO UPDATE SET files = files + excluded.files, bytes = bytes + excluded.bytes"
)
_EMPTY_TALLY = (
    "DELETE FROM tally WHERE flow = ? AND mark = ? AND large = ? AND tries = ? AND failing = ? AND files <= 0"
)
_WAITED = (
    "SELECT id, rep, mark, flow, large, tries, failing, size FROM open INDEXED BY open_wake"
    " WHERE next_try > 0 AND next_try <= ? ORDER BY next_try LIMIT ?"
)
_PROMOTE = f"UPDATE open SET mark = {int(Mark.READY)}, next_try = 0 WHERE id = ?"

_Waited: TypeAlias = tuple[int, int, int, int, int, int, int, int | None]
_Tally: TypeAlias = tuple[int, int, int, int, int]
_OpenStored: TypeAlias = dict[tuple[int, int], tuple[int, OpenColumns]]


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of one representation: whether its rows changed, whether it is odd in a new way."""

    row_id: int
    changed: bool
    newly_odd: bool
    strangers: int


class RowWriter:
    """Writes rows inside the transactions of the one writer."""

    def __init__(self, db: apsw.Connection) -> None:
        self._db = db
        self._flows: dict[tuple[int, Flow], int] = {}
        self._places: dict[tuple[int, Place], int] = {}
        self._next_rep = _highest(db, "rep") + 1
        self._next_open = _highest(db, "open") + 1
        self._totals: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0, 0])
        self._sums: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
        self._tallies: dict[_Tally, list[int]] = defaultdict(lambda: [0, 0])
        self._new_reps: list[tuple[object, ...]] = []
        self._new_texts: list[tuple[int, str]] = []
        self._new_places: list[tuple[object, ...]] = []
        self._new_open: list[tuple[object, ...]] = []

    def apply(
        self, project: int, representation: Representation, circumstances: Circumstances, *, hero: bool
    ) -> Applied:
        """Make the rows of one representation right."""
        stored = self._db.execute(_STORED, (project, representation.id)).fetchone()
        if stored is None:
            now = digest(representation, circumstances, hero=hero, seen={})
            odd = now.columns.notes is not None
            return Applied(self._insert(project, now), True, odd, now.strangers)
        row_id = cast("int", stored[0])
        before = RepColumns._make(stored[1:])
        opened = self._stored_open(row_id)
        now = digest(representation, circumstances, hero=hero, seen=_seen(opened))
        changed = self._write_rep(project, row_id, before, now)
        changed |= self._write_places(project, row_id, now.places)
        changed |= self._write_open(project, row_id, opened, now)
        odd = now.columns.notes is not None and now.columns.notes != before.notes
        return Applied(row_id, changed, odd, now.strangers)

    def remove(self, project: int, key: str) -> bool:
        """Remove one representation by its id; False if there was none."""
        stored = self._db.execute(_STORED, (project, key)).fetchone()
        return self._remove(project, stored)

    def remove_row(self, project: int, row_id: int) -> str:
        """Remove one representation by its row id; its id."""
        stored = self._db.execute(_STORED_BY_ID, (row_id,)).fetchone()
        if stored is None:
            return ""
        self._remove(project, stored)
        return cast("str", stored[1])

    def promote(self, now: float, limit: int) -> set[int]:
        """Make some entries ready whose time has come; the row ids of those to be read again instead."""
        rows: list[_Waited] = rows_of(self._db, _WAITED, (now, limit))
        ready: list[tuple[int]] = []
        again: set[int] = set()
        for number, rep, mark, flow, large, tries, failing, size in rows:
            if mark != Mark.WAITING:
                again.add(rep)
                continue
            ready.append((number,))
            self._tally((flow, mark, large, tries, failing), -1, -(size or 0))
            self._tally((flow, int(Mark.READY), large, tries, failing), 1, size or 0)
        self._db.executemany(_PROMOTE, ready)
        return again

    def flush(self) -> None:
        """Write what was gathered; before the transaction ends."""
        db = self._db
        db.executemany(_INSERT_REP, self._new_reps)
        db.executemany(_INSERT_TEXT, self._new_texts)
        db.executemany(_INSERT_PLACE, self._new_places)
        db.executemany(_INSERT_OPEN, self._new_open)
        db.executemany(_ADD_TOTAL, [(*key, *sums) for key, sums in self._totals.items() if any(sums)])
        db.executemany(_ADD_SUMS, [(*sums, project) for project, sums in self._sums.items() if any(sums)])
        tallies = [(*key, *sums) for key, sums in self._tallies.items() if any(sums)]
        db.executemany(_ADD_TALLY, tallies)
        db.executemany(_EMPTY_TALLY, [tally[:5] for tally in tallies if tally[5] < 0])
        for gathered in (self._new_reps, self._new_texts, self._new_places, self._new_open):
            cast("list[object]", gathered).clear()
        self._totals.clear()
        self._sums.clear()
        self._tallies.clear()

    # -- one representation --------------------------------------------------------------------------

    def _insert(self, project: int, now: Digest) -> int:
        row_id = self._next_rep
        self._next_rep += 1
        self._new_reps.append((row_id, project, *now.columns))
        self._new_texts.append((row_id, now.search))
        self._new_places.extend(
            (row_id, self._place(project, place), *tally) for place, tally in now.places.items()
        )
        for (position, flow), columns in now.open.items():
            self._insert_open(project, row_id, position, self._flow(project, flow), columns)
        self._sum(project, now.columns, 1)
        return row_id

    def _remove(self, project: int, stored: Sequence[object] | None) -> bool:
        if stored is None:
            return False
        row_id = cast("int", stored[0])
        self._sum(project, RepColumns._make(stored[1:]), -1)
        for (_, flow), (_, columns) in self._stored_open(row_id).items():
            self._tally_open(flow, columns, -1)
        for statement in (
            "DELETE FROM open WHERE rep = ?",
            "DELETE FROM rep_place WHERE rep = ?",
            "DELETE FROM rep_text WHERE id = ?",
            "DELETE FROM rep WHERE id = ?",
        ):
            self._db.execute(statement, (row_id,))
        return True

    def _write_rep(self, project: int, row_id: int, before: RepColumns, now: Digest) -> bool:
        changed = before != now.columns
        if changed:
            self._db.execute(_UPDATE_REP, (*now.columns, row_id))
            self._sum(project, before, -1)
            self._sum(project, now.columns, 1)
        text = self._db.execute(_STORED_TEXT, (row_id,)).fetchone()
        if text is None or text[0] != now.search:
            self._new_texts.append((row_id, now.search))
            return True
        return changed

    def _write_places(self, project: int, row_id: int, places: dict[Place, PlaceTally]) -> bool:
        before = {row[0]: row[1:] for row in self._db.execute(_STORED_PLACES, (row_id,))}
        after = {self._place(project, place): tally for place, tally in places.items()}
        if before == after:
            return False
        self._new_places.extend(
            (row_id, place, *tally) for place, tally in after.items() if before.get(place) != tally
        )
        gone = [(row_id, place) for place in before if place not in after]
        self._db.executemany("DELETE FROM rep_place WHERE rep = ? AND place = ?", gone)
        return True

    def _write_open(self, project: int, row_id: int, before: _OpenStored, now: Digest) -> bool:
        after = {
            (position, self._flow(project, flow)): columns for (position, flow), columns in now.open.items()
        }
        changed = False
        for place, columns in after.items():
            number, stored = before.get(place, (0, None))
            if stored == columns:
                continue
            changed = True
            if stored is None:
                self._insert_open(project, row_id, *place, columns)
            else:
                self._db.execute(_UPDATE_OPEN, (*columns, number))
                self._tally_open(place[1], stored, -1)
                self._tally_open(place[1], columns, 1)
        for place, (number, stored) in before.items():
            if place not in after:
                changed = True
                self._db.execute("DELETE FROM open WHERE id = ?", (number,))
                self._tally_open(place[1], stored, -1)
        return changed

    def _insert_open(self, project: int, row_id: int, position: int, flow: int, columns: OpenColumns) -> None:
        self._new_open.append((self._next_open, row_id, project, position, flow, *columns))
        self._next_open += 1
        self._tally_open(flow, columns, 1)

    def _stored_open(self, row_id: int) -> _OpenStored:
        return {
            (row[1], row[2]): (row[0], OpenColumns._make(row[3:]))
            for row in self._db.execute(_STORED_OPEN, (row_id,))
        }

    # -- sums ----------------------------------------------------------------------------------------

    def _sum(self, project: int, columns: RepColumns, sign: int) -> None:
        sums = self._sums[project]
        sums[0] += sign
        sums[1] += sign * (columns.available > 0)
        sums[2] += sign * (columns.notes is not None)
        if columns.status != NO_STATUS:
            self._totals[project, columns.status][0] += sign
        for code, files, size in unpack(columns.packed):
            total = self._totals[project, code]
            total[1] += sign * files
            total[2] += sign * size

    def _tally_open(self, flow: int, columns: OpenColumns, sign: int) -> None:
        key = (flow, columns.mark, columns.large, columns.tries, columns.failing)
        self._tally(key, sign, sign * (columns.size or 0))

    def _tally(self, key: _Tally, files: int, size: int) -> None:
        sums = self._tallies[key]
        sums[0] += files
        sums[1] += size

    # -- numbers for what repeats --------------------------------------------------------------------

    def _flow(self, project: int, flow: Flow) -> int:
        number = self._flows.get((project, flow))
        if number is None:
            number = self._numbered("flow", ("project", "wanting", "holding", "both"), (project, *flow))
            self._flows[project, flow] = number
        return number

    def _place(self, project: int, place: Place) -> int:
        number = self._places.get((project, place))
        if number is None:
            number = self._numbered("place", ("project", "site", "roots"), (project, *place))
            self._places[project, place] = number
        return number

    def _numbered(self, name: str, columns: Iterable[str], values: tuple[str | int, ...]) -> int:
        condition = " AND ".join(f"{column} = ?" for column in columns)
        known = number_of(self._db, f"SELECT id FROM {name} WHERE {condition}", values)
        if known is not None:
            return known
        self._db.execute(f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({_marks(len(values))})", values)
        return self._db.last_insert_rowid()


def _seen(opened: _OpenStored) -> dict[tuple[int, str, str], Seen]:
    return {
        (position, columns.path, columns.site): Seen(columns.progress, columns.moved_at)
        for (position, _), (_, columns) in opened.items()
        if columns.lead
    }


def _highest(db: apsw.Connection, name: str) -> int:
    return number_of(db, f"SELECT max(id) FROM {name}") or 0
