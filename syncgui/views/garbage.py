"""Cyclic garbage is collected in the thread of the windows, and nowhere else.

Python collects in whichever thread happens to make the next object. A dialog or a timer that dies with its
cycle in the loop's thread is destroyed there, and Qt ends the process for less. So the automatic collection
is off while there are windows, and a timer here does it: twice a second, and ever more seldom while there is
nothing to do, so that a program at rest rests. What exists once everything is imported is never looked at
again, so that a collection stays short.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

_EVERY_MS = 500
_SELDOM_MS = 4_000
_GENERATIONS = 3


class GarbageInThisThread(QObject):
    """From its making until `close`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.collect()
        gc.freeze()
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def look(self) -> None:
        """Collect the oldest generation that is due, as Python itself would."""
        due = zip(gc.get_count(), gc.get_threshold(), range(_GENERATIONS), strict=False)
        wanted = [generation for count, threshold, generation in due if threshold and count > threshold]
        if wanted:
            gc.collect(max(wanted))
        self._timer.setInterval(_EVERY_MS if wanted else min(2 * self._timer.interval(), _SELDOM_MS))

    def close(self) -> None:
        """Leave it to Python again."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()
