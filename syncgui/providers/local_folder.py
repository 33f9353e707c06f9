"""One open root folder of a site on this machine: looked at, read from and written to, safely.

Everything happens relative to the folder that was opened, so a root that is unmounted or replaced under
its path is noticed and never written by mistake. A root is never created. Links below it are followed into
folders that are allowed, and nowhere else.
Only members of the error family are raised. May be used by several threads; the folder stays open until
the last of them is done, even after `close`.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date

from syncgui.model.errors import (
    PathRefusedError,
    SiteNotConnectedError,
    SourceMissingError,
    SyncError,
)
from syncgui.providers.blind_names import KnownFolders, Listings, kept_as, path_kept_as
from syncgui.providers.file_operations import (
    FileOperations,
    Flush,
    FolderEntry,
    FolderHandle,
    refuse_non_file,
)
from syncgui.providers.group_write import GroupWrite
from syncgui.providers.incoming import Incoming
from syncgui.providers.linked_folders import AllowedLinks
from syncgui.providers.linked_storage import is_elsewhere, trouble_of_storage
from syncgui.providers.open_folders import OpenFolders, Parts, UnsyncedFolders
from syncgui.providers.os_errors import root_error, source_error, target_error
from syncgui.providers.partial_names import partial_name, read_partial_name
from syncgui.providers.partial_writer import Writer
from syncgui.providers.safe_parts import refuse_unsafe_parts
from syncgui.providers.source import FileFacts, Source, facts_of
from syncgui.providers.trash_clearing import clear_trash
from syncgui.providers.trash_names import TRASH, is_in_trash

__all__ = ["FileFacts", "Incoming", "LocalFolder", "Source", "Writer", "partial_name", "read_partial_name"]


class _OpenRoot:
    """The open folder itself; let go when the last one who works with it is done."""

    def __init__(self, files: FileOperations, path: str) -> None:
        self.handle: FolderHandle = files.open_root(path)
        weakref.finalize(self, files.close_folder, self.handle).atexit = False


class LocalFolder:
    """Opens `root`.

    Args:
        site: the site's name, for error texts.
        root: path of the root folder.
        files: the file operations.
        file_mode: mode of new files, None for what an ordinary create gives (umask, default ACL).
        folder_mode: the same for new folders; a setgid bit is inherited in any case.
        allowed_link_targets: folders into which links on the way may lead.

    Raises:
        SiteNotConnectedError: the root is missing, is no folder, or may not be opened.
        SiteError: its storage does not answer.
    """

    def __init__(
        self,
        site: str,
        root: str,
        files: FileOperations,
        *,
        file_mode: int | None = None,
        folder_mode: int | None = None,
        allowed_link_targets: Sequence[str] = (),
    ) -> None:
        self.site = site
        self.root = root
        self._files = files
        self._file_mode = file_mode
        self._folder_mode = folder_mode
        self._links = AllowedLinks(files, allowed_link_targets)
        self._unsynced = UnsyncedFolders()
        self._known = KnownFolders()
        try:
            self._open: _OpenRoot | None = _OpenRoot(files, root)
            found = files.stat_folder(self._open.handle)
            self._has_windows_names = files.has_windows_names(self._open.handle)
            self._flushes_as_one = files.flushes_as_one(self._open.handle)
        except OSError as error:
            raise root_error(error, site=site, root=root) from error
        self._identity = (found.st_dev, found.st_ino)

    # -- the root itself -----------------------------------------------------------------------------

    @property
    def identity(self) -> tuple[int, int]:
        """Device and inode of the open folder."""
        return self._identity

    def is_connected(self) -> bool:
        """Whether the root's path still leads to the folder that was opened."""
        try:
            found = self._files.stat_root(self.root)
        except OSError:
            return False
        return (found.st_dev, found.st_ino) == self._identity

    def free_bytes(self) -> int:
        """Room that is left for an ordinary user."""
        with self._root() as root:
            try:
                return self._files.free_bytes(root)
            except OSError as error:
                raise root_error(error, site=self.site, root=self.root) from error

    def room_bytes(self, parts: Parts = ()) -> tuple[int, int]:
        """Room that is left for an ordinary user, and that of the whole disk, 0 where it is not told.

        Args:
            parts: the names that lead to a folder: its disk may be another one.
        """
        refuse_unsafe_parts(parts, site=self.site, path="/".join(parts), may_be_root=True)
        with self._root() as root:
            try:
                with OpenFolders(self._files, root, links=self._links) as folders:
                    folder = folders.open(parts)
                    return self._files.free_bytes(folder), self._files.total_bytes(folder)
            except OSError as error:
                if isinstance(error, FileNotFoundError) and not self.is_connected():
                    raise self._not_connected() from error
                if parts:
                    raise target_error(error, site=self.site, path="/".join(parts)) from error
                raise root_error(error, site=self.site, root=self.root) from error

    def device(self) -> int:
        """On which device the open folder lies."""
        return self._identity[0]

    def close(self) -> None:
        """Let the folder go, as soon as nobody works with it. Whoever comes later is refused."""
        self._open = None

    # -- looking and reading -------------------------------------------------------------------------

    def facts(self, parts: Parts) -> FileFacts | None:
        """The facts of a name, None if it or a folder above it is not there.

        Raises:
            PathRefusedError: a link is on the way that may not be followed.
            SiteNotConnectedError: the root is not there, so nothing can be said.
            SyncError: it could not be looked at.
        """
        with self._reading(parts) as folders:
            try:
                return facts_of(self._files.stat(folders.open(parts[:-1]), parts[-1]))
            except (FileNotFoundError, NotADirectoryError) as error:
                if self.is_connected():
                    return None
                raise self._not_connected() from error

    def kept_as(self, parts: Parts, listings: Listings | None = None) -> str | None:
        """The other path under which the file system keeps what these names lead to.

        None where it is this one, or nothing is there. See `blind_names`.

        Args:
            listings: shared by those who ask for many names of a folder, so that it is not listed for each.

        Raises:
            SyncError: it could not be looked at.
        """
        with self._reading(parts) as folders:
            other = path_kept_as(self._files, folders, parts[:-1], self._known, listings)
            if other is not None:
                return f"{other}/{parts[-1]}"
            try:
                name = kept_as(self._files, folders.open(parts[:-1]), parts[-1], listings)
            except (FileNotFoundError, NotADirectoryError):
                return None
            return "/".join((*parts[:-1], name)) if name is not None else None

    def open_source(self, parts: Parts) -> Source:
        """Open a file to read it.

        Raises:
            SourceMissingError: it is not there.
            SourceUnreadableError: it may not be read.
            SourceNotAFileError: it is a folder, a link, a device ...
            PathRefusedError: a link is on the way that may not be followed.
            SiteError: the storage does not answer, or the root is not there.
        """
        path = "/".join(parts)
        with self._reading(parts) as folders:
            fd = self._files.open_read(folders.open(parts[:-1]), parts[-1])
            return Source(self._files, fd, site=self.site, path=path)

    def list_folder(self, parts: Parts) -> list[FolderEntry]:
        """What lies in a folder, sorted by name, without the trash; nothing if there is no such folder."""
        with self._reading(parts, may_be_root=True) as folders:
            try:
                found = self._files.list_folder(folders.open(parts))
            except (FileNotFoundError, NotADirectoryError):
                found = []
        if not found and not self.is_connected():
            raise self._not_connected()  # a folder that was removed while open lists as empty
        shown = [one for one in found if not is_in_trash((*parts, one.name))]
        return sorted(shown, key=lambda entry: entry.name)

    def list_partials(self, parts: Parts) -> list[str]:
        """Names of the partial files in a folder; none if there is no such folder."""
        return [one.name for one in self.list_folder(parts) if read_partial_name(one.name) is not None]

    # -- writing -------------------------------------------------------------------------------------

    def write_group(self, group: Sequence[Incoming]) -> list[SyncError | None]:
        """Write files, durable and visible as a whole or not at all; one result per file, in order.

        None is success. Nothing is raised for a single file, and of a failed one no more is left over than
        what is to be gone on with.
        A file whose folder could not be flushed failed too, though it may be visible.
        """
        with self._root() as root:
            return GroupWrite(
                site=self.site,
                files=self._files,
                root=root,
                is_connected=self.is_connected,
                as_one=self._flushes_as_one,
                file_mode=self._file_mode,
                folder_mode=self._folder_mode,
                unsynced=self._unsynced,
                links=self._links,
                on_windows=self._has_windows_names,
                known=self._known,
            ).run(group)

    def make_folder(self, parts: Parts) -> None:
        """Make a folder and its parents below the root, durable; one that exists is no error."""
        with self._writing(parts, may_be_root=True) as folders:
            folders.open_or_make(parts)
            self._flush_new(parts, folders)

    def remove_file(self, parts: Parts) -> None:
        """Remove a file, durably; one that is gone is no error.

        Raises:
            NameInTheWayError: something that is no file has that name.
            SyncError: it could not be removed.
        """
        with self._writing(parts) as folders:
            self._remove(parts, folders)

    def remove_partial(self, parts: Parts, partial: str) -> None:
        """Remove a partial file that lies beside the file of these names; one that is gone is no error.

        Raises:
            PathRefusedError: the name is not a partial's.
            SyncError: it could not be removed.
        """
        if read_partial_name(partial) is None:
            detail = f"{partial!r} is no partial file's name"
            raise PathRefusedError(site=self.site, path="/".join(parts), detail=detail)
        with self._writing(parts) as folders:
            self._remove((*parts[:-1], partial), folders)

    def clear_trash(self, before: date, go_on: Callable[[], bool]) -> int:
        """Remove old versions that were kept before a day; how many. `go_on`: asked between two files."""
        with self._root() as root:
            if not self.is_connected():
                raise self._not_connected()
            try:
                return clear_trash(self._files, root, before, go_on)
            except OSError as error:
                raise target_error(error, site=self.site, path=TRASH) from error

    def sync_existing(self, parts: Parts) -> Flush:
        """Make a file that is there already durable: its content, then its name; how that was done.

        Raises:
            SourceMissingError: it is not there.
            SyncError: it could not be made durable.
        """
        with self._writing(parts) as folders:
            try:
                parent = folders.open(parts[:-1])
                fd = self._files.open_to_sync(parent, parts[-1])
            except (FileNotFoundError, NotADirectoryError) as error:
                raise SourceMissingError(site=self.site, path="/".join(parts)) from error
            try:
                how = self._files.sync_file(fd)
            finally:
                self._files.close(fd)
            self._files.sync_folder(parent)
            self._flush_new(parts[:-1], folders)
            return how

    # -- how -----------------------------------------------------------------------------------------

    @contextmanager
    def _root(self) -> Iterator[FolderHandle]:
        opened = self._open
        if opened is None:
            raise SiteNotConnectedError(site=self.site, detail=f"{self.root} was closed")
        yield opened.handle  # meanwhile `opened` keeps it open, whoever calls close

    @contextmanager
    def _reading(self, parts: Parts, *, may_be_root: bool = False) -> Iterator[OpenFolders]:
        path = "/".join(parts)
        refuse_unsafe_parts(
            parts, site=self.site, path=path, may_be_root=may_be_root, on_windows=self._has_windows_names
        )
        with self._root() as root:
            try:
                with OpenFolders(self._files, root, links=self._links) as folders:
                    yield folders
            except OSError as error:
                if isinstance(error, FileNotFoundError) and not self.is_connected():
                    raise self._not_connected() from error
                raise source_error(error, site=self.site, path=path) from error

    @contextmanager
    def _writing(self, parts: Parts, *, may_be_root: bool = False) -> Iterator[OpenFolders]:
        path = "/".join(parts)
        refuse_unsafe_parts(
            parts, site=self.site, path=path, may_be_root=may_be_root, on_windows=self._has_windows_names
        )
        with self._root() as root:
            if not self.is_connected():
                raise self._not_connected()
            try:
                with OpenFolders(
                    self._files,
                    root,
                    folder_mode=self._folder_mode,
                    unsynced=self._unsynced,
                    links=self._links,
                ) as folders:
                    try:
                        yield folders
                    except OSError as error:
                        found = target_error(error, site=self.site, path=path)
                        if is_elsewhere(self._files, folders.nearest(parts), root):
                            found = trouble_of_storage(found)
                        raise found from error
            except OSError as error:
                raise target_error(error, site=self.site, path=path) from error

    def _remove(self, parts: Parts, folders: OpenFolders) -> None:
        try:
            parent = folders.open(parts[:-1])
        except (FileNotFoundError, NotADirectoryError):
            return
        with suppress(FileNotFoundError):
            refuse_non_file(self._files.stat(parent, parts[-1]), parts[-1])
            self._files.unlink(parent, parts[-1])
        self._files.sync_folder(parent)  # one that is gone may come back with the power

    def _flush_new(self, parts: Parts, folders: OpenFolders) -> None:
        new = self._unsynced.among(folders.way_to(parts))
        for made in new:
            self._files.sync_folder(folders.open(made[:-1]))
        self._unsynced.settle(new)

    def _not_connected(self) -> SiteNotConnectedError:
        return SiteNotConnectedError(site=self.site, detail=f"{self.root} is not the folder that it was")
