"""File operations for systems that know files by their paths only: Windows.

A handle is the folder's path. Links, junctions and other reparse points that lead elsewhere are refused
by a look at each name on the way; between the look and the use they could be planted, which the system
gives no means to prevent. Names in folders can not be flushed there.

A file that is read-only there can be neither flushed nor removed nor replaced, as it can elsewhere: it is
made writable for that long. One that another program has open can not be replaced, which is tried for a
second, as virus scanners look for a moment into all that is new.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from syncgui.providers.file_operations import (
    NEW_FILE_MODE,
    NEW_FOLDER_MODE,
    FileOperations,
    FolderEntry,
    FolderHandle,
    InUseError,
    refuse_non_file,
)

_BINARY: int = getattr(os, "O_BINARY", 0) | getattr(os, "O_NOINHERIT", 0)
_NAME_SURROGATE = 0x20000000  # bit of a reparse tag: stands for another place
# ERROR_ACCESS_DENIED, ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION: as EACCES all of them.
_DENIED = frozenset({5, 32, 33})
_WAITS_S = (0.05, 0.1, 0.2, 0.3, 0.4)


class PathFileOperations(FileOperations):
    """Everything by the paths of folders.

    Args:
        wait: waits so many seconds.
    """

    def __init__(self, wait: Callable[[float], None] = time.sleep) -> None:
        self._wait = wait

    def open_root(self, path: str) -> FolderHandle:
        if not stat.S_ISDIR(Path(path).stat().st_mode):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path)
        return FolderHandle(path)

    def stat_root(self, path: str) -> os.stat_result:
        return Path(path).stat()

    def open_folder(self, folder: FolderHandle, name: str) -> FolderHandle:
        found = self.stat(folder, name)
        if _leads_elsewhere(found):
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), name)
        if not stat.S_ISDIR(found.st_mode):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), name)
        return FolderHandle(str(_join(folder, name)))

    def make_folder(self, folder: FolderHandle, name: str, mode: int | None) -> None:
        path = _join(folder, name)
        path.mkdir(NEW_FOLDER_MODE if mode is None else mode)
        if mode is not None:
            path.chmod(mode | path.stat().st_mode & stat.S_ISGID)

    def stat_folder(self, folder: FolderHandle) -> os.stat_result:
        return Path(folder.path).stat()

    def list_folder(self, folder: FolderHandle) -> list[FolderEntry]:
        with os.scandir(folder.path) as entries:
            return [FolderEntry(one.name, one.is_dir(follow_symlinks=False)) for one in entries]

    def free_bytes(self, folder: FolderHandle) -> int:
        return shutil.disk_usage(folder.path).free

    def total_bytes(self, folder: FolderHandle) -> int:
        return shutil.disk_usage(folder.path).total

    def sync_folder(self, folder: FolderHandle) -> None:
        """Nothing: the system has no such call."""

    def close_folder(self, folder: FolderHandle) -> None:
        """Nothing: a path is not open."""

    def stat(self, folder: FolderHandle, name: str) -> os.stat_result:
        return _join(folder, name).lstat()

    def rename(self, folder: FolderHandle, old: str, new: str) -> None:
        source, target = _join(folder, old), _join(folder, new)
        for wait_s in (*_WAITS_S, None):
            try:
                _replace(source, target)
                return
            except PermissionError as error:
                if getattr(error, "winerror", None) not in _DENIED:
                    raise
                if wait_s is None:
                    if target.is_file():
                        raise InUseError(error.errno, error.strerror, new) from error
                    raise
            self._wait(wait_s)

    def unlink(self, folder: FolderHandle, name: str) -> None:
        path = _join(folder, name)
        try:
            path.unlink()
        except PermissionError:
            if not _is_read_only(path):
                raise
            with _writable(path):
                path.unlink()

    def link(self, folder: FolderHandle, name: str, to: FolderHandle, new: str) -> None:
        _join(to, new).hardlink_to(_join(folder, name))

    def remove_folder(self, folder: FolderHandle, name: str) -> None:
        _join(folder, name).rmdir()

    def open_read(self, folder: FolderHandle, name: str) -> int:
        return self._open(folder, name, os.O_RDONLY)

    def open_to_sync(self, folder: FolderHandle, name: str) -> int:
        try:
            return self._open(folder, name, os.O_RDWR)  # Windows flushes through writable handles only
        except PermissionError:
            path = _join(folder, name)
            if not _is_read_only(path):
                raise
            with _writable(path, stays=True):
                return self._open(folder, name, os.O_RDWR)

    def open_again(self, folder: FolderHandle, name: str) -> int:
        return self._open(folder, name, os.O_RDWR)

    def create(self, folder: FolderHandle, name: str, mode: int | None) -> int:
        path = _join(folder, name)
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | _BINARY, NEW_FILE_MODE)
        if mode is not None:
            try:
                path.chmod(mode)
            except OSError:
                os.close(fd)
                path.unlink()
                raise
        return fd

    def set_mtime(self, folder: FolderHandle, name: str, fd: int, mtime_ns: int) -> None:
        del fd
        os.utime(_join(folder, name), ns=(mtime_ns, mtime_ns))

    def set_mode(self, folder: FolderHandle, name: str, fd: int, mode: int) -> None:
        del fd
        _join(folder, name).chmod(mode)

    def _open(self, folder: FolderHandle, name: str, flags: int) -> int:
        refuse_non_file(self.stat(folder, name), name)
        fd = os.open(_join(folder, name), flags | _BINARY | getattr(os, "O_NOFOLLOW", 0))
        try:
            refuse_non_file(os.fstat(fd), name)
        except OSError:
            os.close(fd)
            raise
        return fd


def _join(folder: FolderHandle, name: str) -> Path:
    return Path(folder.path, name)


def _replace(source: Path, target: Path) -> None:
    try:
        source.replace(target)
    except PermissionError as error:
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), target.name) from error
        if not _is_read_only(target):
            raise
        with _writable(target):
            source.replace(target)


def _is_read_only(path: Path) -> bool:
    """Whether a file is there that nobody may write, whoever he is: an attribute of Windows."""
    try:
        mode = path.lstat().st_mode
    except OSError:
        return False
    return stat.S_ISREG(mode) and not mode & stat.S_IWUSR


@contextmanager
def _writable(path: Path, *, stays: bool = False) -> Iterator[None]:
    """Let a read-only file be written; then it is read-only again, where it `stays`, else after an error."""
    mode = stat.S_IMODE(path.lstat().st_mode)
    path.chmod(mode | stat.S_IWUSR)
    done = False
    try:
        yield
        done = True
    finally:
        if stays or not done:
            with suppress(OSError):
                path.chmod(mode)


def _leads_elsewhere(found: os.stat_result) -> bool:
    tag: int = getattr(found, "st_reparse_tag", 0)
    return stat.S_ISLNK(found.st_mode) or bool(tag & _NAME_SURROGATE)
