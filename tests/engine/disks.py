"""Disks of a chosen size, on top of the real ones."""

from __future__ import annotations

from syncgui.providers.file_operations import FolderHandle
from tests.engine.files import Interrupted


class SmallDisk(Interrupted):
    """The folder whose path ends with `name` is a disk of so many bytes; what was written to it is gone."""

    def __init__(self, name: str, *, free_bytes: int, total_bytes: int) -> None:
        super().__init__()
        self.name = name
        self.free = free_bytes
        self.total = total_bytes

    def free_bytes(self, folder: FolderHandle) -> int:
        if not folder.path.endswith(self.name):
            return super().free_bytes(folder)
        return max(0, self.free - self.written_bytes)

    def total_bytes(self, folder: FolderHandle) -> int:
        return self.total if folder.path.endswith(self.name) else super().total_bytes(folder)
