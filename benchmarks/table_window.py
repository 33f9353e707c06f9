"""The window that `benchmarks.table` measures: a person's doings, with the time that each takes.

Waits run the event loop. A row can be held: selected and scrolled to; from then on each painting of the
table notes how many pixels it stands off its place.
"""

from __future__ import annotations

import random
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from PySide6.QtCore import QEvent, QEventLoop, QObject, QTimer
from PySide6.QtWidgets import QApplication

from benchmarks.table_store import PROJECT
from syncgui.application import Application
from syncgui.engine.events import Done
from syncgui.views.columns import ROW_HEIGHT
from syncgui.views.main_window import MainWindow
from syncgui.views.session import Session
from syncgui.views.table_model import Query
from syncgui.views.window_memory import WindowMemory

_TICK_MS = 10
_PATIENCE_S = 120.0
_ABOVE_PX = 200


class StallWatch(QObject):
    """How long the event loop did something else than this timer, each time."""

    def __init__(self) -> None:
        super().__init__()
        self._stalls: list[float] = [0.0]
        self._last = time.perf_counter()
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def stop(self) -> None:
        """Watch no more."""
        self._timer.stop()

    def longest_ms(self) -> float:
        """The longest stall."""
        return max(self._stalls)

    def p99_ms(self) -> float:
        """99 of 100 stalls are no longer."""
        return sorted(self._stalls)[int(len(self._stalls) * 0.99) - 1]

    def _tick(self) -> None:
        now = time.perf_counter()
        self._stalls.append(max((now - self._last) * 1000 - _TICK_MS, 0.0))
        self._last = now


