"""What a person told this machine, here or in another program: pause, resume, look at everything now.

The state file holds the orders; this is the one owner of what they mean for the gate. `look` may be called
by any thread: pauses take effect in it, whatever the loop is waiting for.
"""

from __future__ import annotations

import threading

from syncgui.engine.environment import Clock
from syncgui.engine.gate import Gate
from syncgui.state import StateFile


class Orders:
    """Reads orders from the state file and opens or shuts the gate."""

    def __init__(self, state: StateFile, gate: Gate, clock: Clock) -> None:
        self._state = state
        self._gate = gate
        self._clock = clock
        self._lock = threading.Lock()
        self._wakes: int | None = None
        self._woken = False
        self.paused_until: float | None = None

    def look(self) -> None:
        """Do what the state file says now.

        Raises:
            DatabaseUnreachableError: it can not be read.
        """
        with self._lock:
            control = self._state.control()
            if self._wakes is not None and control.wakes != self._wakes:
                self._woken = True
            self._wakes = control.wakes
            if control.is_paused(self._clock.wall_s()):
                self.paused_until = control.paused_until
                self._gate.pause()
            else:
                self.paused_until = None
                self._gate.resume()

    def is_due(self) -> bool:
        """Whether a pause has come to its end and `look` would end it."""
        until = self.paused_until
        return until is not None and self._clock.wall_s() >= until

    def take_wake(self) -> bool:
        """Whether somebody asked since the last call that everything be looked at."""
        with self._lock:
            woken, self._woken = self._woken, False
            return woken
