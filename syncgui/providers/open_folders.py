"""Folders below an open root, opened one name at a time, through no link that is not allowed.

`OpenFolders` lives as long as one piece of work: what it opened is opened once and let go together.
`UnsyncedFolders` knows, for all pieces of work on one root, which folders' names may not be durable yet, so
that no file below them counts as durable before they are.
"""

from __future__ import annotations

import errno
import threading
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import TypeAlias

from syncgui.providers.file_operations import FileOperations, FolderHandle, FolderIdentity
from syncgui.providers.linked_folders import AllowedLinks
from syncgui.providers.os_errors import RootNotWritableError
from syncgui.providers.trash_names import is_in_trash

Parts: TypeAlias = tuple[str, ...]

_MOST_KNOWN = 100_000


class UnsyncedFolders:
    """Folders whose names the disk may not hold yet: all but those that were made durable here.

    One that is there already may have been made a moment ago, by another program or by one that was killed
    before it could flush its name; also in the place of one that was durable. Used by several threads.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._durable: dict[Parts, FolderIdentity] = {}

    def add(self, parts: Parts) -> None:
        """A folder was made just now, by us or by somebody else."""
        with self._lock:
            self._durable.pop(parts, None)

    def among(self, folders: Mapping[Parts, FolderIdentity]) -> dict[Parts, FolderIdentity]:
        """Those among these folders, given with what they are now."""
        with self._lock:
            return {parts: which for parts, which in folders.items() if self._durable.get(parts) != which}

    def settle(self, folders: Mapping[Parts, FolderIdentity]) -> None:
        """The names of these folders are durable."""
        with self._lock:
            if len(self._durable) >= _MOST_KNOWN:
                self._durable.clear()  # to flush twice costs little, to remember all costs memory
            self._durable.update(folders)


class OpenFolders:
    """Opens folders below a root and keeps them until the end. Used by one thread.

    Args:
        files: the file operations.
        root: the open root; it stays open.
        folder_mode: mode of folders that are made, None for what an ordinary one gets.
        unsynced: told of every folder that is made; None: nothing is written, so `way_to` is not asked.
        links: follows links that may be followed, None: none may.
    """

    def __init__(
        self,
        files: FileOperations,
        root: FolderHandle,
        *,
        folder_mode: int | None = None,
        unsynced: UnsyncedFolders | None = None,
        links: AllowedLinks | None = None,
    ) -> None:
        self._files = files
        self._root = root
        self._folder_mode = folder_mode
        self._unsynced = unsynced
        self._links = links or AllowedLinks(files)
        self._open: dict[Parts, FolderHandle] = {(): root}
        self._which: dict[Parts, FolderIdentity] = {}
        self.made: set[Parts] = set()
        """Folders that were made, and nobody else made meanwhile: they are spelt as they were asked for."""

    def __enter__(self) -> OpenFolders:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for parts, folder in self._open.items():
            if parts:
                self._files.close_folder(folder)
        self._open = {}

    def open(self, parts: Parts) -> FolderHandle:
        """The folder of these names.

        Raises:
            LinkNotAllowedError: a link is on the way that may not be followed.
            DeadLinkError: one may be, and what it leads to is not there.
            OSError: anything else.
        """
        if parts not in self._open:
            self._open[parts] = self._walk(parts, make=False)
        return self._open[parts]

    def open_or_make(self, parts: Parts) -> FolderHandle:
        """The same, made with its parents where they are missing."""
        if parts not in self._open:
            self._open[parts] = self._walk(parts, make=True)
        return self._open[parts]

    def nearest(self, parts: Parts) -> FolderHandle:
        """The folder of these names, or the first above it that can be opened: the root at last."""
        for depth in range(len(parts), 0, -1):
            with suppress(OSError):
                return self.open(parts[:depth])
        return self._root

    def way_to(self, parts: Parts) -> dict[Parts, FolderIdentity]:
        """A folder and each one above it below the root, as they were when it was opened."""
        self.open(parts)
        return {parts[:depth]: self._which[parts[:depth]] for depth in range(1, len(parts) + 1)}

    def is_still_there(self, parts: Parts) -> bool:
        """Whether the names still lead to the folder that was opened."""
        opened = self._files.stat_folder(self._open[parts])
        try:
            found = self._walk(parts, make=False)
        except OSError:
            return False
        try:
            now = self._files.stat_folder(found)
        finally:
            self._let_go(found)
        return (now.st_dev, now.st_ino) == (opened.st_dev, opened.st_ino)

    def _walk(self, parts: Parts, *, make: bool) -> FolderHandle:
        folder = self._root
        for depth in range(len(parts)):
            try:
                following = self._step(folder, parts[: depth + 1], make)
            finally:
                self._let_go(folder)
            folder = following
            if self._unsynced is not None:
                self._note(parts[: depth + 1], folder)
        return folder

    def _note(self, parts: Parts, folder: FolderHandle) -> None:
        try:
            self._which[parts] = self._files.identity(folder)
        except OSError:
            self._let_go(folder)
            raise

    def _step(self, folder: FolderHandle, parts: Parts, make: bool) -> FolderHandle:
        name = parts[-1]
        try:
            return self._into(folder, parts)
        except FileNotFoundError:
            if not make:
                raise
        if self._unsynced is not None:
            self._unsynced.add(parts)
        try:
            self._files.make_folder(folder, name, self._folder_mode)
            self.made.add(parts)
        except FileExistsError:
            pass  # somebody made it at the same moment, which is as good
        except PermissionError as error:
            if len(parts) == 1:
                raise RootNotWritableError(*error.args) from error
            raise
        return self._into(folder, parts)

    def _into(self, folder: FolderHandle, parts: Parts) -> FolderHandle:
        try:
            return self._files.open_folder(folder, parts[-1])
        except OSError as error:
            if error.errno != errno.ELOOP or is_in_trash(parts):
                raise
        return self._links.follow(folder, parts[-1])

    def _let_go(self, folder: FolderHandle) -> None:
        if folder is not self._root:
            self._files.close_folder(folder)
