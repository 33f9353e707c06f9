"""How fast it goes and how long it takes, from what the loop tells.

Pure: the clock is handed in, as seconds that never jump. Large files tell how far they are while they move,
small ones only that they are done; both count. Sizes are bytes, speeds bytes per second.
"""

from __future__ import annotations

import math
import statistics
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from syncgui.engine.events import Changed, Done, Event, Failed, Moving
from syncgui.model.status import Direction
from syncgui.views.standing import Flow, Progress

STEP_S = 5.0
"""Length of a step of the history."""

HISTORY_STEPS = 180
"""15 minutes."""

_WINDOW_S = 5.0
_SHORTEST_WINDOW_S = 1.0
_SILENT_S = 10.0
_JUST_S = 1.0
_GUESS_STEPS = 12
_FEWEST_STEPS = 2
_WIDEST = 3.0

_Key: TypeAlias = tuple[str, str, Direction]
_Representation: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Step:
    """Five seconds of the history."""

    up_bytes_per_s: float = 0.0
    down_bytes_per_s: float = 0.0


@dataclass(frozen=True, slots=True)
class _Moved:
    """Bytes and files, up and down."""

    up_bytes: int = 0
    down_bytes: int = 0
    files: int = 0

    def plus(self, direction: Direction, size_bytes: int, files: int) -> _Moved:
        if direction is Direction.UPLOAD:
            return _Moved(self.up_bytes + size_bytes, self.down_bytes, self.files + files)
        return _Moved(self.up_bytes, self.down_bytes + size_bytes, self.files + files)

    @property
    def bytes(self) -> int:
        return self.up_bytes + self.down_bytes


@dataclass(slots=True)
class _UnderWay:
    moved_bytes: int
    representations: tuple[str, ...]
    heard_s: float


@dataclass(slots=True)
class _Landed:
    """Bytes that are there and that the index does not show yet."""

    up_bytes: int = 0
    down_bytes: int = 0
    heard_s: float = 0.0


