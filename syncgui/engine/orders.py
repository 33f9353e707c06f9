"""What a person told this machine, here or in another program: pause, resume, look at everything now."""

from __future__ import annotations

import logging

from syncgui.engine.environment import Clock, Signal
from syncgui.engine.events import Paused
from syncgui.engine.gate import Gate
from syncgui.engine.teller import Teller
from syncgui.model.errors import SyncError
from syncgui.state import StateFile

_log = logging.getLogger(__name__)


class Orders:
    """Reads orders from the state file and carries out pauses. Owned by the loop's thread."""

    def __init__(self, state: StateFile, gate: Gate, clock: Clock, teller: Teller) -> None:
        self._state = state
        self._gate = gate
        self._clock = clock
        self._teller = teller
        self._wakes: int | None = None
        self._paused_until: float | None = None

    def obey(self, told: Signal) -> bool:
        """Do what was told since the last call; whether everything is to be looked at now.

        Args:
            told: set when the state file may hold new orders; cleared here.
        """
        now = self._clock.wall_s()
        woken = False
        if told.is_set():
            told.clear()
            try:
                control = self._state.control()
            except SyncError as error:
                _log.warning("%s", error.sentence)
                told.set()
                return False
            woken = self._wakes is not None and control.wakes != self._wakes
            self._wakes = control.wakes
            self._set(control.paused_until if control.is_paused(now) else None)
        if self._paused_until is not None and now >= self._paused_until:
            self._set(None)
        return woken

    def pause_ends_in_s(self) -> float | None:
        """Seconds until this machine's pause ends, None if it is not paused."""
        return None if self._paused_until is None else max(0.0, self._paused_until - self._clock.wall_s())

    def _set(self, until: float | None) -> None:
        if until == self._paused_until:
            return
        self._paused_until = until
        if until is None:
            self._gate.resume()
        else:
            self._gate.pause()
        self._teller.add(Paused(until))
