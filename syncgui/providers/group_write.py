"""Files written as a group: all partials, their data flushed, all renames, the names flushed.

A final name holds its old content or the whole new content at any instant, after any crash. A file's
failure touches that file alone: its partial goes, or stays to be gone on with, the others go on. When a
file's result is None, its content and its name are durable, as far as the system's flush is honest.
"""

from __future__ import annotations

import logging
import stat
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import BinaryIO, cast

from syncgui.model.errors import (
    DamagedError,
    DiskFullError,
    FileInUseError,
    NameInTheWayError,
    PathRefusedError,
    SiteNotConnectedError,
    SyncError,
    TargetNotWritableError,
    TooLargeForRoomError,
    UnforeseenError,
)
from syncgui.providers.blind_names import KnownFolders, Listings, kept_as, path_kept_as
from syncgui.providers.file_operations import FileOperations, FolderHandle, refuse_non_file
from syncgui.providers.group_flush import GroupFlush
from syncgui.providers.incoming import Incoming
from syncgui.providers.keeping import Keeping
from syncgui.providers.linked_folders import AllowedLinks
from syncgui.providers.linked_storage import is_elsewhere, trouble_of_storage
from syncgui.providers.names_flush import NamesFlush
from syncgui.providers.open_folders import OpenFolders, Parts, UnsyncedFolders
from syncgui.providers.os_errors import RootNotWritableError, target_error
from syncgui.providers.partial_names import read_partial_name
from syncgui.providers.partial_writer import Writer
from syncgui.providers.safe_parts import refuse_unsafe_parts
from syncgui.providers.trash import Kept

_log = logging.getLogger(__name__)
_MOST_LOOKS = 10  # at what is replaced, before it is left to whoever puts one file after the other there


@dataclass(slots=True)
class _Pending:
    """How far one file of the group has come."""

    incoming: Incoming
    folder: FolderHandle | None = None
    near: FolderHandle | None = None  # what there is of the way to its folder, where that can not be had
    fd: int | None = None
    has_partial: bool = False
    written_bytes: int = 0
    kept: Kept | None = None  # where the old version lies, too
    renamed: bool = False
    is_lost: bool = False  # nothing is certain of what was written: it can not be gone on with
    error: SyncError | None = None


