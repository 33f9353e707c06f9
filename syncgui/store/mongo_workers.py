"""Workers that share one server: who lives, and how this process stands among them.

A worker keeps its record alive by heartbeats; no clock of its machine decides anything. One whose process
ran on this machine is known to be dead at once when its lock file is free; a lock file that is not there
says nothing, it may lie where this process can not see it.
"""

from __future__ import annotations

import sys
import threading
import uuid
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from filelock import Timeout

from syncgui.model.errors import DatabaseUnreachableError
from syncgui.model.leases import is_worker
from syncgui.store.abstract_store import Membership, Worker
from syncgui.store.mongo_connection import MongoConnection
from syncgui.store.mongo_heartbeat import DEAD_AFTER_S, Heartbeat, Standing
from syncgui.store.mongo_worker_records import WorkerRecord, WorkerRecords
from syncgui.store.worker_locks import WorkerLock, is_free, is_held, remove_if_free, sweep

ENDED_AFTER_S = 24 * 3600.0
"""Unseen for longer: whatever became of the process, nobody waits for it."""

FORGOTTEN_AFTER_S = 3600.0
"""Unseen for longer: its record may go, and should it come back it begins anew."""

PATIENCE_S = 15.0
"""So long after an outage nobody is called dead who was not heard of: he may be on his way back, too."""

