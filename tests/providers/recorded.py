"""File operations that note the calls on which durability depends, and fail those they are told to."""

from __future__ import annotations

import os
from pathlib import Path

from syncgui.providers.file_operations import Flush, FolderHandle
from syncgui.providers.posix_files import PosixFileOperations


class Recorded(PosixFileOperations):
    """Real ones.

    Args:
        as_one: what `flushes_as_one` says, whatever the file system of the test is.
    """

    def __init__(self, *, as_one: bool = False) -> None:
        self.as_one = as_one
        self.calls: list[str] = []
        self.fails: dict[str, int] = {}

    def _note(self, call: str) -> None:
        self.calls.append(call.partition(" ")[0])
        if call in self.fails:
            raise OSError(self.fails[call], os.strerror(self.fails[call]))

    def flushes_as_one(self, folder: FolderHandle) -> bool:
        del folder
        return self.as_one

    def watch_file_system(self, folder: FolderHandle) -> int:
        self._note("watch_file_system")
        return super().watch_file_system(folder)

    def sync_file_system(self, fd: int) -> None:
        self._note("sync_file_system")
        super().sync_file_system(fd)

    def create(self, folder: FolderHandle, name: str, mode: int | None) -> int:
        self._note("create")
        return super().create(folder, name, mode)

    def open_again(self, folder: FolderHandle, name: str) -> int:
        self._note("open_again")
        return super().open_again(folder, name)

    def read(self, fd: int, size_bytes: int) -> bytes:
        self._note("read")
        return super().read(fd, size_bytes)

    def forget_cache(self, fd: int) -> None:
        self._note("forget_cache")
        super().forget_cache(fd)

    def sync_file(self, fd: int) -> Flush:
        self._note(f"sync_file {self.stat_file(fd).st_size}")
        return super().sync_file(fd)

    def close(self, fd: int) -> None:
        call = f"close {self.stat_file(fd).st_size}"
        super().close(fd)
        self._note(call)

    def rename(self, folder: FolderHandle, old: str, new: str) -> None:
        self._note(f"rename {new}")
        super().rename(folder, old, new)

    def sync_folder(self, folder: FolderHandle) -> None:
        self._note(f"sync_folder {Path(folder.path).name}")
        super().sync_folder(folder)

    def order(self, *names: str) -> list[str]:
        """The calls of these names, in their order."""
        return [call for call in self.calls if call in names]
