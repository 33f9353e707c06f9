"""The real file operations, as a file system does them that is blind for case and for Unicode's forms."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from syncgui.providers.blind_names import folded
from syncgui.providers.file_operations import FolderHandle
from syncgui.providers.posix_files import PosixFileOperations


class BlindFileOperations(PosixFileOperations):
    """A name leads to whatever lies there under any spelling of it, and keeps the first one's.

    Args:
        root: so it is below this folder; elsewhere names are what they are.
    """

    def __init__(self, root: Path) -> None:
        self._root = str(root)
        self._one_at_a_time = threading.Lock()

    def make_folder(self, folder: FolderHandle, name: str, mode: int | None) -> None:
        with self._one_at_a_time:
            super().make_folder(folder, self._real(folder, name), mode)

    def open_folder(self, folder: FolderHandle, name: str) -> FolderHandle:
        return super().open_folder(folder, self._real(folder, name))

    def stat(self, folder: FolderHandle, name: str) -> os.stat_result:
        return super().stat(folder, self._real(folder, name))

    def rename(self, folder: FolderHandle, old: str, new: str) -> None:
        super().rename(folder, self._real(folder, old), self._real(folder, new))

    def _open(self, folder: FolderHandle, name: str, flags: int) -> int:
        return super()._open(folder, self._real(folder, name), flags)

    def _real(self, folder: FolderHandle, name: str) -> str:
        if not folder.path.startswith(self._root):
            return name
        return next((one for one in os.listdir(folder.fd) if folded(one) == folded(name)), name)
