"""The program under test: what `sync --once --jobs 1` does, in a process that can be killed exactly.

Run as `python -m tests.crash.scenario DIR`. Each thread says its name and its id when it begins; the one
of `--hold` then waits for a byte on standard input, so that strace can be attached to it before its first
call. `--seed` makes a run the same as every other of that seed: names of workers, the order of equals,
and no interval ever ends by itself. Without it, it is the ordinary program.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from syncgui.application import Application, Options
from syncgui.engine.environment import Environment, Running, SystemClock, real_environment
from syncgui.engine.events import Event
from tests.crash.published import DATABASE, WORTH
from tests.crash.variants import VARIANTS

MAIN = "main"
_CLEARS = "syncgui-trash"
_PR_SET_PTRACER = 0x59616D61
_ANYBODY = ctypes.c_ulong(-1)


class _StillClock(SystemClock):
    """A machine so fast that no interval ends: how many calls are made depends on no load."""

    def steady_s(self) -> float:
        return 1_000.0


class _WhenWaitedFor:
    """A thread that begins when somebody waits for its end: it meets nobody on its way."""

    def __init__(self, begin: Callable[[], Running]) -> None:
        self._begin = begin
        self._running: Running | None = None

    def is_alive(self) -> bool:
        """Whether it has not ended yet."""
        return self._running is None or self._running.is_alive()

    def join(self, timeout: float | None = None) -> None:
        """Let it begin, and wait for its end."""
        self._running = self._running or self._begin()
        self._running.join(timeout)


class _Announcer:
    """Tells which thread is which; holds one of them until somebody lets it go.

    The one that clears trashes opens the same folders as the slot, whoever is first: here it is the slot.
    """

    def __init__(self, held: str | None, start: Callable[[str, Callable[[], None]], Running]) -> None:
        self._held = held
        self._start = start

    def start(self, name: str, run: Callable[[], None]) -> Running:
        """Begin a thread that announces itself."""

        def announced() -> None:
            self.announce(name)
            run()

        if name == _CLEARS:
            return _WhenWaitedFor(lambda: self._start(name, announced))
        return self._start(name, announced)

    def announce(self, name: str) -> None:
        """Say who the calling thread is; wait if it is the one that is held."""
        os.write(sys.stdout.fileno(), f"thread {name} {threading.get_native_id()}\n".encode())
        if name == self._held:
            os.read(sys.stdin.fileno(), 1)


def _let_trace() -> None:
    """Let a process that is not our parent trace us where the system forbids it otherwise (Yama)."""
    ctypes.CDLL(None).prctl(_PR_SET_PTRACER, _ANYBODY, 0, 0, 0)


def _environment(seed: int | None, held: str | None) -> Environment:
    ordinary = replace(real_environment(seed), worth=WORTH)
    if seed is None:
        return ordinary
    announcer = _Announcer(held, ordinary.start)
    announcer.announce(MAIN)
    return replace(ordinary, clock=_StillClock(), start=announcer.start)


def _ignore(events: Sequence[Event]) -> None:
    del events


def main(arguments: Sequence[str] | None = None) -> None:
    """Sync once."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash.scenario")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--variant", choices=sorted(VARIANTS))
    parser.add_argument("--seed", type=int)
    parser.add_argument("--hold", metavar="THREAD")
    chosen = parser.parse_args(arguments)
    folder: Path = chosen.folder
    make = Application
    if chosen.variant is not None:
        VARIANTS[chosen.variant].prepare()
        make = VARIANTS[chosen.variant].application
    if chosen.hold is not None:
        _let_trace()
    application = make(
        Options(folder / "home", folder / "settings", f"sqlite:///{folder / DATABASE}"),
        {},
        create_database=False,
        environment=_environment(chosen.seed, chosen.hold),
    )
    try:
        application.loop(_ignore, jobs=1).run(once=True)
    finally:
        application.close()


if __name__ == "__main__":
    main()
