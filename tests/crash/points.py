"""The points at which the program is killed: every call of a dry run, named by what it is for.

A point is "the n-th call of this kind that this thread makes about this path": counted so, it is the same
in every run, whatever other threads do and however fast the machine is. What a write of the database or
of the state file is for is told by its place between the other calls; see `_purposes`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from syncgui.providers.partial_names import read_partial_name
from syncgui.providers.trash_names import TRASH
from tests.crash.published import DATABASE
from tests.crash.scenario import MAIN
from tests.crash.trace import FLUSHES, FOLDERS, OPENINGS, REMOVALS, RENAMES, WRITES, Call

SLOT = "syncgui-slot-1"
_STATE = "home/state/state.sqlite"


class Kind(StrEnum):
    """What a call is for."""

    OPEN = "open"
    NEW_FOLDER = "new folder"
    CREATE = "create"
    WRITE = "file write"
    FLUSH = "file flush"
    KEEP_OLD = "old version kept"
    TAKE_OVER = "take over"
    RENAME = "rename"
    FLUSH_FOLDER = "folder fsync"
    REMOVE = "remove"
    SET_UP = "set up"
    JOIN = "join"
    CLAIM = "claim"
    REMEMBER_ROOT = "state: root"
    NOTE = "state: note_partials"
    SETTLE = "state: drop_partials"
    KEEP = "state: keep_results"
    RECORD = "record"
    DROP = "state: drop_results"
    LEAVE = "leave"
    CHECKPOINT = "checkpoint"


@dataclass(frozen=True, slots=True)
class Point:
    """The `n`-th call (from 1) of `call.name` about `call.path` by `call.thread`."""

    call: Call
    n: int
    kind: Kind

    def __str__(self) -> str:
        return f"{self.kind:<20} {self.call.thread:<15} {self.call}, no. {self.n}"


def points_of(calls: Sequence[Call]) -> list[Point]:
    """All points of a dry run, in its order."""
    purposes = _purposes(calls)
    counts: Counter[tuple[str, str, str]] = Counter()
    points: list[Point] = []
    for position, call in enumerate(calls):
        for path in dict.fromkeys(call.paths):
            counts[call.thread, call.name, path] += 1
        n = counts[call.thread, call.name, call.path]
        points.append(Point(call, n, purposes.get(position) or _plain_kind(call)))
    return points


CHOICES: Mapping[str, Callable[[Point], bool]] = {
    "claim_begins": lambda one: one.kind is Kind.CLAIM and one.call.name in WRITES,
    "claim_is_flushed": lambda one: one.kind is Kind.CLAIM and one.call.name in FLUSHES,
    "partials_are_noted": lambda one: one.kind is Kind.NOTE and one.call.name in WRITES,
    "noted_partials_are_flushed": lambda one: one.kind is Kind.NOTE and one.call.name in FLUSHES,
    "begun_file_is_taken_over": lambda one: one.kind is Kind.TAKE_OVER,
    "file_is_created": lambda one: one.kind is Kind.CREATE,
    "file_is_half_written": lambda one: one.kind is Kind.WRITE and one.n > 1,
    "group_is_flushed": lambda one: one.kind is Kind.FLUSH and one.call.name == "syncfs",
    "file_is_flushed": lambda one: one.kind is Kind.FLUSH and one.call.name == "fsync",
    "old_version_is_kept": lambda one: one.kind is Kind.KEEP_OLD,
    "trash_is_flushed": lambda one: one.kind is Kind.FLUSH_FOLDER and TRASH in one.call.path.split("/"),
    "renames_begin": lambda one: one.kind is Kind.RENAME,
    "second_rename_in_a_folder": lambda one: one.kind is Kind.RENAME and one.n > 1,
    "folder_is_flushed": lambda one: one.kind is Kind.FLUSH_FOLDER and TRASH not in one.call.path.split("/"),
    "begun_file_is_settled": lambda one: one.kind is Kind.SETTLE and one.call.name in WRITES,
    "results_are_kept": lambda one: one.kind is Kind.KEEP and one.call.name in WRITES,
    "kept_results_are_flushed": lambda one: one.kind is Kind.KEEP and one.call.name in FLUSHES,
    "record_begins": lambda one: one.kind is Kind.RECORD and one.call.name in WRITES,
    "record_is_flushed": lambda one: one.kind is Kind.RECORD and one.call.name in FLUSHES,
    "results_are_dropped": lambda one: one.kind is Kind.DROP and one.call.name in WRITES,
}
"""The suite's own points: the first of a dry run that is so."""


