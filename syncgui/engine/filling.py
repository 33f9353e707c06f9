"""The content of a file on its way into a partial: copied from a folder, or fetched by a provider.

It is hashed in the same pass, goes on where an earlier try ended as far as that is right, tells how far it
is, and obeys pause and stop between two blocks. Room on the target's disk is kept from the first byte on.
"""

from __future__ import annotations

import logging
from typing import BinaryIO, cast

from syncgui.engine.checksums import Checksums
from syncgui.engine.gate import Gate
from syncgui.engine.hashing_streams import HashingWriter
from syncgui.engine.moving import Moving
from syncgui.engine.room import Room
from syncgui.engine.site_access import SiteAccess
from syncgui.engine.transfer_control import TransferControl
from syncgui.model.errors import DamagedError, SourceChangedError
from syncgui.providers.local_folder import LocalFolder, Source, Writer

_log = logging.getLogger(__name__)
_BLOCK_BYTES = 2**20


class Filling:
    """Fills partials; one for the whole engine, used from all slots."""

    def __init__(self, gate: Gate, room: Room) -> None:
        self._gate = gate
        self._room = room

    def fill(self, one: Moving, source: SiteAccess, target: SiteAccess, writer: Writer) -> None:
        """Write the whole content of a file, once there is room for it.

        Raises:
            SyncError: it could not be written, or is not what it should be.
        """
        assert one.to_folder is not None
        with self._room.promised(
            one.to_folder,
            path=one.job.path,
            size_bytes=one.look.size_bytes,
            reserve_bytes=target.settings.reserve_bytes,
            there=lambda: writer.there_bytes,
        ):
            if one.from_folder is None:
                self._download(one, source, writer)
            else:
                self._copy_file(one, one.from_folder, writer)

    def _copy_file(self, one: Moving, folder: LocalFolder, writer: Writer) -> None:
        control = TransferControl(one.job, self._gate, one.checksums)
        with folder.open_source(one.job.placed.parts) as opened:
            one.facts = opened.facts
            if opened.facts.size_bytes != one.look.size_bytes:
                raise SourceChangedError(site=one.job.source, path=one.job.path)
            self._pass_over(opened, writer, one.checksums, control)
            self._copy(opened, writer, one.checksums, control)

    def _download(self, one: Moving, source: SiteAccess, writer: Writer) -> None:
        """Fetch a file, from where an earlier try ended; from the start if that turns out to be wrong."""
        path = source.place(one.job.placed).path
        while True:
            start = self._hash_begun(one, writer) if source.provider.capabilities.resumes_download else 0
            control = TransferControl(
                one.job, self._gate, one.checksums, known_id=one.job.source_id, start_bytes=start
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
        self, opened: Source, writer: Writer, checksums: Checksums, control: TransferControl
    ) -> None:
        """Compare what an earlier try left with the source, and go on where they part."""
        if not writer.begun_bytes:
            return
        same_bytes = 0
        while block := writer.read_begun(min(_BLOCK_BYTES, writer.begun_bytes - same_bytes)):
            if opened.read(len(block)) != block:
                break
            checksums.update(block)
            same_bytes += len(block)
            control.kept(len(block))
        opened.seek(same_bytes)
        writer.begin_at(same_bytes)

    def _copy(self, opened: Source, writer: Writer, checksums: Checksums, control: TransferControl) -> None:
        while block := opened.read(_BLOCK_BYTES):
            writer.write(block)
            checksums.update(block)
            control.progress(len(block))
