"""A store that does not answer is waited for, and so is a round that tripped over the unforeseen.

The wait doubles from 1 s to 10 s, to a minute where a person has to do something first; the first success
ends it. It is told once, when it begins, when its reason changes, and when it is over.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from syncgui.engine.environment import Clock
from syncgui.engine.events import Trouble
from syncgui.engine.teller import Teller
from syncgui.model.errors import DatabaseUnreachableError, RoundFailedError

_log = logging.getLogger(__name__)
_LONGEST_WAIT_S = 10.0
_LONGEST_WAIT_FOR_PERSON_S = 60.0  # a login that is refused again and again may lock the user out


class Outage:
    """Whether the store answers. Owned by the loop's thread."""

    def __init__(self, clock: Clock, teller: Teller) -> None:
        self._clock = clock
        self._teller = teller
        self._failures = 0
        self._until_s = 0.0
        self._since_s = 0.0
        self.error: DatabaseUnreachableError | None = None

    def attempt(self, step: Callable[[], None]) -> bool:
        """Do something that needs the store, unless it is being waited for; whether it was done."""
        if self.wait_s() > 0:
            return False
        try:
            step()
        except DatabaseUnreachableError as error:
            self.failed(error)
            return False
        except Exception as error:  # noqa: BLE001
            # The outer edge of the loop: whatever one round trips over, the next one comes.
            failure = RoundFailedError(detail=f"{type(error).__name__}: {error}")
            if self._is_news(failure):
                _log.exception("a round of the loop failed")
            self.failed(failure)
            return False
        if self.error is not None:
            self.error = None
            self._failures = 0
            self._teller.add(Trouble("", "", "", ""))
        return True

    def wait_s(self) -> float:
        """Seconds until the next attempt; 0 while all is well."""
        return 0.0 if self.error is None else max(0.0, self._until_s - self._clock.steady_s())

    def hurry(self) -> None:
        """The store is known to answer: make the next attempt at once."""
        self._until_s = 0.0

    def lasts_s(self) -> float:
        """Seconds since the store was last there; 0 while it is."""
        return 0.0 if self.error is None else self._clock.steady_s() - self._since_s

    def failed(self, error: DatabaseUnreachableError) -> None:
        """The store, or the state file, could not be used: wait before the next attempt."""
        now = self._clock.steady_s()
        if self.error is None:
            self._since_s = now
        if self._is_news(error):
            _log.warning("%s", error.sentence)
            self._teller.add(Trouble("", error.code, error.sentence, error.next_step))
        self.error = error
        is_for_person = error.waits_for_person or isinstance(error, RoundFailedError)
        longest_s = _LONGEST_WAIT_FOR_PERSON_S if is_for_person else _LONGEST_WAIT_S
        self._until_s = now + min(longest_s, 2.0 ** min(self._failures, 6))
        self._failures += 1

    def _is_news(self, error: DatabaseUnreachableError) -> bool:
        return self.error is None or self.error.sentence != error.sentence
