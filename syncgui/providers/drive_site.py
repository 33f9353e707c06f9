"""A Drive site that is in use: its account, its connections, its folders and files, put together."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, BinaryIO, cast

from syncgui.model.errors import CancelledError, FileForbiddenError, SiteForbiddenError, SyncError
from syncgui.providers.abstract_provider import StoredFile, Transfer
from syncgui.providers.account_gate import AccountGate, gate_of
from syncgui.providers.drive_account import Account, read_identity
from syncgui.providers.drive_answers import RefusedError
from syncgui.providers.drive_calls import GOOGLE, DriveCalls, Wait
from syncgui.providers.drive_download import DriveDownloads
from syncgui.providers.drive_files import DriveFiles, Place
from syncgui.providers.drive_folders import DriveFolders
from syncgui.providers.drive_ids import DriveIds
from syncgui.providers.drive_items import Item, quoted
from syncgui.providers.drive_network import DriveNetwork
from syncgui.providers.drive_upload import DriveUploads

if TYPE_CHECKING:
    from syncgui.providers.gdrive import GDriveSettings


class DriveSite:
    """Connected when it is made, in so far as the credentials file is read; Drive is asked by its methods.

    Args:
        site: its name.
        settings: its settings.
        roots: root name to folder on it.
        timeouts_s: see `DriveNetwork`; None for the usual ones.
        gate: the account's pace; None for the one that all sites of the account share.

    Raises:
        LoginError: the credentials file can not be used.
    """

    def __init__(
        self,
        site: str,
        settings: GDriveSettings,
        roots: dict[str, str],
        *,
        timeouts_s: tuple[float, float] | None = None,
        gate: AccountGate | None = None,
    ) -> None:
        self._name = site
        self._closed = threading.Event()
        self._network = DriveNetwork(timeouts_s) if timeouts_s else DriveNetwork()
        root = settings.endpoint or GOOGLE
        identity = read_identity(settings.credentials_url, site=site)
        self.account = Account(identity, settings.subject, site=site, network=self._network)
        gate = gate or gate_of(f"{root} {self.account.name}")
        self.calls = DriveCalls(site, root, self.account, gate, self._network)
        self.ids = DriveIds(self.calls)
        self.folders = DriveFolders(self.calls, self.ids)
        self.files = DriveFiles(self.calls, self.folders, list(roots.values()))
        self.uploads = DriveUploads(self.calls, self.folders, self.files, self.ids)
        self.downloads = DriveDownloads(self.calls, self.files)

    def stat_many(
        self, paths: Sequence[str], known_ids: Sequence[str | None] = ()
    ) -> list[StoredFile | SyncError | None]:
        """What lies at each path, or why that can not be told. `known_ids`: of the records, for each path."""
        ids = known_ids or [None] * len(paths)
        places: list[Place | SyncError] = []
        for path in paths:
            try:
                places.append(self.files.file_place(path))
            except SyncError as error:
                places.append(error)
        found = self.files.look_up([one for one in places if isinstance(one, Place)], self.pause)
        answers: list[StoredFile | SyncError | None] = []
        for path, one, known_id in zip(paths, places, ids, strict=True):
            item = one if isinstance(one, SyncError) else found[one]
            if isinstance(item, SyncError):  # one trouble of a folder is told of each of its files
                item = type(item)(site=item.site, path=path, detail=item.detail)
            if known_id and isinstance(one, Place) and not isinstance(item, SyncError):
                item = self._recorded(one, item, known_id)
            answers.append(item if item is None or isinstance(item, SyncError) else item.stored)
        return answers

    def _recorded(self, place: Place, found: Item | None, known_id: str) -> Item | SyncError | None:
        if found is not None and found.id == known_id:
            return found
        try:
            return self.files.decide(place, known_id, self.pause)
        except SyncError as error:
            return error

    def upload(
        self, source: BinaryIO, size_bytes: int, mtime: datetime, path: str, transfer: Transfer
    ) -> Item:
        """See `DriveUploads.upload`; where the root itself takes nothing in, that is the site's trouble.

        Raises:
            SyncError: it did not come there.
        """
        try:
            return self.uploads.upload(source, size_bytes, mtime, path, transfer)
        except FileForbiddenError as error:
            if self._root_takes_files(path, transfer.wait):
                raise
            raise SiteForbiddenError(site=error.site, path=path, detail=error.detail) from error

    def _root_takes_files(self, path: str, wait: Wait) -> bool:
        """Whether the account may put anything into the root that a path lies under."""
        try:
            folder = self.folders.root(self.files.place(path).root, wait)
            request = self.calls.service.files().get(
                fileId=folder.id, fields="capabilities(canAddChildren)", supportsAllDrives=True
            )
            answer = self.calls.ask(request, wait)
        except RefusedError:
            return False
        rights = cast("Mapping[str, object]", answer.get("capabilities") or {})
        return bool(rights.get("canAddChildren"))

    def list_folder(self, path: str) -> list[str]:
        """Names in a folder, each once, folders with a slash; empty if there is no such folder."""
        place = self.files.place(path)
        try:
            folder = self.folders.find(place.root, place.parts, self.pause)
            if folder is None:
                return []
            query = f"{quoted(folder.id)} in parents and trashed = false"
            items = self.folders.list_of(folder, query, self.pause, order="name")
        except RefusedError as refused:
            raise self.calls.raised(refused, path) from refused
        names = [
            f"{one.name}/" if one.is_folder else one.name for one in items if one.is_folder or one.is_binary
        ]
        return sorted(dict.fromkeys(names))

    def create_folder(self, path: str) -> None:
        """Make a folder and those above it, below a root."""
        place = self.files.place(path)
        try:
            self.folders.ensure(place.root, place.parts, self.pause)
        except RefusedError as refused:
            raise self.calls.raised(refused, path) from refused

    def delete(self, path: str) -> None:
        """Move a file into the trash; one that is gone is no error."""
        place = self.files.file_place(path)
        try:
            item = self.files.find(place, self.pause, anew=True)
            if item is None:
                return
            request = self.calls.service.files().update(
                fileId=item.id, body={"trashed": True}, fields="id", supportsAllDrives=True
            )
            self.calls.ask(request, self.pause)
        except RefusedError as refused:
            if not refused.is_missing:
                raise self.calls.raised(refused, path) from refused
        finally:
            self.files.forget(place)

    def user(self) -> str:
        """The address of whoever is logged in."""
        request = self.calls.service.about().get(fields="user(emailAddress)")
        try:
            about = self.calls.ask(request, self.pause)
        except RefusedError as refused:
            raise self.calls.raised(refused) from refused
        user = about.get("user")
        return str(user.get("emailAddress", "")) if isinstance(user, dict) else ""

    def close(self) -> None:
        """Let all connections go; who waits for an answer to a question is stopped."""
        self._closed.set()
        self.downloads.close()
        self._network.close()

    def pause(self, seconds: float) -> None:
        """Wait, for questions outside of a transfer.

        Raises:
            CancelledError: the site was closed.
        """
        if self._closed.wait(seconds):
            raise CancelledError(site=self._name)
