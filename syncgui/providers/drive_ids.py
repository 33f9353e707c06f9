"""Ids for files that are yet to be made: a create that is repeated with one makes no second file."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from typing import cast

from syncgui.providers.drive_calls import DriveCalls, Wait

_AT_ONCE = 200
_LOOK_S = 0.2


class DriveIds:
    """Fetches ids by the hundred; used from several threads."""

    def __init__(self, calls: DriveCalls) -> None:
        self._calls = calls
        self._lock = threading.Lock()
        self._left: deque[str] = deque()

    def take(self, wait: Wait) -> str:
        """An id that was never given before.

        Raises:
            RefusedError, SyncError: see `DriveCalls.ask`.
        """
        while True:
            try:
                return self._left.popleft()
            except IndexError:
                self._fetch(wait)

    def _fetch(self, wait: Wait) -> None:
        while not self._lock.acquire(timeout=_LOOK_S):
            wait(0.0)
        try:
            if self._left:
                return
            request = self._calls.service.files().generateIds(count=_AT_ONCE, space="drive", type="files")
            answer = self._calls.ask(request, wait)
            self._left.extend(str(one) for one in cast("Sequence[object]", answer.get("ids", ())))
        finally:
            self._lock.release()
