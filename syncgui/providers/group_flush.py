"""The data of a group made durable: all of it by one call where that is honest, else file by file.

One call pays where several files share it; a file alone is flushed alone, so that it waits for nobody
else's data. Files that lie on another file system than the root are flushed one by one in any case.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress

from syncgui.providers.file_operations import FileOperations, Flush, FolderHandle

_log = logging.getLogger(__name__)

TOGETHER_FROM = 4
"""From so many files on one flush of the whole file system is quicker than theirs; measured on ext4."""


class GroupFlush:
    """To be made before the first byte of the group is written; `close` in any case.

    Args:
        files: the file operations.
        root: the open root folder.
        as_one: whether `files.flushes_as_one` holds for it.
        count: how many files the group has.
    """

    def __init__(self, files: FileOperations, root: FolderHandle, *, as_one: bool, count: int) -> None:
        self._files = files
        self._as_one = as_one
        self._fd: int | None = None
        if not as_one or count < TOGETHER_FROM:
            return
        try:
            self._device = files.stat_folder(root).st_dev
            self._fd = files.watch_file_system(root)
        except OSError:
            _log.debug("the file system is not watched: files are flushed one by one", exc_info=True)

    def flush(self, fds: Sequence[int]) -> list[Flush | OSError]:
        """Make these open files durable; for each how, or why it may be lost."""
        together = {fd for fd in fds if self._is_watched(fd)}
        if len(together) < TOGETHER_FROM:
            together = set()
        alone = [fd for fd in fds if fd not in together]
        results: dict[int, Flush | OSError] = dict(zip(alone, self._flush_each(alone), strict=True))
        if together:
            results.update(dict.fromkeys(together, self._flush_all()))
        return [results[fd] for fd in fds]

    def close(self) -> None:
        """Let the file system go."""
        fd, self._fd = self._fd, None
        if fd is not None:
            with suppress(OSError):  # nothing was written by it
                self._files.close(fd)

    def _is_watched(self, fd: int) -> bool:
        if self._fd is None:
            return False
        try:
            return self._files.stat_file(fd).st_dev == self._device
        except OSError:
            return False  # its own flush will tell

    def _flush_each(self, fds: Sequence[int]) -> list[Flush | OSError]:
        if self._as_one and len(fds) < TOGETHER_FROM:
            # A disk of one's own flushes few files more quickly in a row; a share, side by side.
            return [how for fd in fds for how in self._files.sync_files([fd])]
        return self._files.sync_files(fds)

    def _flush_all(self) -> Flush | OSError:
        assert self._fd is not None
        try:
            self._files.sync_file_system(self._fd)
        except OSError as error:
            return error
        return Flush.SYNCFS
