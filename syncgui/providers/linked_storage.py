"""Storage of its own below a root, behind a link or mounted there.

What is wrong with it holds up what goes there, and nothing else of the site.
"""

from __future__ import annotations

from syncgui.model.errors import (
    DiskFullError,
    ReadOnlyError,
    SiteError,
    StorageAwayError,
    SyncError,
    TargetNotWritableError,
    TooLargeForRoomError,
)
from syncgui.providers.file_operations import FileOperations, FolderHandle

_OF_THE_FILE: dict[type[SyncError], type[SyncError]] = {
    DiskFullError: TooLargeForRoomError,
    ReadOnlyError: TargetNotWritableError,
    SiteError: StorageAwayError,
}


def is_elsewhere(files: FileOperations, folder: FolderHandle, root: FolderHandle) -> bool:
    """Whether a folder lies on another disk than its root; False where that can not be told."""
    try:
        device = files.stat_folder(root).st_dev
    except OSError:
        return False
    try:
        return files.stat_folder(folder).st_dev != device
    except OSError:
        return True  # it does not answer, and the root does


def trouble_of_storage(error: SyncError) -> SyncError:
    """The error as one of the file that goes there, where it would stop the whole site."""
    kind = _OF_THE_FILE.get(type(error))
    return kind(site=error.site, path=error.path, detail=error.detail) if kind else error
