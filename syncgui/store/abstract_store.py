"""What every store promises: the truth about representations, whoever keeps it.

Documents go in and out as they are. A project is a collection of documents of several types; only
representations are scanned, claimed and recorded. Ids are the texts of the documents' `_id`s.

All methods may be called from several threads. Each raises `DatabaseUnreachableError` when the store
does not answer within its time limit, and leaves it either wholly done or not done at all.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from syncgui.model.edits import Claim, Edit, Result
from syncgui.model.representation import Document


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed after a cursor: ids of representations by project, gone ones included.

    `cursor` is where the next call goes on; `more` says that there is more at once; `lost` that the
    cursor can not be continued (swapped or restored database): scan again and go on from `cursor`.
    """

    cursor: str
    ids: Mapping[str, Sequence[str]]
    more: bool = False
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Worker:
    """One running program. `alive` is the store's own judgement, by its own means."""

    name: str
    host: str
    user: str
    local_id: str
    pid: int
    alive: bool


class Store(ABC):
    """The truth. Opened by its class; `close` ends it and lets its worker go."""

    @property
    @abstractmethod
    def address(self) -> str:
        """Where it is, for messages; no secrets."""

    @property
    @abstractmethod
    def identity(self) -> str:
        """An id that lies inside the store: another one means another database."""

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
    def may_commit(self) -> bool:
        """Whether this process, having joined, still counts as alive to others: asked before renames."""

    @abstractmethod
    def forget(self, worker: str) -> None:
        """Remove a dead worker's record and lock; a live one's stays."""

    @abstractmethod
    def close(self) -> None:
        """End waits, let the worker go, close files. Further calls raise."""
