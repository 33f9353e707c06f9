"""Finding work by a change stream.

Without `follow`, each question opens the stream where the cursor left off and reads it to its end: exact,
a few milliseconds. While a thread is in `follow`, one stream stays open and questions are answered from
what it told. A cursor holds the place, which is the last event known, and the newest token of the stream:
a quiet database stays at the same place while its token moves on and never falls off the server's log.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pymongo.errors import NetworkTimeout

from syncgui.model.errors import DatabaseUnreachableError
from syncgui.store.abstract_store import Changes
from syncgui.store.mongo_connection import MongoConnection
from syncgui.store.mongo_documents import MongoDocuments
from syncgui.store.mongo_event_log import EventLog
from syncgui.store.mongo_stream import (
    CannotContinueError,
    Drained,
    Event,
    Kind,
    Stream,
    Streams,
    event_of,
    token_of,
)

_KIND = "stream"
_AWAIT_MS = 1_000
_OWN_WRITES_S = 0.5  # how long what this process wrote is waited for; then it comes a little later
_RECENT_S = 2.0
_RECENT_LIMIT = 10_000
_RENEW_S = 60.0
_PORTION = 10_000
_TIMEOUTS = 3

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Cursor:
    place: str
    token: str

    @property
    def text(self) -> str:
        return json.dumps({"kind": _KIND, "place": self.place, "token": self.token}, separators=(",", ":"))

    @property
    def is_fresh(self) -> bool:
        """Whether no event was seen yet since the cursor was made: its place is its own."""
        return self.place.startswith("=")

    @classmethod
    def fresh(cls, token: str) -> _Cursor:
        return cls(f"={token}", token)

    @classmethod
    def read(cls, text: str) -> _Cursor | None:
        try:
            found = json.loads(text)
        except ValueError:
            return None
        if not (isinstance(found, dict) and found.get("kind") == _KIND):
            return None
        place, token = found.get("place"), found.get("token")
        return cls(place, token) if isinstance(place, str) and isinstance(token, str) else None


class StreamWatch:
    """Changes as a stream tells them. All methods may be called from several threads.

    Args:
        connection: where.
        documents: told to forget what it knows of a project whose own document came.
        news: notified whenever there may be news; its lock guards everything here.
    """

    def __init__(
        self, connection: MongoConnection, documents: MongoDocuments, news: threading.Condition
    ) -> None:
        self._connection = connection
        self._documents = documents
        self._streams = Streams(connection)
        self._news = news
        self._told: EventLog | None = None
        self._is_following = False
        self._known: set[str] = set()  # collections of which an event was seen
        self._head: _Cursor | None = None
        self._noticed: _Cursor | None = None
        self._given: tuple[str, float] = ("", 0.0)
        self._awaited: set[tuple[str, str]] = set()
        self._recent: dict[tuple[str, str], float] = {}
        self._timeouts: tuple[str, int] = ("", 0)

    # -- questions -----------------------------------------------------------------------------------

    def head(self) -> str:
        """The cursor of this moment.

        Raises:
            NoStreamsError: there are no streams here.
            DatabaseUnreachableError: the server does not answer.
        """
        with self._news:
            known = self._head
            if self._told is not None:
                known = _Cursor(self._told.last, self._told.token)
        found = self._brought_up(known) if known is not None else None
        if found is None:
            found = _Cursor.fresh(self._streams.head())
        with self._news:
            if found != self._head:
                self._head = found
                self._given = (found.text, self._connection.steady_s())
        return found.text

    def changes(self, text: str, limit: int) -> Changes:
        """What changed after a cursor.

        Raises:
            NoStreamsError: there are no streams here.
            DatabaseUnreachableError: the server does not answer.
        """
        cursor = _Cursor.read(text)
        if cursor is None:
            return self._lost()
        try:
            found = self._from_told(cursor, limit) or self._from_server(cursor, limit)
        except CannotContinueError as error:
            _log.warning("what changed can not be told any more, everything is read again: %s", error)
            return self._lost()
        if any(event.kind is Kind.LOST for event in found.events):
            return self._lost()
        ids: dict[str, dict[str, None]] = {}
        anew: dict[str, None] = {}
        for event in found.events:
            if event.kind is Kind.DOCUMENT:
                ids.setdefault(event.project, {})[event.key] = None
            elif event.kind is Kind.ANEW:
                anew.update({name: None for name in (event.project, event.key) if name})
        return Changes(
            self._next(text, cursor, found),
            {project: list(keys) for project, keys in ids.items()},
            more=found.more,
            anew=tuple(anew),
        )

    def same_place(self, one: str, other: str) -> bool:
        """Whether the same events are known to both; asks the server if a cursor has seen none yet."""
        first, second = _Cursor.read(one), _Cursor.read(other)
        if first is None or second is None:
            return False
        if first.place == second.place:
            return True
        if not (first.is_fresh or second.is_fresh):
            return False
        try:
            following = [self._streams.since(cursor.token, 1).events for cursor in (first, second)]
        except CannotContinueError:
            return False
        return [event.token for event in following[0]] == [event.token for event in following[1]]

    def wrote(self, project: str, raw_ids: Iterable[object]) -> None:
        """Remember own writes, so that the next question waits until the stream has told them."""
        now = time.monotonic()
        with self._news:
            if not self._is_following:
                return
            for raw_id in raw_ids:
                key = (project, str(raw_id))
                # The stream is often faster than the answer to the write.
                if now - self._recent.pop(key, -_RECENT_S) >= _RECENT_S:
                    self._awaited.add(key)

    def look(self) -> bool:
        """Ask whether anything changed since it was last noticed that something did."""
        with self._news:
            noticed = self._noticed
            number = self._told.end if self._told is not None else 0
        if noticed is None or not noticed.token:
            head = _Cursor.read(self.head())
            with self._news:
                self._noticed = head
            return True
        now = self._brought_up(noticed)
        with self._news:
            self._noticed = now
            if now is not None and self._told is not None:
                self._told.note(now.place, number)
        return now is None or now.place != noticed.place

    def has_news(self) -> bool:
        """Whether anything may have come that was not noticed yet; with the lock held."""
        return self._noticed is None or (self._told is not None and self._told.has_after(self._noticed.place))

    def notice(self) -> None:
        """Count everything that has come as noticed; with the lock held."""
        self._noticed = _Cursor("", "") if self._told is None else _Cursor(self._told.last, self._told.token)

    # -- following -----------------------------------------------------------------------------------

    def follow(self, closed: threading.Event) -> None:
        """Keep one stream open until it ends or `closed` is set; call it again then.

        Raises:
            NoStreamsError: there are no streams here.
            DatabaseUnreachableError: the server does not answer.
        """
        with self._news:
            start = self._head
            if self._told is not None:
                start = _Cursor(self._told.last, self._told.token)
        try:
            with self._streams.opened(start.token if start else None, _AWAIT_MS) as stream:
                self._begin(start, stream)
                while not closed.is_set() and stream.alive:
                    self._take(stream)
        except CannotContinueError as error:
            _log.warning("the change stream begins anew: %s", error)
            with self._news:
                self._told = self._head = self._noticed = None
        finally:
            self._documents.are_told(False)
            with self._news:
                self._is_following = False
                self._awaited.clear()
                self._recent.clear()
                self._news.notify_all()

    def _begin(self, start: _Cursor | None, stream: Stream) -> None:
        with self._news:
            if self._told is None:
                start = start or _Cursor.fresh(token_of(stream))
                self._told = EventLog(start.place, start.token)
            self._is_following = True
            self._news.notify_all()
        self._documents.are_told(True)

    def _take(self, stream: Stream) -> None:
        """Wait for the next event, a while."""
        found = stream.try_next()
        event = None if found is None else event_of(found)
        if event is not None:
            self._heed([event])
        with self._news:
            if self._told is None:
                return
            if event is not None:
                self._told.add(event)
                self._see((event.project, event.key))
                self._news.notify_all()
            self._told.token = token_of(stream)

    def _see(self, key: tuple[str, str]) -> None:
        if key in self._awaited:
            self._awaited.discard(key)
            return
        now = time.monotonic()
        self._recent[key] = now
        if len(self._recent) > _RECENT_LIMIT:
            self._recent = {one: at for one, at in self._recent.items() if now - at < _RECENT_S}

    def _heed(self, events: Sequence[Event]) -> None:
        """What is known of projects is void where their own documents, or the first events, come."""
        for event in events:
            if event.kind is Kind.ANEW:
                self._known -= {event.project, event.key}
                self._documents.forget_about(event.key)
            elif event.kind is Kind.DOCUMENT and event.project in self._known:
                self._documents.heard_of(event.project, event.key)
                continue
            else:
                self._known.add(event.project)
            self._documents.forget_about(event.project)

    # -- answers -------------------------------------------------------------------------------------

    def _from_told(self, cursor: _Cursor, limit: int) -> Drained | None:
        with self._news:
            if self._is_following and self._awaited:
                self._news.wait_for(lambda: not (self._is_following and self._awaited), _OWN_WRITES_S)
                self._awaited.clear()
            if not self._is_following or self._told is None:
                return None
            events = self._told.after(cursor.place, limit + 1)
            if events is None:
                return None
            if len(events) > limit:
                return Drained(events[:limit], events[limit - 1].token, True)
            return Drained(events, self._told.token, False)

    def _from_server(self, cursor: _Cursor, limit: int) -> Drained:
        with self._news:
            log = self._told
            number = log.end if log is not None else 0
        try:
            found = self._streams.since(cursor.token, limit)
        except DatabaseUnreachableError as error:
            self._count_timeout(cursor, error)
            raise
        self._heed(found.events)
        if log is not None and not found.more:
            place = found.events[-1].token if found.events else cursor.place
            with self._news:
                log.note(place, number)
        return found

    def _count_timeout(self, cursor: _Cursor, error: DatabaseUnreachableError) -> None:
        """Give up a cursor so far back that the server, which else answers, never gets through."""
        if not isinstance(error.__context__, NetworkTimeout):
            return
        before, count = self._timeouts
        self._timeouts = (cursor.token, count + 1 if before == cursor.token else 1)
        if self._timeouts[1] >= _TIMEOUTS:
            self._timeouts = ("", 0)
            raise CannotContinueError("the server does not get through its log in time")

    def _next(self, text: str, cursor: _Cursor, found: Drained) -> str:
        """The cursor after an answer; without events the same one again, renewed now and then."""
        now = self._connection.steady_s()
        with self._news:
            given, at = self._given
            if not found.events and given == text and now - at < _RENEW_S:
                return text
            new = _Cursor(found.events[-1].token if found.events else cursor.place, found.token)
            self._given = (new.text, now)
            if self._told is None and not found.more:
                self._head = new
            return new.text

    def _brought_up(self, cursor: _Cursor) -> _Cursor | None:
        """The cursor, moved to this moment; None if it can not be continued."""
        while True:
            try:
                found = self._streams.since(cursor.token, _PORTION)
            except CannotContinueError:
                return None
            self._heed(found.events)
            if any(event.kind is Kind.LOST for event in found.events):
                return None
            if not found.events:
                return cursor
            cursor = _Cursor(found.events[-1].token, found.token)
            if not found.more:
                return cursor

    def _lost(self) -> Changes:
        return Changes(self.head(), {}, lost=True)
