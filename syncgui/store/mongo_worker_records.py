"""The records of the workers of one server: read, entered, touched, removed.

Times in them are the server's alone. What another program may have written there is looked at with care:
a record leads to no file but the lock file of that very worker.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pymongo
from pymongo import ReadPreference, ReturnDocument
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from syncgui.model.edits import MutableDocument
from syncgui.store.abstract_store import Worker
from syncgui.store.mongo_connection import OWN_DATABASE, MongoConnection

_CACHED_S = 1.0
_BEAT_LIMIT_S = 8.0
_LEAVE_LIMIT_S = 2.0


@dataclass(frozen=True, slots=True)
class WorkerRecord:
    """One worker as the server has it.

    `pid`, `lock` and `boot` say where it runs: process, lock file, machine since its start. `seen`: when
    the server last heard of it; None in a record that is none of ours.
    """

    name: str
    host: str
    user: str
    local_id: str
    pid: int
    lock: Path
    boot: str
    seen: datetime | None

    @classmethod
    def of(cls, document: Mapping[str, object]) -> WorkerRecord:
        """A record whatever its fields hold."""
        pid, seen = document.get("pid"), document.get("seen")
        return cls(
            name=str(document.get("_id")),
            host=_text(document, "host"),
            user=_text(document, "user"),
            local_id=_text(document, "local_id"),
            pid=pid if isinstance(pid, int) else 0,
            lock=Path(_text(document, "lock")),
            boot=_text(document, "boot"),
            seen=seen if isinstance(seen, datetime) else None,
        )

    def unseen_s(self, now: datetime) -> float:
        """Seconds since it was heard of, by the server's time."""
        return (now - self.seen).total_seconds() if self.seen else float("inf")

    def is_of_machine(self, boot: str) -> bool:
        """Whether it runs, or ran, where `boot` is, and its lock file can be one of ours."""
        return self.boot == boot and self.lock.is_absolute() and self.lock.name == f"{self.name}.lock"

    def shown(self, *, alive: bool) -> Worker:
        """As the store tells it."""
        return Worker(self.name, self.host, self.user, self.local_id, self.pid, alive)


@dataclass(slots=True)
class _Known:
    """Records as they were a moment ago, and names that were asked for and have none."""

    read_s: float
    records: dict[str, WorkerRecord]
    missing: set[str]


class WorkerRecords:
    """The collection. Each method raises DatabaseUnreachableError, or one of its kinds."""

    def __init__(self, connection: MongoConnection) -> None:
        self._connection = connection
        self._known = _Known(float("-inf"), {}, set())

    @property
    def _collection(self) -> Collection[MutableDocument]:
        # A secondary may lag behind: its heartbeats would be too old.
        return self._connection.own("workers").with_options(read_preference=ReadPreference.PRIMARY)

    # -- reading -------------------------------------------------------------------------------------

    def find(self, worker: str) -> WorkerRecord | None:
        """One record as it is now."""
        with self._connection.asking(OWN_DATABASE):
            found = self._collection.find_one({"_id": worker})
        return WorkerRecord.of(found) if found else None

    def every(self) -> dict[str, WorkerRecord]:
        """All records as they are now, by name."""
        read_s = self._connection.steady_s()
        with self._connection.asking(OWN_DATABASE):
            found = [WorkerRecord.of(one) for one in self._collection.find({})]
        records = {one.name: one for one in found}
        self._known = _Known(read_s, records, set())
        return records

    def recent(self, worker: str) -> WorkerRecord | None:
        """One record as it was within the last second: for many questions."""
        known = self._known
        is_known = worker in known.records or worker in known.missing
        if not is_known or self._connection.steady_s() - known.read_s > _CACHED_S:
            self.every()
            known = self._known
            if worker not in known.records:
                known.missing.add(worker)
        return known.records.get(worker)

    # -- writing -------------------------------------------------------------------------------------

    def enter(
        self, worker: str, *, host: str, user: str, local_id: str, pid: int, lock: Path, boot: str
    ) -> datetime | None:
        """Write a record; when the server saw it, None if there is one of another place.

        One of the same place is what an answer that got lost left behind.
        """
        with self._connection.asking(OWN_DATABASE):
            try:
                found = self._collection.find_one_and_update(
                    {"_id": worker, "pid": pid, "lock": str(lock), "boot": boot},
                    {
                        "$set": {"host": host, "user": user, "local_id": local_id},
                        "$currentDate": {"seen": True},
                    },
                    upsert=True,
                    return_document=ReturnDocument.AFTER,
                )
            except DuplicateKeyError:
                return None
        return self._seen(found or {})

    def touch(self, worker: str, boot: str) -> datetime | None:
        """Say that a worker lives; when the server saw it, None if there is no record.

        A connection that a suspend or a cut left behind is given up early: it would cost the membership.
        """
        with self._connection.asking(OWN_DATABASE), pymongo.timeout(_BEAT_LIMIT_S):
            found = self._collection.find_one_and_update(
                {"_id": worker, "boot": boot},
                {"$currentDate": {"seen": True}},
                return_document=ReturnDocument.AFTER,
            )
        return self._seen(found) if found else None

    def remove_own(self, worker: str, boot: str) -> None:
        """Remove a record of this machine; nobody waits long for that who wants to quit."""
        with self._connection.asking(OWN_DATABASE), pymongo.timeout(_LEAVE_LIMIT_S):
            self._collection.delete_one({"_id": worker, "boot": boot})

    def remove(self, record: WorkerRecord) -> None:
        """Remove a record, unless its worker was heard of since it was read."""
        with self._connection.asking(OWN_DATABASE):
            seen = record.seen or {"$not": {"$type": "date"}}
            self._collection.delete_one({"_id": record.name, "seen": seen})

    def remove_unseen(self, before: datetime, *, for_s: float) -> None:
        """Remove all records whose workers were not heard of for so long."""
        with self._connection.asking(OWN_DATABASE):
            self._collection.delete_many({"seen": {"$lt": before - timedelta(seconds=for_s)}})

    def _seen(self, found: Mapping[str, object]) -> datetime:
        seen = WorkerRecord.of(found).seen
        if seen is None:  # a server that does not know `$currentDate` says nothing of use
            return self._connection.server_now()
        # From when it was answered: a slow network makes no other worker look older than it is.
        self._connection.note_server_time(seen, self._connection.steady_s())
        return seen


def _text(document: Mapping[str, object], key: str) -> str:
    value = document.get(key)
    return value if isinstance(value, str) else ""
