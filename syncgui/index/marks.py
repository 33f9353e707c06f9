"""The mark of an open entry: may it be taken now, later, or not.

Pure. How many tries an entry may have is not part of its mark: the index keeps tries beside it, so that
another `retry_cnt` takes effect without touching a row.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from syncgui.model.leases import worker_of
from syncgui.model.sites import SiteEntry

HELD_S = 60.0
"""A stranger's progress that moved within this time is "in progress"."""

_DAY_S = 86_400.0


class Mark(IntEnum):
    """Why an entry may or may not be taken; kept in the file as a number."""

    READY = 0
    WAITING = 1  # backoff, until next_try
    SETTLING = 2  # a stranger's, standing still, not yet long enough
    MOVING = 3  # a stranger's, in progress
    LEASED = 4  # a live worker's
    PAUSED = 5


RESTING = (Mark.READY, Mark.WAITING, Mark.SETTLING)
"""Marks whose entries nobody is at: with errors or tries they are problems."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the index knew of an entry when it was last indexed."""

    progress: float | None
    moved_at: float


@dataclass(frozen=True, slots=True)
class Marked:
    """A mark with its times (epoch seconds, 0 for none).

    `held`: for `model.status`, somebody is at it. `moved_at`: when a stranger's progress last moved.
    """

    mark: Mark
    next_try: float = 0.0
    worker: str | None = None
    held: bool = False
    moved_at: float = 0.0


def mark_wish(
    entry: SiteEntry,
    seen: Seen | None,
    *,
    now: float,
    loop_delay_s: float,
    retry_cnt: int,
    is_alive: Callable[[str], bool],
) -> Marked:
    """Mark one entry without `created_dt`.

    Args:
        entry: the wish.
        seen: what was known of it, None when it is new.
        now: epoch seconds.
        loop_delay_s: seconds between two looks of the project's loop.
        retry_cnt: tries at which it rests.
        is_alive: whether a worker lives.
    """
    worker = worker_of(entry.lease) if entry.lease is not None else None
    live = worker if worker is not None and is_alive(worker) else None
    moved_at = 0.0 if worker is not None else _moved_at(entry.progress, seen, now)
    if entry.paused:
        return Marked(Mark.PAUSED, worker=live, moved_at=moved_at)
    if live is not None:
        return Marked(Mark.LEASED, worker=live, held=True)
    if moved_at:
        stranger = _mark_stranger(moved_at, now, loop_delay_s, resting=entry.tries >= retry_cnt)
        if stranger is not None:
            return stranger
    retry_at = backoff_end(entry, now)
    if retry_at is not None:
        return Marked(Mark.WAITING, retry_at, moved_at=moved_at)
    return Marked(Mark.READY, moved_at=moved_at)


def backoff_end(entry: SiteEntry, now: float) -> float | None:
    """When the entry may be tried again, None for at once; a time more than a day ahead is not believed."""
    if entry.retry_at is None:
        return None
    retry_at = entry.retry_at.timestamp()
    return retry_at if now < retry_at <= now + _DAY_S else None


def _moved_at(progress: float | None, seen: Seen | None, now: float) -> float:
    if progress is None or seen is None:
        return 0.0
    # A clock set back must not leave an entry alone for ever.
    return now if seen.progress != progress else min(seen.moved_at, now)


def _mark_stranger(moved_at: float, now: float, loop_delay_s: float, *, resting: bool) -> Marked | None:
    held_until = moved_at + HELD_S
    free_at = moved_at + 2 * loop_delay_s
    held = now < held_until
    if now < free_at:
        mark = Mark.MOVING if held else Mark.SETTLING
        return Marked(mark, min(held_until, free_at) if held else free_at, held=held, moved_at=moved_at)
    if not held:
        return None
    # Free to be taken while it still shows as in progress; one that rests is only looked at again.
    return Marked(Mark.MOVING if resting else Mark.READY, held_until, held=True, moved_at=moved_at)
