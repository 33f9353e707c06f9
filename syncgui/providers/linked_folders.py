"""Links on the way to a file: followed only into folders that the site's settings name.

Studios link inside their roots to other storage. Where a link leads is found out by its path, but what is
opened is reached from the allowed folder itself, one name at a time and through no further link: whatever is
changed in between, what is opened lies below a folder that is allowed.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from pathlib import Path

from syncgui.providers.file_operations import (
    DeadLinkError,
    FileOperations,
    FolderHandle,
    LinkNotAllowedError,
)
from syncgui.providers.os_errors import STORAGE_TROUBLE
from syncgui.providers.trash_names import TRASH


class AllowedLinks:
    """Follows links of one root; used by several threads.

    Args:
        files: the file operations.
        targets: the folders into which links may lead; links in their own paths are followed. One that is no
            absolute path allows nothing.
    """

    def __init__(self, files: FileOperations, targets: Sequence[str] = ()) -> None:
        self._files = files
        self._targets = tuple(target for target in targets if Path(target).is_absolute())

    def __bool__(self) -> bool:
        """Whether any link may be followed."""
        return bool(self._targets)

    def follow(self, folder: FolderHandle, name: str) -> FolderHandle:
        """Open the folder that a link in an open folder leads to.

        Raises:
            LinkNotAllowedError: it leads into no allowed folder, or into a trash.
            DeadLinkError: what it leads to is not there.
            OSError: what it leads to can not be opened.
        """
        if self._targets:
            leads_to = _names(self._files.resolve(str(Path(folder.path, name))))
            # First those that look like it: one that hangs is not to be asked for what lies in another.
            for target in sorted(self._targets, key=lambda one: not _is_below(leads_to, _names(one))):
                allowed = _names(self._files.resolve(target))
                below = leads_to[len(allowed) :]
                if _is_below(leads_to, allowed) and not any(one.casefold() == TRASH for one in below):
                    return self._open(target, below, name)
        raise LinkNotAllowedError(errno.ELOOP, os.strerror(errno.ELOOP), name)

    def _open(self, target: str, below: Sequence[str], name: str) -> FolderHandle:
        try:
            opened = self._files.open_root(target)
            for one in below:
                try:
                    following = self._files.open_folder(opened, one)
                finally:
                    self._files.close_folder(opened)
                opened = following
        except FileNotFoundError as error:
            raise DeadLinkError(errno.ENOENT, os.strerror(errno.ENOENT), name) from error
        except OSError as error:
            if error.errno == errno.ELOOP:  # it was changed since it was looked at
                raise LinkNotAllowedError(errno.ELOOP, os.strerror(errno.ELOOP), name) from error
            if error.errno in STORAGE_TROUBLE:
                raise DeadLinkError(error.errno, os.strerror(error.errno), name) from error
            raise
        return opened


def _is_below(names: tuple[str, ...], above: tuple[str, ...]) -> bool:
    return names[: len(above)] == above


def _names(path: str) -> tuple[str, ...]:
    return Path(os.path.normcase(path)).parts