@dataclass(slots=True)
class GroupWrite:
    """One group on its way into a root folder. Used once, by one thread.

    Args:
        site: the site's name, for error texts.
        files: the file operations.
        root: the open root folder.
        is_connected: whether the root's path still leads to it.
        as_one: whether the file system of the root is flushed by one honest call.
        file_mode: mode of new files, None for what an ordinary create gives.
        folder_mode: the same for folders.
        unsynced: the root's memory of folders whose names are not durable yet.
        links: follows links that may be followed.
        on_windows: whether the root's storage has Windows' rules for names.
        known: the root's memory of folders that are spelt as on the disk.
    """

    site: str
    files: FileOperations
    root: FolderHandle
    is_connected: Callable[[], bool]
    as_one: bool
    file_mode: int | None
    folder_mode: int | None
    unsynced: UnsyncedFolders
    links: AllowedLinks | None = None
    on_windows: bool = False
    known: KnownFolders = field(default_factory=KnownFolders)
    _moved: dict[Parts, bool] = field(init=False, default_factory=dict)
    _spelt: dict[Parts, str | None] = field(init=False, default_factory=dict)
    _listings: Listings = field(init=False, default_factory=Listings)
    _emptied: set[Parts] = field(init=False, default_factory=set)

    def run(self, group: Sequence[Incoming]) -> list[SyncError | None]:
        """Write the group; one result per file, in its order. No file's failure is raised."""
        pending = [_Pending(one) for one in group]
        flush = GroupFlush(self.files, self.root, as_one=self.as_one, count=len(group))
        with OpenFolders(
            self.files, self.root, folder_mode=self.folder_mode, unsynced=self.unsynced, links=self.links
        ) as folders:
            try:
                self._each(self._fill, pending, folders)
                self._flush(pending, flush)
                self._each(self._read_again, pending, folders)
                self._keep_old(pending, folders)
                self._each(self._show, pending, folders)
                self._flush_names(pending, folders)
            finally:
                flush.close()
                for one in pending:
                    self._discard(one)
                    self._take_back(one, folders)
                self._flush_removals(folders)
        return [one.error for one in pending]

    def _each(
        self,
        step: Callable[[_Pending, OpenFolders], None],
        pending: Sequence[_Pending],
        folders: OpenFolders,
    ) -> None:
        for one in pending:
            if one.error is None:
                self._try(step, one, folders)

    # -- steps of one file ---------------------------------------------------------------------------

    def _try(
        self, step: Callable[[_Pending, OpenFolders], None], one: _Pending, folders: OpenFolders
    ) -> None:
        try:
            step(one, folders)
        except SyncError as error:
            one.error = error
        except OSError as error:
            one.error = self.failure(error, one)
            one.is_lost = not isinstance(one.error, DiskFullError | TooLargeForRoomError | FileInUseError)
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
        try:
            one.folder = folders.open_or_make(incoming.parts[:-1])
        except OSError:
            one.near = folders.nearest(incoming.parts[:-1])
            raise
        self._refuse_other_folder(incoming, folders)
        self._refuse_occupied(one.folder, incoming)
        one.fd = self._take_over(one.folder, incoming)
        one.has_partial = True
        writer = Writer(
            self.files,
            one.fd,
            folder=one.folder,
            promised_bytes=incoming.size_bytes,
            is_taken_over=incoming.begun is not None,
            failure=lambda error: self.failure(error, one),
            damaged=lambda detail: self.damaged(one, detail),
        )
        try:
            incoming.fill(cast("BinaryIO", writer))
        finally:
            one.written_bytes, one.is_lost = writer.written_bytes, writer.is_lost
            writer.close()
        if writer.failure is not None:
            raise writer.failure
        found = self.files.stat_file(one.fd)
        self._refuse_wrong_size(one, found.st_size, writer.written_bytes)
        self.files.set_mtime(one.folder, incoming.partial, one.fd, incoming.mtime_ns)
        if self.file_mode is not None and stat.S_IMODE(found.st_mode) != self.file_mode:
            self.files.set_mode(one.folder, incoming.partial, one.fd, self.file_mode)

    def _flush(self, pending: Sequence[_Pending], flush: GroupFlush) -> None:
        """All data, before the first rename. What fails here is lost: the system may call it clean now."""
        written = {one.fd: one for one in pending if one.error is None and one.fd is not None}
        for (fd, one), how in zip(written.items(), flush.flush(list(written)), strict=True):
            error = how if isinstance(how, OSError) else None
            one.fd = None
            try:
                self.files.close(fd)
            except OSError as refused:
                error = error or refused
            if error is not None:
                one.error, one.is_lost = self.failure(error, one), True
                self._discard(one)
            elif not isinstance(how, OSError):
                one.incoming.flushed(how)

    def _read_again(self, one: _Pending, folders: OpenFolders) -> None:
        del folders
        incoming = one.incoming
        if incoming.reread is None:
            return
        assert one.folder is not None
        fd = self.files.open_read(one.folder, incoming.partial)
        try:
            self.files.forget_cache(fd)
            incoming.reread(lambda size_bytes: self.files.read(fd, size_bytes))
        finally:
            self.files.close(fd)

    def _keep_old(self, pending: Sequence[_Pending], folders: OpenFolders) -> None:
        """What is to be replaced gets its second name, durable, before the first rename."""
        self._each(self._keep_one, pending, folders)
        names = NamesFlush(self.files, folders, self.unsynced)
        for one in pending:
            error = names.flush(one.kept.parts[:-1]) if one.kept is not None else None
            if error is not None and one.error is None:
                one.error = self.failure(error, one)

    def _keep_one(self, one: _Pending, folders: OpenFolders) -> None:
        one.kept = Keeping(self.site, self.files, folders).keep(one.incoming)

    def _take_back(self, one: _Pending, folders: OpenFolders) -> None:
        kept, one.kept = one.kept, None
        if kept is not None and not one.renamed:
            Keeping(self.site, self.files, folders).take_back(one.incoming, kept)

    def _show(self, one: _Pending, folders: OpenFolders) -> None:
        """Give the file its name, if nothing of what that rests on has changed.

        Lease and source are confirmed last. What comes after that, directly before the rename, is one look
        at what is replaced, where that is kept: if it has changed, all is looked at and confirmed again.
        """
        incoming = one.incoming
        assert one.folder is not None
        found = self.files.stat_folder(one.folder)
        with self.files.turns.at((found.st_dev, found.st_ino)) as waited:
            if waited:
                self._look_anew()
            for _ in range(_MOST_LOOKS):
                self._refuse_moved(one, folders)
                self._refuse_other_name(one, one.folder)
                self._confirm(incoming)
                if not self._keep_what_came(one, folders):
                    break
                self._look_anew()  # to keep it may have taken long
            else:
                raise TargetNotWritableError(
                    site=self.site, path=incoming.path, detail="something else replaces it again and again"
                )
            self.files.rename(one.folder, incoming.partial, incoming.parts[-1])
        one.renamed = True
        one.has_partial = False

    def _confirm(self, incoming: Incoming) -> None:
        """If that had to wait it has looked for this file; of the others nothing is known any more."""
        waited: bool | None = True  # also where it fails: nobody knows how long that took
        try:
            waited = incoming.confirm()
        finally:
            if waited:
                self._look_anew()

    def _keep_what_came(self, one: _Pending, folders: OpenFolders) -> bool:
        """Keep what is there by now instead of what was kept; False if there is nothing of that sort."""
        if one.incoming.trash is None:
            return False
        assert one.folder is not None
        keeping = Keeping(self.site, self.files, folders)
        if not keeping.is_outdated(one.incoming, one.kept):
            return False
        one.kept = keeping.keep(one.incoming)
        if one.kept is not None:
            error = NamesFlush(self.files, folders, self.unsynced).flush(one.kept.parts[:-1])
            if error is not None:
                raise error
        return True

    def _look_anew(self) -> None:
        """Much may have changed meanwhile: what is known of folders is looked at again when it is needed."""
        self._moved.clear()
        self._listings = Listings()

    def _refuse_moved(self, one: _Pending, folders: OpenFolders) -> None:
        """Its path must lead where its partial is."""
        parent = one.incoming.parts[:-1]
        if not self.is_connected():
            raise self._not_connected(one)
        if parent not in self._moved:
            self._moved[parent] = not folders.is_still_there(parent)
        if self._moved[parent]:
            detail = "its folder was moved while the file was written"
            raise TargetNotWritableError(site=self.site, path=one.incoming.path, detail=detail)

    def _discard(self, one: _Pending) -> None:
        """Leave nothing behind of a file that did not get its name, unless it is to be gone on with."""
        may_stay = one.error is not None and one.has_partial and not one.is_lost
        stays = may_stay and one.incoming.keeps(cast("SyncError", one.error), one.written_bytes)
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
            _log.info("a partial could not be removed yet", exc_info=True, extra={"site": self.site})

    def _flush_names(self, pending: Sequence[_Pending], folders: OpenFolders) -> None:
        names = NamesFlush(self.files, folders, self.unsynced)
        for one in pending:
            error = names.flush(one.incoming.parts[:-1]) if one.renamed else None
            if error is not None:
                one.error = self.failure(error, one)

    def _flush_removals(self, folders: OpenFolders) -> None:
        """Partials that were removed must not come back with the power: nobody would know of them."""
        for parts in sorted(self._emptied):
            with suppress(OSError):
                self.files.sync_folder(folders.open(parts))

    # -- refusals ------------------------------------------------------------------------------------

    def _refuse(self, incoming: Incoming) -> None:
        refuse_unsafe_parts(incoming.parts, site=self.site, path=incoming.path, on_windows=self.on_windows)
        for name in (incoming.partial, *([incoming.begun] if incoming.begun is not None else [])):
            if read_partial_name(name) is None:
                detail = f"{name!r} is no partial file's name"
                raise PathRefusedError(site=self.site, path=incoming.path, detail=detail)

    def _refuse_occupied(self, folder: FolderHandle, incoming: Incoming) -> None:
        """Say so before the bytes are moved when something that is no file has the target's name."""
        name = incoming.parts[-1]
        with suppress(FileNotFoundError):
            refuse_non_file(self.files.stat(folder, name), name)

    def _refuse_other_folder(self, incoming: Incoming, folders: OpenFolders) -> None:
        """Its folder may be there under what this file system takes for the same name: then so may the file.

        Whatever order names are given in, only what is spelt as on the disk gets one.
        """
        parent = incoming.parts[:-1]
        for made in folders.made:
            self.known.add(made)
        folders.made.clear()
        if parent not in self._spelt:
            self._spelt[parent] = path_kept_as(self.files, folders, parent, self.known, self._listings)
        other = self._spelt[parent]
        if other is not None:
            raise self._other_name(incoming, f"it would be {other}/{incoming.parts[-1]} there")

    def _refuse_other_name(self, one: _Pending, folder: FolderHandle) -> None:
        """Another file may just have got what this file system takes for the same name."""
        other = kept_as(self.files, folder, one.incoming.parts[-1], self._listings)
        if other is not None:
            path = "/".join((*one.incoming.parts[:-1], other))
            raise self._other_name(one.incoming, f"{path} is there")

    def _other_name(self, incoming: Incoming, what: str) -> SyncError:
        detail = f"{what}, and {self.site} takes the two names for one"
        return NameInTheWayError(site=self.site, path=incoming.path, detail=detail)

    def _take_over(self, folder: FolderHandle, incoming: Incoming) -> int:
        """The partial that was begun, under its new name, else a new one."""
        if incoming.begun is not None:
            try:
                self.files.rename(folder, incoming.begun, incoming.partial)
                return self._open_begun(folder, incoming.partial)
            except FileNotFoundError:
                pass
        return self._create(folder, incoming)

    def _open_begun(self, folder: FolderHandle, partial: str) -> int:
        """Open what an earlier try left; it is read from the disk, not from what memory has of it.

        A flush that failed leaves pages that look right in memory and never reached the disk.
        """
        fd = self._open_writable(folder, partial)
        try:
            self.files.sync_file(fd)
        except OSError:
            self.files.close(fd)
            raise
        self.files.forget_cache(fd)
        return fd

    def _open_writable(self, folder: FolderHandle, partial: str) -> int:
        """Open it to write on, though it may have got its final mode before it was interrupted."""
        try:
            return self.files.open_again(folder, partial)
        except PermissionError:
            fd = self.files.open_read(folder, partial)
            try:
                mode = stat.S_IMODE(self.files.stat_file(fd).st_mode)
                self.files.set_mode(folder, partial, fd, mode | stat.S_IWUSR)
            finally:
                self.files.close(fd)
        return self.files.open_again(folder, partial)

    def _create(self, folder: FolderHandle, incoming: Incoming) -> int:
        # Writable until it is whole: else what was begun could not be opened again to go on with it.
        mode = None if self.file_mode is None else self.file_mode | stat.S_IWUSR
        try:
            return self.files.create(folder, incoming.partial, mode)
        except PermissionError as error:
            if folder is self.root:
                raise RootNotWritableError(*error.args) from error
            raise

    def _refuse_wrong_size(self, one: _Pending, on_disk: int, written_bytes: int) -> None:
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
        found = target_error(error, site=self.site, path=one.incoming.path)
        place = one.folder or one.near
        if place is not None and is_elsewhere(self.files, place, self.root):
            return trouble_of_storage(found)
        return found

    def _not_connected(self, one: _Pending) -> SyncError:
        detail = f"{self.root.path} is not the folder that it was"
        return SiteNotConnectedError(site=self.site, path=one.incoming.path, detail=detail)
