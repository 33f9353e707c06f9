"""Folders of a Drive site: found one level at a time when they are needed, and remembered by id.

A root is `/My Drive/a/b` or `/SHARED DRIVE/a/b`; under My Drive the first folder may also be one that
somebody shared with the account. Roots are never made; folders below them are, once, under a lock. Where
two folders of one name lie side by side the older one counts, for everybody: so two machines that made the
same folder at the same moment agree.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import cast

from syncgui.model.errors import RemoteRootMissingError
from syncgui.providers.drive_answers import RefusedError
from syncgui.providers.drive_calls import DriveCalls, Wait
from syncgui.providers.drive_ids import DriveIds
from syncgui.providers.drive_items import FIELDS, FOLDER, SHORTCUT, Item, in_folder, quoted, read_item

MY_DRIVE = "My Drive"
MY_DRIVE_ID = "root"
"""What My Drive's own folder may be asked for by."""
_REMEMBERED_S = 600.0
_EMPTY_S = 10.0  # for so long a folder that was made here is taken to be empty
_MOST_REMEMBERED = 50_000
_LOOK_S = 0.2

Parts = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder by its id.

    Args:
        drive_id: the shared drive that it is on.
        since_s: when it was found, by a clock that never jumps.
        made_here: it was made by this program at that moment.
    """

    id: str
    drive_id: str | None
    since_s: float
    made_here: bool = False


class DriveFolders:
    """The folders of one site; used from several threads.

    Args:
        calls: to Drive.
        ids: for folders that are made.
        steady_s: seconds of a clock that never jumps.
    """

    def __init__(
        self, calls: DriveCalls, ids: DriveIds, steady_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._calls = calls
        self._ids = ids
        self._steady_s = steady_s
        self._guard = threading.Lock()
        self._known: dict[tuple[str, Parts], Folder] = {}
        self._locks: dict[tuple[str, Parts], threading.Lock] = {}

    def root(self, root: str, wait: Wait) -> Folder:
        """The folder of a root.

        Raises:
            RemoteRootMissingError: it is not there, or the account does not see it.
        """
        return self._once((root, ()), wait, lambda: self._find_root(root, wait))

    def find(self, root: str, parts: Parts, wait: Wait) -> Folder | None:
        """A folder below a root, None if it is not there.

        Raises:
            RemoteRootMissingError: the root itself is not there.
        """
        folder: Folder | None = self.root(root, wait)
        for depth in range(1, len(parts) + 1):
            if folder is None:
                return None
            folder = self._child(root, parts[:depth], folder, wait)
        return folder

    def ensure(self, root: str, parts: Parts, wait: Wait) -> Folder:
        """A folder below a root, made with those above it where it is not there.

        Raises:
            RemoteRootMissingError: the root itself is not there; it is never made.
        """
        folder = self.root(root, wait)
        for depth in range(1, len(parts) + 1):
            key = (root, parts[:depth])
            above = folder
            folder = self._once(
                key,
                wait,
                lambda key=key, above=above: self._found_or_made(key[1][-1], above, wait),  # type: ignore[misc]
            )
        return folder

    def forget(self, root: str, parts: Parts = ()) -> None:
        """Look anew at a folder, those above it and those below it when they are needed again."""
        with self._guard:
            for key in list(self._known):
                if key[0] == root and (key[1][: len(parts)] == parts or parts[: len(key[1])] == key[1]):
                    del self._known[key]

    def is_empty(self, folder: Folder) -> bool:
        """Whether it need not be asked what lies in a folder: it was made just now, and here."""
        return folder.made_here and self._steady_s() - folder.since_s < _EMPTY_S

    def names_used(self, root: str, parts: Parts) -> None:
        """Something was put into a folder: it is no longer known to be empty."""
        key = (root, parts)
        with self._guard:
            known = self._known.get(key)
            if known is not None and known.made_here:
                self._known[key] = Folder(known.id, known.drive_id, known.since_s)

    def list_of(self, folder: Folder, query: str, wait: Wait, *, order: str = "createdTime") -> list[Item]:
        """All items that a query finds, through all its pages."""
        found: list[Item] = []
        page: object = None
        while True:
            words: dict[str, object] = {
                "q": query,
                "fields": f"nextPageToken,files({FIELDS})",
                "pageSize": 1000,
                "orderBy": order,
                "supportsAllDrives": True,
                "includeItemsFromAllDrives": True,
            }
            if folder.drive_id:
                words |= {"corpora": "drive", "driveId": folder.drive_id}
            if page:
                words["pageToken"] = page
            answer = self._calls.ask(self._calls.service.files().list(**words), wait)
            found += [read_item(one) for one in cast("Sequence[dict[str, object]]", answer.get("files", ()))]
            page = answer.get("nextPageToken")
            if not page:
                return found

    # -- one level -----------------------------------------------------------------------------------

    def _child(self, root: str, parts: Parts, above: Folder, wait: Wait) -> Folder | None:
        key = (root, parts)
        known = self._remembered(key)
        if known is not None:
            return known
        if self.is_empty(above):
            return None
        found = self._oldest(above, parts[-1], wait)
        if found is not None:
            self._remember(key, found)
        return found

    def _found_or_made(self, name: str, above: Folder, wait: Wait) -> Folder:
        found = None if self.is_empty(above) else self._oldest(above, name, wait)
        return found or self._make(name, above, wait)

    def _make(self, name: str, above: Folder, wait: Wait) -> Folder:
        folder_id = self._ids.take(wait)
        body = {"id": folder_id, "name": name, "mimeType": FOLDER, "parents": [above.id]}
        request = self._calls.service.files().create(body=body, fields="id", supportsAllDrives=True)
        try:
            self._calls.ask(request, wait)
        except RefusedError as refused:
            if refused.status != 409:  # 409: an answer got lost, the folder is there
                raise
        # Another machine may have made the same folder at this moment: the older one counts, for both.
        winner = self._oldest(above, name, wait)
        if winner is None or winner.id == folder_id:
            return Folder(folder_id, above.drive_id, self._steady_s(), made_here=True)
        # Content managers of a shared drive may not delete, but move into the trash.
        trash = self._calls.service.files().update(
            fileId=folder_id, body={"trashed": True}, fields="id", supportsAllDrives=True
        )
        with suppress(RefusedError):  # else it stays as an empty double; nothing depends on it
            self._calls.ask(trash, wait)
        return winner

    def _oldest(self, above: Folder, name: str, wait: Wait) -> Folder | None:
        found = self.list_of(above, in_folder(above.id, [name], folders=True), wait)
        same = [one for one in found if one.name == name]  # Drive compares without case
        if not same:
            return None
        first = min(same, key=lambda one: (one.created, one.id))
        return Folder(first.id, above.drive_id, self._steady_s())

    # -- roots ---------------------------------------------------------------------------------------

    def _find_root(self, root: str, wait: Wait) -> Folder:
        names = [name for name in root.split("/") if name]
        if not names:
            raise RemoteRootMissingError(
                site=self._calls.site,
                detail=f'"{root}" (it begins with "/My Drive" or "/NAME OF A SHARED DRIVE")',
            )
        folder: Folder | None
        if names[0] == MY_DRIVE:
            folder = Folder(MY_DRIVE_ID, None, self._steady_s())
            for depth, name in enumerate(names[1:]):
                folder = self._linked(folder, name, wait) or (
                    self._shared_with_me(name, wait) if depth == 0 else None
                )
                if folder is None:
                    raise self._missing(names, depth + 1)
            return folder
        folder = self._shared_drive(names[0], wait)
        if folder is None:
            raise self._missing(names, 0)
        for depth, name in enumerate(names[1:]):
            folder = self._linked(folder, name, wait)
            if folder is None:
                raise self._missing(names, depth + 1)
        return folder

    def _missing(self, names: Sequence[str], depth: int) -> RemoteRootMissingError:
        whole, there = "/" + "/".join(names), "/" + "/".join(names[:depth])
        if depth == 0:
            detail = f"{whole}: there is no shared drive of exactly that name that the account is a member of"
        elif depth == 1 and names[0] == MY_DRIVE:
            detail = f'{whole}: "{names[1]}" is neither its own nor shared with it'
        else:
            detail = f'{whole}: there is no "{names[depth]}" in {there}'
        return RemoteRootMissingError(site=self._calls.site, detail=detail)

    def _linked(self, above: Folder, name: str, wait: Wait) -> Folder | None:
        """A folder on the way to a root: there a shortcut serves, too."""
        found = self._oldest(above, name, wait)
        if found is not None:
            return found
        query = (
            f"{quoted(above.id)} in parents and trashed = false and name = {quoted(name)}"
            f" and mimeType = '{SHORTCUT}'"
        )
        request = self._calls.service.files().list(
            q=query,
            fields="files(name,shortcutDetails(targetId,targetMimeType))",
            supportsAllDrives=True,
            includeItemsFromAllDrives=True,
            **({"corpora": "drive", "driveId": above.drive_id} if above.drive_id else {}),
        )
        for one in cast("Sequence[dict[str, object]]", self._calls.ask(request, wait).get("files", ())):
            target = cast("dict[str, str]", one.get("shortcutDetails", {}))
            if one.get("name") == name and target.get("targetMimeType") == FOLDER:
                return self._by_id(target["targetId"], wait)
        return None

    def _by_id(self, folder_id: str, wait: Wait) -> Folder | None:
        request = self._calls.service.files().get(
            fileId=folder_id, fields="id,driveId,trashed", supportsAllDrives=True
        )
        try:
            answer = self._calls.ask(request, wait)
        except RefusedError as refused:
            if refused.is_missing:  # a shortcut to what the account does not see
                return None
            raise
        if answer.get("trashed"):
            return None
        drive = answer.get("driveId")
        return Folder(folder_id, str(drive) if drive else None, self._steady_s())

    def _shared_with_me(self, name: str, wait: Wait) -> Folder | None:
        query = f"sharedWithMe and trashed = false and name = {quoted(name)} and mimeType = '{FOLDER}'"
        found = [one for one in self.list_of(Folder(MY_DRIVE_ID, None, 0.0), query, wait) if one.name == name]
        if not found:
            return None
        first = min(found, key=lambda one: (one.created, one.id))
        return Folder(first.id, first.drive_id, self._steady_s())

    def _shared_drive(self, name: str, wait: Wait) -> Folder | None:
        page: object = None
        while True:
            words: dict[str, object] = {"pageSize": 100, "fields": "nextPageToken,drives(id,name)"}
            if page:
                words["pageToken"] = page
            answer = self._calls.ask(self._calls.service.drives().list(**words), wait)
            for one in cast("Sequence[dict[str, object]]", answer.get("drives", ())):
                if one["name"] == name:
                    return Folder(str(one["id"]), str(one["id"]), self._steady_s())
            page = answer.get("nextPageToken")
            if not page:
                return None

    # -- remembering ---------------------------------------------------------------------------------

    def _once(self, key: tuple[str, Parts], wait: Wait, look: Callable[[], Folder]) -> Folder:
        """What is remembered, else what `look` finds; looked for by one thread only."""
        known = self._remembered(key)
        if known is not None:
            return known
        with self._locked(key, wait):
            known = self._remembered(key)
            if known is None:
                known = look()
                self._remember(key, known)
            return known

    def _remembered(self, key: tuple[str, Parts]) -> Folder | None:
        with self._guard:
            known = self._known.get(key)
            if known is not None and self._steady_s() - known.since_s > _REMEMBERED_S:
                del self._known[key]
                return None
            return known

    def _remember(self, key: tuple[str, Parts], folder: Folder) -> None:
        with self._guard:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            self._known[key] = folder

    @contextmanager
    def _locked(self, key: tuple[str, Parts], wait: Wait) -> Iterator[None]:
        with self._guard:
            if len(self._locks) >= _MOST_REMEMBERED:
                self._locks = {name: lock for name, lock in self._locks.items() if lock.locked()}
            lock = self._locks.setdefault(key, threading.Lock())
        while not lock.acquire(timeout=_LOOK_S):
            wait(0.0)  # who is stopped need not wait for whoever asks
        try:
            yield
        finally:
            lock.release()
