"""Lock files of workers: who holds one lives, and the system frees it when the process ends.

The holder has an exclusive lock of its open file. Whoever asks takes a shared one for an instant, so
that two who ask never see each other; a lock file that can not be opened counts as held, one that is
not there does not. Nothing is made by asking.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

if sys.platform != "win32":
    import fcntl

_MODE = 0o644  # other users of the machine must be able to ask


class WorkerLock:
    """The lock of this process's own worker, held from the beginning until `release`.

    Args:
        path: the lock file; its folder is made.
        timeout_s: seconds to wait for those who just ask.

    Raises:
        OSError: it can not be made.
        filelock.Timeout: another process holds it.
    """

    def __init__(self, path: Path, *, timeout_s: float) -> None:
        path.parent.mkdir(exist_ok=True)
        self.path = path
        self._lock = FileLock(path, mode=_MODE, thread_local=False)
        self._lock.acquire(timeout=timeout_s)
        self._file = _file(path)

    def is_intact(self) -> bool:
        """Whether others who look at the path find the lock that is held here."""
        return self._lock.is_locked and self._file is not None and _file(self.path) == self._file

    def release(self) -> None:
        """Let go and remove the lock file."""
        if sys.platform != "win32":
            # Before letting go: whoever has it open by then finds that it has no name any more.
            self._remove()
            self._lock.release()
        else:
            self._lock.release()
            self._remove()

    def _remove(self) -> None:
        if _file(self.path) == self._file:
            with suppress(OSError):
                self.path.unlink()


def is_held(path: Path) -> bool:
    """Whether somebody, this process included, holds the lock file."""
    with _taken(path) as taken:
        return taken is False


def is_free(path: Path) -> bool:
    """Whether the lock file is there and nobody holds it: whoever did has ended."""
    with _taken(path) as taken:
        return taken is True


def remove_if_free(path: Path) -> bool:
    """Remove the lock file unless it is held; whether it is gone."""
    with _taken(path) as taken:
        if taken:
            with suppress(OSError):
                path.unlink()
    return taken is not False


def sweep(folder: Path, *, older_than_s: float) -> None:
    """Remove lock files in a folder that nobody holds and that are older than so many seconds."""
    for path in folder.glob("*.lock"):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > older_than_s:
                remove_if_free(path)


if sys.platform != "win32":

    @contextmanager
    def _taken(path: Path) -> Iterator[bool | None]:
        """Whether the lock could be had, for as long as the block lasts; None where no file is."""
        try:
            # A lock needs no right to write; without blocking, should somebody have put a pipe there.
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        except FileNotFoundError:
            yield None
            return
        except OSError:
            yield False
            return
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                yield False
            else:
                yield True
        finally:
            os.close(descriptor)

else:

    @contextmanager
    def _taken(path: Path) -> Iterator[bool | None]:
        """Whether the lock could be had; there are only exclusive ones, so askers may see each other."""
        if not path.exists():
            yield None
            return
        try:
            lock = FileLock(path, thread_local=False)
            lock.acquire(timeout=0)
        except (OSError, Timeout):
            yield False
            return
        try:
            yield True
        finally:
            lock.release()


def _file(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
