"""The content of a file on its way into a partial: copied from a folder, or fetched by a provider.

By the target's policy it is hashed in the same pass (`xxh3`, `readback`), or left to the system as far as
that can copy by itself (`size`). What comes from a provider is always hashed: its checksums are compared.
It goes on where an earlier try ended as far as that is right, tells how far it is, and obeys pause, stop and
the sites' bandwidth between two blocks. Room on the target's disk is kept from the first byte on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import BinaryIO, cast

from syncgui.engine.bandwidth import Bandwidth
from syncgui.engine.checksums import Checksums
from syncgui.engine.gate import Gate
from syncgui.engine.hashing_streams import HashingWriter
from syncgui.engine.moving import Moving
from syncgui.engine.room import Room
from syncgui.engine.site_access import SiteAccess
from syncgui.engine.source_looks import far_looks
from syncgui.engine.transfer_control import TransferControl
from syncgui.model.errors import DamagedError, SourceChangedError
from syncgui.providers.local_folder import LocalFolder, Source, Writer
from syncgui.settings import Verify

_log = logging.getLogger(__name__)
_BLOCK_BYTES = 2**20
_COPY_BYTES = 256 * 2**10
_INSIDE_BYTES = 16 * 2**20  # a slow disk takes 0.5 s for 32 of them, and pause shall hold by then


class Filling:
    """Fills partials; one for the whole engine, used from all slots."""

    def __init__(self, gate: Gate, bandwidth: Bandwidth, room: Room) -> None:
        self._gate = gate
        self._bandwidth = bandwidth
        self._room = room

    def fill(self, one: Moving, source: SiteAccess, target: SiteAccess, writer: Writer) -> None:
        """Write the whole content of a file, once there is room for it.

        Raises:
            SyncError: it could not be written, or is not what it should be.
        """
        # The file before it in its group may have ended without coming to the gate.
        self._gate.pass_through(one.job.cancellation, one.job.path)
        if one.from_folder is None:
            with self._promised(one, target, writer):
                self._download(one, source, writer)
        else:
            self._copy_file(one, one.from_folder, target, writer)

    def reread_of(self, one: Moving, target: SiteAccess) -> Callable[[Callable[[int], bytes]], None] | None:
        """What reads a flushed file again and may raise `DamagedError`, where the site wants that."""
        if target.settings.verify is not Verify.READBACK:
            return None

        def reread(read: Callable[[int], bytes]) -> None:
            found = Checksums()
            while block := read(_BLOCK_BYTES):
                self._gate.pass_through(one.job.cancellation, one.job.path)
                found.update(block)
            if found.own != one.checksums.own:
                detail = "what is read back from the disk is not what was written"
                raise DamagedError(site=one.job.target, path=one.job.path, detail=detail)

        return reread

    def _promised(self, one: Moving, target: SiteAccess, writer: Writer) -> AbstractContextManager[None]:
        assert one.to_folder is not None
        return self._room.promised(
            one.to_folder,
            path=one.job.path,
            size_bytes=one.look.size_bytes,
            reserve_bytes=target.settings.reserve_bytes,
            there=lambda: writer.there_bytes,
            place=writer,
        )

    def _copy_file(self, one: Moving, folder: LocalFolder, target: SiteAccess, writer: Writer) -> None:
        one.is_hashed = target.settings.verify is not Verify.SIZE
        checksums = one.checksums if one.is_hashed else None
        control = TransferControl(one.job, self._gate, self._bandwidth, one.checksums)
        with folder.open_source(one.job.placed.parts) as opened:
            one.facts = opened.facts
            if not one.look.is_of(opened.facts):
                raise SourceChangedError(site=one.job.source, path=one.job.path)
            if checksums is None and self._clone(one, opened, writer, control):
                return  # it takes no room of its own
            with self._promised(one, target, writer):
                self._pass_over(opened, writer, checksums, control)
                if checksums is None:
                    self._copy_inside(one, opened, writer, control)
                self._copy(one, opened, writer, checksums, control)

    def _clone(self, one: Moving, opened: Source, writer: Writer, control: TransferControl) -> bool:
        if not one.look.size_bytes or not writer.clone_from(opened):
            return False
        if writer.written_bytes != one.look.size_bytes:
            raise SourceChangedError(site=one.job.source, path=one.job.path)
        control.kept(writer.written_bytes)  # shared blocks, of which nothing was moved
        return True

    def _copy_inside(self, one: Moving, opened: Source, writer: Writer, control: TransferControl) -> None:
        """Let the system copy as much as it can without us, in pieces between which pause and stop hold."""
        while left := one.look.size_bytes - writer.written_bytes:
            copied = writer.copy_from(opened, min(left, control.piece_bytes(_INSIDE_BYTES)))
            if not copied:
                return
            control.progress(copied)

    def _download(self, one: Moving, source: SiteAccess, writer: Writer) -> None:
        """Fetch a file. What came is damaged only if its source is still what it was."""
        try:
            self._fetch(one, source, writer)
            if writer.failure is not None:
                raise writer.failure
            if writer.written_bytes != one.look.size_bytes:
                detail = f"{writer.written_bytes} of {one.look.size_bytes} bytes came"
                raise DamagedError(site=one.job.target, path=one.job.path, detail=detail)
        except DamagedError as error:
            self._gate.pass_through(one.job.cancellation, one.job.path)
            if self._has_changed(one, source):
                raise SourceChangedError(site=one.job.source, path=one.job.path) from error
            raise

    def _has_changed(self, one: Moving, source: SiteAccess) -> bool:
        """Whether a source far away is known to be another one than when its transfer began."""
        try:
            (now,) = far_looks([one.job], source)
        except Exception:  # noqa: BLE001 - it only answers why something failed, and that is told in any case
            _log.info("a source could not be looked at again", exc_info=True, extra={"path": one.job.path})
            return False
        return now.differs(one.look)

    def _fetch(self, one: Moving, source: SiteAccess, writer: Writer) -> None:
        """Fetch it from where an earlier try ended; from the start if that turns out to be wrong."""
        path = source.place(one.job.placed).path
        while True:
            start = self._hash_begun(one, writer) if source.provider.capabilities.resumes_download else 0
            control = TransferControl(
                one.job,
                self._gate,
                self._bandwidth,
                one.checksums,
                known_id=one.job.source_id,
                start_bytes=start,
            )
            control.kept(start)
            target = cast("BinaryIO", HashingWriter(cast("BinaryIO", writer), one.checksums))
            stored = source.provider.download(path, target, control)
            if not one.checksums.contradicts(stored.checksums):
                return
            if not start:
                raise DamagedError(site=one.job.target, path=one.job.path, detail="the checksums differ")
            _log.info("what was begun is not what the source holds: it is fetched anew")
            writer.begin_at(0)
            writer.begun_bytes = 0
            one.job.moved_bytes = 0
            one.checksums = Checksums(one.checksums.algorithms, size_bytes=one.look.size_bytes)

    def _hash_begun(self, one: Moving, writer: Writer) -> int:
        """Read what an earlier try left, for the checksum; how many bytes it is."""
        left = writer.begun_bytes
        while left and (block := writer.read_begun(min(left, _BLOCK_BYTES))):
            self._gate.pass_through(one.job.cancellation, one.job.path)
            one.checksums.update(block)
            left -= len(block)
        if writer.begun_bytes:
            writer.begin_at(one.checksums.size_bytes)
        return one.checksums.size_bytes

    def _pass_over(
        self, opened: Source, writer: Writer, checksums: Checksums | None, control: TransferControl
    ) -> None:
        """Compare what an earlier try left with the source, and go on where they part."""
        if not writer.begun_bytes:
            return
        same_bytes = 0
        while block := writer.read_begun(min(_BLOCK_BYTES, writer.begun_bytes - same_bytes)):
            if opened.read(len(block)) != block:
                break
            if checksums is not None:
                checksums.update(block)
            same_bytes += len(block)
            control.kept(len(block))
        opened.seek(same_bytes)
        writer.begin_at(same_bytes)

    def _copy(
        self,
        one: Moving,
        opened: Source,
        writer: Writer,
        checksums: Checksums | None,
        control: TransferControl,
    ) -> None:
        left = one.look.size_bytes - writer.written_bytes
        # One buffer for all of it, which stays in the processor's cache: new ones take twice the time.
        buffer = memoryview(bytearray(min(_COPY_BYTES, left)))
        while left and (size_bytes := opened.readinto(buffer[: min(left, control.piece_bytes(len(buffer)))])):
            block = buffer[:size_bytes]
            writer.write(block)
            if checksums is not None:
                checksums.update(block if checksums.is_at_once else bytes(block))
            control.progress(size_bytes)
            left -= size_bytes
        if left:  # it was longer when it was looked at; one that is longer now is seen when it is confirmed
            raise SourceChangedError(site=one.job.source, path=one.job.path)