_SWEPT_AFTER_S = 30 * 24 * 3600.0
_LOCK_TIMEOUT_S = 2.0
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def boot_id() -> str:
    """What tells this machine, since it was started, from all others."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return f"{sys.platform}-{uuid.getnode():012x}"


@dataclass(frozen=True, slots=True)
class _Own:
    """The worker that this store is."""

    name: str
    lock: WorkerLock
    heartbeat: Heartbeat


class MongoWorkers:
    """The workers of one server. All methods may be called from several threads.

    Args:
        connection: to the server.
        lock_dir: the folder for lock files, on a disk of this machine; made by the first who joins.
    """

    def __init__(self, connection: MongoConnection, lock_dir: Path) -> None:
        self._connection = connection
        self._records = WorkerRecords(connection)
        self._lock_dir = lock_dir
        self._boot = boot_id()
        self._guard = threading.Lock()
        self._own: _Own | None = None
        self._number = 0

    # -- the own worker ------------------------------------------------------------------------------

    def join(
        self,
        worker: str,
        *,
        host: str,
        user: str,
        local_id: str,
        pid: int,
        now: datetime,  # noqa: ARG002  # the server's time counts
    ) -> None:
        """Take the lock, then write the record, then keep it alive; a former worker is let go.

        Raises:
            ValueError: the name can not be a worker's, or is that of another live worker.
            DatabaseUnreachableError: the lock or the record can not be made.
        """
        if not is_worker(worker):
            raise ValueError(f"{worker!r} can not be a worker's name")
        self.leave()
        lock = self._take_lock(worker)
        me = WorkerRecord(worker, host, user, local_id, pid, lock.path, self._boot, None)
        try:
            sent_s = self._connection.steady_s()
            seen = self._enter(me)
        except BaseException:
            lock.release()
            raise
        self._number += 1
        heartbeat = Heartbeat(
            Standing(sent_s, seen, self._number),
            lambda: self._records.touch(worker, self._boot),
            self._connection.steady_s,
        )
        with self._guard:
            self._own = _Own(worker, lock, heartbeat)
        with suppress(DatabaseUnreachableError):
            self._records.remove_unseen(seen, for_s=_SWEPT_AFTER_S)
        sweep(self._lock_dir, older_than_s=_SWEPT_AFTER_S)

    def membership(self) -> Membership:
        """How this process stands; looks at its lock file, asks no server."""
        own = self._own
        if own is None:
            return Membership(may_commit=False, is_over=True, number=self._number)
        standing = own.heartbeat.standing
        is_over = standing.is_gone or not own.lock.is_intact()
        may_commit = not is_over and standing.may_commit(self._connection.steady_s())
        return Membership(may_commit=may_commit, is_over=is_over, number=standing.number)

    def leave(self) -> None:
        """Let the own worker go: its record as far as possible, its lock in any case."""
        with self._guard:
            own, self._own = self._own, None
        if own is None:
            return
        own.heartbeat.stop()
        self._number = own.heartbeat.standing.number
        with suppress(DatabaseUnreachableError):
            self._records.remove_own(own.name, self._boot)
        own.lock.release()

    def _take_lock(self, worker: str) -> WorkerLock:
        path = self._lock_dir / f"{worker}.lock"
        try:
            self._lock_dir.mkdir(parents=True, exist_ok=True)
            return WorkerLock(path, timeout_s=_LOCK_TIMEOUT_S)
        except Timeout:
            raise ValueError(f"worker {worker} is another program that runs") from None
        except OSError as error:
            raise DatabaseUnreachableError(
                detail=f"{path}: the lock of this program can not be made ({error.strerror or error})"
            ) from error

    def _enter(self, me: WorkerRecord) -> datetime:
        seen = self._write(me)
        if seen is None:
            former = self._records.find(me.name)
            # Who had this very lock is dead, since we have it.
            had_ours = former is not None and (former.lock, former.boot) == (me.lock, me.boot)
            if former is not None and (had_ours or not self._lives(former)):
                self._records.remove(former)
            seen = self._write(me)
        if seen is None:
            raise ValueError(f"worker {me.name} is another program that runs")
        return seen

    def _write(self, me: WorkerRecord) -> datetime | None:
        return self._records.enter(
            me.name,
            host=me.host,
            user=me.user,
            local_id=me.local_id,
            pid=me.pid,
            lock=me.lock,
            boot=me.boot,
        )

    # -- all of them ---------------------------------------------------------------------------------

    def all(self) -> list[Worker]:
        """All workers with a record, by name."""
        records = self._records.every()
        return [records[name].shown(alive=self._judged(name, records[name])) for name in sorted(records)]

    def is_alive(self, worker: str) -> bool:
        """Whether a worker lives, as it was known within the last second."""
        if not is_worker(worker):
            return False
        record = self._records.recent(worker)
        if record is not None and record.is_of_machine(self._boot) and not is_held(record.lock):
            record = self._records.find(worker)  # it ended, or is about to begin
        return self._judged(worker, record)

    def is_alive_now(self, worker: str) -> bool:
        """Whether a worker lives, asked anew: before what it has is taken over."""
        return is_worker(worker) and self._judged(worker, self._records.find(worker))

    def has_ended(self, worker: str) -> bool:
        """Whether its process has surely ended, or was not heard of for a day."""
        if self._is_own(worker):
            return self.membership().is_over
        record = self._records.find(worker) if is_worker(worker) else None
        return record is None or self._ended_here(record) or self._unseen_s(record) > ENDED_AFTER_S

    def forget(self, worker: str) -> None:
        """Remove a dead worker's record and lock file, unless it may come back."""
        record = self._records.find(worker) if is_worker(worker) and not self._is_own(worker) else None
        if record is None or self._lives(record):
            return
        ended = self._ended_here(record)
        is_stopped = record.is_of_machine(self._boot) and is_held(record.lock)
        if not ended and self._unseen_s(record) <= (ENDED_AFTER_S if is_stopped else FORGOTTEN_AFTER_S):
            return
        self._records.remove(record)
        if ended:
            remove_if_free(record.lock)

    # -- judging -------------------------------------------------------------------------------------

    def _judged(self, worker: str, record: WorkerRecord | None) -> bool:
        if self._is_own(worker):
            return not self.membership().is_over
        return record is not None and self._lives(record)

    def _lives(self, record: WorkerRecord) -> bool:
        if record.seen is None or self._ended_here(record):
            return False
        return self._unseen_s(record) <= DEAD_AFTER_S or self._is_just_back()

    def _ended_here(self, record: WorkerRecord) -> bool:
        """Whether it ran on this machine and the system has freed its lock."""
        return record.is_of_machine(self._boot) and is_free(record.lock)

    def _unseen_s(self, record: WorkerRecord) -> float:
        return record.unseen_s(self._connection.server_now())

    def _is_just_back(self) -> bool:
        own = self._own
        return own is not None and own.heartbeat.standing.was_back_within(
            PATIENCE_S, self._connection.steady_s()
        )

    def _is_own(self, worker: str) -> bool:
        own = self._own
        return own is not None and own.name == worker
