"""Finding work on a server without change streams, by looking every 5 s.

New publishes are found by their ids, which hold the time at which they were made; what programs of ours
write, by the small documents that they leave in `syncgui.touched`. What other programs change in old
documents is not seen here: the index is held against the store for that. Ids may be told again.
"""

from __future__ import annotations

import json
import logging
import threading
import uuid
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice

from bson import ObjectId

from syncgui.model.errors import DatabaseForbiddenError
from syncgui.store.abstract_store import Changes
from syncgui.store.mongo_connection import MongoConnection
from syncgui.store.mongo_documents import MongoDocuments
from syncgui.store.mongo_touched import KEPT, LONG_AGO, TouchedNotes

EVERY_S = 5.0

_KIND = "poll"
_CAPACITY = 20_000
_WINDOW = timedelta(minutes=10)  # ids are made by the publishing machines' clocks
_FIRST_ID = ObjectId("0" * 24)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Cursor:
    """`newest`: the newest id of each project, as text. `touched`: epoch milliseconds, 0 for never.

    `log` and `number`: up to where which process's memory is known.
    """

    newest: Mapping[str, str]
    touched: int
    log: str = ""
    number: int = 0

    @property
    def text(self) -> str:
        return json.dumps(
            {
                "kind": _KIND,
                "newest": dict(sorted(self.newest.items())),
                "touched": self.touched,
                "log": self.log,
                "number": self.number,
            },
            separators=(",", ":"),
        )

    @classmethod
    def read(cls, text: str) -> _Cursor | None:
        try:
            found = json.loads(text)
        except ValueError:
            return None
        if not (isinstance(found, dict) and found.get("kind") == _KIND):
            return None
        newest, touched = found.get("newest"), found.get("touched")
        log, number = found.get("log"), found.get("number")
        if not (isinstance(newest, dict) and all(ObjectId.is_valid(one) for one in newest.values())):
            return None
        if not (isinstance(touched, int) and isinstance(log, str) and isinstance(number, int)):
            return None
        return cls({str(name): str(one) for name, one in newest.items()}, touched, log, number)


