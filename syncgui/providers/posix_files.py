"""File operations for systems that open files relative to an open folder: Linux, macOS, the BSDs.

A handle is a descriptor, so what was opened stays the same folder whatever happens to its path, and a
link planted on the way is refused by the kernel, not by a look beforehand.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from syncgui.providers.file_operations import (
    NEW_FILE_MODE,
    NEW_FOLDER_MODE,
    FileOperations,
    Flush,
    FolderEntry,
    FolderHandle,
    FolderIdentity,
    refuse_non_file,
)

if sys.platform == "linux":
    from syncgui.providers import linux_birth, linux_copy, linux_flush, linux_mounts

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_WRITE_ON = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_CREATE = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC

# Some shares and FUSE file systems have no flush of a folder: there is nothing to wait for then.
_NO_FOLDER_SYNC = frozenset({errno.EINVAL, errno.ENOSYS, errno.ENOTSUP})

# Shares of Windows, and file systems that Windows knows: a name that it can not hold is lost on them, or seen
# by nobody else.
_WINDOWS_KINDS = frozenset({"cifs", "smb3", "smbfs", "vfat", "msdos", "exfat", "ntfs", "ntfs3"})

_FLUSHES_AT_ONCE = 8  # a share answers several at once as quickly as one


class PosixFileOperations(FileOperations):
    """Everything relative to descriptors of folders."""

    def open_root(self, path: str) -> FolderHandle:
        return FolderHandle(path, os.open(path, _FOLDER))

    def stat_root(self, path: str) -> os.stat_result:
        return Path(path).stat()

    def open_folder(self, folder: FolderHandle, name: str) -> FolderHandle:
        try:
            fd = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=folder.fd)
        except NotADirectoryError:
            # Linux answers ENOTDIR for a link too; who made it wants to know that it is the link.
            if stat.S_ISLNK(self.stat(folder, name).st_mode):
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), name) from None
            raise
        return FolderHandle(f"{folder.path}/{name}", fd)

    def make_folder(self, folder: FolderHandle, name: str, mode: int | None) -> None:
        os.mkdir(name, NEW_FOLDER_MODE if mode is None else mode, dir_fd=folder.fd)
        if mode is None:
            return
        made = self.open_folder(folder, name)
        try:
            inherited = os.fstat(made.fd).st_mode & stat.S_ISGID
            os.fchmod(made.fd, mode | inherited)
        finally:
            os.close(made.fd)

    def stat_folder(self, folder: FolderHandle) -> os.stat_result:
        return os.fstat(folder.fd)

    def list_folder(self, folder: FolderHandle) -> list[FolderEntry]:
        # A descriptor of its own: two threads that list through one would share its position.
        fd = os.open(".", _FOLDER, dir_fd=folder.fd)
        try:
            with os.scandir(fd) as entries:
                return [FolderEntry(one.name, one.is_dir(follow_symlinks=False)) for one in entries]
        finally:
            os.close(fd)

    def free_bytes(self, folder: FolderHandle) -> int:
        room = os.fstatvfs(folder.fd)
        return room.f_bavail * room.f_frsize

    def total_bytes(self, folder: FolderHandle) -> int:
        room = os.fstatvfs(folder.fd)
        return room.f_blocks * room.f_frsize

    def sync_folder(self, folder: FolderHandle) -> None:
        try:
            os.fsync(folder.fd)
        except OSError as error:
            if error.errno not in _NO_FOLDER_SYNC:
                raise

    def close_folder(self, folder: FolderHandle) -> None:
        os.close(folder.fd)

    def stat(self, folder: FolderHandle, name: str) -> os.stat_result:
        return os.stat(name, dir_fd=folder.fd, follow_symlinks=False)

    def rename(self, folder: FolderHandle, old: str, new: str) -> None:
        os.rename(old, new, src_dir_fd=folder.fd, dst_dir_fd=folder.fd)

    def unlink(self, folder: FolderHandle, name: str) -> None:
        os.unlink(name, dir_fd=folder.fd)

    def link(self, folder: FolderHandle, name: str, to: FolderHandle, new: str) -> None:
        os.link(name, new, src_dir_fd=folder.fd, dst_dir_fd=to.fd, follow_symlinks=False)

    def remove_folder(self, folder: FolderHandle, name: str) -> None:
        os.rmdir(name, dir_fd=folder.fd)

    def open_read(self, folder: FolderHandle, name: str) -> int:
        return self._open(folder, name, _READ)

    def open_to_sync(self, folder: FolderHandle, name: str) -> int:
        return self.open_read(folder, name)

    def open_again(self, folder: FolderHandle, name: str) -> int:
        return self._open(folder, name, _WRITE_ON)

    def create(self, folder: FolderHandle, name: str, mode: int | None) -> int:
        fd = os.open(name, _CREATE, NEW_FILE_MODE if mode is None else mode, dir_fd=folder.fd)
        if mode is not None:
            try:
                os.fchmod(fd, mode)
            except OSError:
                os.close(fd)
                os.unlink(name, dir_fd=folder.fd)
                raise
        return fd

    def set_mtime(self, folder: FolderHandle, name: str, fd: int, mtime_ns: int) -> None:
        del folder, name
        os.utime(fd, ns=(mtime_ns, mtime_ns))

    def set_mode(self, folder: FolderHandle, name: str, fd: int, mode: int) -> None:
        del folder, name
        os.fchmod(fd, mode)

    def _open(self, folder: FolderHandle, name: str, flags: int) -> int:
        # Looked at first: to open a pipe wakes its writer, to open a device may move a tape.
        refuse_non_file(self.stat(folder, name), name)
        fd = os.open(name, flags, dir_fd=folder.fd)
        try:
            refuse_non_file(os.fstat(fd), name)
        except OSError:
            os.close(fd)
            raise
        return fd

    def read_into(self, fd: int, buffer: memoryview) -> int:
        return os.readv(fd, [buffer])

    def sync_files(self, fds: Sequence[int]) -> list[Flush | OSError]:
        if len(fds) < 2:
            return super().sync_files(fds)
        with ThreadPoolExecutor(min(len(fds), _FLUSHES_AT_ONCE), "syncgui-flush") as pool:
            return list(pool.map(self._sync_or_error, fds))

    if hasattr(os, "posix_fadvise"):

        def begin_sync(self, fd: int, start: int, size_bytes: int) -> None:
            # What is told not to be needed is written out at once, so that the flush has less to wait for.
            with suppress(OSError):
                os.posix_fadvise(fd, start, size_bytes, os.POSIX_FADV_DONTNEED)

        def forget_cache(self, fd: int) -> None:
            with suppress(OSError):
                os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)

    if sys.platform == "linux":

        def identity(self, folder: FolderHandle) -> FolderIdentity:
            found = self.stat_folder(folder)
            return found.st_dev, found.st_ino, linux_birth.born_ns(folder.fd)

        def clone(self, source_fd: int, fd: int) -> bool:
            return linux_copy.clone(source_fd, fd)

        def copy_range(self, source_fd: int, fd: int, size_bytes: int) -> int:
            return linux_copy.copy_range(source_fd, fd, size_bytes)

        def has_windows_names(self, folder: FolderHandle) -> bool:
            return linux_mounts.kind_of_mount(os.fstat(folder.fd).st_dev) in _WINDOWS_KINDS

        def flushes_as_one(self, folder: FolderHandle) -> bool:
            return linux_flush.is_honest(folder.fd)

        def watch_file_system(self, folder: FolderHandle) -> int:
            # Of its own: the errors that one descriptor was told of are not told to it again.
            return os.open(".", _FOLDER, dir_fd=folder.fd)

        def sync_file_system(self, fd: int) -> None:
            linux_flush.syncfs(fd)

    if sys.platform == "darwin":

        def sync_file(self, fd: int) -> Flush:
            import fcntl  # noqa: PLC0415 - part of this system only

            # fsync of macOS stops at the disk's own cache.
            try:
                fcntl.fcntl(fd, fcntl.F_FULLFSYNC)
            except OSError as error:
                if error.errno not in _NO_FOLDER_SYNC:
                    raise
                return super().sync_file(fd)
            return Flush.FULLFSYNC
