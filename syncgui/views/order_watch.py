"""Asks the index in which order the rows of a query stand, and not more often than the reader can bear.

Orders are asked for at most every 0.4 s, and at most an eighth of the time goes into it. A generation number
drops answers to a query that was replaced meanwhile.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject, QTimer, Signal

from syncgui.index import Index
from syncgui.views.table_rows import Order, Query, look_up
from syncgui.views.task_thread import Ask

_EVERY_MS = 400
_SHARE = 8  # of the time at most one in so many parts goes into asking
_AGAIN_MS = 1_000


class OrderWatch(QObject):
    """Lives in the thread of the windows.

    Args:
        index: gives the index; called in the reader's thread.
        ask: the reader's thread.
        shown: the row ids as they are shown.
        held: row ids whose places in a new order are wanted.
    """

    arrived = Signal(object, bool)
    """An `Order`, and whether it is the first one of its query."""

    def __init__(
        self,
        index: Callable[[], Index],
        ask: Ask,
        shown: Callable[[], array[int]],
        held: Callable[[], Iterable[int]],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._index, self._ask = index, ask
        self._shown, self._held = shown, held
        self._key = f"order {id(self)}"
        self._query = Query()
        self._generation = 0
        self._answered = 0
        self._asking = False
        self._wanted = False
        self._seconds = 0.0
        self._asked_at = 0.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._ask_now)

    @property
    def query(self) -> Query:
        """What was asked for last."""
        return self._query

    def set_query(self, query: Query) -> None:
        """Ask at once for the order of these rows."""
        self._query = query
        self._generation += 1
        self._asking = False
        self._ask_now()

    def refresh(self) -> None:
        """The index changed: ask as soon as it may be."""
        self._wanted = True
        self._plan()

    def _plan(self) -> None:
        if self._asking or self._timer.isActive():
            return
        pause_s = max(_EVERY_MS / 1000, _SHARE * self._seconds)
        left_s = self._asked_at + pause_s - time.monotonic()
        self._timer.start(max(int(left_s * 1000), 0))

    def _ask_now(self) -> None:
        if self._asking:
            return
        self._asking, self._wanted = True, False
        self._timer.stop()
        self._asked_at = time.monotonic()
        index, query, shown, generation = self._index, self._query, self._shown(), self._generation
        held = frozenset(self._held())

        def task() -> tuple[int, Order]:
            return generation, look_up(index(), query, shown, held)

        self._ask(task, self._take, self._failed, key=self._key)

    def _failed(self, error: Exception) -> None:
        """The index can not be read: the session says so; here it is tried again."""
        del error
        self._asking = False
        self._timer.start(_AGAIN_MS)

    def _take(self, answer: tuple[int, Order]) -> None:
        generation, order = answer
        if generation != self._generation:
            return
        self._asking = False
        self._seconds = order.seconds
        # The time that the others get counts from here.
        self._asked_at = time.monotonic()
        is_new, self._answered = generation != self._answered, generation
        self.arrived.emit(order, is_new)
        if self._wanted:
            self._plan()
