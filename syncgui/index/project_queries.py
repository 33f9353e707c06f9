"""What is asked of a project as a whole: its view, its sums, a sample of what lies on a site."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import TypeAlias

import apsw

from syncgui.index import statements
from syncgui.index.columns import STATUSES
from syncgui.index.marks import Mark
from syncgui.index.reading import first_of, number_of, rows_of, text_of
from syncgui.index.values import FileProblem, Movement, Totals, View
from syncgui.model.status import COUNTED, Pair

_MOVED = f"mark IN ({int(Mark.SETTLING)}, {int(Mark.MOVING)})"
_ANY_MOVED = f"SELECT 1 FROM tally WHERE {_MOVED} AND files > 0 LIMIT 1"  # few rows in all
_ALL_MOVED = (
    "SELECT total(lead), max(moved_at) FROM open INDEXED BY open_wake"
    f" WHERE next_try > 0 AND moved_at > 0 AND {_MOVED}"
)

_ProjectRow: TypeAlias = tuple[int, str, str | None, int, float, str]
_SumsRow: TypeAlias = tuple[int, str, str | None, int, int, int, int]


def number(db: apsw.Connection, project: str) -> int:
    """The project's number in the file, 0 if it is not indexed."""
    row = _project(db, project)
    return row[0] if row else 0


def stored_view(db: apsw.Connection, project: str) -> View | None:
    """The view that the index file has for a project."""
    row = _project(db, project)
    if row is None:
        return None
    _, active, remote, retry_cnt, loop_delay_s, roots = row
    known = {name: tuple(folders) for name, folders in json.loads(roots).items()}
    return View(Pair(active, remote), retry_cnt, loop_delay_s, known)


def totals(db: apsw.Connection, project: str) -> Totals:
    """The sums that are kept."""
    representations = dict.fromkeys(COUNTED, 0)
    files = dict.fromkeys(COUNTED, 0)
    sizes = dict.fromkeys(COUNTED, 0)
    row = _sums(db, project)
    if row is None:
        return Totals(None, representations, files, sizes, 0, 0)
    found, active, remote, _, every, available, _ = row
    kept: list[tuple[int, int, int, int]] = rows_of(db, statements.TOTALS, (found,))
    for code, count, file_count, size in kept:
        status = STATUSES[code]
        if status in representations:
            representations[status], files[status], sizes[status] = count, file_count, size
    return Totals(Pair(active, remote), representations, files, sizes, available, every)


def is_scanned(db: apsw.Connection, project: str) -> bool:
    """Whether the project was scanned to the end."""
    row = _sums(db, project)
    return row is not None and bool(row[3])


def odd(db: apsw.Connection, project: str, limit: int) -> tuple[int, list[FileProblem]]:
    """How many records of a project are odd, and the first of them."""
    row = _sums(db, project)
    if row is None:
        return 0, []
    notes: list[tuple[str, str]] = rows_of(db, statements.ODD, (row[0], limit))
    return row[6], [FileProblem(key, None, None, None, note.replace("\n", "; ")) for key, note in notes]


def present_sample(
    db: apsw.Connection, project: int, site: str, root_names: Collection[str] | None, limit: int
) -> list[str]:
    """Ids of representations with a file on the site; see `Index.present_sample`."""
    wanted = None if root_names is None else {f"{{{name}}}" for name in root_names}
    found: dict[int, None] = {}
    places: list[tuple[int, str]] = rows_of(db, statements.PLACES, (project, site))
    for place, roots in places:
        if wanted is None or not wanted.isdisjoint(roots.split("\n")):
            found.update(dict.fromkeys(_spread(db, place, limit)))
    # Several combinations of roots share the limit evenly.
    numbers = sorted(found)
    step = max(1, len(numbers) // limit) if limit else 1
    keys = (text_of(db, statements.KEY, (one,)) for one in numbers[::step][:limit])
    return [key for key in keys if key is not None]


def entries_of(db: apsw.Connection, project: int, site: str) -> int:
    """How many files the records say lie on a site; see `Index.entries_of`."""
    return int(number_of(db, statements.PRESENT_FILES, (project, site)) or 0)


def movement(db: apsw.Connection) -> Movement:
    """What others move, in all projects; see `Index.movement`."""
    if number_of(db, _ANY_MOVED) is None:
        return Movement(0, 0.0)
    rows: list[tuple[float, float | None]] = rows_of(db, _ALL_MOVED)
    files, moved_at = rows[0]
    return Movement(int(files), moved_at or 0.0)


def _project(db: apsw.Connection, project: str) -> _ProjectRow | None:
    rows: list[_ProjectRow] = rows_of(db, statements.PROJECT, (project,))
    return first_of(rows)


def _sums(db: apsw.Connection, project: str) -> _SumsRow | None:
    rows: list[_SumsRow] = rows_of(db, statements.PROJECT_SUMS, (project,))
    return first_of(rows)


def _spread(db: apsw.Connection, place: int, limit: int) -> list[int]:
    first = number_of(db, statements.FIRST_PRESENT, (place, 0))
    last = number_of(db, statements.LAST_PRESENT, (place,))
    if first is None or last is None:
        return []
    targets = [first + (last - first) * step // max(1, limit - 1) for step in range(limit)]
    found = (number_of(db, statements.FIRST_PRESENT, (place, target)) for target in targets)
    return [one for one in found if one is not None]
