"""What the planner asks of the open rows.

Each function takes a connection in a read transaction. Entries of different tries lie apart in the
index: those that are used up are stepped over by never going there, whatever `retry_cnt` is at the
moment, and the rest is merged in the planner's order.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias, cast

import apsw

from syncgui.index import statements
from syncgui.index.columns import path_hash
from syncgui.index.marks import RESTING, Mark
from syncgui.index.reading import number_of, rows_of, text_of
from syncgui.index.values import FileProblem, OpenEntry
from syncgui.model.edits import DOWNLOAD_PRIORITY, Target
from syncgui.model.representation import FileRef
from syncgui.model.status import Pair, Status

Key: TypeAlias = tuple[int, float, int]
_Entry: TypeAlias = tuple[
    str, str | None, str, str, int | None, int, float, int, int, float, str | None, str | None
]
_Failing: TypeAlias = tuple[str, str, str, int, str | None, int]
_TallyRow: TypeAlias = tuple[int, int, int, int, int]

_BEFORE_ALL: Key = (-10_000, -1e18, 0)
_URGENT = -DOWNLOAD_PRIORITY  # as a person's download has it
_EVERY_TRY = 2**62
_BEFORE_ALL_TIMES = -1e18
_SAME_PATH_LIMIT = 1_000
_FAILED_CHUNK = 500


# Walks through the ids that it is given, on purpose; so it is none of `statements`.
_ASKED = (
    "SELECT r.key, o.file_id, o.path, o.path_key, o.size, o.neg_priority, o.since, o.id, o.tries,"
    " o.next_try, o.lease, o.error FROM json_each(:asked) AS j"
    " CROSS JOIN rep AS r INDEXED BY rep_key ON r.project = :project AND r.key = j.value"
    " CROSS JOIN open AS o INDEXED BY open_rep ON o.rep = r.id"
    " WHERE o.flow = :flow AND o.tries < :retry_cnt AND o.since < :floor AND o.neg_priority > :urgent"
    " AND (:large IS NULL OR o.large = :large)"
    " AND (o.mark = 0 OR (o.mark = 1 AND (:whole OR o.next_try <= :now)))"
    " AND (o.neg_priority, o.since, o.id) > (:priority, :since, :id)"
    " ORDER BY o.neg_priority, o.since, o.id LIMIT :limit"
)


@dataclass(frozen=True, slots=True)
class FlowQuery:
    """Which flow is asked about, and with which `retry_cnt` and time (epoch seconds)."""

    project: str
    number: int
    wanting: str
    holding: str | None
    retry_cnt: int
    now: float


@dataclass(frozen=True, slots=True)
class Newest:
    """Only what is published from `since` (epoch seconds) on, what is urgent, and what a person asked for.

    Args:
        project: the project's number in the file.
        asked: ids of representations.
    """

    project: int
    since: float
    asked: Collection[str]


def flow_id(
    db: apsw.Connection, project: int, wanting: str, holding: str | None, *, both: bool = False
) -> int:
    """The number of a flow, 0 if nothing ever was open in it."""
    return number_of(db, statements.FLOW, (project, wanting, holding or "", int(both))) or 0


def next_entries(
    db: apsw.Connection,
    flow: FlowQuery,
    *,
    large: bool | None,
    limit: int,
    after: Key | None,
    ignore_backoff: bool,
    newest: Newest | None = None,
) -> list[OpenEntry]:
    """The first ready entries of a flow; see `Index.next_entries`."""
    after = after or _BEFORE_ALL
    values: dict[str, str | int | float | None] = {
        "flow": flow.number,
        "now": flow.now,
        "limit": limit,
        "priority": after[0],
        "since": after[1],
        "id": after[2],
        "floor": newest.since if newest else _BEFORE_ALL_TIMES,
        "urgent": _URGENT,
    }
    streams: list[Iterator[_Entry]] = []
    for mark in (Mark.READY, Mark.WAITING):
        whole = mark is Mark.READY or ignore_backoff
        statement = statements.NEXT_READY if whole else statements.NEXT_WAITED
        for lane, tries in levels(db, flow.number, mark, flow.retry_cnt):
            if large is not None and lane != large:
                continue
            bound = {**values, "mark": int(mark), "large": lane, "tries": tries}
            if whole and newest:
                streams.extend(_new_streams(db, bound, newest.since, after))
            else:
                streams.append(cast("Iterator[_Entry]", db.execute(statement, bound)))
    if newest and newest.asked:
        bound = {
            **values,
            "asked": json.dumps(sorted(newest.asked)),
            "project": newest.project,
            "retry_cnt": flow.retry_cnt,
            "large": large,
            "whole": ignore_backoff,
        }
        streams.append(cast("Iterator[_Entry]", db.execute(_ASKED, bound)))
    merged = heapq.merge(*streams, key=_key)
    return [_entry(row, flow) for row in islice(merged, limit)]


def _new_streams(
    db: apsw.Connection, values: Mapping[str, str | int | float | None], floor: float, after: Key
) -> Iterator[Iterator[_Entry]]:
    """New entries of a level, one stream for each priority: what is old is stepped over by never going there.

    Among those that are as urgent as a download that a person asked for, old ones count as new.
    """
    level = (values["flow"], values["mark"], values["large"], values["tries"])
    priority = number_of(db, statements.NEXT_PRIORITY, (*level, after[0] - 1))
    while priority is not None:
        since = _BEFORE_ALL_TIMES if priority <= _URGENT else floor
        begin = max((since, 0), after[1:]) if priority == after[0] else (since, 0)
        bound = {**values, "priority": priority, "since": begin[0], "id": begin[1]}
        yield cast("Iterator[_Entry]", db.execute(statements.NEXT_SINCE, bound))
        priority = number_of(db, statements.NEXT_PRIORITY, (*level, priority))


def same_path(db: apsw.Connection, flow: FlowQuery, path_keys: Iterable[str]) -> list[OpenEntry]:
    """Ready entries of a flow that name one of the paths, at most 1,000."""
    found: list[OpenEntry] = []
    for key in dict.fromkeys(path_keys):
        bound: dict[str, str | int | float | None] = {
            "flow": flow.number,
            "hash": path_hash(key),
            "key": key,
            "tries": flow.retry_cnt,
            "now": flow.now,
            "limit": _SAME_PATH_LIMIT - len(found),
        }
        rows: list[_Entry] = rows_of(db, statements.SAME_PATH, bound)
        found.extend(_entry(row, flow) for row in rows)
        if len(found) >= _SAME_PATH_LIMIT:
            break
    return found


def next_due(db: apsw.Connection, flow: FlowQuery) -> float | None:
    """The earliest time after now at which an entry of the flow is to be looked at."""
    times: list[float] = []
    for mark in (Mark.WAITING, Mark.SETTLING, Mark.MOVING):
        for lane, tries in levels(db, flow.number, mark, flow.retry_cnt):
            values = (flow.number, int(mark), lane, tries, flow.now)
            due: list[tuple[float | None]] = rows_of(db, statements.NEXT_DUE, values)
            times.extend(time for (time,) in due if time is not None)
    return min(times, default=None)


def levels(db: apsw.Connection, flow: int, mark: Mark, below: int = _EVERY_TRY) -> list[tuple[int, int]]:
    """The lanes (0 small, 1 large) and numbers of tries in which a flow has entries of a mark."""
    return rows_of(db, statements.LEVELS, (flow, int(mark), below))


def leased_workers(db: apsw.Connection) -> set[str]:
    """The workers that have an entry."""
    found: set[str] = set()
    last = ""
    while True:
        worker = text_of(db, statements.NEXT_WORKER, (last,))
        if worker is None:
            return found
        last = worker
        found.add(last)


def open_sums(db: apsw.Connection, project: int, pair: Pair, retry_cnt: int) -> tuple[int, int, int, int]:
    """Of a pair: open files, then files and bytes of those not failed, then failing ones nobody is at."""
    every = moving = size = failing = 0
    for flow, both in pair_flows(db, project, pair):
        tallies: list[_TallyRow] = rows_of(db, statements.TALLIES, (flow,))
        for mark, tries, fails, files, total in tallies:
            used_up = tries >= retry_cnt
            if mark == Mark.PAUSED or (both and not used_up):
                continue
            every += files
            resting = mark in RESTING
            if not (resting and used_up):
                moving, size = moving + files, size + total
            if resting and fails:
                failing += files
    return every, moving, size, failing


def problems(
    db: apsw.Connection, project: int, pair: Pair, *, retry_cnt: int, limit: int
) -> list[FileProblem]:
    """The first files of a pair with errors, those that failed first."""
    streams: list[list[_Failing]] = []
    for flow, both in pair_flows(db, project, pair):
        for mark in RESTING:
            bound = (flow, int(mark), retry_cnt if both else 0, limit)
            streams.append(rows_of(db, statements.PROBLEMS, bound))
    merged = heapq.merge(*streams, key=lambda row: (-row[3], -row[5]))
    return [
        FileProblem(
            representation=key,
            path=path,
            site=site,
            status=Status.FAILED if tries >= retry_cnt else Status.RETRYING,
            error=error or "",
        )
        for key, path, site, tries, error, _ in islice(merged, limit)
    ]


def failed_targets(db: apsw.Connection, project: int, after: int) -> tuple[int, list[Target]]:
    """The next entries with errors or tries, and where to go on."""
    values = (project, after, _FAILED_CHUNK)
    rows: list[tuple[int, str, str | None, str, str]] = rows_of(db, statements.FAILED_TARGETS, values)
    targets = [Target(key, FileRef(file_id, path), site) for _, key, file_id, path, site in rows]
    return (rows[-1][0] if rows else after), targets


def pair_flows(db: apsw.Connection, project: int, pair: Pair) -> list[tuple[int, bool]]:
    """The flows whose rows are a pair's files, and whether nobody of the two holds them."""
    if not pair.works or pair.remote is None:
        return []
    one, other = sorted((pair.active, pair.remote))
    flows = (
        (flow_id(db, project, pair.remote, pair.active), False),
        (flow_id(db, project, pair.active, pair.remote), False),
        (flow_id(db, project, one, other, both=True), True),
    )
    return [(flow, both) for flow, both in flows if flow]


def _key(row: _Entry) -> Key:
    return row[5], row[6], row[7]


def _entry(row: _Entry, flow: FlowQuery) -> OpenEntry:
    key, file_id, path, path_key, size, priority, since, number, tries, next_try, lease, error = row
    return OpenEntry(
        project=flow.project,
        representation=key,
        file=FileRef(file_id, path),
        path_key=path_key,
        wanting=flow.wanting,
        holding=flow.holding,
        size_bytes=size,
        priority=-priority,
        since=since,
        tries=tries,
        next_try=next_try,
        lease=lease,
        error=error,
        key=(priority, since, number),
    )
