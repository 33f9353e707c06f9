"""One file on its way, and the group in which it travels."""

from __future__ import annotations

from dataclasses import dataclass, field

from syncgui.engine.gate import Cancellation
from syncgui.model.edits import Target
from syncgui.model.errors import SyncError
from syncgui.model.paths import PlacedPath
from syncgui.model.status import Direction


@dataclass(frozen=True, slots=True)
class Wanted:
    """One entry that a job fulfils, the size that its representation records, its failed tries so far."""

    target: Target
    size_bytes: int | None
    tries: int


@dataclass(slots=True, eq=False)
class Job:
    """One path to be moved once, for every entry that asks for it. `number` is in its lease."""

    project: str
    number: int
    lease: str
    placed: PlacedPath
    path: str
    source: str
    target: str
    direction: Direction
    wanted: tuple[Wanted, ...]
    size_bytes: int
    heavy: bool  # its document is large: it is recorded in larger groups
    source_id: str | None  # under which the record knows the file on the source, and on the target
    target_id: str | None
    membership: int  # the worker's `Membership.number` under which the lease is known to be held
    cancellation: Cancellation = field(default_factory=Cancellation)
    moved_bytes: int = 0  # written by the transfer, read by the loop

    @property
    def representations(self) -> tuple[str, ...]:
        """Ids of the representations that list the file and get it, each once."""
        return tuple(dict.fromkeys(one.target.representation for one in self.wanted))


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Jobs of one project, one source and one target that share a slot and its flushes."""

    project: str
    source: str
    target: str
    jobs: tuple[Job, ...]
    is_large: bool


@dataclass(frozen=True, slots=True)
class JobResult:
    """How a job ended, for each of its entries: `errors` in the order of `wanted`, None is success."""

    job: Job
    errors: tuple[SyncError | None, ...]
    provider_id: str | None = None
    checksum: str | None = None  # None where nothing was hashed
    size_bytes: int = 0
    copied: bool = True
    seconds: float = 0.0  # from when its slot began with it
    flush: str = ""  # how it was made durable on a folder of this machine: "syncfs", "fsync", "fullfsync"
    keeps_partial: bool = False  # what was written so far stays, to be gone on with
