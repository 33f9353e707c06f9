"""SIGINT and SIGTERM: the first ends the program cleanly, a second one at once.

Without a loop there is nothing to end but the command itself: `Interrupted` is raised in the main thread.
While a loop runs it is told to stop instead. `Interrupted` is no `Exception`, so nobody swallows it.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

EXIT_CODE = 130
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_SHOW_CURSOR = b"\x1b[?25h"


class Interrupted(BaseException):
    """The user wants the program to end."""


def listen() -> None:
    """From now on a signal raises `Interrupted`."""
    for one in _SIGNALS:
        signal.signal(one, _raise)


@contextmanager
def stopping(stop: Callable[[], None]) -> Iterator[Callable[[], bool]]:
    """Inside the block the first signal calls `stop`; gives a function that says whether one came.

    `stop` runs in the main thread between any two of its steps, so it must not wait for a lock that
    the main thread may hold.
    """
    came = False

    def handle(number: int, frame: FrameType | None) -> None:
        del number, frame
        nonlocal came
        if came:
            _end_hard()
        came = True
        stop()

    for one in _SIGNALS:
        signal.signal(one, handle)
    try:
        yield lambda: came
    finally:
        listen()


def _raise(number: int, frame: FrameType | None) -> None:
    del number, frame
    for one in _SIGNALS:
        signal.signal(one, lambda *_: _end_hard())
    raise Interrupted


def _end_hard() -> None:
    if sys.stderr is not None and sys.stderr.isatty():
        os.write(sys.stderr.fileno(), _SHOW_CURSOR)
    os._exit(EXIT_CODE)
