"""Bytes up to Drive: small files with one call, large ones through a session that outlives this program.

Nothing is visible before the engine said yes: it is asked before a small file is sent, and before the last
bytes of a large one are. A file that is there already is updated and keeps its id; what it held stays as a
revision. What Drive then says that it holds is compared with what was read.
"""

from __future__ import annotations

import contextlib
import json
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import BinaryIO
from urllib.parse import quote

import requests

from syncgui.model.errors import (
    DamagedError,
    RemoteRootMissingError,
    SiteError,
    SyncError,
)
from syncgui.providers.abstract_provider import Transfer
from syncgui.providers.drive_answers import RefusedError
from syncgui.providers.drive_calls import DriveCalls
from syncgui.providers.drive_files import DriveFiles
from syncgui.providers.drive_folders import DriveFolders
from syncgui.providers.drive_ids import DriveIds
from syncgui.providers.drive_items import FIELDS, Item, read_item, write_time
from syncgui.providers.drive_outgoing import BLOCK_BYTES, Body, BrokenError, Outgoing, Session

ONE_CALL_BYTES = 5_000_000
CHUNK_MULTIPLE_BYTES = 256 * 1024
_KIND = "application/octet-stream"
_MOST_BREAKS = 20
_ANSWERS = (200, 201, 308)  # there as a whole, or as far as its Range says


