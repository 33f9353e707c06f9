"""Files written as a group: all partials, their data flushed, all renames, the names flushed.

A final name holds its old content or the whole new content at any instant, after any crash. A file's
failure touches that file alone: its partial goes, or stays to be gone on with, the others go on. When a
file's result is None, its content and its name are durable, as far as the system's flush is honest.
"""

from __future__ import annotations

import io
import logging
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, cast

from syncgui.model.errors import (
    DamagedError,
    DiskFullError,
    PathRefusedError,
    SiteNotConnectedError,
    SyncError,
    TargetNotWritableError,
    UnforeseenError,
)
from syncgui.providers.file_operations import FileOperations, FolderHandle, refuse_non_file
from syncgui.providers.open_folders import OpenFolders, Parts, UnsyncedFolders
from syncgui.providers.os_errors import RootNotWritableError, target_error
from syncgui.providers.partial_names import read_partial_name
from syncgui.providers.safe_parts import refuse_unsafe_parts

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_BEGIN_SYNC_BYTES = 32 * 2**20

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Incoming:
    """One file to be written.

    Args:
        parts: the names that lead to it from the root.
        path: the path as recorded, for error texts.
        partial: name of the temporary file beside the target, from `partial_name`.
        size_bytes: what must arrive; None for whatever `fill` gives.
        mtime_ns: time of last change that it gets, nanoseconds since 1970.
        fill: writes the whole content; may raise `SyncError`.
        confirm: called when the data is durable, directly before the rename; may raise `SyncError`.
        begun: name of an older partial that nobody writes any more: it becomes this one's, see `Writer`.
        keeps: whether what was written so far stays there for another time after this error.
    """

    parts: Parts
    path: str
    partial: str
    size_bytes: int | None
    mtime_ns: int
    fill: Callable[[BinaryIO], None]
    confirm: Callable[[], None]
    begun: str | None = None
    keeps: Callable[[SyncError, int], bool] = lambda _error, _size_bytes: False


@dataclass(slots=True)
class _Pending:
    """How far one file of the group has come."""

    incoming: Incoming
    folder: FolderHandle | None = None
    fd: int | None = None
    has_partial: bool = False
    written_bytes: int = 0
    renamed: bool = False
    is_doubtful: bool = False  # the storage failed: nobody knows what of the content it will hold
    error: SyncError | None = None


