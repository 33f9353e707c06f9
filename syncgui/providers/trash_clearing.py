"""Removing from a trash what was kept before a day, however deep it lies.

Only folders that are named like a day are removed, with what is in them; nothing outside the trash is, no
link is followed, and what is mounted there stays, with the folders above it. What can not be removed stops
nothing else.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from syncgui.providers.file_operations import FileOperations, FolderHandle
from syncgui.providers.trash import read_day_name
from syncgui.providers.trash_names import TRASH

_log = logging.getLogger(__name__)
_MOST_OPEN = 32  # folders one in another; a path may be deeper than a program may hold files open


def clear_trash(files: FileOperations, root: FolderHandle, before: date, go_on: Callable[[], bool]) -> int:
    """Remove what was kept before a day; how many files went.

    Args:
        go_on: asked between two files; False leaves the rest for another time.

    Raises:
        OSError: the first of all that could not be removed; everything else was.
    """
    try:
        trash = files.open_folder(root, TRASH)
    except FileNotFoundError:
        return 0
    try:
        clearing = _Clearing(files, trash, go_on)
        for entry in files.list_folder(trash):
            day = read_day_name(entry.name)
            if entry.is_folder and day is not None and day < before:
                clearing.remove(entry.name)
    finally:
        files.close_folder(trash)
    if clearing.error is not None:
        _log.info("removed %d files from a trash, not all", clearing.removed)
        raise clearing.error
    return clearing.removed


@dataclass(slots=True)
class _Level:
    """One of the folders that lie one in another, from a day's down to where the clearing is.

    `folder` is None where it was closed for a while.
    """

    name: str
    folder: FolderHandle | None
    folders: list[str] = field(default_factory=list)
    is_empty: bool = True


class _Clearing:
    """Removes folders of a trash. Owned by one thread; the trash stays open."""

    def __init__(self, files: FileOperations, trash: FolderHandle, go_on: Callable[[], bool]) -> None:
        self._files = files
        self._trash = trash
        self._go_on = go_on
        self._device = files.stat_folder(trash).st_dev
        self._levels: list[_Level] = []
        self._is_stopped = False
        self.removed = 0
        self.error: OSError | None = None

    def remove(self, day: str) -> None:
        """Remove a day's folder, as far as that is possible."""
        if self._is_stopped:
            return
        try:
            self._enter(day)
            while self._levels and not self._is_stopped:
                if not self._levels[-1].folders:
                    self._leave()
                elif self._may_go_on():
                    self._enter(self._levels[-1].folders.pop())
        except OSError as error:  # the way down is another by now
            self._note(error)
        finally:
            for level in self._levels:
                self._close(level)
            self._levels.clear()

    def _enter(self, name: str) -> None:
        """Remove the files in a folder, and see which folders are in it."""
        within = self._lowest()
        try:
            folder = self._open(within, name)
            if folder is None:
                self._keep_above()
                return
            level = _Level(name, folder)
            self._levels.append(level)
            for entry in self._files.list_folder(folder):
                if entry.is_folder:
                    level.folders.append(entry.name)
                elif not self._may_go_on():
                    return
                else:
                    self._unlink(folder, entry.name)
        except FileNotFoundError:
            pass  # another machine clears, too
        except OSError as error:
            self._note(error)
            self._keep_above()
        if len(self._levels) > _MOST_OPEN:
            self._close(self._levels[-_MOST_OPEN - 1])

    def _leave(self) -> None:
        """Remove a folder that was gone through, unless something is to stay in it."""
        level = self._levels.pop()
        self._close(level)
        if not level.is_empty:
            self._keep_above()
            return
        within = self._lowest()
        try:
            self._files.remove_folder(within, level.name)
        except FileNotFoundError:
            pass
        except OSError as error:
            self._note(error)
            self._keep_above()

    def _unlink(self, folder: FolderHandle, name: str) -> None:
        try:
            self._files.unlink(folder, name)
            self.removed += 1
        except FileNotFoundError:
            pass
        except OSError as error:
            self._note(error)
            self._keep_above()

    def _may_go_on(self) -> bool:
        self._is_stopped = self._is_stopped or not self._go_on()
        return not self._is_stopped

    def _note(self, error: OSError) -> None:
        self.error = self.error or error

    def _keep_above(self) -> None:
        """Something in the lowest folder stays: so does that folder."""
        if self._levels:
            self._levels[-1].is_empty = False

    # -- the way down --------------------------------------------------------------------------------

    def _lowest(self) -> FolderHandle:
        """The folder in which the clearing is, opened anew from the trash on where it was closed."""
        if not self._levels:
            return self._trash
        if (found := self._levels[-1].folder) is not None:
            return found
        within = self._trash
        for depth, level in enumerate(self._levels):
            folder = self._open(within, level.name)
            if folder is None:
                raise FileNotFoundError(level.name)
            level.folder = within = folder
            if depth >= _MOST_OPEN:
                self._close(self._levels[depth - _MOST_OPEN])
        return within

    def _open(self, within: FolderHandle, name: str) -> FolderHandle | None:
        """A folder, None if another disk is mounted there."""
        folder = self._files.open_folder(within, name)
        try:
            is_ours = self._files.stat_folder(folder).st_dev == self._device
        except OSError:
            self._files.close_folder(folder)
            raise
        if is_ours:
            return folder
        self._files.close_folder(folder)
        return None

    def _close(self, level: _Level) -> None:
        if level.folder is not None:
            self._files.close_folder(level.folder)
            level.folder = None
