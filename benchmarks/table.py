"""The status table over a large index: how soon rows show, how long the window stands still, memory.

`python -m benchmarks.table --rows 100000 [--moving]` prints one JSON object. Offscreen, with the real index,
reader, model and view; with `--moving` the real loop moves small files between two folders meanwhile. Times
are seconds unless named otherwise; memory is the process's own share (PSS) above a window with no rows.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, QObject, QTimer
from PySide6.QtWidgets import QApplication

from benchmarks.measuring import environment, two_sites
from benchmarks.table_store import PROJECT, open_application
from syncgui.application import Application
from syncgui.engine.events import Done, Event, Listener
from syncgui.engine.loop import Loop
from syncgui.index import Index
from syncgui.views import palettes
from syncgui.views.columns import SORTS
from syncgui.views.table_model import Query, RepresentationModel
from syncgui.views.table_view import StatusTable
from syncgui.views.task_thread import TaskThread

_TICK_MS = 10
_PATIENCE_S = 60.0
_FILE_BYTES = 2_048


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--jumps", type=int, default=200)
    parser.add_argument("--files", type=int, default=2_000, help="how many files to move")
    parser.add_argument("--moving", action="store_true", help="move files meanwhile")
    parser.add_argument("--empty", action="store_true", help="only the memory of an empty window")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="syncgui-bench-") as name:
        found = _measure(
            Path(name), options.rows, options.jumps, options.files * options.moving, options.empty
        )
    if not options.empty:
        found["memory_mb"] = round(found["memory_mb"] - _memory_of_an_empty_window(), 1)
    print(json.dumps(found, indent=2))


def _memory_of_an_empty_window() -> float:
    command = [sys.executable, "-m", "benchmarks.table", "--rows", "0", "--empty"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment())
    return float(json.loads(done.stdout)["memory_mb"])


def _measure(folder: Path, rows: int, jumps: int, files: int, empty: bool) -> dict[str, float]:
    two_sites(folder)
    application = open_application(folder)
    try:
        if rows:
            fill = [sys.executable, "-m", "benchmarks.table_store", str(folder), str(rows)]
            subprocess.run(fill, check=True, env=environment())
        qt = QApplication([])
        palettes.apply(qt, "dark")
        bench = _Window(application)
        try:
            return _memory(bench) if empty else _figures(bench, folder, jumps, files)
        finally:
            bench.close()
    finally:
        application.close()


def _figures(bench: _Window, folder: Path, jumps: int, files: int) -> dict[str, float]:
    found: dict[str, float] = {"visible_s": bench.show()}
    found["rows"] = bench.model.rowCount()
    found |= bench.jump(jumps)
    for key in ("default", *SORTS.values()):
        found[f"sort_{key}_s"] = bench.ask(Query(PROJECT, sort=key))
    found["search_s"] = bench.ask(Query(PROJECT, search="sh07"))
    bench.ask(Query(PROJECT))
    found |= _memory(bench)
    if files:
        found |= bench.move(folder, files)
    return {key: round(value, 4) for key, value in found.items()}


def _memory(bench: _Window) -> dict[str, float]:
    bench.turn(0.2)
    lines = Path("/proc/self/smaps_rollup").read_text("ascii").splitlines()
    kilobytes = next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return {"memory_mb": kilobytes / 1024}


class _Watch(QObject):
    """The longest time that the event loop did nothing else, by a timer."""

    def __init__(self) -> None:
        super().__init__()
        self.stalls: list[float] = []
        self._last = time.perf_counter()
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def stop(self) -> float:
        """The longest stall in ms."""
        self._timer.stop()
        return max(self.stalls, default=0.0) * 1000

    def _tick(self) -> None:
        now = time.perf_counter()
        self.stalls.append(max(now - self._last - _TICK_MS / 1000, 0.0))
        self._last = now


class _Window:
    """Table, model and reader over the application's index."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self.index: Index = application.index
        self._reader = TaskThread("bench-reader")
        self._reader.start()
        self.model = RepresentationModel(lambda: self.index, self._reader.submit)
        self.table = StatusTable()
        self.table.setModel(self.model)
        self.table.resize(1200, 860)
        self._random = random.Random(3)
        self._heart = QTimer()  # so that waiting for events ends
        self._heart.start(20)

    def close(self) -> None:
        self._reader.stop()
        self.table.close()

    def show(self) -> float:
        """Seconds from showing the table to the first real rows."""
        begin = time.perf_counter()
        self.model.set_query(Query(PROJECT))
        self.table.show()
        self._until(self._is_read)
        self.table.viewport().repaint()
        return time.perf_counter() - begin

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

    def ask(self, query: Query) -> float:
        """Seconds until the rows of a query are painted."""
        heard: list[Query] = []
        begin = time.perf_counter()

        def hear(answered: Query, rows: int) -> None:
            del rows
            heard.append(answered)

        self.model.answered.connect(hear)
        self.model.set_query(query)
        self._until(lambda: query in heard and self._is_read())
        self.table.viewport().repaint()
        self.model.answered.disconnect(hear)
        return time.perf_counter() - begin

    def move(self, folder: Path, files: int) -> dict[str, float]:
        """Move files while row 70,000, or one at 7/10, is selected and seen; what became of it."""
        place = min(70_000, self.model.rowCount() * 7 // 10)
        self.table.verticalScrollBar().setValue(place * 26 - 200)
        self._until(self._is_read)
        self.table.selectRow(place)
        row_id = self.model.row_id_at(place)
        before = self.table.rowViewportPosition(place)
        done = 0

        def recorded(events: Sequence[Event]) -> None:
            nonlocal done
            done += sum(isinstance(one, Done) for one in events)

        with _moving(self._application, folder, files, recorded):
            watch = _Watch()
            begin = time.perf_counter()
            changes = 0
            while done < files and time.perf_counter() - begin < _PATIENCE_S:
                self.model.refresh()
                changes += 1
                self.turn(1 / 12)
            seconds = time.perf_counter() - begin
            stall = watch.stop()
        self.turn(1.0)
        after = self.model.position_of(row_id)
        assert after is not None
        kept = list(self.table.selected_ids()) == [row_id]
        return {
            "moved_files": done,
            "moving_s": seconds,
            "longest_stall_ms": stall,
            "refreshes": changes,
            "selection_kept": float(kept),
            "pixels_off": float(abs(self.table.rowViewportPosition(after) - before)),
        }

    def turn(self, seconds: float) -> None:
        """Let the event loop run for so long."""
        loop = QEventLoop()
        QTimer.singleShot(int(seconds * 1000), loop.quit)
        loop.exec()

    def _is_read(self) -> bool:
        first, last = self.table.visible_rows()
        return last >= first and all(self.model.row_at(place) for place in range(first, last + 1))

    def _until(self, holds: Callable[[], bool]) -> None:
        end = time.perf_counter() + _PATIENCE_S
        while not holds():
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
            if time.perf_counter() > end:
                raise RuntimeError("the rows did not come")


@contextmanager
def _moving(application: Application, folder: Path, files: int, listener: Listener) -> Iterator[None]:
    """The loop in a thread, with files to move."""
    publish = [sys.executable, "-m", "benchmarks.table_store", str(folder), "--files", str(files)]
    subprocess.run([*publish, "--size", str(_FILE_BYTES)], check=True, env=environment())
    loop: Loop = application.loop(listener)
    thread = threading.Thread(target=loop.run, name="bench-loop")
    thread.start()
    try:
        yield
    finally:
        loop.stop()
        thread.join(_PATIENCE_S)


if __name__ == "__main__":
    main()
