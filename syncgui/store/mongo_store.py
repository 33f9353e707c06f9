"""The store in a studio's MongoDB, which many programs write.

Documents are changed by plain updates with array filters, each guarded by what it was decided on, and
read back: what stands there then is what counts. Nothing of ours lies beside the site entries but two
collections in the database `syncgui`. Everything here waits for the server no longer than its time limit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from syncgui.model.edits import Claim, Edit, Result
from syncgui.model.representation import Document
from syncgui.store.abstract_store import Body, Changes, Membership, Store, Worker
from syncgui.store.mongo_address import MongoAddress
from syncgui.store.mongo_connection import TIMEOUT_S, MongoConnection
from syncgui.store.mongo_documents import MongoDocuments
from syncgui.store.mongo_every import count, every
from syncgui.store.mongo_rights import check_project, check_workers
from syncgui.store.mongo_watch import MongoWatch
from syncgui.store.mongo_workers import MongoWorkers
from syncgui.store.mongo_writes import MongoWrites


class MongoStore(Store):
    """A store on a MongoDB server. Opening it asks the server nothing.

    Args:
        address: where it is.
        lock_dir: the folder, on a disk of this machine, in which this machine's workers keep their locks.
        steady_s: a clock that never jumps and counts suspend, seconds.
        timeout_s: seconds to wait for a server that does not answer.

    Raises:
        DatabaseUnsupportedError: the driver refuses the address.
    """

    def __init__(
        self,
        address: MongoAddress,
        *,
        lock_dir: Path,
        steady_s: Callable[[], float],
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._connection = MongoConnection(address, steady_s=steady_s, timeout_s=timeout_s)
        self._documents = MongoDocuments(self._connection)
        self._watch = MongoWatch(self._connection, self._documents)
        self._workers = MongoWorkers(self._connection, lock_dir)
        self._writes = MongoWrites(
            self._connection, self._documents, is_alive=self._workers.is_alive_now, wrote=self._watch.wrote
        )

    @property
    def address(self) -> str:
        """Scheme, hosts and database; no login, no options."""
        return self._connection.address.shown

    @property
    def identity(self) -> str:
        """The hosts, in order, and the database: nothing of ours may lie inside it."""
        return self._connection.address.identity

    @property
    def misses_nothing(self) -> bool:
        """A change stream can lose its place, and a server on its own has none."""
        return False

    @property
    def misses_edits(self) -> bool:
        """So it is on a server on its own, which has no change stream; known once it was asked."""
        return self._watch.is_polling

    # -- reading -------------------------------------------------------------------------------------

    def projects(self) -> list[str]:
        """Names of the collections that hold representations or a project's document, sorted."""
        return self._documents.projects()

    def project_document(self, project: str) -> Document | None:
        """The project's own document (its roots), if there is one."""
        return self._documents.project_document(project)

    def scan(self, project: str) -> Iterator[Sequence[Document]]:
        """All representations, with the fields that syncing needs, in chunks; no cursor stays open."""
        return self._documents.scan(project)

    def read(self, project: str, ids: Sequence[str]) -> list[Document]:
        """The representations of these ids that exist, whole."""
        return self._documents.read(project, ids)

    def every(self, project: str, after: str = "") -> Iterator[Sequence[Body]]:
        """All documents of every type, whole, by the texts of their `_id`s."""
        return every(self._connection, project, after)

    def count(self, project: str) -> int:
        """About how many documents of any type there are, as the server notes it."""
        return count(self._connection, project)

    def types(self, project: str, ids: Iterable[str]) -> dict[str, str]:
        """The `type` of any documents, by id; an unknown id is left out."""
        return self._documents.types(project, ids)

    def children(self, project: str, document_type: str, parent: str | None) -> list[Document]:
        """Documents of a type under a parent (None: under none), without `files`."""
        return self._documents.children(project, document_type, parent)

    # -- changes -------------------------------------------------------------------------------------

    def head(self) -> str:
        """The cursor of this moment."""
        return self._watch.head()

    def same_place(self, one: str | None, other: str | None) -> bool:
        """Whether two cursors say that nothing changed in between."""
        return self._watch.same_place(one, other)

    def changes(self, cursor: str, *, limit: int = 10_000) -> Changes:
        """What changed after the cursor, as far as the server has told."""
        return self._watch.changes(cursor, limit=limit)

    def wait_for_change(self, timeout_s: float) -> bool:
        """Wait until something may have changed since the last call; False after the time."""
        return self._watch.wait_for_change(timeout_s)

    # -- writing -------------------------------------------------------------------------------------

    def insert(self, project: str, documents: Sequence[Document]) -> None:
        """Add documents of any type.

        Raises:
            ValueError: an `_id` exists already or is missing; none is added then.
        """
        self._writes.insert(project, documents)

    def delete(self, project: str, ids: Sequence[str]) -> None:
        """Remove documents of any type; unknown ids are no error."""
        self._writes.delete(project, ids)

    def claim(self, project: str, claims: Sequence[Claim]) -> list[Document]:
        """Put leases where no live worker has one, then read back the documents concerned."""
        return self._writes.claim(project, claims)

    def write_results(self, project: str, results: Sequence[Result]) -> list[Document]:
        """Write results into the entries that carry their lease, then read back the documents."""
        return self._writes.write_results(project, results)

    def edit(self, project: str, edits: Sequence[Edit]) -> int:
        """Apply a person's edits; how many of them changed something."""
        return self._writes.edit(project, edits)

    # -- rights --------------------------------------------------------------------------------------

    def check_rights(self, project: str | None = None) -> None:
        """Make sure that this user may work in a project (None: be a worker)."""
        if project is None:
            check_workers(self._connection)
        else:
            check_project(self._connection, project)

    # -- workers -------------------------------------------------------------------------------------

    def join(self, worker: str, *, host: str, user: str, local_id: str, pid: int, now: datetime) -> None:
        """Become a worker; times are the server's, whatever `now` says.

        Raises:
            ValueError: the name can not be a worker's, or is that of another live worker.
        """
        self._workers.join(worker, host=host, user=user, local_id=local_id, pid=pid, now=now)

    def workers(self) -> list[Worker]:
        """All workers with a record."""
        return self._workers.all()

    def is_alive(self, worker: str) -> bool:
        """Whether a worker was heard of within a minute, and its process is not known to have ended."""
        return self._workers.is_alive(worker)

    def has_ended(self, worker: str) -> bool:
        """Whether its process has surely ended."""
        return self._workers.has_ended(worker)

    def membership(self) -> Membership:
        """How this process stands."""
        return self._workers.membership()

    def forget(self, worker: str) -> None:
        """Remove a dead worker's record and lock; a live one's stays."""
        self._workers.forget(worker)

    def close(self) -> None:
        """End waits, let the worker go, close the connection. Doing so again is no error."""
        self._watch.close()
        self._workers.leave()
        self._connection.close()
