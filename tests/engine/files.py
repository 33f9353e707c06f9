"""File operations that do something at a chosen moment, on top of the real ones."""

from __future__ import annotations

import threading
from collections.abc import Callable

from syncgui.providers.file_operations import FolderHandle
from syncgui.providers.posix_files import PosixFileOperations


class Interrupted(PosixFileOperations):
    """Calls a function before each write of data, and before each rename."""

    def __init__(
        self,
        before_write: Callable[[], None] = lambda: None,
        before_rename: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.before_write = before_write
        self.before_rename = before_rename
        self.written_bytes = 0
        self.renames = 0

    def write(self, fd: int, data: memoryview) -> None:
        self.before_write()
        self.written_bytes += len(data)
        super().write(fd, data)

    def rename(self, folder: FolderHandle, old: str, new: str) -> None:
        self.before_rename(new)
        self.renames += 1
        super().rename(folder, old, new)


class Held(PosixFileOperations):
    """Writes wait until they are let go."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.let_go = threading.Event()
        self.written_bytes = 0

    def write(self, fd: int, data: memoryview) -> None:
        self.reached.set()
        assert self.let_go.wait(120), "nobody let the write go"
        self.written_bytes += len(data)
        super().write(fd, data)
