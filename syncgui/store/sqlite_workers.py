"""Workers that share one SQLite file: their records in it, their lock files beside it.

The lock file alone decides who lives; the record is for people. A name that can not be a worker's never
becomes a path. All workers of a file are programs of one machine.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from filelock import Timeout

from syncgui.model.errors import DatabaseUnreachableError
from syncgui.model.leases import is_worker
from syncgui.store import schema
from syncgui.store.abstract_store import Worker
from syncgui.store.connections import Connections
from syncgui.store.worker_locks import WorkerLock, is_held, remove_if_free


@dataclass(frozen=True, slots=True)
class _Own:
    """The worker that this store is."""

    name: str
    lock: WorkerLock


class SqliteWorkers:
    """The workers of one store.

    Args:
        folder: where the lock files lie; made by the first who joins.
        connections: to the database that holds the records.
        timeout_s: seconds to wait for a lock that others only look at.
    """

    def __init__(self, folder: Path, connections: Connections, *, timeout_s: float) -> None:
        self._folder = folder
        self._connections = connections
        self._timeout_s = timeout_s
        self._own: _Own | None = None
        self._guard = threading.Lock()

    def join(self, worker: str, *, host: str, user: str, local_id: str, pid: int, now: datetime) -> None:
        """Take the lock, then write the record; a worker that this store was before is let go."""
        if not is_worker(worker):
            raise ValueError(f"{worker!r} can not be a worker's name")
        self.leave()
        path = self._lock_path(worker)
        try:
            lock = WorkerLock(path, timeout_s=self._timeout_s)
        except Timeout:
            raise ValueError(f"worker {worker} is another program that runs") from None
        except OSError as error:
            raise DatabaseUnreachableError(
                detail=f"{path}: the lock of this program can not be made ({error.strerror or error})"
            ) from error
        with self._guard:
            self._own = _Own(worker, lock)
        record = (worker, host, user, local_id, pid, str(path), now.isoformat())
        try:
            with self._connections.writing() as transaction:
                transaction.connection.execute(schema.ADD_WORKER, record)
        except BaseException:
            self.leave()
            raise
        self._sweep()

    def all(self) -> list[Worker]:
        """All workers with a record."""
        with self._connections.reading() as connection:
            rows = connection.execute(schema.WORKERS).fetchall()
        return [
            Worker(
                name=str(name),
                host=str(host),
                user=str(user),
                local_id=str(local_id),
                pid=pid if isinstance(pid, int) else 0,
                alive=self.is_alive(str(name)),
            )
            for name, host, user, local_id, pid in rows
        ]

    def is_alive(self, worker: str) -> bool:
        """Whether somebody holds the worker's lock file; this store's own worker always lives."""
        own = self._own
        if own is not None and own.name == worker:
            return True
        return is_worker(worker) and is_held(self._lock_path(worker))

    def may_commit(self) -> bool:
        """Whether the own lock is held and others find it at its path."""
        own = self._own
        return own is not None and own.lock.is_intact()

    def forget(self, worker: str) -> None:
        """Remove record and lock file of a worker that is dead."""
        own = self._own
        if own is not None and own.name == worker:
            return
        if not is_worker(worker) or remove_if_free(self._lock_path(worker)):
            self._remove_record(worker)

    def leave(self) -> None:
        """Let the own worker go: its record as far as possible, its lock in any case."""
        with self._guard:
            own, self._own = self._own, None
        if own is not None:
            with suppress(DatabaseUnreachableError):
                self._remove_record(own.name)
            own.lock.release()

    def _sweep(self) -> None:
        """Remove lock files of the dead that have no record: killed between the one and the other.

        Whoever makes a lock file at this very moment and loses it finds that others count it as dead,
        and begins under another name.
        """
        known = {worker.name for worker in self.all()}
        for path in self._folder.glob("*.lock"):
            if path.stem not in known:
                remove_if_free(path)

    def _remove_record(self, worker: str) -> None:
        with self._connections.writing() as transaction:
            transaction.connection.execute(schema.REMOVE_WORKER, (worker,))

    def _lock_path(self, worker: str) -> Path:
        return self._folder / f"{worker}.lock"
