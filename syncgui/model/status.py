"""Status of a file and of a representation, as seen from one pair of sites.

Pure rules, one place: table, chips, `status` and the planner all take their answer from here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from syncgui.model.representation import File
from syncgui.model.sites import SiteEntry


class Status(StrEnum):
    """State of a file, and, in this order of precedence, of a representation."""

    PAUSED = "paused"
    FAILED = "failed"
    IN_PROGRESS = "in_progress"
    RETRYING = "retrying"
    QUEUED = "queued"
    NO_SOURCE = "no_source"
    PARTIAL = "partial"  # of representations only, in the place of synced
    SYNCED = "synced"
    NOT_REQUESTED = "not_requested"  # elsewhere, no entry for the active site: can be asked for
    NOT_ASKED = "not_asked"  # one of the two sites has no entry, and nothing can be asked for here


COUNTED = (
    Status.SYNCED,
    Status.PARTIAL,
    Status.QUEUED,
    Status.IN_PROGRESS,
    Status.RETRYING,
    Status.FAILED,
    Status.PAUSED,
    Status.NO_SOURCE,
)
"""The keys of the counts that `status` prints, in its order."""

OPEN = frozenset({Status.QUEUED, Status.IN_PROGRESS, Status.RETRYING, Status.FAILED})
"""While a file of the pair is in one of these, `sync --once` is not done."""

_PRECEDENCE = (
    Status.PAUSED,
    Status.FAILED,
    Status.IN_PROGRESS,
    Status.RETRYING,
    Status.QUEUED,
    Status.NO_SOURCE,
)


class Direction(StrEnum):
    """Seen from the active site."""

    UPLOAD = "upload"
    DOWNLOAD = "download"


@dataclass(frozen=True, slots=True)
class Pair:
    """The two sites that this machine exchanges between. `remote` None: with nobody."""

    active: str
    remote: str | None

    @property
    def works(self) -> bool:
        """Whether anything can be transferred between the two."""
        return bool(self.remote) and self.remote != self.active


@dataclass(frozen=True, slots=True)
class FileState:
    """What a file is doing for a pair.

    `direction` is set while somebody may or does transfer it; `wish` is the entry that asks, if any;
    `waits_for` names the third sites that have the file (state no_source).
    """

    status: Status
    direction: Direction | None = None
    wish: SiteEntry | None = None
    waits_for: tuple[str, ...] = ()


# Of a million files nearly all are one of these.
_SYNCED = FileState(Status.SYNCED)
_NOT_REQUESTED = FileState(Status.NOT_REQUESTED)
_NOT_ASKED = FileState(Status.NOT_ASKED)


@dataclass(frozen=True, slots=True)
class RepresentationState:
    """`count` of `of` files are in the state shown; `of` are the files with both entries.

    For partial, `count` is the number of files with both entries and `of` that of all.
    """

    status: Status
    count: int
    of: int


def file_state(
    entries: Mapping[str, SiteEntry],
    pair: Pair,
    *,
    retry_cnt: int,
    is_held: Callable[[SiteEntry], bool],
) -> FileState:
    """The state of one file.

    Args:
        entries: the file's entries by site.
        pair: the sites to look from.
        retry_cnt: tries at which an entry rests.
        is_held: whether a live worker, or a stranger whose progress moves, has the entry.
    """
    active = entries.get(pair.active)
    remote = entries.get(pair.remote) if pair.works and pair.remote else None
    if active is None or remote is None:
        if active is None and any(entry.present for entry in entries.values()):
            return _NOT_REQUESTED
        return _NOT_ASKED
    if active.present and remote.present:
        return _SYNCED
    if active.present or remote.present:
        wish = remote if active.present else active
        direction = Direction.UPLOAD if active.present else Direction.DOWNLOAD
        return _wish_state(wish, direction, retry_cnt, is_held)
    wish = _leading(active, remote)
    holders = tuple(sorted(name for name, entry in entries.items() if entry.present))
    if wish.paused:
        return FileState(Status.PAUSED, wish=wish, waits_for=holders)
    if wish.tries >= retry_cnt:
        return FileState(Status.FAILED, wish=wish, waits_for=holders)
    return FileState(Status.NO_SOURCE, wish=wish, waits_for=holders)


def _wish_state(
    wish: SiteEntry,
    direction: Direction,
    retry_cnt: int,
    is_held: Callable[[SiteEntry], bool],
) -> FileState:
    if wish.paused:
        return FileState(Status.PAUSED, wish=wish)
    if is_held(wish):
        return FileState(Status.IN_PROGRESS, direction, wish)
    if wish.tries >= retry_cnt:
        return FileState(Status.FAILED, wish=wish)
    if wish.error or wish.tries:
        return FileState(Status.RETRYING, direction, wish)
    return FileState(Status.QUEUED, direction, wish)


def _leading(one: SiteEntry, other: SiteEntry) -> SiteEntry:
    """Of two wishes the one whose state counts more."""
    return max(one, other, key=lambda entry: (entry.paused, entry.tries, entry.error is not None))


def representation_state(states: Iterable[Status]) -> RepresentationState | None:
    """The state of a representation; None when no file has both entries (not listed for the pair)."""
    counts: dict[Status, int] = {}
    for status in states:
        counts[status] = counts.get(status, 0) + 1
    every = sum(counts.values())
    both = every - counts.get(Status.NOT_REQUESTED, 0) - counts.get(Status.NOT_ASKED, 0)
    if not both:
        return None
    for status in _PRECEDENCE:
        if status in counts:
            return RepresentationState(status, counts[status], both)
    if both < every:
        return RepresentationState(Status.PARTIAL, both, every)
    return RepresentationState(Status.SYNCED, both, both)


def nobody_holds(entry: SiteEntry) -> bool:
    """An `is_held` for records looked at without their workers."""
    del entry
    return False


def file_states(
    files: Iterable[File],
    pair: Pair,
    *,
    retry_cnt: int,
    is_held: Callable[[SiteEntry], bool] = nobody_holds,
) -> list[FileState]:
    """The states of a representation's files, in their order."""
    return [file_state(file.entries, pair, retry_cnt=retry_cnt, is_held=is_held) for file in files]
