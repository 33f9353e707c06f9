"""New names made durable: those in a folder, and of every new folder above it. Each folder once."""

from __future__ import annotations

from syncgui.providers.file_operations import FileOperations
from syncgui.providers.open_folders import OpenFolders, Parts, UnsyncedFolders


class NamesFlush:
    """One round of flushes: what gets its name after a folder's turn is not covered.

    Args:
        folders: opens them; must outlive this.
        unsynced: the root's memory of folders whose names are not durable yet.
    """

    def __init__(self, files: FileOperations, folders: OpenFolders, unsynced: UnsyncedFolders) -> None:
        self._files = files
        self._folders = folders
        self._unsynced = unsynced
        self._results: dict[Parts, OSError | None] = {}

    def flush(self, parts: Parts) -> OSError | None:
        """Make the names in a folder durable, and those that lead to it; why that failed."""
        try:
            new = self._unsynced.among(self._folders.way_to(parts))
        except OSError as error:
            return error
        errors = [self._once(folder) for folder in {parts, *(made[:-1] for made in new)}]
        self._unsynced.settle({made: new[made] for made in new if self._results[made[:-1]] is None})
        return next((error for error in errors if error is not None), None)

    def _once(self, folder: Parts) -> OSError | None:
        if folder not in self._results:
            self._results[folder] = self._flush(folder)
        return self._results[folder]

    def _flush(self, folder: Parts) -> OSError | None:
        try:
            self._files.sync_folder(self._folders.open(folder))
        except OSError as error:
            return error
        return None
