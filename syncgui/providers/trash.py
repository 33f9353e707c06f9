"""Old versions of files that are replaced, kept below their root: `.syncgui-trash/<day>/<path>`.

The old content gets a second name there before it loses its own, so the file's name holds the old or the
new content at every instant. Where a file can have only one name it is copied. A version of a path that is
replaced again on the same day lies under `<day>.2`, `<day>.3`. Only folders that are named like a day are
ever removed; nothing outside the trash is, and no link is followed.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from syncgui.model.errors import SyncError
from syncgui.providers.file_operations import FileOperations, FolderHandle
from syncgui.providers.open_folders import OpenFolders, Parts
from syncgui.providers.trash_names import TRASH

_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:\.[1-9]\d{0,3})?")
_MOST_OF_A_DAY = 1000
_BLOCK_BYTES = 2**20
_LARGE_BYTES = 64 * 2**20  # what is smaller fits on a disk that is not full

# No second name: the file system knows none, this user may give none, there are as many as can be, or the
# file lies on another file system than the trash.
_NO_LINK = frozenset(
    getattr(errno, name)
    for name in ("EPERM", "EACCES", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EINVAL", "EMLINK", "EXDEV")
    if hasattr(errno, name)
)

_NO_ROOM = frozenset(getattr(errno, name) for name in ("ENOSPC", "EDQUOT") if hasattr(errno, name))


class NoRoomForCopyError(OSError):
    """A version that has to be copied does not fit into the trash; the site has room for other files."""


def day_name(day: date) -> str:
    """The name of a day's folder."""
    return day.isoformat()


def read_day_name(text: str) -> date | None:
    """The day of a folder in the trash; None if it is none of ours."""
    match = _DAY.fullmatch(text)
    try:
        return date.fromisoformat(match[1]) if match else None
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Kept:
    """Where an old version lies by now.

    Args:
        parts: the names that lead there from the root.
        old: the facts of the file that was kept, from before that.
        is_new: whether it was put there just now.
        is_copy: whether what lies there is another file with its content.
    """

    parts: Parts
    old: os.stat_result
    is_new: bool
    is_copy: bool = False

    @property
    def day(self) -> str:
        """The name of the day under which it was kept."""
        return self.parts[1].partition(".")[0]

    def is_of(self, found: os.stat_result) -> bool:
        """Whether a file is the one that was kept, with the content that was kept."""
        old = self.old
        if (found.st_dev, found.st_ino) != (old.st_dev, old.st_ino):
            return False
        if old.st_ino and not self.is_copy:
            return True  # whatever is written into it is written into what lies in the trash, too
        if (found.st_size, found.st_mtime_ns) != (old.st_size, old.st_mtime_ns):
            return False
        return not self.is_copy or found.st_ctime_ns == old.st_ctime_ns


class Trash:
    """Keeps old versions. Used by one thread, as long as `folders` is open.

    Args:
        go_on: called between two blocks of a version that has to be copied; may raise `SyncError`.
    """

    def __init__(
        self, files: FileOperations, folders: OpenFolders, go_on: Callable[[], object] = lambda: None
    ) -> None:
        self._files = files
        self._folders = folders
        self._go_on = go_on

    def keep(self, day: str, parts: Parts, partial: str) -> Kept | None:
        """Give what a path holds a second name in the trash; None if it holds nothing.

        Args:
            day: name of the day's folder.
            parts: the names that lead to the file from the root.
            partial: name of a partial that nobody else uses, should the file have to be copied.
        """
        folder = self._folders.open(parts[:-1])
        try:
            old = self._files.stat(folder, parts[-1])
        except FileNotFoundError:
            return None
        if not stat.S_ISREG(old.st_mode):
            return None  # it will be in the way
        for place in _places(day, parts):
            try:
                there = self._folders.open_or_make(place[:-1])
                copied = self._put(folder, there, parts[-1], partial)
            except (FileExistsError, NotADirectoryError, IsADirectoryError):
                if self._is(place, old):
                    return Kept(place, old, is_new=False)  # a try before this one ended in between
                continue
            return Kept(place, copied or old, is_new=True, is_copy=copied is not None)
        raise OSError(errno.EEXIST, os.strerror(errno.EEXIST), f"{TRASH}/{day}")

    def holds(self, kept: Kept) -> bool:
        """Whether a version still lies where it was put."""
        return self._has(self._folders.open(kept.parts[:-1]), kept.parts[-1])

    def take_back(self, kept: Kept, parts: Parts) -> None:
        """Remove a version that was kept just now, if it was not replaced after all.

        Whoever took the file over may have replaced it meanwhile, trusting in what lies in the trash: that is
        left as soon as its path (`parts`) holds anything else.
        """
        try:
            found = self._files.stat(self._folders.open(parts[:-1]), parts[-1])
        except FileNotFoundError:
            return
        if kept.is_new and kept.is_of(found):
            self._files.unlink(self._folders.open(kept.parts[:-1]), kept.parts[-1])

    def _put(
        self, folder: FolderHandle, there: FolderHandle, name: str, partial: str
    ) -> os.stat_result | None:
        """Give it its second name; where it had to be copied, the facts of what was copied."""
        try:
            self._files.link(folder, name, there, name)
        except OSError as error:
            if error.errno not in _NO_LINK:
                raise
            return self._copy(folder, there, name, partial)
        return None

    def _copy(self, folder: FolderHandle, there: FolderHandle, name: str, partial: str) -> os.stat_result:
        if self._has(there, name):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), name)
        source = self._files.open_read(folder, name)
        try:
            old = self._files.stat_file(source)
            if not self._has_room(there, old.st_size):
                raise self._no_room(folder, old.st_size)
            fd = self._files.create(there, partial, stat.S_IMODE(old.st_mode))
            try:
                try:
                    while block := self._files.read(source, _BLOCK_BYTES):
                        self._go_on()
                        self._files.write(fd, memoryview(block))
                    self._files.set_mtime(there, partial, fd, old.st_mtime_ns)
                    self._files.sync_file(fd)
                finally:
                    self._files.close(fd)
                self._files.rename(there, partial, name)
            except (OSError, SyncError) as error:
                self._files.unlink(there, partial)
                if isinstance(error, OSError) and error.errno in _NO_ROOM:
                    raise self._no_room(folder, old.st_size) from error
                raise
        finally:
            self._files.close(source)
        return old

    def _no_room(self, folder: FolderHandle, size_bytes: int) -> OSError:
        """A small file that would not fit beside the old one, either, means that the whole site is full."""
        is_full = size_bytes < _LARGE_BYTES and not self._has_room(folder, size_bytes)
        return (OSError if is_full else NoRoomForCopyError)(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _has_room(self, folder: FolderHandle, size_bytes: int) -> bool:
        """Whether a file would fit; True where the disk does not say how large it is."""
        return not self._files.total_bytes(folder) or self._files.free_bytes(folder) >= size_bytes

    def _has(self, folder: FolderHandle, name: str) -> bool:
        try:
            self._files.stat(folder, name)
        except FileNotFoundError:
            return False
        return True

    def _is(self, place: Parts, old: os.stat_result) -> bool:
        """Whether a name in the trash is another name of the old version itself."""
        try:
            found = self._files.stat(self._folders.open(place[:-1]), place[-1])
        except OSError:
            return False
        return old.st_ino != 0 and (found.st_dev, found.st_ino) == (old.st_dev, old.st_ino)


def _places(day: str, parts: Parts) -> Iterator[Parts]:
    yield TRASH, day, *parts
    for number in range(2, _MOST_OF_A_DAY):
        yield TRASH, f"{day}.{number}", *parts