class TableWindow(QObject):
    """The program's window with its session; `close` ends both."""

    def __init__(self, application: Application) -> None:
        super().__init__()
        self.moved = 0
        self.reordered = 0
        self.visible_s = 0.0
        self._application = application
        self._asked_at = 0.0
        self._held: tuple[int, int] | None = None  # row id, pixels
        self._off: list[int] = []
        self._lost = 0
        self._random = random.Random(3)
        self._session = Session(application)
        self._session.projects_changed.connect(self._begin)  # before the window, which asks for rows then
        self._session.arrived.connect(self._arrived)
        home = application.places.state_dir
        self.window = MainWindow(self._session, WindowMemory(home / "window.ini"))
        self.model, self.table = self.window.model, self.window.table
        self.model.reordered.connect(self._count_order)
        self.table.viewport().installEventFilter(self)
        self._heart = QTimer(self)  # so that waiting for events ends
        self._heart.start(20)

    def close(self) -> None:
        """End the session and the window."""
        self._heart.stop()
        self.window.close()
        if not self._session.stop():
            raise RuntimeError("the session did not end")

    # -- a person's doings -----------------------------------------------------------------------------

    def start(self) -> float:
        """Show the window and start the session; seconds until rows are painted."""
        begin = time.perf_counter()
        self.window.show()
        self._session.start()
        self._until(lambda: self.model.rowCount() > 0 and self._is_read())
        self.table.viewport().repaint()
        self.visible_s = time.perf_counter() - self._asked_at
        return time.perf_counter() - begin

    def start_empty(self) -> None:
        """The same where there are no rows."""
        opened: list[bool] = []
        self._session.opened.connect(lambda: opened.append(True))
        self.window.show()
        self._session.start()
        self._until(lambda: bool(opened))
        self.turn(2.0)

    def jump(self, jumps: int) -> dict[str, float]:
        """Milliseconds from a jump until real rows are painted."""
        bar = self.table.verticalScrollBar()
        taken: list[float] = []
        for _ in range(jumps):
            begin = time.perf_counter()
            bar.setValue(self._random.randint(0, bar.maximum()))
            self._until(self._is_read)
            self.table.viewport().repaint()
            taken.append((time.perf_counter() - begin) * 1000)
            self.turn(0.005)
        taken.sort()
        return {"jump_p50_ms": statistics.median(taken), "jump_p99_ms": taken[int(len(taken) * 0.99) - 1]}

    def sort(self, key: str) -> float:
        """Seconds until the rows are painted in another order."""
        return self._answered(lambda: self.table.sort_requested.emit(key, False))

    def search(self, text: str) -> float:
        """Seconds until the rows that have a word are painted."""
        return self._answered(lambda: self.window.bar.search_changed.emit(text))

    def hold(self, place: int) -> str:
        """Select a row and scroll to it; the id of its representation."""
        self.table.verticalScrollBar().setValue(place * ROW_HEIGHT - _ABOVE_PX)
        self._until(self._is_read)
        self.table.selectRow(place)
        row = self.model.row_at(place)
        if row is None:
            raise RuntimeError("the row is not read")
        self._off, self._lost = [], 0
        self._held = (row.row_id, self.table.rowViewportPosition(place))
        return row.representation

    def held(self) -> dict[str, float]:
        """What became of the row: whether it is still the one selected, and how far off it was painted."""
        self.table.viewport().repaint()
        return {
            "paintings": len(self._off),
            "selection_kept": float(self._lost == 0),
            "most_pixels_off": max(map(abs, self._off)),
            "pixels_off_at_the_end": abs(self._off[-1]),
        }

    # -- waiting -----------------------------------------------------------------------------------------

    def turn(self, seconds: float) -> None:
        """Let the event loop run for so long."""
        loop = QEventLoop()
        QTimer.singleShot(int(seconds * 1000), loop.quit)
        loop.exec()

    @contextmanager
    def watch(self) -> Iterator[StallWatch]:
        """Watch the event loop meanwhile."""
        watch = StallWatch()
        yield watch
        watch.stop()

    def until_moved(self, files: int) -> float:
        """Wait for so many files; seconds."""
        begin = time.perf_counter()
        self._until(lambda: self.moved >= files)
        return time.perf_counter() - begin

    def until_ended(self, process: subprocess.Popen[bytes]) -> None:
        """Wait for the end of a process.

        Raises:
            RuntimeError: it failed.
        """
        self._until(lambda: process.poll() is not None)
        if process.returncode:
            raise RuntimeError(f"it ended with {process.returncode}")

    def until_settled(self) -> None:
        """Wait until the index has what the store has, and the table what the index has."""
        application, model = self._application, self.model
        answers: list[bool] = []

        def look() -> bool:
            query, index = model.query, application.index
            ids = index.representation_ids(query.project)
            shown = model.row_ids(0, model.rowCount())
            return index.cursor() == application.store.head() and ids == shown

        while not answers or not answers[-1]:
            known = len(answers)
            self._session.ask(look, answers.append)
            self._until(lambda known=known: len(answers) > known)  # type: ignore[misc]
            self.turn(0.2)

    def _answered(self, do: Callable[[], None]) -> float:
        heard: list[Query] = []
        begin = time.perf_counter()

        def hear(answered: Query, rows: int) -> None:
            del rows
            heard.append(answered)

        self.model.answered.connect(hear)
        do()
        self._until(lambda: self.model.query in heard and self._is_read())
        self.table.viewport().repaint()
        self.model.answered.disconnect(hear)
        return time.perf_counter() - begin

    def _is_read(self) -> bool:
        first, last = self.table.visible_rows()
        return last >= first and all(self.model.row_at(place) for place in range(first, last + 1))

    def _until(self, holds: Callable[[], bool]) -> None:
        end = time.perf_counter() + _PATIENCE_S
        while not holds():
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
            if time.perf_counter() > end:
                raise RuntimeError("it did not come")

    # -- what is told --------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Look where the held row stands whenever the table is painted."""
        if event.type() is QEvent.Type.Paint and self._held is not None:
            row_id, pixels = self._held
            place = self.table.currentIndex().row()
            if self.model.row_id_at(place) != row_id or list(self.table.selected_ids()) != [row_id]:
                self._lost += 1
            self._off.append(self.table.rowViewportPosition(place) - pixels)
        return super().eventFilter(watched, event)

    def _begin(self) -> None:
        if PROJECT in self._session.standing.projects and not self._asked_at:
            self._asked_at = time.perf_counter()

    def _arrived(self, arrivals: Sequence[Done]) -> None:
        self.moved += sum(one.copied for one in arrivals)

    def _count_order(self) -> None:
        self.reordered += 1