@dataclass(slots=True)
class GroupWrite:
    """One group on its way into a root folder. Used once, by one thread.

    Args:
        site: the site's name, for error texts.
        files: the file operations.
        root: the open root folder.
        is_connected: whether the root's path still leads to it.
        file_mode: mode of new files, None for what an ordinary create gives.
        folder_mode: the same for folders.
        unsynced: the root's memory of folders whose names are not durable yet.
    """

    site: str
    files: FileOperations
    root: FolderHandle
    is_connected: Callable[[], bool]
    file_mode: int | None
    folder_mode: int | None
    unsynced: UnsyncedFolders
    _moved: dict[Parts, bool] = field(init=False, default_factory=dict)
    _emptied: set[Parts] = field(init=False, default_factory=set)

    def run(self, group: Sequence[Incoming]) -> list[SyncError | None]:
        """Write the group; one result per file, in its order. No file's failure is raised."""
        pending = [_Pending(one) for one in group]
        with OpenFolders(
            self.files, self.root, folder_mode=self.folder_mode, unsynced=self.unsynced
        ) as folders:
            try:
                for step in (self._fill, self._flush, self._show):
                    for one in pending:
                        if one.error is None:
                            self._try(step, one, folders)
                self._flush_names(pending, folders)
            finally:
                for one in pending:
                    self._discard(one)
                self._flush_removals(folders)
        return [one.error for one in pending]

    # -- steps of one file ---------------------------------------------------------------------------

    def _try(
        self, step: Callable[[_Pending, OpenFolders], None], one: _Pending, folders: OpenFolders
    ) -> None:
        try:
            step(one, folders)
        except SyncError as error:
            one.error = error
        except OSError as error:
            one.is_doubtful = True
            one.error = self.failure(error, one)
        except Exception as error:  # noqa: BLE001 - fill and confirm are other people's code
            # Its text may hold anything, a secret too: only the log's reader gets to see where it was.
            _log.warning("unforeseen failure while writing", exc_info=True, extra={"site": self.site})
            one.error = UnforeseenError(site=self.site, path=one.incoming.path, detail=type(error).__name__)
        if one.error is not None:
            self._discard(one)

    def _fill(self, one: _Pending, folders: OpenFolders) -> None:
        incoming = one.incoming
        self._refuse(incoming)
        if not self.is_connected():
            raise self._not_connected(one)
        one.folder = folders.open_or_make(incoming.parts[:-1])
        self._refuse_occupied(one.folder, incoming)
        one.fd = self._take_over(one.folder, incoming)
        one.has_partial = True
        writer = Writer(self, one, one.fd)
        try:
            incoming.fill(cast("BinaryIO", writer))
        finally:
            one.written_bytes = writer.written_bytes
            writer.close()
        if writer.failure is not None:
            raise writer.failure
        self._refuse_wrong_size(one, one.fd, writer.written_bytes)
        self.files.set_mtime(one.folder, incoming.partial, one.fd, incoming.mtime_ns)

    def _flush(self, one: _Pending, folders: OpenFolders) -> None:
        del folders
        assert one.fd is not None
        self.files.sync_file(one.fd)
        fd, one.fd = one.fd, None
        self.files.close(fd)

    def _show(self, one: _Pending, folders: OpenFolders) -> None:
        incoming = one.incoming
        parent = incoming.parts[:-1]
        assert one.folder is not None
        if not self.is_connected():
            raise self._not_connected(one)
        if parent not in self._moved:
            self._moved[parent] = not folders.is_still_there(parent)
        if self._moved[parent]:
            raise TargetNotWritableError(
                site=self.site, path=incoming.path, detail="its folder was moved while the file was written"
            )
        incoming.confirm()
        self.files.rename(one.folder, incoming.partial, incoming.parts[-1])
        one.renamed = True
        one.has_partial = False

    def _discard(self, one: _Pending) -> None:
        """Leave nothing behind of a file that did not get its name, unless it is to be gone on with."""
        stays = (
            one.error is not None
            and one.has_partial
            and one.incoming.keeps(one.error, one.written_bytes)
            and not one.is_doubtful  # a flush that failed is not to be repeated: it would tell of success
        )
        try:
            if one.fd is not None:
                fd, one.fd = one.fd, None
                self.files.close(fd)
        except OSError:
            _log.debug("close of a discarded partial failed", exc_info=True, extra={"site": self.site})
        try:
            if one.has_partial and one.folder is not None:
                one.has_partial = False
                if stays:
                    return
                self.files.unlink(one.folder, one.incoming.partial)
                self._emptied.add(one.incoming.parts[:-1])
        except FileNotFoundError:
            pass
        except OSError:
            _log.warning("a partial could not be removed", exc_info=True, extra={"site": self.site})

    # -- names made durable --------------------------------------------------------------------------

    def _flush_names(self, pending: Sequence[_Pending], folders: OpenFolders) -> None:
        results: dict[Parts, OSError | None] = {}
        for one in pending:
            if not one.renamed:
                continue
            parent = one.incoming.parts[:-1]
            new = self.unsynced.above(parent)
            for folder in {parent, *(made[:-1] for made in new)}:
                if folder not in results:
                    results[folder] = self._flush_folder(folder, folders)
                error = results[folder]
                if error is not None:
                    one.error = self.failure(error, one)
            self.unsynced.settle({made for made in new if results[made[:-1]] is None})

    def _flush_removals(self, folders: OpenFolders) -> None:
        """Partials that were removed must not come back with the power: nobody would know of them."""
        for parts in sorted(self._emptied):
            with suppress(OSError):
                self.files.sync_folder(folders.open(parts))

    def _flush_folder(self, parts: Parts, folders: OpenFolders) -> OSError | None:
        try:
            self.files.sync_folder(folders.open(parts))
        except OSError as error:
            return error
        return None

    # -- refusals ------------------------------------------------------------------------------------

    def _refuse(self, incoming: Incoming) -> None:
        refuse_unsafe_parts(incoming.parts, site=self.site, path=incoming.path)
        for name in (incoming.partial, *([incoming.begun] if incoming.begun is not None else [])):
            if read_partial_name(name) is None:
                detail = f"{name!r} is no partial file's name"
                raise PathRefusedError(site=self.site, path=incoming.path, detail=detail)

    def _refuse_occupied(self, folder: FolderHandle, incoming: Incoming) -> None:
        """Say so before the bytes are moved when something that is no file has the target's name."""
        name = incoming.parts[-1]
        with suppress(FileNotFoundError):
            refuse_non_file(self.files.stat(folder, name), name)

    def _take_over(self, folder: FolderHandle, incoming: Incoming) -> int:
        """The partial that was begun, under its new name, else a new one."""
        if incoming.begun is not None:
            try:
                self.files.rename(folder, incoming.begun, incoming.partial)
                return self.files.open_again(folder, incoming.partial)
            except FileNotFoundError:
                pass
        return self._create(folder, incoming)

    def _create(self, folder: FolderHandle, incoming: Incoming) -> int:
        try:
            return self.files.create(folder, incoming.partial, self.file_mode)
        except PermissionError as error:
            if folder is self.root:
                raise RootNotWritableError(*error.args) from error
            raise

    def _refuse_wrong_size(self, one: _Pending, fd: int, written_bytes: int) -> None:
        on_disk = self.files.stat_file(fd).st_size
        promised = one.incoming.size_bytes
        wanted = written_bytes if promised is None else promised
        if not on_disk == written_bytes == wanted:
            detail = f"{written_bytes} of {wanted} bytes came, {on_disk} are on the disk"
            raise self.damaged(one, detail)

    # -- errors --------------------------------------------------------------------------------------

    def damaged(self, one: _Pending, detail: str) -> SyncError:
        """What arrived is not what was promised."""
        return DamagedError(site=self.site, path=one.incoming.path, detail=detail)

    def failure(self, error: OSError, one: _Pending) -> SyncError:
        """What the system's error means for a file."""
        if isinstance(error, FileNotFoundError) and not self.is_connected():
            return self._not_connected(one)
        return target_error(error, site=self.site, path=one.incoming.path)

    def _not_connected(self, one: _Pending) -> SyncError:
        detail = f"{self.root.path} is not the folder that it was"
        return SiteNotConnectedError(site=self.site, path=one.incoming.path, detail=detail)


