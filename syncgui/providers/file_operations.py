"""The file operations: all that this program asks of a file system on its way to safe files.

Whoever touches files of a site is handed one object of this kind, so that a simulation can stand in its
place. Everything is named relative to an open folder, one name at a time, and none of these follows a link
below a root (`linked_folders` does). Every method raises `OSError` and nothing else; a link where a folder or
file should be is ELOOP. Objects may be used by several threads at once.
"""

from __future__ import annotations

import errno
import os
import stat
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from syncgui.providers.folder_turns import EVERYWHERE, FolderTurns

NEW_FILE_MODE = 0o666  # less the umask, or what a default ACL says: what an ordinary create gives
NEW_FOLDER_MODE = 0o777

FolderIdentity: TypeAlias = tuple[int, int, int]


class Flush(StrEnum):
    """How content was made durable; what each is worth where stands in docs/durability.md."""

    SYNCFS = "syncfs"  # the whole file system at once
    FSYNC = "fsync"  # file by file; FlushFileBuffers on Windows
    FULLFSYNC = "fullfsync"  # file by file, through the disk's own cache: macOS


@dataclass(frozen=True, slots=True)
class FolderHandle:
    """An open folder. `fd` is -1 where the system names folders by their path only."""

    path: str
    fd: int = -1


@dataclass(frozen=True, slots=True)
class FolderEntry:
    """One name in a folder; a link to a folder is no folder."""

    name: str
    is_folder: bool


class NotAFileError(OSError):
    """What should be read is there, and is no ordinary file; `strerror` says what it is."""


class InUseError(PermissionError):
    """Another program has the file open, and so it can not be replaced."""


class LinkNotAllowedError(OSError):
    """A link on the way leads where this site may not go; `filename` is the link's name."""


class DeadLinkError(OSError):
    """A link on the way may be followed, and what it leads to is not there; `filename` is the link's name."""


