"""Resumable uploads: a session is started, chunks are put, what is kept may be asked for.

What is kept is the session's file on disk, always a multiple of 256 KiB until the end, so that it is still
there after kill -9. A new request of a session ends one that is still under way: its client has given it up.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from tests.servers.drive.answers import file_answer
from tests.servers.drive.calls import Answer, Call
from tests.servers.drive.errors import ApiError, HungUpError, bad_request, not_found
from tests.servers.drive.intake import Intake
from tests.servers.drive.making import Content, check_daily_upload, check_room
from tests.servers.drive.resources import View
from tests.servers.drive.settings import GRAIN_BYTES
from tests.servers.drive.uploads import commit, planned
from tests.servers.drive.wire import PIECE_BYTES, Wire
from tests.servers.drive.world import Session, World

_RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)$")
_TAKEOVER_S = 0.05


@dataclass(slots=True)
class _Live:
    lock: threading.Lock = field(default_factory=threading.Lock)
    wire: Wire | None = None
    intake: Intake | None = None


@dataclass(frozen=True, slots=True)
class _Chunk:
    """What a request brings: bytes from `start` up to `end`; `total` of the whole, None if not known."""

    start: int
    end: int
    total: int | None
    asks: bool = False


class Sessions:
    """All resumable uploads of the server."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._live: dict[str, _Live] = {}
        self._lock = threading.Lock()

    def begin(self, call: Call) -> Answer:
        """Start one; the answer says where its bytes go."""
        world, view = self._world, call.view
        fields = call.json()
        file_id = call.route.ids[0] if call.route.ids else ""
        check_daily_upload(world, view.account)
        item = planned(view, call.params, file_id, fields)
        declared = call.head.headers.get("x-upload-content-length", "")
        if declared:
            before = world.tree.items[file_id].size or 0 if file_id else None
            check_room(world, item, int(declared), replaced=before)
        session = Session(
            id=world.ids.new_session(),
            account=view.account.email,
            file_id=item.id,
            is_new=not file_id,
            fields=fields | ({} if file_id else {"id": item.id}),
            params=dict(call.params),
            mime_type=call.head.headers.get("x-upload-content-type", ""),
            total=int(declared) if declared else None,
            started_ms=world.now_ms(),
        )
        world.put_session(session)
        asked = urlsplit(call.head.target)
        target = f"{call.base}{asked.path}?{asked.query}&upload_id={session.id}"
        return Answer(200, headers=(("Location", target), ("X-GUploader-UploadID", session.id)))

    def cancel(self, call: Call) -> Answer:
        """End one; its bytes are forgotten."""
        session = self._find(call)
        with self._held(session.id, call.wire) as live:
            if live.intake is not None:
                live.intake.close()
            self._world.drop_session(session.id)
        return Answer(499)

    def put(self, call: Call) -> Answer:
        """Take a chunk, or say what is kept."""
        session = self._find(call)
        with self._held(session.id, call.wire) as live:
            session = self._find(call)
            if session.state == "done":
                call.body.drain()
                return self._done(call, session)
            chunk = _chunk(call, session.total)
            if chunk.total is not None and session.total is None:
                session = replace(session, total=chunk.total)
                self._world.put_session(session)
            if chunk.total is not None and chunk.total != session.total:
                call.body.drain()
                raise bad_request(
                    f"Invalid request.  The total size of the upload is {session.total} byte(s), the "
                    f"Content-Range header says {chunk.total}."
                )
            intake = self._intake(live, session)
            if not chunk.asks:
                self._take(call, chunk, intake)
            if intake.size == session.total:
                live.intake = None
                return self._finish(call, session, intake)
            kept = (("Range", f"bytes=0-{intake.size - 1}"),) if intake.size else ()
            return Answer(308, headers=(*kept, ("X-GUploader-UploadID", session.id)))

    def lose(self) -> int:
        """Forget all open ones, as after a failure of the service. Gives how many there were."""
        sessions = [one for one in self._world.sessions.values() if one.state == "open"]
        for session in sessions:
            self._world.drop_session(session.id)
        return len(sessions)

    def kept_bytes(self, session: Session) -> int:
        """What an open one has."""
        path = self._world.partial_path(session.id)
        return path.stat().st_size if path.exists() else 0

    def _take(self, call: Call, chunk: _Chunk, intake: Intake) -> None:
        if chunk.end != chunk.total and (chunk.end - chunk.start) % GRAIN_BYTES:
            call.body.drain()
            raise bad_request(
                "Invalid request.  The number of bytes uploaded is required to be equal or greater than "
                "262144, except for the final request (it's recommended to be the exact multiple of "
                f"262144).  The received request contained only {chunk.end - chunk.start} bytes, which "
                "does not meet this requirement."
            )
        if chunk.start > intake.size:
            call.body.drain()
            raise bad_request(
                f"Invalid request.  According to the Content-Range header, the upload offset is "
                f"{chunk.start} byte(s), which exceeds already uploaded size of {intake.size} byte(s)."
            )
        at = chunk.start
        limit = None
        if call.effects.keep_bytes is not None:
            limit = intake.size + call.effects.keep_bytes // GRAIN_BYTES * GRAIN_BYTES
        view = memoryview(bytearray(min(PIECE_BYTES, max(1, chunk.end - chunk.start))))
        try:
            while size := call.body.fill(view):
                fresh = view[max(0, intake.size - at) : size] if limit is None or at < limit else view[:0]
                at += size
                if limit is not None and intake.size + len(fresh) > limit:
                    fresh = fresh[: max(0, limit - intake.size)]
                if len(fresh):
                    intake.append(fresh)
                    self._world.add_uploaded(call.account, len(fresh))
        except HungUpError:
            if intake.size != chunk.total:
                intake.cut(intake.size // GRAIN_BYTES * GRAIN_BYTES)
            raise

    def _finish(self, call: Call, session: Session, intake: Intake) -> Answer:
        world = self._world
        account = world.accounts[session.account]
        content = Content(world.ids.new_revision(), intake.size, intake.finish(), session.mime_type)
        intake.path.replace(world.blob_path(content.blob))
        target = "" if session.is_new else session.file_id
        try:
            commit(View.of(world, account), session.params, target, dict(session.fields), content)
        except ApiError:
            world.drop_session(session.id)
            raise
        session = replace(session, state="done")
        world.put_session(session)
        return self._done(call, session)

    def _done(self, call: Call, session: Session) -> Answer:
        item = self._world.tree.items.get(session.file_id)
        if item is None:
            raise not_found(session.file_id)
        call.seen = View.of(self._world, self._world.accounts[session.account])
        return file_answer(call, item)

    def _find(self, call: Call) -> Session:
        session = self._world.sessions.get(call.params.get("upload_id", ""))
        if session is None:
            call.body.drain()
            raise ApiError(404, "notFound", "Not Found")
        age_ms = self._world.now_ms() - session.started_ms
        if age_ms > self._world.settings.session_lifetime_s * 1000:
            call.body.drain()
            raise ApiError(410, "gone", "Gone")
        return session

    def _intake(self, live: _Live, session: Session) -> Intake:
        if live.intake is None:
            live.intake = Intake(self._world.partial_path(session.id), self._world.settings.checksums)
            if live.intake.size != session.total:
                live.intake.cut(live.intake.size // GRAIN_BYTES * GRAIN_BYTES)
        return live.intake

    @contextmanager
    def _held(self, session_id: str, wire: Wire) -> Iterator[_Live]:
        with self._lock:
            live = self._live.setdefault(session_id, _Live())
        while not live.lock.acquire(timeout=_TAKEOVER_S):
            if live.wire is not None:
                live.wire.cut()
        live.wire = wire
        try:
            yield live
        finally:
            live.wire = None
            live.lock.release()


def _chunk(call: Call, total: int | None) -> _Chunk:
    text = call.head.headers.get("content-range", "")
    length = call.body.length
    if not text:
        if length is None:
            raise bad_request("A whole upload must say its Content-Length.")
        return _Chunk(0, length, length if total is None else total)
    found = _RANGE.match(text)
    if found is None:
        call.body.drain()
        raise bad_request("Invalid request.  Failed to parse Content-Range header.")
    first, last, whole = found.groups()
    known = total if whole == "*" else int(whole)
    if first is None:
        call.body.drain()
        return _Chunk(0, 0, known, asks=True)
    start, end = int(first), int(last) + 1
    if (length is not None and length != end - start) or (known is not None and end > known):
        call.body.drain()
        raise bad_request(
            f"Invalid request.  There were {length} byte(s) in the request body.  There should have been "
            f"{end - start} byte(s) (starting at offset {start} and ending at offset {end - 1}) according to "
            "the Content-Range header."
        )
    return _Chunk(start, end, known)
