"""Connections to the SQLite file: one for reading, one for writing, one for watching, each guarded.

Whatever SQLite raises leaves as `DatabaseUnreachableError` in words. A connection that broke is opened
anew by the next call, and so are all when another file has taken the place of the one that was open: no
two connections of a process are ever on different files. Waits are bounded by the busy timeout, which
counts for another thread that has the connection as for another program that has the file.
"""

from __future__ import annotations

import os
import stat
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from syncgui.model.errors import DatabaseUnreachableError
from syncgui.store.schema import REV, SET_REV, NotOursError, prepare

_WORDS: dict[type[apsw.Error], str] = {
    apsw.BusyError: "another program keeps it locked",
    apsw.LockedError: "another program keeps it locked",
    apsw.ProtocolError: "too many programs open it at once",
    apsw.IOError: "its disk reports an error",
    apsw.FullError: "there is no room left on its disk",
    apsw.CantOpenError: "it can not be opened",
    apsw.PermissionsError: "this user may not open it",
    apsw.AuthError: "this user may not use it",
    apsw.ReadOnlyError: "this user may not write it",
    apsw.CorruptError: "it is damaged",
    apsw.NotADBError: "it is no database",
    apsw.SQLError: "its tables are not as they should be",
    apsw.NoMemError: "there is no memory left",
    apsw.TooBigError: "a document is too large for it",
    apsw.InterruptError: "the work was interrupted",
}
_PASSING = (apsw.BusyError, apsw.LockedError)  # nothing is wrong with the connection
_RACE_PAUSE_S = 0.02


class Writing:
    """One writing transaction."""

    def __init__(self, connection: apsw.Connection) -> None:
        self.connection = connection
        self._before = self._rev = current_rev(connection)

    def next_rev(self) -> int:
        """The number for the next row that is written."""
        self._rev += 1
        return self._rev

    @property
    def wrote_documents(self) -> bool:
        """Whether a number was taken."""
        return self._rev != self._before

    def store_rev(self) -> None:
        """Keep the last number; the end of every transaction."""
        if self.wrote_documents:
            self.connection.execute(SET_REV, (self._rev,))


