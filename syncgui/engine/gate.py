"""Pause and stop for everything that moves bytes.

One gate for the whole engine; each transfer passes it between two blocks. While it is paused a transfer
waits where it is, with its lease, its open files and its partial; when it stops, or when that one
transfer is cancelled, `CancelledError` ends it. No byte is sent later than one block after the word.
"""

from __future__ import annotations

from syncgui.engine.environment import Environment
from syncgui.model.errors import CancelledError


class Cancellation:
    """Whether one transfer is to stop; set from the loop's thread."""

    __slots__ = ("is_cancelled",)

    def __init__(self) -> None:
        self.is_cancelled = False


class Gate:
    """Open, paused or stopped."""

    def __init__(self, environment: Environment) -> None:
        self._open = environment.signal()
        self._open.set()
        self._stopped = environment.signal()

    @property
    def is_paused(self) -> bool:
        """Whether transfers wait."""
        return not self._open.is_set()

    @property
    def is_stopped(self) -> bool:
        """Whether transfers end."""
        return self._stopped.is_set()

    def pause(self) -> None:
        """Let transfers wait from their next block on."""
        if not self.is_stopped:
            self._open.clear()

    def resume(self) -> None:
        """Let transfers go on."""
        self._open.set()

    def stop(self) -> None:
        """End all transfers, paused ones too."""
        self._stopped.set()
        self._open.set()

    def pass_through(self, cancellation: Cancellation, path: str) -> bool:
        """Called between two blocks; whether there was a pause, in which anything may have changed.

        Raises:
            CancelledError: the transfer is to end.
        """
        waited = False
        # A paused transfer that is cancelled need not wait for the end of the pause.
        while not self._open.is_set() and not cancellation.is_cancelled:
            waited = True
            self._open.wait(_LOOK_S)
        if cancellation.is_cancelled or self._stopped.is_set():
            raise CancelledError(path=path)
        return waited

    def wait(self, seconds: float, path: str, cancellation: Cancellation | None = None) -> None:
        """Wait in a transfer, ending early when everything stops or it is cancelled.

        Raises:
            CancelledError: it is to end.
        """
        while True:
            if cancellation is not None and cancellation.is_cancelled:
                raise CancelledError(path=path)
            part_s = seconds if cancellation is None else min(seconds, _LOOK_S)
            if self._stopped.wait(part_s):
                raise CancelledError(path=path)
            seconds -= part_s
            if seconds <= 0:
                return


_LOOK_S = 0.2
