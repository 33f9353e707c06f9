"""What every store promises: the truth about representations, whoever keeps it.

Documents go in and out as they are. A project is a collection of documents of several types; only
representations are scanned, claimed and recorded. Ids are the texts of the documents' `_id`s.

All methods may be called from several threads. Each raises `DatabaseUnreachableError` when the store
does not answer within its time limit, and leaves it either wholly done or not done at all.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from syncgui.model.edits import Claim, Edit, Result
from syncgui.model.representation import Document


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed after a cursor: ids of representations by project, gone ones included.

    A store that can not tell may also name documents of other types; `read` does not give those.
    `cursor` is where the next call goes on; `more` says that there is more at once; `lost` that the
    cursor can not be continued (swapped or restored database): scan again and go on from `cursor`.
    `anew` are projects in which anything may have changed: those alone are to be scanned again.
    """

    cursor: str
    ids: Mapping[str, Sequence[str]]
    more: bool = False
    lost: bool = False
    anew: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Worker:
    """One running program. `alive` is the store's own judgement, by its own means."""

    name: str
    host: str
    user: str
    local_id: str
    pid: int
    alive: bool


@dataclass(frozen=True, slots=True)
class Membership:
    """How this process stands among the workers.

    `may_commit`: others count it as alive now, so what it claimed is its own; asked before renames. While
    it is False, either that comes back by itself, or `is_over` says that it never will under this name.
    `number` rises whenever others may have taken this process for dead in between: what was claimed
    under an earlier number is looked at again before it is committed.
    """

    may_commit: bool
    is_over: bool = False
    number: int = 0


@dataclass(frozen=True, slots=True)
class Body:
    """A document as the store keeps it. `key`: the text of its `_id`; `bson`: whole, readable or not."""

    key: str
    bson: bytes = field(repr=False)


class Store(ABC):
    """The truth. Opened by its class; `close` ends it and lets its worker go."""

    @property
    @abstractmethod
    def address(self) -> str:
        """Where it is, for messages; no secrets."""

    @property
    @abstractmethod
    def identity(self) -> str:
        """What tells this database from others; known without asking a server. Another one: not the same."""

    @property
    @abstractmethod
    def misses_nothing(self) -> bool:
        """Whether `changes` is exact. Where not, the index is held against the store from time to time."""

    @property
    def misses_edits(self) -> bool:
        """Whether `changes` hardly ever tells of what other programs change in old documents."""
        return False

    # -- reading -------------------------------------------------------------------------------------

    @abstractmethod
    def projects(self) -> list[str]:
        """Names of all projects that hold anything, sorted."""

    @abstractmethod
    def project_document(self, project: str) -> Document | None:
        """The project's own document (its roots), if there is one."""

    @abstractmethod
    def scan(self, project: str) -> Iterator[Sequence[Document]]:
        """All representations, in chunks; no transaction stays open between two chunks."""

    @abstractmethod
    def read(self, project: str, ids: Sequence[str]) -> list[Document]:
        """The representations of these ids that exist, in any order."""

    @abstractmethod
    def every(self, project: str, after: str = "") -> Iterator[Sequence[Body]]:
        """All documents of every type, whole, in chunks, sorted by the code points of their keys.

        No transaction stays open between two chunks. Documents that are inserted or removed meanwhile may be
        given or not; every other one is given once.

        Args:
            after: only those whose keys come after this one.
        """

    @abstractmethod
    def count(self, project: str) -> int:
        """About how many documents of any type there are; to show how far something is."""

    @abstractmethod
    def types(self, project: str, ids: Iterable[str]) -> dict[str, str]:
        """The `type` of any documents, by id (a version or a hero version)."""

    @abstractmethod
    def children(self, project: str, document_type: str, parent: str | None) -> list[Document]:
        """Documents of a type under a parent (None: under none), without `files`; for publishing."""

    # -- changes -------------------------------------------------------------------------------------

    @abstractmethod
    def head(self) -> str:
        """The cursor of this moment: `changes(head())` holds only what comes later."""

    @abstractmethod
    def same_place(self, one: str | None, other: str | None) -> bool:
        """Whether two cursors of this store say that nothing changed in between."""

    @abstractmethod
    def changes(self, cursor: str, *, limit: int = 10_000) -> Changes:
        """What changed after the cursor, this process's own writes included."""

    @abstractmethod
    def wait_for_change(self, timeout_s: float) -> bool:
        """Wait until something may have changed since the last call; False after the time.

        Called by one thread only. Returns early, with False, once `close` was called.
        """

    # -- writing -------------------------------------------------------------------------------------

    @abstractmethod
    def insert(self, project: str, documents: Sequence[Document]) -> None:
        """Add documents of any type as they are. Raises ValueError if an `_id` exists already."""

    @abstractmethod
    def delete(self, project: str, ids: Sequence[str]) -> None:
        """Remove documents; unknown ids are no error."""

    @abstractmethod
    def claim(self, project: str, claims: Sequence[Claim]) -> list[Document]:
        """Try to put leases on entries, then read back the documents concerned.

        What carries the claim's lease afterwards is claimed; everything else was not to be had. The
        read-back, not what the caller knew before, says what is to be done.
        """

    @abstractmethod
    def write_results(self, project: str, results: Sequence[Result]) -> list[Document]:
        """Write results into the entries that carry their lease, then read back the documents."""

    @abstractmethod
    def edit(self, project: str, edits: Sequence[Edit]) -> int:
        """Apply a person's edits; how many of them changed something."""

    # -- rights --------------------------------------------------------------------------------------

    def check_rights(self, project: str | None = None) -> None:  # noqa: B027 - a file knows no users
        """Make sure that this user may work here, changing nothing; a file knows no users.

        Args:
            project: whether it may be read and written; None: whether this user may be a worker.

        Raises:
            DatabaseForbiddenError: it is not allowed.
        """

    # -- workers -------------------------------------------------------------------------------------

    @abstractmethod
    def join(self, worker: str, *, host: str, user: str, local_id: str, pid: int, now: datetime) -> None:
        """Become a worker: from now on, and until the process ends or `close`, it counts as alive."""

    @abstractmethod
    def workers(self) -> list[Worker]:
        """All workers with a record, the dead ones included."""

    @abstractmethod
    def is_alive(self, worker: str) -> bool:
        """Whether a worker lives; one without a record or a lock is dead."""

    @abstractmethod
    def has_ended(self, worker: str) -> bool:
        """Whether a worker's process has surely ended: what it left half done is nobody's.

        A worker that is not alive may still be stopped, asleep or cut off.
        """

    @abstractmethod
    def membership(self) -> Membership:
        """How this process stands; cheap, asks nobody far away."""

    def may_commit(self) -> bool:
        """Whether this process, having joined, counts as alive to others now."""
        return self.membership().may_commit

    @abstractmethod
    def forget(self, worker: str) -> None:
        """Remove a dead worker's record and lock; a live one's stays."""

    @abstractmethod
    def close(self) -> None:
        """End waits, let the worker go, close files. Further calls raise."""