class Writer(io.RawIOBase):
    """What `fill` writes into. A failure counts even if `fill` takes no notice of it.

    Where a partial was taken over it holds `begun_bytes` already: `fill` may read them with `read_begun` and
    says with `begin_at` how many of them are right. Whoever just writes begins anew.
    """

    def __init__(self, group: GroupWrite, one: _Pending, fd: int) -> None:
        super().__init__()
        self._group = group
        self._one = one
        self._fd = fd
        self.written_bytes = 0
        self._told_bytes = 0
        self.failure: SyncError | None = None
        promised = one.incoming.size_bytes
        there = 0
        if one.incoming.begun is not None:
            try:
                there = group.files.stat_file(fd).st_size
            except OSError as error:
                raise group.failure(error, one) from error
        self.begun_bytes = there if promised is None else min(there, promised)
        self._is_begun = there > 0

    def read_begun(self, size_bytes: int) -> bytes:
        """At most so many of the bytes that are there; none at their end."""
        try:
            return self._group.files.read(self._fd, size_bytes)
        except OSError as error:
            raise self._group.failure(error, self._one) from error

    def begin_at(self, place: int) -> None:
        """Go on after so many bytes of what is there; what lies behind them goes."""
        self._is_begun = False
        try:
            self._group.files.truncate(self._fd, place)
            self._group.files.seek(self._fd, place, os.SEEK_SET)
        except OSError as error:
            raise self._group.failure(error, self._one) from error
        self.written_bytes = self._told_bytes = place

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.written_bytes

    def write(self, data: ReadableBuffer, /) -> int:
        """Write all of it; more than was promised is refused before it fills the disk."""
        if self.failure is not None:
            raise self.failure
        if self._is_begun:
            self.begin_at(0)
        view = memoryview(data).cast("B")
        size_bytes = len(view)
        promised = self._one.incoming.size_bytes
        if promised is not None and self.written_bytes + size_bytes > promised:
            self.failure = self._group.damaged(self._one, f"more than the promised {promised} bytes came")
            raise self.failure
        try:
            self._group.files.write(self._fd, view)
        except OSError as error:
            self.failure = self._group.failure(error, self._one)
            self._one.is_doubtful = not isinstance(self.failure, DiskFullError)
            raise self.failure from error
        self.written_bytes += size_bytes
        if self.written_bytes - self._told_bytes >= _BEGIN_SYNC_BYTES:
            self._group.files.begin_sync(self._fd, self._told_bytes, self.written_bytes - self._told_bytes)
            self._told_bytes = self.written_bytes
        return size_bytes