class PollWatch:
    """Changes as looking finds them. All methods may be called from several threads.

    Args:
        connection: where.
        documents: knows the projects.
        news: notified whenever there may be news; its lock guards the log.
    """

    def __init__(
        self, connection: MongoConnection, documents: MongoDocuments, news: threading.Condition
    ) -> None:
        self._connection = connection
        self._documents = documents
        self._news = news
        self._looking = threading.Lock()
        self._notes = TouchedNotes(connection)
        self._newest: dict[str, ObjectId] = {}
        self._ids: dict[str, set[ObjectId]] = {}  # of each project, those of its last 10 minutes
        self._touched = LONG_AGO
        self._has_looked = False
        self._is_following = False
        self._log_name = uuid.uuid4().hex[:8]
        self._first = 0
        self._log: deque[tuple[str, str]] = deque()
        self._version = 0
        self._noticed = -1
        self._told_forbidden: set[str] = set()

    # -- questions -----------------------------------------------------------------------------------

    def head(self) -> str:
        """The cursor of this moment.

        Raises:
            DatabaseUnreachableError: the server does not answer.
        """
        self._look_unless_followed()
        with self._news:
            return self._cursor().text

    def changes(self, text: str, limit: int) -> Changes:
        """What was found after a cursor; of one from before this process, what may be new to it.

        Raises:
            DatabaseUnreachableError: the server does not answer.
        """
        cursor = _Cursor.read(text)
        if cursor is None:
            return Changes(self.head(), {}, lost=True)
        with self._news:
            is_ours = cursor.log == self._log_name and self._first <= cursor.number <= self._end
        if not is_ours:
            cursor = self._adopted(cursor)
        else:
            self._look_unless_followed()
        with self._news:
            start = max(0, cursor.number - self._first)
            found = list(islice(self._log, start, start + limit))
            number = self._first + start + len(found)
            more = number < self._end
            # Whoever stops half way has to hear of the rest again in another process.
            new = replace(cursor, log=self._log_name, number=number) if more else self._cursor()
        ids: dict[str, dict[str, None]] = {}
        for project, key in found:
            ids.setdefault(project, {})[key] = None
        return Changes(new.text, {project: list(keys) for project, keys in ids.items()}, more=more)

    def same_place(self, one: str, other: str) -> bool:
        """Whether both have looked at the same; what was touched too long ago to be kept is as good."""
        first, second = _Cursor.read(one), _Cursor.read(other)
        if first is None or second is None or first.newest != second.newest:
            return False
        kept_since = self._connection.server_now() - KEPT / 2
        return first.touched == second.touched or _moment(max(first.touched, second.touched)) < kept_since

    def wrote(self, project: str, raw_ids: Iterable[object]) -> None:
        """Own writes: known here at once, and to our programs on other machines at their next look."""
        ids = list(raw_ids)
        with self._news:
            for raw_id in ids:
                self._add(project, str(raw_id))
                if isinstance(raw_id, ObjectId) and project in self._ids:
                    self._ids[project].add(raw_id)
            self._news.notify_all()
        self._notes.leave(project, ids)

    def look(self) -> bool:
        """Look now; whether anything was found since it was last noticed."""
        self._look()
        with self._news:
            found = self.has_news()
            self.notice()
            return found

    def has_news(self) -> bool:
        """Whether anything was found that was not noticed yet; with the lock held."""
        return self._noticed != self._version

    def notice(self) -> None:
        """Count everything found as noticed; with the lock held."""
        self._noticed = self._version

    def follow(self, closed: threading.Event) -> None:
        """Look every few seconds until `closed` is set.

        Raises:
            DatabaseUnreachableError: the server does not answer.
        """
        try:
            while not closed.is_set():
                self._look()
                with self._news:
                    self._is_following = True
                self._notes.clean()
                closed.wait(EVERY_S)
        finally:
            with self._news:
                self._is_following = False
                self._news.notify_all()

    def _adopted(self, cursor: _Cursor) -> _Cursor:
        with self._news:
            number = self._end
        self._look(cursor)
        return replace(cursor, log=self._log_name, number=number)

    # -- looking -------------------------------------------------------------------------------------

    def _look_unless_followed(self) -> None:
        with self._news:
            if self._is_following:
                return
        self._look()

    def _look(self, since: _Cursor | None = None) -> None:
        """Note what is new; with `since`, also what may be new to somebody who is there."""
        with self._looking:
            latest = self._connection.server_now() - _WINDOW
            newest: dict[str, ObjectId] = {}
            ids: dict[str, set[ObjectId]] = {}
            fresh: list[tuple[str, str]] = []
            for project in self._documents.projects():
                known = None if since is None else since.newest.get(project)
                last = self._newest.get(project) or self._newest_in(project)
                if last is None:
                    continue
                begin = min(last, last if known is None else ObjectId(known)).generation_time - _WINDOW
                found = set(self._found(project, ObjectId.from_datetime(min(begin, latest))))
                seen = set() if known is not None else self._ids.get(project, set())
                fresh.extend((project, str(one)) for one in sorted(found - seen))
                newest[project], ids[project] = max([last, *found]), found
            fresh.extend(self._look_at_notes(since))
            with self._news:
                if (newest, self._notes.newest) != (self._newest, self._touched):
                    self._newest, self._touched = newest, self._notes.newest
                    self._version += 1
                self._ids = ids
                if self._has_looked or since is not None:
                    for project, key in dict.fromkeys(fresh):
                        self._add(project, key)
                self._has_looked = True
                self._news.notify_all()

    def _look_at_notes(self, since: _Cursor | None) -> list[tuple[str, str]]:
        if since is not None:
            return self._notes.look(_moment(since.touched))
        if self._has_looked:
            return self._notes.look()
        self._notes.skip()
        return []

    def _newest_in(self, project: str) -> ObjectId | None:
        return next(iter(self._found(project, _FIRST_ID, limit=1)), None)

    def _found(self, project: str, after: ObjectId, limit: int = 0) -> list[ObjectId]:
        """Ids of representations after this one, the newest first."""
        question = {"_id": {"$gt": after}, "type": "representation"}
        try:
            with self._connection.asking(project):
                cursor = self._connection.collection(project).find(
                    question, {"_id": 1}, sort=[("_id", -1)], limit=limit
                )
                return [one["_id"] for one in cursor if isinstance(one["_id"], ObjectId)]
        except DatabaseForbiddenError as error:
            if project not in self._told_forbidden:
                self._told_forbidden.add(project)
                _log.warning("new publishes are not seen: %s", error.sentence)
            return []

    # -- the log, with the lock held -------------------------------------------------------------------

    @property
    def _end(self) -> int:
        return self._first + len(self._log)

    def _add(self, project: str, key: str) -> None:
        self._log.append((project, key))
        self._version += 1
        if len(self._log) > _CAPACITY:
            self._log.popleft()
            self._first += 1

    def _cursor(self) -> _Cursor:
        newest = {project: str(one) for project, one in self._newest.items()}
        touched = round(self._touched.timestamp() * 1000)
        return _Cursor(newest, touched, self._log_name, self._end)


def _moment(milliseconds: int) -> datetime:
    """A cursor's time; one that is none counts as long ago."""
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (OverflowError, OSError, ValueError):
        return LONG_AGO
