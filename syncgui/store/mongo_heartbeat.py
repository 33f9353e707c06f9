"""The heartbeat of this process's worker, and what follows from it for what may be committed.

A beat counts from when it was sent, by a clock that counts suspend: whatever the network does with it, the
server saw it no earlier. Others call a worker dead a minute after the server saw it; this one stops
committing a quarter of a minute before that. The decisions are functions over plain values.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from syncgui.model.errors import DatabaseUnreachableError

DEAD_AFTER_S = 60.0
"""Unseen for longer by the server's time: others may take over what the worker has."""

COMMITS_FOR_S = 45.0
"""So long after the last acknowledged heartbeat was sent, nothing is committed any more."""

EVERY_S = 10.0
_RETRY_S = 1.0  # while the server does not answer
_LOOK_S = 1.0  # a suspend is noticed that soon after its end, too
_END_S = 2.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of the own worker.

    `sent_s`: when the last acknowledged beat was sent, steady seconds. `seen`: when the server saw it.
    `number`: rises whenever others may have counted it as dead. `back_s`: when it last came back from
    that, steady seconds. `is_gone`: whether its record is.
    """

    sent_s: float
    seen: datetime
    number: int
    back_s: float = float("-inf")
    is_gone: bool = False

    def may_commit(self, now_s: float) -> bool:
        """Whether nobody can count the worker as dead yet."""
        return not self.is_gone and now_s - self.sent_s < COMMITS_FOR_S

    def after_beat(self, seen: datetime | None, *, sent_s: float, answered_s: float) -> Standing:
        """What holds once a beat was answered; `seen` is None when the record is gone."""
        if seen is None:
            return replace(self, is_gone=True)
        # The server's own clock, too: another primary may have another one.
        apart_s = max(answered_s - self.sent_s, (seen - self.seen).total_seconds())
        if apart_s >= COMMITS_FOR_S:
            return Standing(sent_s, seen, self.number + 1, answered_s)
        return Standing(sent_s, seen, self.number, self.back_s)

    def was_back_within(self, seconds: float, now_s: float) -> bool:
        """Whether it came back so many seconds ago or less: the others may only be coming back, too."""
        return now_s - self.back_s <= seconds


class Heartbeat:
    """Beats in a thread of its own until `stop`, or until the record is gone.

    Args:
        first: what the joining itself told.
        beat: tells the server that the worker lives; gives when it was seen, None if its record is gone.
            Raises DatabaseUnreachableError.
        steady_s: a clock that never jumps and counts suspend, seconds.
    """

    def __init__(
        self, first: Standing, beat: Callable[[], datetime | None], steady_s: Callable[[], float]
    ) -> None:
        self.standing = first
        self._beat = beat
        self._steady_s = steady_s
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="syncgui-heartbeat", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End it; a beat that hangs in the network is left behind and changes nothing any more."""
        self._stopping.set()
        self._thread.join(_END_S)

    def _run(self) -> None:
        tried_s, pause_s = self.standing.sent_s, EVERY_S
        is_away = False
        while not self._stopping.wait(min(_LOOK_S, pause_s)):
            if self._steady_s() - tried_s < pause_s:
                continue
            tried_s = self._steady_s()
            try:
                seen = self._beat()
            except DatabaseUnreachableError as error:
                if not is_away:
                    _log.warning("heartbeat: %s", error.sentence)
                is_away, pause_s = True, _RETRY_S
                continue
            is_away, pause_s = False, EVERY_S
            before = self.standing
            self.standing = before.after_beat(seen, sent_s=tried_s, answered_s=self._steady_s())
            if self.standing.is_gone:
                _log.warning("the record of this worker is gone: others count it as dead")
                return
            if self.standing.number != before.number:
                _log.warning("no heartbeat for a while: others may have taken over what this worker had")
