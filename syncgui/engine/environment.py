"""Everything the engine takes from the outside world but its stores: time, chance, waiting, files.

Passed in from the first line, so that a whole day can be simulated in a second. `real_environment`
gives the ordinary ones.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from syncgui.providers.file_operations import FileOperations, file_operations


class Clock(Protocol):
    """Two clocks: one for people and records, one for intervals."""

    def wall_s(self) -> float:
        """Seconds since the epoch."""

    def steady_s(self) -> float:
        """Seconds that never jump and that count suspend."""


class Signal(Protocol):
    """Something that one thread sets and another waits for."""

    def set(self) -> None:
        """Let everybody who waits go on."""

    def clear(self) -> None:
        """Let waiters wait again."""

    def is_set(self) -> bool:
        """Whether it is set."""

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is set, at most `timeout` seconds; whether it is set."""


class Running(Protocol):
    """A thread, or what stands for one."""

    def join(self, timeout: float | None = None) -> None:
        """Wait for its end, at most `timeout` seconds."""

    def is_alive(self) -> bool:
        """Whether it still runs."""


class SystemClock:
    """The computer's clocks."""

    def wall_s(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def steady_s(self) -> float:
        """Seconds of the boot clock where there is one."""
        if hasattr(time, "CLOCK_BOOTTIME"):
            return time.clock_gettime(time.CLOCK_BOOTTIME)
        return time.monotonic()


@dataclass(frozen=True, slots=True)
class Worth:
    """What of an interrupted file is worth going on with; less is as quickly sent again. Sizes in bytes."""

    file_bytes: int = 16 * 2**20
    written_bytes: int = 4 * 2**20


@dataclass(frozen=True, slots=True)
class Noting:
    """Of which files the database is told how far they are, for everybody else, and how often."""

    file_bytes: int = 2**30
    every_s: float = 10.0


@dataclass(frozen=True, slots=True)
class Environment:
    """What the engine is given. `start(name, run)` begins a thread, `signal()` makes a signal."""

    clock: Clock
    random: random.Random
    files: FileOperations
    signal: Callable[[], Signal]
    start: Callable[[str, Callable[[], None]], Running]
    worth: Worth = Worth()
    noting: Noting = Noting()

    def utc(self) -> datetime:
        """Now, for records."""
        return datetime.fromtimestamp(self.clock.wall_s(), UTC)


def _start(name: str, run: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    return thread


def real_environment(seed: int | None = None) -> Environment:
    """Computer's clocks, system files, threads; `seed` makes chance repeatable."""
    return Environment(
        clock=SystemClock(),
        random=random.Random(seed),
        files=file_operations(),
        signal=threading.Event,
        start=_start,
    )
