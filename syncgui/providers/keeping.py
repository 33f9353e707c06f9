"""What a group replaces lies in the trash, durable, before it is replaced; and not if it is not replaced."""

from __future__ import annotations

import logging

from syncgui.model.errors import TargetNotWritableError, TooLargeForRoomError
from syncgui.providers.file_operations import FileOperations, refuse_non_file
from syncgui.providers.incoming import Incoming
from syncgui.providers.open_folders import OpenFolders
from syncgui.providers.trash import Kept, NoRoomForCopyError, Trash
from syncgui.providers.trash_names import TRASH

_log = logging.getLogger(__name__)


class Keeping:
    """Keeps what one group replaces. Used by one thread, as long as `folders` is open.

    Args:
        site: the site's name, for error texts.
    """

    def __init__(self, site: str, files: FileOperations, folders: OpenFolders) -> None:
        self._site = site
        self._files = files
        self._folders = folders

    def keep(self, incoming: Incoming) -> Kept | None:
        """Put what a file replaces into the trash; None if it replaces nothing, or its site keeps nothing.

        Raises:
            TargetNotWritableError: the trash refuses it, whoever else may write on the site.
            TooLargeForRoomError: it has to be copied and does not fit.
            OSError: that was not possible for another reason.
            SyncError: `incoming.keeping` ended it.
        """
        if incoming.trash is None:
            return None
        day = incoming.trash()
        try:
            return Trash(self._files, self._folders, incoming.keeping).keep(
                day, incoming.parts, incoming.partial
            )
        except NoRoomForCopyError as error:
            detail = (
                f"what it replaces is kept, has to be copied into {TRASH}/{day} first, and does not fit there"
            )
            raise TooLargeForRoomError(site=self._site, path=incoming.path, detail=detail) from error
        except PermissionError as error:
            detail = f"what it replaces is kept, and can not be put into {TRASH}/{day}: {error.strerror}"
            raise TargetNotWritableError(site=self._site, path=incoming.path, detail=detail) from error

    def is_outdated(self, incoming: Incoming, kept: Kept | None) -> bool:
        """Whether the file would replace anything that is not kept by now. One look, if nothing has changed.

        Raises:
            OSError: something that is no file has the name, or it could not be looked at.
        """
        try:
            found = self._files.stat(self._folders.open(incoming.parts[:-1]), incoming.parts[-1])
        except FileNotFoundError:
            return False
        refuse_non_file(found, incoming.parts[-1])
        if kept is None or not kept.is_of(found):
            return True
        if incoming.trash is not None and kept.day != incoming.trash():
            return True  # after days of a pause its day may be over, and what lies under it gone
        # Whoever put it there may have taken it back: that is not ours to prevent.
        return not kept.is_new and not Trash(self._files, self._folders).holds(kept)

    def take_back(self, incoming: Incoming, kept: Kept) -> None:
        """What was not replaced after all need not lie in the trash."""
        try:
            Trash(self._files, self._folders).take_back(kept, incoming.parts)
        except OSError:
            _log.debug("a name in the trash could not be removed", exc_info=True, extra={"site": self._site})
