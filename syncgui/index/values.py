"""What goes into the index and what comes out of it, as values.

A `View` says how a project is looked at. Everything else is an answer: open entries for the planner,
rows for the table, totals for the headline, problems for `status`. Times are epoch seconds as float,
sizes are bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from syncgui.model.representation import FileRef
from syncgui.model.status import Direction, Pair, Status

LARGE_BYTES = 64 * 1024 * 1024
"""Files of this size and more are large: they wait in a lane of their own."""

BELIEVED_BYTES = 2**50
"""A recorded size above this is not believed: it counts as unknown, so that sums stay sums."""


@dataclass(frozen=True, slots=True)
class View:
    """How a project is looked at.

    Args:
        pair: the two sites whose state the rows show.
        retry_cnt: tries at which an entry rests; below 1 counts as 1.
        loop_delay_s: seconds; a stranger's transfer must stand still for twice that before it is taken.
        known_roots: for `model.paths.path_key`: root name to every folder known to be that root.
    """

    pair: Pair
    retry_cnt: int
    loop_delay_s: float
    known_roots: Mapping[str, tuple[str, ...]]

    def __post_init__(self) -> None:
        if self.retry_cnt < 1:
            object.__setattr__(self, "retry_cnt", 1)


@dataclass(frozen=True, slots=True)
class OpenEntry:
    """One open file, the site that wants it and one site that holds it (None: no site does).

    `key` is the place in the planner's order: (-priority, since, row id).
    """

    project: str
    representation: str
    file: FileRef
    path_key: str
    wanting: str
    holding: str | None
    size_bytes: int | None
    priority: int
    since: float
    tries: int
    next_try: float
    lease: str | None
    error: str | None
    key: tuple[int, float, int]


@dataclass(frozen=True, slots=True)
class SiteTally:
    """What of a representation lies on one site. `newest` is when the newest file came, if known."""

    files: int
    size_bytes: int
    newest: float | None


@dataclass(frozen=True, slots=True)
class Row:
    """One representation, as the table shows it.

    `status`, `count`, `of`, the shares, `files_by_status`, `bytes_by_status`, `available_files`,
    `priority`, `error`, `direction`, `paused_by`, `waits_for` and `next_try` are seen from the view's
    pair; `status` None means that it is not listed for the pair. Shares are 0.0 to 1.0 of the bytes.
    """

    row_id: int
    project: str
    representation: str
    parent: str
    name: str
    asset: str
    subset: str
    version: int | None
    hero: bool
    hierarchy: str
    task: str
    username: str
    files: int
    size_bytes: int
    changed: float
    status: Status | None
    count: int
    of: int
    files_by_status: Mapping[Status, int]
    bytes_by_status: Mapping[Status, int]
    available_files: int
    active_share: float
    remote_share: float
    priority: int
    error: str | None
    direction: Direction | None
    paused_by: str | None
    waits_for: tuple[str, ...]
    next_try: float | None
    notes: tuple[str, ...]
    sites: Mapping[str, SiteTally]


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over a project, by status for the keys of `model.status.COUNTED`.

    `available` counts representations with a file that can be asked for here, `every` all of them.
    `pair` is the pair that the figures are about; None while nothing was indexed.
    """

    pair: Pair | None
    representations: Mapping[Status, int]
    files: Mapping[Status, int]
    size_bytes: Mapping[Status, int]
    available: int
    every: int


@dataclass(frozen=True, slots=True)
class Movement:
    """Entries that another program moves without a lease of ours: how many files, when one moved last."""

    files: int
    moved_at: float


@dataclass(frozen=True, slots=True)
class FileProblem:
    """A file that failed, or tries again after an error; without path: something odd in the record."""

    representation: str
    path: str | None
    site: str | None
    status: Status | None
    error: str


@dataclass(frozen=True, slots=True)
class Caught:
    """What a catch-up did.

    Args:
        changed: ids of the representations whose rows changed or went, by project; bounded by what one
            call does.
        more: whether there is more to do at once.
        notes: odd documents, each named once.
        strangers: entries that another program is seen to be working on.
    """

    changed: Mapping[str, Sequence[str]] = field(default_factory=dict)
    more: bool = False
    notes: tuple[str, ...] = ()
    strangers: int = 0