class DriveUploads:
    """Uploads of one site; used from several threads."""

    def __init__(self, calls: DriveCalls, folders: DriveFolders, files: DriveFiles, ids: DriveIds) -> None:
        self._calls = calls
        self._folders = folders
        self._files = files
        self._ids = ids

    def upload(
        self, source: BinaryIO, size_bytes: int, mtime: datetime, path: str, transfer: Transfer
    ) -> Item:
        """Bring a file up, whole or not at all; what Drive then holds.

        Raises:
            SyncError: it did not come there.
        """
        wanted = Outgoing(self._files.file_place(path), path, source, size_bytes, mtime, transfer)
        try:
            item = self._large(wanted) if size_bytes > ONE_CALL_BYTES else self._small(wanted)
        except RefusedError as refused:
            raise self._calls.raised(refused, path) from refused
        finally:
            # However it ended: it may have come there without our knowing it.
            self._files.forget(wanted.place)
            self._folders.names_used(wanted.place.root, wanted.place.parent)
        self._look_at(item, wanted)
        return item

    # -- small files ---------------------------------------------------------------------------------

    def _small(self, wanted: Outgoing) -> Item:
        content = self._read_whole(wanted)

        def send(existing: Item | None, parent: str, file_id: str) -> Item:
            self._calls.have_token(wanted.transfer.wait)  # to get one may take long
            wanted.transfer.confirm()  # before each try: there may have been a long wait
            boundary = f"syncgui-{secrets.token_hex(16)}"
            body = _multipart(boundary, self._metadata(wanted, existing, parent, file_id), content)
            headers = {"Content-Type": f"multipart/related; boundary={boundary}"}
            method, url = self._target(existing, "multipart")
            answer = self._calls.send(method, url, headers=headers, data=body)
            return read_item(answer.json())

        return self._into_folder(wanted, send)

    def _read_whole(self, wanted: Outgoing) -> bytes:
        pieces: list[bytes] = []
        left = wanted.size_bytes
        while left and (piece := wanted.source.read(min(left, BLOCK_BYTES))):
            pieces.append(piece)
            left -= len(piece)
            wanted.transfer.progress(len(piece))
        if left or wanted.source.read(1):
            raise self._wrong_size(wanted)
        return b"".join(pieces)

    def _into_folder(self, wanted: Outgoing, send: Callable[[Item | None, str, str], Item]) -> Item:
        """Create or update, whichever it is; once more where what was remembered is no longer so."""
        place, wait = wanted.place, wanted.transfer.wait
        for last in (False, True):
            try:
                folder = self._folders.ensure(place.root, place.parent, wait)
                existing = None
                if not self._folders.is_empty(folder):
                    existing = self._files.find(place, wait, known_id=wanted.transfer.known_id, anew=last)
                file_id = existing.id if existing else self._ids.take(wait)
                item = self._made(lambda: send(existing, folder.id, file_id), file_id, existing, wanted)  # noqa: B023
            except RefusedError as refused:
                if not refused.is_missing:
                    raise
            else:
                if not item.trashed:
                    return item
                # Its folder was thrown away meanwhile, and the file with it.
                self._remove(item, wanted)
            self._look_anew(wanted)
        raise self._folder_gone(wanted)

    def _made(self, send: Callable[[], Item], file_id: str, existing: Item | None, wanted: Outgoing) -> Item:
        try:
            return self._calls.run(send, wanted.transfer.wait)
        except RefusedError as refused:
            if refused.status != 409 or existing is not None:
                raise
        return self._get(file_id, wanted)  # an answer got lost: it is there

    def _look_anew(self, wanted: Outgoing) -> None:
        self._folders.forget(wanted.place.root, wanted.place.parent)
        self._files.forget(wanted.place)

    # -- large files ---------------------------------------------------------------------------------

    def _large(self, wanted: Outgoing) -> Item:
        session = Session.of(wanted.transfer.resume)
        item = self._go_on(session, wanted) if session else None
        if item is None:
            item = self._anew(wanted)
        wanted.transfer.save(None)
        return item

    def _anew(self, wanted: Outgoing) -> Item:
        def begin(existing: Item | None, parent: str, file_id: str) -> Item:
            method, url = self._target(existing, "resumable")
            headers = {
                "Content-Type": "application/json; charset=UTF-8",
                "X-Upload-Content-Type": _KIND,
                "X-Upload-Content-Length": str(wanted.size_bytes),
            }
            body = json.dumps(self._metadata(wanted, existing, parent, file_id)).encode()
            answer = self._calls.send(method, url, headers=headers, data=body)
            session = Session(answer.headers["Location"], file_id, parent, existing is None)
            begun.append(session)
            return Item(file_id, "", False, 0, (), "", "", False, True)

        for _ in range(3):
            begun: list[Session] = []
            item = self._into_folder(wanted, begin)
            if not begun:
                return item  # it is there: an answer had been lost
            wanted.transfer.save(begun[-1].as_token())
            done = self._send_rest(begun[-1], 0, wanted)
            if done is not None and not done.trashed:
                return done
            if done is not None:
                # Its folder was thrown away meanwhile, and the file with it.
                self._remove(done, wanted)
                wanted.rewind(0)
                self._look_anew(wanted)
            # Perhaps all came there, and only that was not said: the name is looked up again.
            self._folders.names_used(wanted.place.root, wanted.place.parent)
        raise SiteError(site=self._calls.site, path=wanted.path, detail="it lost an upload again and again")

    def _go_on(self, session: Session, wanted: Outgoing) -> Item | None:
        """Go on with a session of an earlier try; None if it is of no use any more."""
        kept = self._kept(session, wanted) if self._leads_there(session, wanted) else None
        if kept is None:
            return None
        if isinstance(kept, Item):
            return self._sent_before(session, wanted)
        self._skip(wanted, kept)
        wanted.transfer.kept(kept)
        wanted.told_bytes = kept
        done = self._send_rest(session, kept, wanted)
        if done is None or not done.trashed:
            return done
        self._remove(done, wanted)
        wanted.rewind(0)
        self._look_anew(wanted)
        return None

    def _leads_there(self, session: Session, wanted: Outgoing) -> bool:
        """Whether a session of an earlier try makes, or changes, what the path leads to today."""
        place, wait = wanted.place, wanted.transfer.wait
        self._look_anew(wanted)
        try:
            folder = self._folders.ensure(place.root, place.parent, wait)
            if folder.id != session.folder_id:
                return False
            there = self._files.find(place, wait, known_id=session.file_id, anew=True)
        except RefusedError as refused:
            if not refused.is_missing:
                raise
            return False
        return session.is_new if there is None else there.id == session.file_id

    def _sent_before(self, session: Session, wanted: Outgoing) -> Item | None:
        """All was sent, and the answer did not reach us: the file, if it is what we have here now.

        It may have been thrown away, moved or replaced since: nothing is done to it then.
        """
        item = self._get(session.file_id, wanted)
        if item.trashed or item.name != wanted.place.name or session.folder_id not in item.parents:
            return None
        self._skip(wanted, wanted.size_bytes)
        if not self._is_as_read(item, wanted):
            wanted.rewind(0)
            return None
        wanted.transfer.kept(wanted.size_bytes)
        wanted.transfer.confirm()
        return item

    def _send_rest(self, session: Session, start: int, wanted: Outgoing) -> Item | None:
        """Send what is left, asking Drive after each break what it kept; None: the session is lost."""
        body = Body(wanted, start, self._wrong_size, self._calls.root)
        breaks = 0
        while True:
            try:
                return self._calls.run(lambda: self._send_once(session, body, start), wanted.transfer.wait)  # noqa: B023
            except RefusedError as refused:
                if refused.status not in (404, 410):
                    raise
                self._start_over(body, wanted)
                return None
            except BrokenError:
                pass
            before = start
            kept = self._kept(session, wanted)
            if kept is None:
                self._start_over(body, wanted)
                return None
            if isinstance(kept, Item):
                if not wanted.was_confirmed:
                    wanted.transfer.confirm()
                return kept
            start = kept
            body.rewind(start)
            breaks = breaks + 1 if start <= before else 0
            if breaks:
                if breaks > _MOST_BREAKS:
                    raise body.trouble(self._calls.site)
                wanted.transfer.wait(min(8.0, 0.25 * 2.0**breaks))

    def _start_over(self, body: Body, wanted: Outgoing) -> None:
        wanted.transfer.save(None)
        body.rewind(0)

    def _send_once(self, session: Session, body: Body, start: int) -> Item:
        total = body.size_bytes
        headers = {"Content-Type": _KIND, "Content-Range": f"bytes {start}-{total - 1}/{total}"}
        try:
            answer = self._calls.send("PUT", session.address, headers=headers, data=body, good=_ANSWERS)
        except RefusedError as refused:
            if refused.is_for_the_pace:
                self._calls.slow_down(refused)
            elif refused.status == 401:
                self._calls.renew()
            elif not refused.is_passing:
                raise
            body.refused = refused
            raise BrokenError from refused
        except (requests.RequestException, OSError) as trouble:
            body.refused = None
            body.broke = trouble
            raise BrokenError from trouble
        if answer.status_code == 308:
            body.refused = body.broke = None
            raise BrokenError
        return read_item(answer.json())

    def _kept(self, session: Session, wanted: Outgoing) -> int | Item | None:
        """How many bytes Drive has of a session, or the file if it has all; None: it does not know it."""
        headers = {"Content-Range": f"bytes */{wanted.size_bytes}", "Content-Length": "0"}

        def ask() -> requests.Response:
            return self._calls.send("PUT", session.address, headers=headers, data=b"", good=_ANSWERS)

        try:
            answer = self._calls.run(ask, wanted.transfer.wait)
        except RefusedError as refused:
            if refused.status == 401 or refused.is_for_the_pace or refused.is_passing:
                raise
            return None  # whatever it has against this one, another may be welcome
        if answer.status_code != 308:
            return read_item(answer.json())
        last = answer.headers.get("Range", "").rpartition("-")[2]
        return int(last) + 1 if last.isdigit() else 0

    def _skip(self, wanted: Outgoing, size_bytes: int) -> None:
        """Read what Drive has already, for the checksum."""
        left = size_bytes
        while left:
            piece = wanted.source.read(min(left, BLOCK_BYTES))
            if not piece:
                raise self._wrong_size(wanted)
            left -= len(piece)
            wanted.transfer.wait(0.0)

    # -- both ----------------------------------------------------------------------------------------

    def _target(self, existing: Item | None, kind: str) -> tuple[str, str]:
        query = f"uploadType={kind}&supportsAllDrives=true&fields={quote(FIELDS)}"
        url = f"{self._calls.root}/upload/drive/v3/files"
        if existing is None:
            return "POST", f"{url}?{query}"
        return "PATCH", f"{url}/{existing.id}?{query}"

    def _metadata(
        self, wanted: Outgoing, existing: Item | None, parent: str, file_id: str
    ) -> dict[str, object]:
        same: dict[str, object] = {"modifiedTime": write_time(wanted.mtime), "mimeType": _KIND}
        if existing is not None:
            return same
        return {**same, "id": file_id, "name": wanted.place.name, "parents": [parent]}

    def _get(self, file_id: str, wanted: Outgoing) -> Item:
        request = self._calls.service.files().get(fileId=file_id, fields=FIELDS, supportsAllDrives=True)
        return read_item(self._calls.ask(request, wanted.transfer.wait))

    def _look_at(self, item: Item, wanted: Outgoing) -> None:
        """Is what Drive holds what was read? If not, it does not stay under the name.

        Raises:
            DamagedError: it is not.
        """
        if self._is_as_read(item, wanted):
            return
        self._remove(item, wanted)
        detail = (
            "the checksums differ"
            if item.size_bytes == wanted.size_bytes
            else f"{item.size_bytes} of {wanted.size_bytes} bytes are there"
        )
        raise DamagedError(site=self._calls.site, path=wanted.path, detail=detail)

    def _is_as_read(self, item: Item, wanted: Outgoing) -> bool:
        known = [wanted.transfer.agrees(one) for one in item.checksums]
        return item.size_bytes == wanted.size_bytes and False not in known

    def _remove(self, item: Item, wanted: Outgoing) -> None:
        """Throw away what must not stay under the name."""
        request = self._calls.service.files().update(
            fileId=item.id, body={"trashed": True}, fields="id", supportsAllDrives=True
        )
        with contextlib.suppress(RefusedError):
            self._calls.ask(request, wanted.transfer.wait)

    def _wrong_size(self, wanted: Outgoing) -> SyncError:
        return DamagedError(
            site=self._calls.site,
            path=wanted.path,
            detail=f"its source has not the {wanted.size_bytes} bytes that were promised",
        )

    def _folder_gone(self, wanted: Outgoing) -> SyncError:
        folder = "/".join((wanted.place.root, *wanted.place.parent))
        return RemoteRootMissingError(site=self._calls.site, detail=f"{folder}: it was thrown away just now")


def _multipart(boundary: str, metadata: dict[str, object], content: bytes) -> bytes:
    return b"".join(
        (
            f"--{boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n".encode(),
            json.dumps(metadata).encode(),
            f"\r\n--{boundary}\r\nContent-Type: {_KIND}\r\n\r\n".encode(),
            content,
            f"\r\n--{boundary}--\r\n".encode(),
        )
    )
