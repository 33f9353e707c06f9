"""Old versions of a group's files: durable in the trash before they are replaced, given up if they are not."""

from __future__ import annotations

import logging

from syncgui.providers.file_operations import FileOperations
from syncgui.providers.incoming import Incoming
from syncgui.providers.open_folders import OpenFolders
from syncgui.providers.trash import Kept, Trash

_log = logging.getLogger(__name__)


class Keeping:
    """Keeps what one group replaces. Used by one thread, as long as `folders` is open.

    Args:
        site: the site's name, for the log.
    """

    def __init__(self, site: str, files: FileOperations, folders: OpenFolders) -> None:
        self._site = site
        self._files = files
        self._folders = folders

    def keep(self, incoming: Incoming) -> Kept | None:
        """Put what a file replaces into the trash; None if it replaces nothing, or its site keeps nothing.

        Raises:
            OSError: that was not possible.
            SyncError: `incoming.keeping` ended it.
        """
        if not incoming.trash:
            return None
        return Trash(self._files, self._folders, incoming.keeping).keep(
            incoming.trash, incoming.parts, incoming.partial
        )

    def take_back(self, incoming: Incoming, kept: Kept) -> None:
        """What was not replaced after all need not lie in the trash."""
        try:
            Trash(self._files, self._folders).take_back(kept, incoming.parts)
        except OSError:
            _log.debug("a name in the trash could not be removed", exc_info=True, extra={"site": self._site})