class Throughput:
    """Sums over what the loop told. One thread."""

    def __init__(self) -> None:
        self._under_way: dict[_Key, _UnderWay] = {}
        self._landed: dict[_Representation, _Landed] = {}
        self._recent: deque[tuple[float, Direction, int]] = deque()
        self._ended: deque[tuple[float, Direction]] = deque()
        self._steps: deque[tuple[int, _Moved]] = deque(maxlen=HISTORY_STEPS)
        self._since_s: float | None = None  # when what moves now began to move

    def feed(self, events: Iterable[Event], now_s: float) -> None:
        """Count what was told."""
        for event in events:
            match event:
                case Moving():
                    self._moving(event, now_s)
                case Done():
                    self._done(event, now_s)
                case Failed():
                    for direction in Direction:
                        self._under_way.pop((event.project, event.path, direction), None)
                case Changed():
                    for one in event.representations:
                        self._landed.pop((event.project, one), None)
                case _:
                    pass

    def stop(self) -> None:
        """Nothing is under way any more: the loop ended."""
        self._under_way.clear()
        self._landed.clear()

    def flow(self, now_s: float) -> Flow:
        """What moves now; without `seconds_left`, for which more must be known."""
        self._forget(now_s)
        up, down = self._speed(Direction.UPLOAD, now_s), self._speed(Direction.DOWNLOAD, now_s)
        return Flow(
            up_bytes_per_s=up,
            down_bytes_per_s=down,
            uploading=self._files(Direction.UPLOAD) or int(up > 0),
            downloading=self._files(Direction.DOWNLOAD) or int(down > 0),
            moving=self._progress(),
        )

    def is_quiet(self, now_s: float) -> bool:
        """Whether nothing moves and nothing will change by itself."""
        self._forget(now_s)
        return not (self._under_way or self._landed or self._recent or self._ended)

    def history(self, now_s: float) -> tuple[Step, ...]:
        """The last 15 minutes in steps of 5 s, oldest first, the one that is not over left out."""
        last = int(now_s // STEP_S)
        moved = dict(self._steps)
        steps = (moved.get(number, _Moved()) for number in range(last - HISTORY_STEPS, last))
        return tuple(Step(one.up_bytes / STEP_S, one.down_bytes / STEP_S) for one in steps)

    def seconds_left(self, open_bytes: int, open_files: int, now_s: float) -> tuple[float, float] | None:
        """Shortest and longest guess by the last minute's rate; None while none can be made.

        Args:
            open_bytes: of all that is not recorded as done, what is under way included.
            open_files: how many; they count where sizes are not known.
        """
        if self.is_quiet(now_s):
            return None  # what waits for a later try or another site has no rate
        last = int(now_s // STEP_S)
        moved = dict(self._steps)
        first = max(min(moved, default=last), last - _GUESS_STEPS)
        if self._since_s is not None:
            first = max(first, int(self._since_s // STEP_S))
        samples = [moved.get(number, _Moved()) for number in range(first, last)]
        if open_files <= 0 or len(samples) < _FEWEST_STEPS:
            return None
        under_way = sum(one.up_bytes + one.down_bytes for one in self._progress().values())
        if open_bytes > 0:
            return _guess(max(0, open_bytes - under_way), [one.bytes for one in samples])
        return _guess(open_files, [one.files for one in samples])

    # -- counting ------------------------------------------------------------------------------------

    def _moving(self, event: Moving, now_s: float) -> None:
        key = (event.project, event.path, event.direction)
        known = self._under_way.get(key)
        before = known.moved_bytes if known else 0
        if event.moved_bytes < before:
            before = 0  # begun anew
        self._under_way[key] = _UnderWay(event.moved_bytes, event.representations, now_s)
        self._count(event.direction, event.moved_bytes - before, 0, now_s)

    def _done(self, event: Done, now_s: float) -> None:
        known = self._under_way.pop((event.project, event.path, event.direction), None)
        before = known.moved_bytes if known else 0
        moved = max(0, event.size_bytes - before) if event.copied else 0
        self._ended.append((now_s, event.direction))
        for one in event.representations:
            landed = self._landed.setdefault((event.project, one), _Landed())
            landed.heard_s = now_s
            if event.direction is Direction.UPLOAD:
                landed.up_bytes += event.size_bytes
            else:
                landed.down_bytes += event.size_bytes
        self._count(event.direction, moved, 1, now_s)

    def _count(self, direction: Direction, size_bytes: int, files: int, now_s: float) -> None:
        if size_bytes > 0:
            if not self._recent or now_s - self._recent[-1][0] >= _WINDOW_S:
                self._since_s = now_s
            self._recent.append((now_s, direction, size_bytes))
        if size_bytes > 0 or files:
            number = int(now_s // STEP_S)
            known = self._steps.pop()[1] if self._steps and self._steps[-1][0] == number else _Moved()
            self._steps.append((number, known.plus(direction, size_bytes, files)))

    def _forget(self, now_s: float) -> None:
        while self._recent and now_s - self._recent[0][0] >= _WINDOW_S:
            self._recent.popleft()
        while self._ended and now_s - self._ended[0][0] >= _JUST_S:
            self._ended.popleft()
        for key in [key for key, one in self._under_way.items() if now_s - one.heard_s >= _SILENT_S]:
            del self._under_way[key]
        for one in [one for one, landed in self._landed.items() if now_s - landed.heard_s >= _SILENT_S]:
            del self._landed[one]

    # -- answers -------------------------------------------------------------------------------------

    def _speed(self, direction: Direction, now_s: float) -> float:
        moved = sum(size for _, way, size in self._recent if way is direction)
        if not moved:
            return 0.0
        since_s = now_s - self._since_s if self._since_s is not None else _WINDOW_S
        return moved / min(_WINDOW_S, max(_SHORTEST_WINDOW_S, since_s))

    def _files(self, direction: Direction) -> int:
        return sum(key[2] is direction for key in self._under_way) + sum(
            way is direction for _, way in self._ended
        )

    def _progress(self) -> Mapping[_Representation, Progress]:
        found = {key: Progress(one.up_bytes, one.down_bytes) for key, one in self._landed.items()}
        for (project, _, direction), one in self._under_way.items():
            for name in one.representations:
                known = found.get((project, name), Progress())
                found[project, name] = (
                    replace(known, up_bytes=known.up_bytes + one.moved_bytes)
                    if direction is Direction.UPLOAD
                    else replace(known, down_bytes=known.down_bytes + one.moved_bytes)
                )
        return found


def _guess(work: int, steps: list[int]) -> tuple[float, float] | None:
    """Seconds for some work, at the quartiles of what each step did."""
    middle = statistics.median(steps)
    if middle <= 0:
        return None
    low, _, high = statistics.quantiles(steps, n=4, method="inclusive")
    # A step in which all stood still is no reason to promise nothing.
    slow, fast = max(low, middle / _WIDEST), min(high, middle * _WIDEST)
    shortest, longest = work * STEP_S / fast, work * STEP_S / slow
    return (shortest, longest) if math.isfinite(longest) else None
