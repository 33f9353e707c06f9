"""What a folder of this machine holds already of what is to be brought there.

Equal size says nothing: contents are compared byte by byte, or by a checksum that the source is known by.
"""

from __future__ import annotations

from collections.abc import Callable

from syncgui.engine.checksums import Checksums
from syncgui.engine.gate import Gate
from syncgui.engine.moving import Moving
from syncgui.model.errors import NameInTheWayError, SyncError
from syncgui.providers.local_folder import LocalFolder

_BLOCK_BYTES = 2**20


class AlreadyThere:
    """Looks at targets; one for the whole engine, used from all slots.

    Args:
        confirm: what is done before content counts as there.
    """

    def __init__(self, gate: Gate, confirm: Callable[[Moving], None]) -> None:
        self._gate = gate
        self._confirm = confirm

    def look(self, one: Moving, to_folder: LocalFolder) -> bool:
        """Whether the target holds this very content, durable: then it is confirmed, and nothing is sent.

        Raises:
            SyncError: it may not be there under this name, or what was looked at changed meanwhile.
        """
        there = to_folder.facts(one.job.placed.parts)
        if there is not None:
            self._refuse_other_name(one, to_folder)
        if there is None or not there.is_file or there.size_bytes != one.look.size_bytes:
            return False
        same = (
            self._same_content(one, one.from_folder, to_folder)
            if one.from_folder
            else self._same_checksums(one, to_folder)
        )
        if same is not None:
            flush = to_folder.sync_existing(one.job.placed.parts)
            self._confirm(one)
            # Somebody may have written to it while it was compared, or while that was waited for.
            if to_folder.facts(one.job.placed.parts) == there:
                one.checksums, one.flush = same, flush
                return True
        one.job.moved_bytes = 0
        return False

    def _refuse_other_name(self, one: Moving, to_folder: LocalFolder) -> None:
        """What lies there may have another name, which this file system takes for the same."""
        other = to_folder.kept_as(one.job.placed.parts, one.listings)
        if other is not None:
            detail = f"{other} is there, and {one.job.target} takes the two names for one"
            raise NameInTheWayError(site=one.job.target, path=one.job.path, detail=detail)

    def _same_content(
        self, one: Moving, from_folder: LocalFolder, to_folder: LocalFolder
    ) -> Checksums | None:
        """The checksums of a content that both have, None where they differ."""
        parts = one.job.placed.parts
        mine, theirs = Checksums(), Checksums()
        try:
            opened = to_folder.open_source(parts)
        except SyncError:
            return None  # what can not be read can still be replaced
        with from_folder.open_source(parts) as source, opened as target:
            one.facts = source.facts
            while block := source.read(_BLOCK_BYTES):
                self._gate.pass_through(one.job.cancellation, one.job.path)
                mine.update(block)
                theirs.update(target.read(len(block)))
                if mine.own != theirs.own:
                    return None
            return None if target.read(1) else mine

    def _same_checksums(self, one: Moving, to_folder: LocalFolder) -> Checksums | None:
        """The checksums of what the target holds, if they are those that the source is known to have."""
        theirs = Checksums(one.checksums.algorithms, size_bytes=one.look.size_bytes)
        if all(theirs.agrees(known) is None for known in one.look.checksums):
            return None
        try:
            opened = to_folder.open_source(one.job.placed.parts)
        except SyncError:
            return None  # what can not be read can still be replaced
        with opened as target:
            while block := target.read(_BLOCK_BYTES):
                self._gate.pass_through(one.job.cancellation, one.job.path)
                theirs.update(block)
        if theirs.size_bytes != one.look.size_bytes or theirs.contradicts(one.look.checksums):
            return None
        return theirs
