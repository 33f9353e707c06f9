"""The store in one SQLite file, for those who have no database server.

Every call is one transaction: a claim is decided over the document as it is at that moment, so no two
workers get one entry. `changes` is exact: each write gives its document the next number, a deletion
leaves a row behind. Programs on one machine share the file; it must lie on a disk of that machine.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from syncgui.model.edits import Claim, Edit, Result
from syncgui.model.errors import DatabaseUnreachableError
from syncgui.model.representation import Document
from syncgui.store import schema
from syncgui.store.abstract_store import Body, Changes, Membership, Store, Worker
from syncgui.store.bson_documents import row_of
from syncgui.store.connections import Connections, current_rev
from syncgui.store.rewriting import asking_once, claimed, edited, recorded
from syncgui.store.rows import (
    bodies_of,
    last_number,
    next_bodies,
    next_chunk,
    number_of,
    readable,
    stored,
)
from syncgui.store.sqlite_workers import SqliteWorkers

BUSY_TIMEOUT_S = 5.0

_T = TypeVar("_T")

_LOOK_S = 0.2  # how often other programs' writes are looked for


def utc_now() -> datetime:
    """This machine's clock: the database lies on this machine, so there is no other."""
    return datetime.now(UTC)


class SqliteStore(Store):
    """A store in an SQLite file.

    Args:
        path: the file.
        create: make the file, and its folder, if it is missing.
        busy_timeout_s: seconds to wait for other programs that write.
        now: the time for records, aware UTC.

    Raises:
        DatabaseUnreachableError: it can not be used.
    """

    def __init__(
        self,
        path: Path,
        *,
        create: bool = False,
        busy_timeout_s: float = BUSY_TIMEOUT_S,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        # Workers' locks lie beside the file itself, by whichever link it was reached.
        self._path = path.resolve()
        self._now = now
        self._closed = threading.Event()
        self._woken = threading.Event()
        self._connections = Connections(self._path, create=create, busy_timeout_s=busy_timeout_s)
        self._workers = SqliteWorkers(
            self._path.with_name(self._path.name + ".workers"),
            self._connections,
            timeout_s=busy_timeout_s,
        )

    @property
    def address(self) -> str:
        """The address as `open_store` takes it."""
        return f"sqlite:///{self._path.as_posix()}"

    @property
    def identity(self) -> str:
        """The id made with the database; read anew when another file has taken its place."""
        with self._connections.reading():
            return self._connections.identity

    @property
    def misses_nothing(self) -> bool:
        """Every write leaves its number."""
        return True

    # -- reading -------------------------------------------------------------------------------------

    def projects(self) -> list[str]:
        """Names of all projects that hold anything, sorted."""
        found: list[str] = []
        with self._connections.reading() as connection:
            row = connection.execute(schema.NEXT_PROJECT, ("",)).fetchone()
            while row is not None:
                found.append(str(row[0]))
                row = connection.execute(schema.NEXT_PROJECT, (found[-1],)).fetchone()
        return found

    def project_document(self, project: str) -> Document | None:
        """The project's own document (its roots), if there is one."""
        with self._connections.reading() as connection:
            bodies = bodies_of(connection.execute(schema.OF_TYPE, (project, "project")))
        return next(iter(readable(bodies)), None)

    def scan(self, project: str) -> Iterator[Sequence[Document]]:
        """All representations, in chunks; no transaction stays open between two chunks.

        Those inserted before the first chunk was asked for are all given, later ones hardly ever: a
        project into which somebody keeps publishing has an end, too.
        """
        with self._connections.reading() as connection:
            last = last_number(connection, project)
        at = 0
        while at < last:
            with self._connections.reading() as connection:
                bodies, at = next_chunk(connection, project, at)
            if not bodies:
                return
            yield readable(bodies)

    def read(self, project: str, ids: Sequence[str]) -> list[Document]:
        """The representations of these ids that exist, in the order asked for."""
        with self._connections.reading() as connection:
            bodies = [body for _, body in stored(connection, project, ids)]
        return readable(bodies)

    def every(self, project: str, after: str = "") -> Iterator[Sequence[Body]]:
        """All documents of every type, by their keys; no transaction stays open between two chunks."""
        while True:
            with self._connections.reading() as connection:
                chunk = next_bodies(connection, project, after)
            if not chunk:
                return
            yield chunk
            after = chunk[-1].key

    def count(self, project: str) -> int:
        """How many documents of any type there are."""
        with self._connections.reading() as connection:
            row = connection.execute(schema.COUNT, (project,)).fetchone()
        return number_of(row[0]) if row else 0

    def types(self, project: str, ids: Iterable[str]) -> dict[str, str]:
        """The `type` of any documents, by id; an unknown id is left out."""
        found: dict[str, str] = {}
        with self._connections.reading() as connection:
            for key in dict.fromkeys(ids):
                row = connection.execute(schema.TYPE, (project, key)).fetchone()
                if row is not None:
                    found[key] = str(row[0])
        return found

    def children(self, project: str, document_type: str, parent: str | None) -> list[Document]:
        """Documents of a type under a parent (None: under none), without `files`."""
        with self._connections.reading() as connection:
            bodies = bodies_of(connection.execute(schema.CHILDREN, (project, document_type, parent)))
        return [
            {key: value for key, value in document.items() if key != "files"} for document in readable(bodies)
        ]

    # -- changes -------------------------------------------------------------------------------------

    def head(self) -> str:
        """The cursor of this moment."""
        with self._connections.reading() as connection:
            return self._cursor(current_rev(connection))

    def same_place(self, one: str | None, other: str | None) -> bool:
        """Whether two cursors are one."""
        return one == other

    def changes(self, cursor: str, *, limit: int = 10_000) -> Changes:
        """What changed after the cursor; lost when it comes from another file or from its future."""
        with self._connections.reading() as connection:
            head = current_rev(connection)
            since = self._rev_of(cursor)
            if since is None or since > head:
                return Changes(self._cursor(head), {}, lost=True)
            rows = connection.execute(schema.CHANGED, (since, limit + 1)).fetchall()
        more = len(rows) > limit
        ids: dict[str, list[str]] = {}
        for _, project, key in rows[:limit]:
            ids.setdefault(str(project), []).append(str(key))
        return Changes(self._cursor(number_of(rows[limit - 1][0]) if more else head), ids, more=more)

    def wait_for_change(self, timeout_s: float) -> bool:
        """Wait until something may have changed since the last call; False after the time."""
        deadline = time.monotonic() + timeout_s
        while True:
            self._woken.clear()
            if self._closed.is_set():
                return False
            try:
                if self._connections.moved_on():
                    return True
            except DatabaseUnreachableError:
                if self._closed.is_set():
                    return False
                raise
            rest_s = deadline - time.monotonic()
            if rest_s <= 0:
                return False
            self._woken.wait(min(rest_s, _LOOK_S))

    # -- writing -------------------------------------------------------------------------------------

    def insert(self, project: str, documents: Sequence[Document]) -> None:
        """Add documents of any type, all or none.

        Raises:
            ValueError: an `_id` exists already or is missing; a document can not be stored.
        """
        rows = [row_of(document) for document in documents]
        with self._connections.writing() as transaction:
            connection = transaction.connection
            for row in rows:
                rev = transaction.next_rev()
                connection.execute(
                    schema.INSERT,
                    (project, row.key, row.type, row.parent, int(row.listed), rev, row.body),
                )
                if not connection.changes():
                    raise ValueError(f"document {row.key} exists already in project {project}")
        self._woken.set()

    def delete(self, project: str, ids: Sequence[str]) -> None:
        """Remove documents of any type, all in one transaction; unknown ids are no error."""
        with self._connections.writing() as transaction:
            for key in ids:
                transaction.connection.execute(schema.DELETE, (transaction.next_rev(), project, key))
        self._woken.set()

    def claim(self, project: str, claims: Sequence[Claim]) -> list[Document]:
        """Put leases where no live worker has one, then read back the representations concerned."""
        grouped = _grouped(claims, lambda one: one.target.representation)
        is_free = asking_once(self._workers.is_alive)
        return self._rewrite(project, grouped, lambda key, body: claimed(body, grouped[key], is_free))

    def write_results(self, project: str, results: Sequence[Result]) -> list[Document]:
        """Write results into the entries that carry their lease, then read back the documents."""
        grouped = _grouped(results, lambda one: one.target.representation)
        now = self._now()
        return self._rewrite(project, grouped, lambda key, body: recorded(body, grouped[key], now))

    def edit(self, project: str, edits: Sequence[Edit]) -> int:
        """Apply a person's edits; how many of them changed something."""
        grouped = _grouped(edits, lambda one: one.target.representation)
        now, is_free = self._now(), asking_once(self._workers.is_alive)
        counts: dict[str, int] = {}

        def change(key: str, body: bytes) -> bytes | None:
            new, counts[key] = edited(body, grouped[key], now, is_free)
            return new

        self._rewrite(project, grouped, change)
        return sum(counts.values())

    def _rewrite(
        self, project: str, ids: Iterable[str], change: Callable[[str, bytes], bytes | None]
    ) -> list[Document]:
        """Change representations in one transaction; gives all that were asked for as they are then."""
        with self._connections.writing() as transaction:
            connection = transaction.connection
            for key, body in stored(connection, project, ids):
                new = change(key, body)
                if new is not None:
                    connection.execute(schema.REWRITE, (new, transaction.next_rev(), project, key))
            bodies = [body for _, body in stored(connection, project, ids)]
        if transaction.wrote_documents:
            self._woken.set()
        return readable(bodies)

    # -- workers -------------------------------------------------------------------------------------

    def join(self, worker: str, *, host: str, user: str, local_id: str, pid: int, now: datetime) -> None:
        """Become a worker; a worker that this store was before is let go.

        Raises:
            ValueError: the name can not be a worker's, or is that of another live worker.
        """
        self._workers.join(worker, host=host, user=user, local_id=local_id, pid=pid, now=now)

    def workers(self) -> list[Worker]:
        """All workers with a record, the first to have joined first."""
        return self._workers.all()

    def is_alive(self, worker: str) -> bool:
        """Whether somebody holds the worker's lock file."""
        return self._workers.is_alive(worker)

    def has_ended(self, worker: str) -> bool:
        """Whether nobody holds the worker's lock file: the system frees it when the process ends."""
        return not self._workers.is_alive(worker)

    def membership(self) -> Membership:
        """Whether this store joined and the lock that it holds is still the one that others look at."""
        good = self._workers.may_commit()
        return Membership(may_commit=good, is_over=not good)

    def forget(self, worker: str) -> None:
        """Remove a dead worker's record and lock; a live one's stays."""
        self._workers.forget(worker)

    def close(self) -> None:
        """End waits, let the worker go, close the file. Doing so again is no error."""
        self._closed.set()
        self._woken.set()
        self._workers.leave()
        self._connections.close()

    # -- cursors -------------------------------------------------------------------------------------

    def _cursor(self, rev: int) -> str:
        # The file's number, too: a restored copy has the same identity and may have gone on since.
        return f"{self._connections.identity}:{self._connections.inode}:{rev}"

    def _rev_of(self, cursor: str) -> int | None:
        rev = cursor.rpartition(":")[2]
        if not (rev.isascii() and rev.isdigit() and len(rev) <= 19):
            return None
        return int(rev) if cursor == self._cursor(int(rev)) else None


def _grouped(items: Sequence[_T], key_of: Callable[[_T], str]) -> dict[str, list[_T]]:
    grouped: dict[str, list[_T]] = {}
    for item in items:
        grouped.setdefault(key_of(item), []).append(item)
    return grouped
