"""Reads the rows that are seen: first those that are missing, then those that may have changed.

One task at a time, so that fast scrolling never queues: what is seen when an answer comes decides what is
asked for next. Pages beside those that are seen are read once the scrolling rests.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import TypeAlias

from PySide6.QtCore import QObject, QTimer, Signal

from syncgui.index import Index, Row
from syncgui.views.table_rows import PAGE, RowCache
from syncgui.views.task_thread import Ask

_AGAIN_MS = 1_000
_REFRESH_MS = 125
_AROUND_MS = 60  # who scrolls fast waits for nothing but what is seen

_Page: TypeAlias = tuple[list[int], list[Row], int]


class PageReader(QObject):
    """Lives in the thread of the windows.

    Args:
        index: gives the index; called in the reader's thread.
        ask: the reader's thread.
        shown: the row ids as they are shown.
    """

    read = Signal(object)
    """The set of ids of the rows that differ from what was known."""

    def __init__(
        self,
        index: Callable[[], Index],
        ask: Ask,
        shown: Callable[[], array[int]],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._index, self._ask, self._shown = index, ask, shown
        self._key = f"rows {id(self)}"
        self._rows = RowCache()
        self._visible = (0, -1)
        self._reading = False
        self._refresh_timer = self._single_shot()
        self._around_timer = self._single_shot()

    def row(self, row_id: int) -> Row | None:
        """The row, if it was read."""
        return self._rows.get(row_id)

    def visible(self) -> tuple[int, int]:
        """The first and the last place that is seen and has a row; the last is less when there is none."""
        return max(self._visible[0], 0), min(self._visible[1], len(self._shown()) - 1)

    def set_visible(self, first: int, last: int) -> None:
        """These places are seen."""
        if (first, last) != self._visible:
            self._visible = (first, last)
            self._around_timer.start(_AROUND_MS)
            self.look()

    def refresh(self) -> None:
        """The index changed: what is seen is read again, at most 8 times a second."""
        self._rows.grow_old()
        if not self._refresh_timer.isActive():
            self._refresh_timer.start(_REFRESH_MS)

    def look(self) -> None:
        """Ask for what is missing, a page at most."""
        if self._reading:
            return
        wanted = self._wanted()
        if not wanted:
            return
        self._reading = True
        index, age = self._index, self._rows.age

        def task() -> _Page:
            return wanted, index().rows(wanted), age

        self._ask(task, self._take, self._failed, key=self._key)

    def _wanted(self) -> list[int]:
        first, last = self.visible()
        if last < first:
            return []
        seen = self._shown()[first : last + 1]
        missing = [row_id for row_id in seen if row_id and not self._rows.has(row_id)]
        if missing:
            return missing
        if not self._refresh_timer.isActive():
            old = [row_id for row_id in seen if not self._rows.is_fresh(row_id)]
            if old:
                return old
        if self._around_timer.isActive():
            return []
        pages = (first // PAGE, last // PAGE, last // PAGE + 1, first // PAGE - 1)
        return next((found for page in pages if (found := self._missing(page))), [])

    def _missing(self, page: int) -> list[int]:
        ids = self._shown()[page * PAGE : (page + 1) * PAGE] if page >= 0 else array("q")
        return [row_id for row_id in ids if row_id and not self._rows.has(row_id)]

    def _failed(self, error: Exception) -> None:
        """The index can not be read: the session says so; here it is tried again."""
        del error
        self._reading = False
        self._refresh_timer.start(_AGAIN_MS)

    def _take(self, answer: _Page) -> None:
        self._reading = False
        changed = self._rows.put(*answer)
        if changed:
            self.read.emit(changed)
        self.look()

    def _single_shot(self) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.timeout.connect(self.look)
        return timer
