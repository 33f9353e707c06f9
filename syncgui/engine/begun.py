"""What an earlier try of the same content left on this machine, for whoever goes on with it.

Partials and providers' tokens, those of this program and of others of this user whose process has ended; one
for each file, the latest. Every other partial goes.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress

from syncgui.engine.environment import Clock, Worth
from syncgui.engine.moving import Moving
from syncgui.engine.recovery import Recovery
from syncgui.model.errors import (
    CancelledError,
    DatabaseUnreachableError,
    DownloadQuotaError,
    FileForbiddenError,
    FileInUseError,
    LinkDeadError,
    SiteError,
    SyncError,
    TooLargeForRoomError,
)
from syncgui.providers.local_folder import LocalFolder
from syncgui.state import Partial, StateFile

_PASSING = (
    *(CancelledError, SiteError, DatabaseUnreachableError),
    *(TooLargeForRoomError, LinkDeadError, FileInUseError),
    *(DownloadQuotaError, FileForbiddenError),
)
_log = logging.getLogger(__name__)


class Begun:
    """Finds what was begun, and forgets it once it was gone on with. Used from all slots."""

    def __init__(self, state: StateFile, recovery: Recovery, clock: Clock, worth: Worth) -> None:
        self._state = state
        self._recovery = recovery
        self._clock = clock
        self._worth = worth
        self._left: dict[tuple[str, str, str], list[Partial]] = {}  # by site, root and path

    def leave(self, worker: str, parts: Sequence[Partial]) -> None:
        """Partials of this program could not be removed: each goes with the next try of its file."""
        if not parts:
            return
        for part in parts:
            left = self._left.setdefault((part.site, part.root, part.path), [])
            if part not in left:
                left.append(part)
        try:
            self._state.give_up_partials(worker, parts)
        except SyncError as error:
            _log.info("partials that failed stay noted as begun: %s", error.sentence)

    def keeps(self, one: Moving, error: SyncError, written_bytes: int) -> bool:
        """Whether what was written before an error is right as far as it goes, and worth keeping."""
        passing = isinstance(error, _PASSING)
        return bool(self.source_of(one)) and passing and written_bytes >= self._worth.written_bytes

    def source_of(self, one: Moving) -> str:
        """What a partial of this file is noted under; "" if it is not worth going on with."""
        return one.look.content if one.look.size_bytes >= self._worth.file_bytes else ""

    def note(self, worker: str, partials: Sequence[tuple[Moving, Partial]]) -> None:
        """Remember partials before their first byte is written.

        Raises:
            DatabaseUnreachableError: the state file can not be written.
        """
        now = self._clock.wall_s()
        self._state.note_partials(
            worker,
            [
                Partial(part.site, part.root, part.path, part.name, self.source_of(one), now)
                for one, part in partials
            ],
        )

    def find(
        self, worker: str, partials: Sequence[tuple[Moving, Partial]], folder: LocalFolder
    ) -> list[list[tuple[str, Partial]]]:
        """What was begun of files and belongs to nobody, with whose it was; the one to take comes first.

        One that was noted by a program that was killed before it was made comes after those that are there.
        What is of another content comes last; of a file that is not worth going on with, all is.

        Args:
            partials: files below one root, each with the partial that it is to have now.
        """
        if not partials:
            return []
        part = partials[0][1]
        begun: dict[str, list[tuple[str, Partial]]] = {}
        for owner, one in self._state.begun(part.site, part.root):
            begun.setdefault(one.path, []).append((owner, one))
        free = {worker}
        if any(part.path in begun for _, part in partials):
            with suppress(DatabaseUnreachableError):  # then who else has ended is not known: theirs stay
                free |= self._recovery.ended_workers()
        return [
            [
                *self._sorted(one, [two for two in begun.get(part.path, ()) if two[0] in free], folder),
                *((worker, left) for left in self._left.get((part.site, part.root, part.path), ())),
            ]
            for one, part in partials
        ]

    def _sorted(
        self, one: Moving, begun: Sequence[tuple[str, Partial]], folder: LocalFolder
    ) -> list[tuple[str, Partial]]:
        source, now = self.source_of(one), self._clock.wall_s()
        fitting = [two for two in begun if source and two[1].source == source and two[1].is_kept(now)]
        if len(fitting) > 1:
            fitting.sort(key=lambda two: not _is_there(folder, two[1]))  # the latest first among equals
        return fitting + [two for two in begun if two not in fitting]

    def take_token(self, worker: str, place: str, source: str, lifetime_s: float) -> str | None:
        """A provider's token for this content on its way to this place, that belongs to nobody else now."""
        oldest = self._clock.wall_s() - lifetime_s
        owner = self._state.token_owner(place, source, oldest)
        if owner is None or (owner not in ("", worker) and not self._has_ended(owner)):
            return None
        return self._state.take_token(worker, place, source, owner, oldest)

    def keep_token(self, worker: str, place: str, source: str, token: str | None) -> None:
        """Keep a token for the next try; None: forget it."""
        if token is None:
            self._state.drop_token(worker, place)
        else:
            self._state.keep_token(worker, place, source, token, self._clock.wall_s())

    def _has_ended(self, worker: str) -> bool:
        try:
            return self._recovery.has_ended(worker)
        except DatabaseUnreachableError:
            return False

    def settle(
        self, folder: LocalFolder, found: Sequence[tuple[str, Partial]], taken: Partial | None
    ) -> None:
        """After a try: remove what nobody goes on with, forget what is not there any more."""
        for owner, part in found:
            names = (*part.path.split("/")[:-1], part.name)
            try:
                if part != taken:
                    folder.remove_partial(tuple(part.path.split("/")), part.name)
                elif folder.facts(names) is not None:
                    continue  # it was not touched: next time
                self._state.drop_partials(owner, [part])
                self._forget(part)
            except SyncError as error:
                _log.info("a partial stays noted: %s", error.sentence)

    def _forget(self, part: Partial) -> None:
        key = (part.site, part.root, part.path)
        others = [one for one in self._left.pop(key, []) if one.name != part.name]
        if others:
            self._left[key] = others


def _is_there(folder: LocalFolder, part: Partial) -> bool:
    try:
        return folder.facts((*part.path.split("/")[:-1], part.name)) is not None
    except SyncError:
        return False
