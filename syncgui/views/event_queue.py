"""Events on their way from the loop's thread to the thread of the windows.

Any thread may put batches in and never waits; the thread that made the queue gets them in order, joined, at
most 12 times a second. Of how far a file is only the newest word is kept, so a window that is busy for a
while has little to catch up with. While nothing happens no timer runs.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterable

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from syncgui.engine.events import Event, Moving

EVERY_MS = 85
"""Between two drains: a little less than 12 a second."""


class EventQueue(QObject):
    """The queue. `drained` gives a list of events, in the thread that made it."""

    drained = Signal(object)
    _woken = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = threading.Lock()
        self._events: dict[Hashable, Event] = {}
        self._numbered = 0
        self._is_woken = False
        self._is_stopped = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self.drain)
        self._woken.connect(self._wake, Qt.ConnectionType.QueuedConnection)

    def put(self, events: Iterable[Event]) -> None:
        """Add a batch; from any thread."""
        with self._lock:
            for one in events:
                key = self._key(one)
                self._events.pop(key, None)  # the newest stands where it came, behind what came before it
                self._events[key] = one
            wake = bool(self._events) and not self._is_woken
            self._is_woken = self._is_woken or wake
        if wake:
            self._woken.emit()

    def drain(self) -> None:
        """Give what there is now, in the thread that made the queue."""
        self._timer.stop()
        with self._lock:
            events, self._events = list(self._events.values()), {}
            self._is_woken = False
        if events and not self._is_stopped:
            self.drained.emit(events)

    def stop(self) -> None:
        """Give nothing any more."""
        self._is_stopped = True
        self._timer.stop()

    def _key(self, event: Event) -> Hashable:
        if isinstance(event, Moving):
            return event.project, event.path, event.direction
        self._numbered += 1
        return self._numbered

    def _wake(self) -> None:
        if not self._is_stopped:
            self._timer.start()
