"""The index file: who may write it, one connection for each thread, and making it anew.

One process of this machine is the writer, by a lock beside the file. A file that is missing, damaged, of
another schema or of another database is made anew by the writer; until then everybody else sees an empty
index, or is told that it is damaged. A file that was deleted or replaced meanwhile is noticed at the next
use. Readers never write, nor fold the log in when they close: they can not harm a file that was made anew
under them.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import apsw
from filelock import FileLock, Timeout

from syncgui.index import statements
from syncgui.index.schema import SCHEMA_VERSION, TABLES
from syncgui.model.errors import DatabaseUnreachableError

T = TypeVar("T")

DAMAGE = (
    apsw.CorruptError,
    apsw.NotADBError,
    apsw.FormatError,
    apsw.IOError,
    apsw.CantOpenError,
    apsw.SchemaChangeError,
    apsw.SQLError,  # a table is missing: the statements themselves never change
)
"""Errors after which the writer throws the file away."""

_BUSY_MS = 5_000
_WRITER_CACHE_KIB = 32_000
_WAL_LIMIT_BYTES = 64 * 1024 * 1024


class _Reader:
    """One thread's connection. `inode` is None for the empty index in memory."""

    __slots__ = ("__weakref__", "connection", "inode", "opening")

    def __init__(self, connection: apsw.Connection, inode: tuple[int, int] | None, opening: int) -> None:
        self.connection = connection
        self.inode = inode
        self.opening = opening