class FileOperations(ABC):
    """What a file system is asked for. Names are single names, never paths; sizes in bytes."""

    turns: FolderTurns = EVERYWHERE
    """Keep others of this process from giving names in a folder meanwhile."""

    # -- folders -------------------------------------------------------------------------------------

    @abstractmethod
    def open_root(self, path: str) -> FolderHandle:
        """Open the folder that a path leads to; links in a root's own path are followed."""

    @abstractmethod
    def stat_root(self, path: str) -> os.stat_result:
        """What a root's path leads to at this moment."""

    @abstractmethod
    def open_folder(self, folder: FolderHandle, name: str) -> FolderHandle:
        """Open a folder in a folder. ELOOP for a link, ENOTDIR for anything else that is no folder."""

    @abstractmethod
    def make_folder(self, folder: FolderHandle, name: str, mode: int | None) -> None:
        """Make a folder as anybody would, or with exactly `mode`; an inherited setgid bit stays."""

    @abstractmethod
    def stat_folder(self, folder: FolderHandle) -> os.stat_result:
        """The facts of an open folder."""

    def identity(self, folder: FolderHandle) -> FolderIdentity:
        """What tells an open folder from all others, as far as that is told from those that were, too.

        Device and inode; and when it was made, as an inode is given again: 0 where that is not told.
        """
        found = self.stat_folder(folder)
        return found.st_dev, found.st_ino, int(getattr(found, "st_birthtime", 0) * 1e6)

    @abstractmethod
    def list_folder(self, folder: FolderHandle) -> list[FolderEntry]:
        """What lies in an open folder, in no order."""

    @abstractmethod
    def free_bytes(self, folder: FolderHandle) -> int:
        """Room that an ordinary user has left there."""

    def total_bytes(self, folder: FolderHandle) -> int:
        """How large its file system is; 0 where that is not told."""
        del folder
        return 0

    def has_windows_names(self, folder: FolderHandle) -> bool:
        """Whether names there must be such as Windows can hold."""
        del folder
        return os.name == "nt"

    def flushes_as_one(self, folder: FolderHandle) -> bool:
        """Whether all that was written to a folder's file system can be flushed at once, honestly."""
        del folder
        return False

    def watch_file_system(self, folder: FolderHandle) -> int:
        """A descriptor for `sync_file_system`, where `flushes_as_one`; let go by `close`.

        To be opened before the first write that it is to answer for: errors from before are not told.
        """
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS), folder.path)

    def sync_file_system(self, fd: int) -> None:
        """Make all that was written since `watch_file_system` durable, or say that some of it is lost."""
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS), fd)

    @abstractmethod
    def sync_folder(self, folder: FolderHandle) -> None:
        """Make the names in a folder durable, where the system has such a call."""

    @abstractmethod
    def close_folder(self, folder: FolderHandle) -> None:
        """Let an open folder go."""

    # -- names in a folder ---------------------------------------------------------------------------

    @abstractmethod
    def stat(self, folder: FolderHandle, name: str) -> os.stat_result:
        """The facts of a name itself: of a link, not of what it leads to."""

    def resolve(self, path: str) -> str:
        """The same path without links, as far as it leads at this moment. Opens nothing."""
        return os.path.realpath(path)

    @abstractmethod
    def rename(self, folder: FolderHandle, old: str, new: str) -> None:
        """Give a file another name in the same folder, replacing what had it, in one instant."""

    @abstractmethod
    def unlink(self, folder: FolderHandle, name: str) -> None:
        """Remove a file's name."""

    @abstractmethod
    def link(self, folder: FolderHandle, name: str, to: FolderHandle, new: str) -> None:
        """Give a file a second name, in any folder of its file system. EEXIST if that name is taken."""

    @abstractmethod
    def remove_folder(self, folder: FolderHandle, name: str) -> None:
        """Remove an empty folder."""

    # -- files ---------------------------------------------------------------------------------------

    @abstractmethod
    def open_read(self, folder: FolderHandle, name: str) -> int:
        """A descriptor to read an ordinary file; `NotAFileError` for all else. Never waits for a peer."""

    @abstractmethod
    def open_to_sync(self, folder: FolderHandle, name: str) -> int:
        """A descriptor of an ordinary file, fit for `sync_file`; nothing is changed."""

    @abstractmethod
    def open_again(self, folder: FolderHandle, name: str) -> int:
        """A descriptor of an ordinary file, to read what is there and to write on."""

    @abstractmethod
    def create(self, folder: FolderHandle, name: str, mode: int | None) -> int:
        """A descriptor of a new file, made as anybody would, or with exactly `mode`. EEXIST if there."""

    @abstractmethod
    def set_mtime(self, folder: FolderHandle, name: str, fd: int, mtime_ns: int) -> None:
        """Set the time of last change of an open file, given by descriptor and by name."""

    @abstractmethod
    def set_mode(self, folder: FolderHandle, name: str, fd: int, mode: int) -> None:
        """Give an open file, given by descriptor and by name, exactly this mode."""

    def stat_file(self, fd: int) -> os.stat_result:
        """The facts of an open file."""
        return os.fstat(fd)

    def read(self, fd: int, size_bytes: int) -> bytes:
        """At most so many bytes; none at the end."""
        return os.read(fd, size_bytes)

    def read_into(self, fd: int, buffer: memoryview) -> int:
        """Fill a buffer of bytes from the start; how many came, 0 at the end."""
        data = os.read(fd, len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def seek(self, fd: int, offset: int, whence: int) -> int:
        """Move to a place in an open file; the place, from the start."""
        return os.lseek(fd, offset, whence)

    def truncate(self, fd: int, size_bytes: int) -> None:
        """Cut an open file off after so many bytes."""
        os.truncate(fd, size_bytes)

    def write(self, fd: int, data: memoryview) -> None:
        """Write all of it."""
        while data:
            data = data[os.write(fd, data) :]

    def clone(self, source_fd: int, fd: int) -> bool:
        """Let an empty file share all of another's bytes, where the file system can; whether it does."""
        del source_fd, fd
        return False

    def copy_range(self, source_fd: int, fd: int, size_bytes: int) -> int:
        """Copy at most so many bytes from where one file stands to where the other does, inside the system.

        How many were copied; 0 at the end, and where the system has no such way between these two.
        """
        del source_fd, fd, size_bytes
        return 0

    def begin_sync(self, fd: int, start: int, size_bytes: int) -> None:
        """Let the system begin to write out a part of an open file; it may, and nobody waits for it."""
        del fd, start, size_bytes

    def sync_file(self, fd: int) -> Flush:
        """Make the content of an open file durable. After an error nothing about the file is certain."""
        os.fsync(fd)
        return Flush.FSYNC

    def sync_files(self, fds: Sequence[int]) -> list[Flush | OSError]:
        """The same for several; one's error stops no other."""
        return [self._sync_or_error(fd) for fd in fds]

    def _sync_or_error(self, fd: int) -> Flush | OSError:
        try:
            return self.sync_file(fd)
        except OSError as error:
            return error

    def forget_cache(self, fd: int) -> None:
        """Let the system forget what it has of an open, flushed file, so that it is read from where it lies.

        A wish: systems without such a call, and pages that somebody else uses, stay as they are.
        """
        del fd

    def close(self, fd: int) -> None:
        """Let a file go; an error means that what was written may be lost."""
        os.close(fd)


def refuse_non_file(found: os.stat_result, name: str) -> None:
    """Raise unless the facts are those of an ordinary file.

    Raises:
        NotAFileError: its `strerror` is what it is, "a folder".
    """
    if not stat.S_ISREG(found.st_mode):
        raise NotAFileError(errno.EINVAL, _kind_of(found), name)


def _kind_of(found: os.stat_result) -> str:
    """What something is, in words."""
    kinds = {
        stat.S_IFREG: "a file",
        stat.S_IFDIR: "a folder",
        stat.S_IFLNK: "a link",
        stat.S_IFIFO: "a pipe",
        stat.S_IFSOCK: "a socket",
    }
    return kinds.get(stat.S_IFMT(found.st_mode), "a device")


def file_operations() -> FileOperations:
    """The file operations of this system."""
    if os.open in os.supports_dir_fd and hasattr(os, "O_NOFOLLOW"):
        from syncgui.providers.posix_files import PosixFileOperations  # noqa: PLC0415 - not on Windows

        return PosixFileOperations()
    from syncgui.providers.path_files import PathFileOperations  # noqa: PLC0415 - only where needed

    return PathFileOperations()
