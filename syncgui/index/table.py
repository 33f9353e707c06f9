"""What the table asks: which rows in which order, and the rows of one page.

The order comes as an array of row ids, taken from the database one at a time: no list of a million
objects exists on the way. Pages are read by row id.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain, islice
from typing import TypeAlias, cast

import apsw

from syncgui.index import statements
from syncgui.index.columns import CODES, NO_STATUS, STATUSES, RepColumns, unpack
from syncgui.index.reading import rows_of, text_of
from syncgui.index.search_text import Alternatives
from syncgui.index.values import Row, SiteTally
from syncgui.model.status import Direction, Status

_PART = 2_000
_TEXT_ORDER = "r.asset COLLATE NOCASE {d}, r.subset COLLATE NOCASE {d}, r.version DESC"
_STATUS_ORDER = " ".join(f"WHEN {CODES[status]} THEN {place}" for place, status in enumerate(
    (
        Status.FAILED, Status.RETRYING, Status.IN_PROGRESS, Status.QUEUED, Status.PAUSED,
        Status.NO_SOURCE, Status.PARTIAL, Status.SYNCED,
    )
))  # fmt: skip

_PlaceRow: TypeAlias = tuple[str, int, int, float | None]

SORTS: Mapping[str, str] = {
    "default": "r.rank {d}, r.changed {r}",
    "asset": _TEXT_ORDER,
    "subset": "r.subset COLLATE NOCASE {d}, r.asset COLLATE NOCASE {d}, r.version DESC",
    "version": "r.hero {d}, r.version {d}",
    "name": "r.name COLLATE NOCASE {d}",
    "task": "r.task COLLATE NOCASE {d}",
    "username": "r.username COLLATE NOCASE {d}",
    "active": "r.active_share {d}",
    "remote": "r.remote_share {d}",
    "files": "r.files {d}",
    "size": "r.size {d}",
    "status": f"CASE r.status {_STATUS_ORDER} ELSE 9 END {{d}}, r.changed {{r}}",
    "changed": "r.changed {d}",
    "priority": "r.priority {d}",
}
"""The ways to sort, and how: {d} is the direction asked for, {r} the other one."""


def representation_ids(
    db: apsw.Connection,
    project: int,
    *,
    sort: str,
    descending: bool,
    statuses: Collection[Status] | None,
    words: Sequence[Alternatives],
) -> array[int]:
    """Row ids of a project's representations; see `Index.representation_ids`."""
    statement, values = ids_statement(
        project, sort=sort, descending=descending, statuses=statuses, words=words
    )
    rows = cast("Iterable[tuple[int]]", db.execute(statement, values))
    flat = chain.from_iterable(rows)
    ids = array("q")
    # In parts: between two of them other threads get their turn.
    while part := array("q", islice(flat, _PART)):
        ids.extend(part)
    return ids


def ids_statement(
    project: int,
    *,
    sort: str,
    descending: bool,
    statuses: Collection[Status] | None,
    words: Sequence[Alternatives],
) -> tuple[str, list[str | int]]:
    """The statement that selects and sorts, and its values.

    Raises:
        ValueError: no such way to sort.
    """
    if sort not in SORTS:
        raise ValueError(f"rows can be sorted by {', '.join(SORTS)}, not by {sort!r}")
    values: list[str | int] = [project]
    source = "rep AS r"
    conditions = ["r.project = ?"]
    if statuses is not None:
        conditions.append(_status_condition(statuses))
    if words:
        source += " JOIN rep_text AS t ON t.id = r.id"
    for alternatives in words:
        ways = (" AND ".join(["instr(t.search, ?)"] * len(texts)) for texts in alternatives)
        conditions.append(f"({' OR '.join(ways)})")
        values.extend(text for texts in alternatives for text in texts)
    direction, reverse = ("DESC", "ASC") if descending else ("ASC", "DESC")
    order = SORTS[sort].format(d=direction, r=reverse)
    tie = direction if sort == "default" else "ASC"
    return f"SELECT r.id FROM {source} WHERE {' AND '.join(conditions)} ORDER BY {order}, r.id {tie}", values


def rows(db: apsw.Connection, row_ids: Iterable[int]) -> list[Row]:
    """The rows that exist, in the order of their ids as given."""
    projects: dict[int, str] = {}
    found: list[Row] = []
    for row_id in row_ids:
        stored = db.execute(statements.ROW, (row_id,)).fetchone()
        if stored is None:
            continue
        project = cast("int", stored[0])
        if project not in projects:
            projects[project] = text_of(db, statements.PROJECT_NAME, (project,)) or ""
        places: list[_PlaceRow] = rows_of(db, statements.ROW_PLACES, (row_id,))
        found.append(_row(row_id, projects[project], RepColumns._make(stored[1:]), places))
    return found


def _status_condition(statuses: Collection[Status]) -> str:
    codes = sorted(CODES[status] for status in statuses if status is not Status.NOT_REQUESTED)
    condition = f"r.status IN ({', '.join(map(str, codes))})"
    if Status.NOT_REQUESTED in statuses:
        return f"({condition} OR r.available > 0)" if codes else "r.available > 0"
    return condition


def _row(
    row_id: int,
    project: str,
    columns: RepColumns,
    places: Sequence[_PlaceRow],
) -> Row:
    counts = [(STATUSES[code], files, size) for code, files, size in unpack(columns.packed)]
    return Row(
        row_id=row_id,
        project=project,
        representation=columns.key,
        parent=columns.parent,
        name=columns.name,
        asset=columns.asset,
        subset=columns.subset,
        version=columns.version,
        hero=bool(columns.hero),
        hierarchy=columns.hierarchy,
        task=columns.task,
        username=columns.username,
        files=columns.files,
        size_bytes=columns.size,
        changed=columns.changed,
        status=None if columns.status == NO_STATUS else STATUSES[columns.status],
        count=columns.shown,
        of=columns.among,
        files_by_status={status: files for status, files, _ in counts},
        bytes_by_status={status: size for status, _, size in counts},
        available_files=columns.available,
        active_share=columns.active_share,
        remote_share=columns.remote_share,
        priority=columns.priority,
        error=columns.error,
        direction=Direction(columns.direction) if columns.direction else None,
        paused_by=columns.paused_by,
        waits_for=tuple(columns.waits_for.split("\n")) if columns.waits_for else (),
        next_try=columns.next_try,
        notes=tuple(columns.notes.split("\n")) if columns.notes else (),
        sites={site: SiteTally(files, size, newest) for site, files, size, newest in places},
    )