class IndexFile:
    """One index file for one database.

    Args:
        path: the file, on a local disk; its folder is made.
        identity: the id of the database whose index this is.
    """

    def __init__(self, path: Path, identity: str) -> None:
        self.path = path
        self.identity = identity
        self._lock = FileLock(path.with_name(path.name + ".lock"), thread_local=False)
        self._writer: apsw.Connection | None = None
        self._writer_inode: tuple[int, int] | None = None
        self._local = threading.local()
        self._readers: weakref.WeakSet[_Reader] = weakref.WeakSet()
        self._guard = threading.Lock()
        self._opening = 0
        self._suspect = False
        self._closed = False

    @property
    def is_writer(self) -> bool:
        """Whether this process writes the index."""
        return self._lock.is_locked and self._writer is not None

    @property
    def opening(self) -> int:
        """Another number each time the writer has opened or made a file: what it knew of it is void."""
        return self._opening

    def become_writer(self) -> bool:
        """Take the lock if nobody has it, and have a good file; True if this process is the writer.

        Raises:
            DatabaseUnreachableError: neither lock nor file can be made.
        """
        self._refuse_closed()
        if self.is_writer:
            return True
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=0)
        except Timeout:
            return False
        except OSError as error:
            raise self._trouble(error) from error
        self._open_writer()
        return True

    def check(self) -> bool:
        """For the writer: make the file anew if it is not the one that was opened; True if so."""
        if self._writer is not None and self._inode() == self._writer_inode and not self._suspect:
            return False
        self.remake()
        return True

    def change_identity(self, identity: str) -> None:
        """Another database is at the store's address: its index is another one."""
        self.identity = identity
        self._opening += 1
        if self.is_writer:
            self.remake()

    def write(self, function: Callable[[apsw.Connection], T]) -> T:
        """Run the function in one transaction of the writer; one thread only."""
        connection = self._writing()
        connection.execute("BEGIN IMMEDIATE")
        try:
            result = function(connection)
        except BaseException:
            _roll_back(connection)
            raise
        connection.execute("COMMIT")
        return result

    def read(self, function: Callable[[apsw.Connection], T]) -> T:
        """Run the function in one read transaction of this thread.

        A file that is not there, or is another database's, reads as an empty index.

        Raises:
            DatabaseUnreachableError: the file is damaged; the writer makes it anew at its next turn.
        """
        self._refuse_closed()
        try:
            return self._read(function)
        except DAMAGE:
            self._forget_mine()  # it may have been made anew just now
        try:
            return self._read(function)
        except DAMAGE as error:
            self._forget_mine()
            self._suspect = True
            raise DatabaseUnreachableError(detail=f"the index {self.path} is damaged: {error}") from error

    def look(self, function: Callable[[apsw.Connection], T]) -> T:
        """Run the function on what the writer itself sees; its thread only.

        What the writer decides by must never come from a reader that sees an empty index.
        """
        return function(self._writing())

    def remake(self) -> None:
        """Throw the file away and begin an empty one; the writer only."""
        self._close_writer()
        try:
            # The file first: whoever opens its log afterwards finds that the file is gone.
            for suffix in ("", "-wal", "-shm"):
                self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._trouble(error) from error
        try:
            connection = self._connect_writer()
            _create(connection, self.identity)
        except apsw.Error as error:
            raise self._trouble(error) from error
        self._adopt(connection)

    def close(self) -> None:
        """Close all connections of all threads and let the lock go."""
        self._closed = True
        with self._guard:
            readers = list(self._readers)
            self._readers.clear()
        for reader in readers:
            reader.connection.close()
        self._close_writer()
        if self._lock.is_locked:
            self._lock.release(force=True)  # taken again by each try to open a file

    def _open_writer(self) -> None:
        try:
            connection = self._connect_writer()
        except DAMAGE:
            self.remake()
            return
        except apsw.Error as error:
            raise self._trouble(error) from error
        try:
            good = self._is_ours(connection)
        except apsw.Error:
            good = False
        self._adopt(connection)  # closed, with its log, before a new file is made
        if not good:
            self.remake()

    def _connect_writer(self) -> apsw.Connection:
        connection = apsw.Connection(
            str(self.path), flags=apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
        )
        try:
            _set_up_writer(connection)
        except apsw.Error:
            connection.close(True)
            raise
        return connection

    def _adopt(self, connection: apsw.Connection) -> None:
        self._writer = connection
        self._writer_inode = self._inode()
        self._opening += 1
        self._suspect = False

    def _writing(self) -> apsw.Connection:
        if self._writer is None:
            raise RuntimeError("only the writer writes the index")
        return self._writer

    def _close_writer(self) -> None:
        if self._writer is not None:
            self._writer.close(True)
            self._writer = None

    def _read(self, function: Callable[[apsw.Connection], T]) -> T:
        return _in_transaction(self._reader().connection, function)

    def _reader(self) -> _Reader:
        known: _Reader | None = getattr(self._local, "reader", None)
        inode = self._inode()
        if known is not None and known.inode is not None:
            if known.inode == inode and known.opening == self._opening:
                return known
            self._forget(known)
        elif known is not None and inode is None:
            return known
        reader = self._connect_reader(inode)
        self._keep(reader)
        return reader

    def _connect_reader(self, inode: tuple[int, int] | None) -> _Reader:
        opening = self._opening
        if inode is not None:
            try:
                connection = apsw.Connection(str(self.path), flags=apsw.SQLITE_OPEN_READWRITE)
                connection.set_busy_timeout(_BUSY_MS)
                connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
                connection.execute("PRAGMA query_only = 1")
                connection.execute("PRAGMA temp_store = MEMORY")
                # The same file before and after its log was opened: the two belong together.
                if self._is_ours(connection) and self._inode() == inode:
                    return _Reader(connection, inode, opening)
                connection.close()
            except apsw.CantOpenError:
                if self._inode() is not None:
                    raise
        return _Reader(_empty(), None, opening)

    def _keep(self, reader: _Reader) -> None:
        self._local.reader = reader
        with self._guard:
            self._readers.add(reader)

    def _forget(self, reader: _Reader) -> None:
        self._local.reader = None
        with self._guard:
            self._readers.discard(reader)
        reader.connection.close(True)

    def _forget_mine(self) -> None:
        reader: _Reader | None = getattr(self._local, "reader", None)
        if reader is not None:
            self._forget(reader)

    def _is_ours(self, connection: apsw.Connection) -> bool:
        if connection.pragma("user_version") != SCHEMA_VERSION:
            return False
        identity = connection.execute(statements.META, ("identity",)).fetchone()
        return identity is not None and identity[0] == self.identity

    def _inode(self) -> tuple[int, int] | None:
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _trouble(self, error: Exception) -> DatabaseUnreachableError:
        return DatabaseUnreachableError(detail=f"the index {self.path} can not be written: {error}")

    def _refuse_closed(self) -> None:
        if self._closed:
            raise RuntimeError("the index is closed")


def _set_up_writer(connection: apsw.Connection) -> None:
    connection.set_busy_timeout(_BUSY_MS)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"PRAGMA journal_size_limit = {_WAL_LIMIT_BYTES}")
    connection.execute(f"PRAGMA cache_size = -{_WRITER_CACHE_KIB}")


def _empty() -> apsw.Connection:
    connection = apsw.Connection(":memory:")
    _create(connection, "")
    return connection


def _create(connection: apsw.Connection, identity: str) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(TABLES)
    connection.execute("INSERT INTO meta (key, value) VALUES ('identity', ?)", (identity,))
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    connection.execute("COMMIT")


def _in_transaction(connection: apsw.Connection, function: Callable[[apsw.Connection], T]) -> T:
    connection.execute("BEGIN")
    try:
        return function(connection)
    finally:
        _end(connection)


def _end(connection: apsw.Connection) -> None:
    # A connection that broke may have ended its transaction already.
    if not connection.get_autocommit():
        connection.execute("COMMIT")


def _roll_back(connection: apsw.Connection) -> None:
    if not connection.get_autocommit():
        connection.execute("ROLLBACK")
