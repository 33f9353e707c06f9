"""Time that passes only while somebody waits, for one thread: what takes a day takes no time."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from dataclasses import replace

from syncgui.engine.environment import Environment, real_environment
from syncgui.providers.file_operations import FileOperations


class VirtualTime:
    """A clock, and signals whose waits let it go on. Events happen at their times, while somebody waits."""

    def __init__(self) -> None:
        self.now_s = 1_790_000_000.0
        self._events: list[tuple[float, int, Callable[[], object]]] = []
        self._numbers = itertools.count()

    def wall_s(self) -> float:
        """Seconds since the epoch."""
        return self.now_s

    def steady_s(self) -> float:
        """The same."""
        return self.now_s

    def after(self, seconds: float, event: Callable[[], object]) -> None:
        """Let something happen so long from now."""
        heapq.heappush(self._events, (self.now_s + seconds, next(self._numbers), event))

    def pass_by(self, seconds: float, is_over: Callable[[], bool] = lambda: False) -> None:
        """Let time pass, until something is over."""
        end_s = self.now_s + seconds
        while self._events and self._events[0][0] <= end_s and not is_over():
            self.now_s, _, event = heapq.heappop(self._events)
            event()
        if not is_over():
            self.now_s = end_s

    def environment(self, files: FileOperations | None = None) -> Environment:
        """One with this time, and these file operations if any."""
        real = real_environment()
        return replace(real, clock=self, signal=lambda: VirtualSignal(self), files=files or real.files)


class VirtualSignal:
    """A signal of a `VirtualTime`."""

    def __init__(self, time: VirtualTime) -> None:
        self._time = time
        self._is_set = False

    def set(self) -> None:
        """Let whoever waits go on."""
        self._is_set = True

    def clear(self) -> None:
        """Let waiters wait again."""
        self._is_set = False

    def is_set(self) -> bool:
        """Whether it is set."""
        return self._is_set

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is set, at most so long."""
        assert self._is_set or timeout is not None, "nobody would ever set it"
        if not self._is_set:
            self._time.pass_by(timeout or 0.0, self.is_set)
        return self._is_set
