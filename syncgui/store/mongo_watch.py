"""Finding work in a MongoDB: by a change stream where the server has one, else by looking every 5 s.

A thread of its own is started by the first `wait_for_change` and ends with `close`. It outlives outages
and goes on where it was. Who never waits, a command, asks the server each time.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

from pymongo.errors import PyMongoError

from syncgui.model.errors import DatabaseUnreachableError, SyncError
from syncgui.store.abstract_store import Changes
from syncgui.store.mongo_connection import MongoConnection
from syncgui.store.mongo_documents import MongoDocuments
from syncgui.store.mongo_poll import PollWatch
from syncgui.store.mongo_stream import NoStreamsError
from syncgui.store.mongo_tail import StreamWatch

_COALESCE_S = 0.05
_AGAIN_S = 1.0
_END_S = 1.5

_T = TypeVar("_T")
_log = logging.getLogger(__name__)


class _Way(Protocol):
    """A way to find out what changed. `has_news` and `notice` are called with the lock held."""

    def head(self) -> str: ...

    def changes(self, text: str, limit: int) -> Changes: ...

    def same_place(self, one: str, other: str) -> bool: ...

    def wrote(self, project: str, raw_ids: Iterable[object]) -> None: ...

    def look(self) -> bool: ...

    def has_news(self) -> bool: ...

    def notice(self) -> None: ...

    def follow(self, closed: threading.Event) -> None: ...


class MongoWatch:
    """What changed in the projects' database. All methods may be called from several threads."""

    def __init__(self, connection: MongoConnection, documents: MongoDocuments) -> None:
        self._news = threading.Condition()
        self._closed = threading.Event()
        self._stream = StreamWatch(connection, documents, self._news)
        self._poll = PollWatch(connection, documents, self._news)
        self._way: _Way | None = None  # not known before the server was asked
        self._thread: threading.Thread | None = None
        self._woke_s = -_COALESCE_S
        self._told_trouble = ""

    @property
    def is_polling(self) -> bool:
        """Whether changes are looked for, because there is no stream."""
        return self._way is self._poll

    def head(self) -> str:
        """The cursor of this moment.

        Raises:
            DatabaseUnreachableError: the server does not answer.
        """
        return self._asked(lambda way: way.head())

    def same_place(self, one: str | None, other: str | None) -> bool:
        """Whether two cursors say that nothing changed in between; may ask the server.

        Raises:
            DatabaseUnreachableError: the server does not answer.
        """
        if one is None or other is None or one == other:
            return one == other
        return self._asked(lambda way: way.same_place(one, other))

    def changes(self, cursor: str, *, limit: int = 10_000) -> Changes:
        """What changed after the cursor; lost when it can not be continued, or is of the other way.

        Raises:
            DatabaseUnreachableError: the server does not answer.
        """
        return self._asked(lambda way: way.changes(cursor, limit))

    def wait_for_change(self, timeout_s: float) -> bool:
        """Wait until something may have changed since the last call; False after the time.

        With no time at all the server is asked at once.
        """
        if self._closed.is_set():
            return False
        if timeout_s <= 0:
            try:
                return self._asked(lambda way: way.look())
            except DatabaseUnreachableError:
                if self._closed.is_set():
                    return False
                raise
        self._start()
        with self._news:
            if not self._news.wait_for(lambda: self._closed.is_set() or self._has_news(), timeout_s):
                return False
        # The first of many events wakes at once, the others together a little later.
        if self._closed.wait(max(0.0, self._woke_s + _COALESCE_S - time.monotonic())):
            return False
        self._woke_s = time.monotonic()
        with self._news:
            if self._way is not None:
                self._way.notice()
        return True

    def wrote(self, project: str, raw_ids: Iterable[object]) -> None:
        """Own writes, after the server has acknowledged them: the next `changes` is to tell them."""
        ids = list(raw_ids)
        if not ids:
            return
        try:
            self._asked(lambda way: way.wrote(project, ids))
        except DatabaseUnreachableError as error:
            _log.debug("other programs are not told of a write: %s", error)

    def close(self) -> None:
        """End the thread and any wait."""
        self._closed.set()
        with self._news:
            self._news.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join(_END_S)

    # -- which way -----------------------------------------------------------------------------------

    def _asked(self, question: Callable[[_Way], _T]) -> _T:
        if self._way is self._poll:
            return question(self._poll)
        try:
            if self._way is None:
                self._stream.head()
                self._use(self._stream)
            return question(self._stream)
        except NoStreamsError as error:
            self._use_poll(error)
            return question(self._poll)

    def _use(self, way: _Way) -> None:
        with self._news:
            if self._way is None or way is self._poll:
                self._way = way

    def _use_poll(self, reason: NoStreamsError) -> None:
        if self._way is not self._poll:
            _log.warning(
                "there is no change stream for us, changes are looked for every few seconds: %s", reason
            )
        self._use(self._poll)

    def _has_news(self) -> bool:
        return self._way is not None and self._way.has_news()

    # -- the thread ----------------------------------------------------------------------------------

    def _start(self) -> None:
        with self._news:
            if self._thread is None and not self._closed.is_set():
                self._thread = threading.Thread(target=self._run, name="syncgui-stream", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while not self._closed.is_set():
            try:
                self._asked(lambda way: way.follow(self._closed))
                self._told_trouble = ""
            except (SyncError, PyMongoError) as error:
                self._trouble(str(error))
            except Exception:  # noqa: BLE001
                # The outer edge of the thread: without it nothing would be noticed any more.
                _log.exception("following the database stumbled")
            else:
                continue
            self._closed.wait(_AGAIN_S)

    def _trouble(self, words: str) -> None:
        if not self._closed.is_set() and words != self._told_trouble:
            self._told_trouble = words
            _log.warning("what others change is not seen for now: %s", words)
