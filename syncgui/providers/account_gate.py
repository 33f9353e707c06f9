"""The pace of one account: whoever is told to slow down lets all of the account's calls wait.

Calls go as fast as they like until the storage refuses one for its rate. Then everybody waits, and goes on
a little slower than what went well before; what goes well lets the pace rise again.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from random import Random

_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 64.0
_LOOK_BACK_S = 10.0
_SLOWER = 0.8  # of the pace that went well
_SLOWEST_S = 2.0  # between two calls
_FASTER = 0.995  # the interval, with each call that goes well
_NO_PACE_S = 0.002
_REMEMBERED = 500
_LOOK_S = 0.2


class AccountGate:
    """One for each account, asked before every call. Used from several threads.

    Args:
        steady_s: a clock that never jumps, seconds.
        random: spreads the waits.
    """

    def __init__(self, steady_s: Callable[[], float] = time.monotonic, random: Random | None = None) -> None:
        self._steady_s = steady_s
        self._random = random or Random()
        self._lock = threading.Lock()
        self._closed_until_s = float("-inf")
        self._next_s = float("-inf")
        self._interval_s = 0.0
        self._refusals = 0  # since the last call that went well
        self._went_well: deque[float] = deque(maxlen=_REMEMBERED)

    def pass_through(self, wait: Callable[[float], None]) -> None:
        """Wait until a call may be made.

        Args:
            wait: waits so many seconds; what it raises ends the wait.
        """
        while True:
            with self._lock:
                now = self._steady_s()
                start = max(now, self._closed_until_s, self._next_s)
                if start <= now:
                    self._next_s = now + self._interval_s
                    return
            wait(min(start - now, _LOOK_S))

    def limited(self, retry_after_s: float | None = None) -> float:
        """A call was refused for its rate: everybody waits; for how many seconds from now.

        Args:
            retry_after_s: what the storage asks for, if it does.
        """
        with self._lock:
            now = self._steady_s()
            if now < self._closed_until_s:
                # The echo of calls that were already on their way: no further sign of too fast a pace.
                self._closed_until_s = max(self._closed_until_s, now + (retry_after_s or 0.0))
                return self._closed_until_s - now
            pause_s = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2.0 ** min(self._refusals, 10))
            pause_s *= self._random.uniform(0.8, 1.2)
            self._refusals += 1
            self._closed_until_s = max(self._closed_until_s, now + max(pause_s, retry_after_s or 0.0))
            recent = [one for one in self._went_well if one > now - _LOOK_BACK_S]
            if len(recent) > 1:
                pace = len(recent) / max(now - recent[0], 0.1)
                self._interval_s = min(_SLOWEST_S, 1.0 / (pace * _SLOWER))
            return self._closed_until_s - now

    def went_well(self) -> None:
        """A call was answered."""
        with self._lock:
            self._refusals = 0
            self._went_well.append(self._steady_s())
            self._interval_s *= _FASTER
            if self._interval_s < _NO_PACE_S:
                self._interval_s = 0.0

    @property
    def closed_for_s(self) -> float:
        """Seconds until anybody may call again, 0 if that is now."""
        with self._lock:
            return max(0.0, self._closed_until_s - self._steady_s())

    @property
    def interval_s(self) -> float:
        """Seconds between two calls at this moment; 0: as fast as they come."""
        with self._lock:
            return self._interval_s


_gates: dict[str, AccountGate] = {}
_gates_lock = threading.Lock()


def gate_of(account: str) -> AccountGate:
    """The gate of an account, whichever site uses it."""
    with _gates_lock:
        return _gates.setdefault(account, AccountGate())