def choose(points: Sequence[Point], name: str) -> Point | None:
    """The point of that name in `CHOICES`; None if the run has none."""
    return next(filter(CHOICES[name], points), None)


def _plain_kind(call: Call) -> Kind:
    in_database = not call.path.startswith("sites")
    if call.name in OPENINGS:
        return Kind.CREATE if call.creates and not in_database else Kind.OPEN
    if call.name in FOLDERS:
        return Kind.NEW_FOLDER
    if call.name in RENAMES:
        if TRASH in call.paths[-1].split("/"):
            return Kind.KEEP_OLD
        return Kind.TAKE_OVER if read_partial_name(call.names[-1]) else Kind.RENAME
    if call.name in REMOVALS:
        return Kind.REMOVE
    if in_database:
        return Kind.CHECKPOINT
    if call.name in FLUSHES:
        name = call.path.rpartition("/")[2]
        is_data = call.name == "syncfs" or ("." in name and name != TRASH)
        return Kind.FLUSH if is_data else Kind.FLUSH_FOLDER
    return Kind.WRITE


@dataclass(frozen=True, slots=True)
class _Commit:
    """The writes of one transaction into a log, and their flush: positions in the trace."""

    thread: str
    is_state: bool
    positions: tuple[int, ...]


def _purposes(calls: Sequence[Call]) -> dict[int, Kind]:
    """What the writes of both databases are for, by position.

    The database: the first commit joins, those before the slot begins claim (after a crash one of them
    forgets the dead worker), the first after the slot's last call is the record, what follows leaves.
    The state file: the main thread sets it up before the slot begins, keeps results before the record
    and drops them after it; the slot notes partials directly before it creates them or takes them over, and
    forgets what it took over once the names are flushed; anything else is what it remembers of a root.
    """
    slot = [n for n, call in enumerate(calls) if call.thread == SLOT] or [len(calls)]
    begins, ends = slot[0], slot[-1]
    commits = _commits(calls)
    database = [one for one in commits if not one.is_state]
    later = [one for one in database if one.positions[0] > ends and one.thread == MAIN]
    recorded = later[0].positions[-1] if later else len(calls)
    kinds: dict[int, Kind] = {}
    for one in commits:
        at = one.positions[0]
        if one.is_state:
            kind = _state_kind(calls, one, begins, recorded)
        elif one is database[0]:
            kind = Kind.JOIN
        elif at < begins:
            kind = Kind.CLAIM
        else:
            kind = Kind.RECORD if at <= recorded else Kind.LEAVE
        kinds.update(dict.fromkeys(one.positions, kind))
    return kinds


def _state_kind(calls: Sequence[Call], commit: _Commit, begins: int, recorded: int) -> Kind:
    at, end = commit.positions[0], commit.positions[-1]
    if commit.thread != SLOT:
        if at < begins:
            return Kind.SET_UP
        return Kind.KEEP if at < recorded else Kind.DROP
    for call in calls[end + 1 :]:
        if call.thread == SLOT and call.path.startswith(_STATE):
            break
        if call.thread == SLOT and _plain_kind(call) in (Kind.CREATE, Kind.TAKE_OVER):
            return Kind.NOTE
    done = (one for one in reversed(calls[:at]) if one.thread == SLOT and one.path.startswith("sites"))
    last = next((one for one in done if one.name not in OPENINGS), None)
    return Kind.SETTLE if last is not None and last.name in FLUSHES else Kind.REMEMBER_ROOT


def _commits(calls: Sequence[Call]) -> list[_Commit]:
    """The transactions of both logs; the head of a new log, flushed by itself, belongs to the first."""
    found: list[_Commit] = []
    for log in (f"{DATABASE}-wal", f"{_STATE}-wal"):
        about = [n for n, call in enumerate(calls) if call.path == log and call.name in WRITES | FLUSHES]
        ends = [-1, *(n for n in about if calls[n].name in FLUSHES)]
        head: tuple[int, ...] = ()
        for before, end in pairwise(ends):
            positions = tuple(n for n in about if before < n <= end)
            if len(positions) == 1:
                continue  # a flush before a checkpoint: nothing was written since the last one
            if len(positions) == 2:
                head = positions
                continue
            found.append(_Commit(calls[end].thread, log.startswith(_STATE), (*head, *positions)))
            head = ()
    return sorted(found, key=lambda one: one.positions[0])