class _Line:
    """One connection and its guard."""

    def __init__(self) -> None:
        self.guard = threading.Lock()
        self.connection: apsw.Connection | None = None
        self.opened = 0

    def drop(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None


class Connections:
    """All connections of one store.

    Args:
        path: the database, links resolved.
        create: whether a missing file is made, now; later ones are never made.
        busy_timeout_s: seconds to wait for other programs, and for other threads.

    Raises:
        DatabaseUnreachableError: it can not be used; also raised by every method.
    """

    def __init__(self, path: Path, *, create: bool, busy_timeout_s: float) -> None:
        self._path = path
        self._busy_timeout_s = busy_timeout_s
        self._read, self._write, self._watch = _Line(), _Line(), _Line()
        self._closed = threading.Event()
        self._seen: tuple[int, int] | None = None
        if create and not path.exists():
            _make_file(path)
        self._file = self._look()
        self._identity = ""
        self.moved_on()

    @property
    def identity(self) -> str:
        """The id inside the database, as of the last opening."""
        return self._identity

    @property
    def inode(self) -> int:
        """The number of the file that is open; another one is another file."""
        return self._file[1]

    @contextmanager
    def reading(self) -> Iterator[apsw.Connection]:
        """One consistent view of the database, for a short time."""
        with self._use(self._read) as connection:
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    @contextmanager
    def writing(self) -> Iterator[Writing]:
        """One transaction: wholly in the file after the block, or not at all if it raises."""
        with self._use(self._write) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                transaction = Writing(connection)
                yield transaction
                transaction.store_rev()
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
            if self._look() != self._file:  # it went into a file that has no name any more
                raise self._unreachable("it was replaced by another file")

    def moved_on(self) -> bool:
        """Whether anything was written, by whomever, since the last call. For one thread."""
        with self._use(self._watch) as connection:
            version = connection.pragma("data_version")
            seen = (self._watch.opened, int(str(version)))
        before, self._seen = self._seen, seen
        return before != seen

    def close(self) -> None:
        """Close all; a connection in use is closed by its user. Further calls raise."""
        self._closed.set()
        for line in self._lines():
            if line.guard.acquire(timeout=self._busy_timeout_s):
                line.drop()
                line.guard.release()

    def _lines(self) -> tuple[_Line, _Line, _Line]:
        return self._read, self._write, self._watch

    @contextmanager
    def _use(self, line: _Line) -> Iterator[apsw.Connection]:
        if not line.guard.acquire(timeout=self._busy_timeout_s):
            raise self._unreachable("this program is still busy with it")
        try:
            try:
                yield self._connection(line)
            except apsw.Error as error:
                if not isinstance(error, _PASSING):
                    line.drop()
                raise self._in_words(error) from error
        finally:
            if self._closed.is_set():
                line.drop()
            line.guard.release()

    def _connection(self, line: _Line) -> apsw.Connection:
        if self._closed.is_set():
            raise self._unreachable("it was closed")
        file = self._look()
        if file != self._file:
            self._leave_old_file(line, file)
        if line.connection is None:
            line.connection = self._open()
            line.opened += 1
        return line.connection

    def _leave_old_file(self, mine: _Line, new: tuple[int, int]) -> None:
        # Until all are closed the old file's number can not be given to a new one, so the change stays
        # visible; and two files must not be open at once, as they would share one log by name.
        others = [line for line in self._lines() if line is not mine]
        held = [line for line in others if line.guard.acquire(blocking=False)]
        try:
            if len(held) < len(others):
                raise self._unreachable("it was replaced by another file, which is being opened")
            for line in self._lines():
                line.drop()
            self._file = new
        finally:
            for line in held:
                line.guard.release()

    def _open(self) -> apsw.Connection:
        connection = apsw.Connection(str(self._path), flags=apsw.SQLITE_OPEN_READWRITE)
        try:
            connection.set_busy_timeout(int(self._busy_timeout_s * 1000))
            self._identity = self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: apsw.Connection) -> str:
        # While several programs set up an empty file at once, SQLite refuses some of them without waiting.
        deadline = time.monotonic() + self._busy_timeout_s
        while True:
            try:
                return prepare(connection)
            except NotOursError as error:
                raise self._unreachable(f"it {error}") from error
            except _PASSING:
                if time.monotonic() >= deadline:
                    raise
            self._closed.wait(_RACE_PAUSE_S)

    def _look(self) -> tuple[int, int]:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            raise self._unreachable("there is no such file") from None
        except OSError as error:
            raise self._unreachable(error.strerror or str(error)) from error
        if not stat.S_ISREG(found.st_mode):
            raise self._unreachable("it is not a file")
        return found.st_dev, found.st_ino

    def _in_words(self, error: apsw.Error) -> Exception:
        words = _WORDS.get(type(error))
        if words is None:
            return error  # a mistake of ours, not of the database
        return self._unreachable(words if isinstance(error, _PASSING) else f"{words} ({error})")

    def _unreachable(self, words: str) -> DatabaseUnreachableError:
        return DatabaseUnreachableError(detail=f"{self._path}: {words}")


def _make_file(path: Path) -> None:
    """Make an empty file of the mode that an ordinary create gives; SQLite's own choice is narrower."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if sys.platform == "linux":
            # Made without being opened: closing it would let go of the locks that SQLite has on it if
            # another thread of this process is faster.
            os.mknod(path, 0o666 | stat.S_IFREG)
        else:
            path.touch(exist_ok=False)
    except FileExistsError:
        pass  # somebody else was faster, or the parent is no folder, which is told on opening
    except OSError as error:
        raise DatabaseUnreachableError(
            detail=f"{path}: it can not be made ({error.strerror or error})"
        ) from error


def current_rev(connection: apsw.Connection) -> int:
    """The number of the last row that was written."""
    row = connection.execute(REV).fetchone()
    return int(row[0]) if row else 0
