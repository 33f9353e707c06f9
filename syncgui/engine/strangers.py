"""Another sync program on the same data: noticed by entries whose progress moves without a lease of ours.

What it moves is left to it. Seen to move twice, it is told; it is told again after an hour at the
earliest, and called over when nothing has moved for ten minutes. What was seen is kept in the index, so
that every program of this user that looks, a loop, a window or a command, says the same.
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass, replace

from syncgui.engine.environment import Clock
from syncgui.engine.events import Notice
from syncgui.engine.teller import Teller
from syncgui.index import Index, Movement
from syncgui.model.errors import OtherProgramError

OVER_S = 600.0
"""Seconds without a movement after which the other program is taken to be gone."""

AGAIN_S = 3600.0
"""Seconds after which a program that is still at work is told of again."""

_TWICE = 2
_NOTE = "strangers"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Strangers:
    """What was seen of other programs. Times are epoch seconds, 0 for never.

    `seen`: so many movements, the last at `moved_at`. `files`: how many were moving at `counted_at`, when
    that was to be told.
    """

    seen: int = 0
    moved_at: float = 0.0
    files: int = 0
    counted_at: float = 0.0

    def after(self, movement: Movement, now: float) -> Strangers:
        """What is known after another look."""
        known = self
        is_new = movement.files and movement.moved_at > known.moved_at
        if is_new and now - movement.moved_at < OVER_S:
            known = replace(known, seen=known.seen + 1, moved_at=movement.moved_at)
        if now - known.moved_at >= OVER_S:
            return Strangers()
        is_to_be_told = not known.counted_at or now - known.counted_at >= AGAIN_S
        if known.seen >= _TWICE and is_to_be_told:
            known = replace(known, files=max(1, movement.files), counted_at=now)
        return known

    @property
    def error(self) -> OtherProgramError | None:
        """What is to be told; None while there is nothing."""
        if self.seen < _TWICE:
            return None
        return OtherProgramError(detail=f"{self.files:,} file{'' if self.files == 1 else 's'}")


def known_strangers(index: Index, now: float) -> Strangers:
    """What is known of other programs now (epoch seconds); nothing is kept."""
    return _read(index.note(_NOTE)).after(index.movement(), now)


class StrangerWatch:
    """Tells of other programs. Owned by the loop's thread."""

    def __init__(self, index: Index, clock: Clock, teller: Teller) -> None:
        self._index = index
        self._clock = clock
        self._teller = teller
        self._told_at = 0.0

    def look(self) -> None:
        """Look, keep what was seen where this process writes the index, and tell what is new."""
        before = _read(self._index.note(_NOTE))
        known = before.after(self._index.movement(), self._clock.wall_s())
        if known != before and self._index.is_writer:
            self._index.keep_note(_NOTE, json.dumps(asdict(known)))
        if known.counted_at == self._told_at:
            return
        self._told_at = known.counted_at
        error = known.error
        if error is None:
            self._teller.add(Notice(OtherProgramError.code, "", ""))
            return
        _log.warning("%s. %s", error.sentence, error.next_step)
        self._teller.add(Notice(OtherProgramError.code, error.sentence, error.next_step))


def _read(note: str | None) -> Strangers:
    """What was kept; an index is derived, so what is not readable is forgotten."""
    try:
        return Strangers(**json.loads(note)) if note else Strangers()
    except (ValueError, TypeError):
        return Strangers()
