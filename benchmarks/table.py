"""The window over a large index: how soon rows show, how long it stands still, what it holds on to, memory.

`python -m benchmarks.table --rows 100000` prints one JSON object. Offscreen, with the program's own window
and session; a process beside it publishes files, which the session's loop really moves, or with `--updates
5000` edits so many rows while one is selected and seen. Times are seconds unless named otherwise; memory is
the process's own share (PSS) above that of the same window with no rows.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from benchmarks.measuring import environment, two_sites
from benchmarks.table_store import open_application
from benchmarks.table_window import TableWindow
from syncgui.views.columns import SORTS
from syncgui.views.qt_start import qt_application

_PLACE = 70_000
_FILE_BYTES = 2_048
_IDLE_S = 5.0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--jumps", type=int, default=200)
    parser.add_argument("--files", type=int, default=2_000, help="how many files to move")
    parser.add_argument("--updates", type=int, default=0, help="edit so many rows instead")
    parser.add_argument("--empty", action="store_true", help="only the memory of an empty window")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="syncgui-bench-") as name:
        folder = Path(name)
        two_sites(folder)
        if options.rows:
            _beside(folder, str(options.rows)).communicate()
        with qt_application(folder / "home"):
            window = TableWindow(open_application(folder))
            try:
                if options.empty:
                    window.start_empty()
                    found = {"memory_mb": memory_mb()}
                elif options.updates:
                    found = {"start_s": window.start(), **_update(window, folder, options)}
                else:
                    found = _look(window, options.jumps)
                    found |= _move(window, folder, options.files) if options.files else {}
            finally:
                window.close()
    print(json.dumps({key: round(value, 4) for key, value in found.items()}, indent=2))


def _look(window: TableWindow, jumps: int) -> dict[str, float]:
    """What a person does with a table that stands still."""
    found = {"start_s": window.start(), "visible_s": window.visible_s, "rows": window.model.rowCount()}
    found |= window.jump(jumps)
    for key in SORTS.values():
        found[f"sort_{key}_s"] = window.sort(key)
    found["sort_default_s"] = window.sort("default")
    found["search_s"] = window.search("sh07")
    window.search("")
    window.turn(0.5)
    found["memory_mb"] = memory_mb() - _memory_of_an_empty_window()
    return found


def _move(window: TableWindow, folder: Path, files: int) -> dict[str, float]:
    """Stalls of the event loop: with nothing to do, with moving rows in sight, with a row held far below."""
    with window.watch() as idle:
        window.turn(_IDLE_S)
    found = {"idle_longest_stall_ms": idle.longest_ms()}
    for name in ("top", "held"):
        if name == "held":
            window.hold(min(_PLACE, window.model.rowCount() * 7 // 10))
        first = window.moved
        with window.watch() as busy:
            words = ("--files", str(files), "--first", str(first), "--size", str(_FILE_BYTES))
            publisher = _beside(folder, *words)
            found[f"{name}_moving_s"] = window.until_moved(first + files)
            window.turn(1.0)
        publisher.communicate()
        found |= {f"{name}_longest_stall_ms": busy.longest_ms(), f"{name}_p99_stall_ms": busy.p99_ms()}
    return {**found, "moved_files": window.moved, **window.held()}


def _update(window: TableWindow, folder: Path, options: argparse.Namespace) -> dict[str, float]:
    """What becomes of a row that is selected and seen while others change, and some are published."""
    key = window.hold(min(_PLACE, options.rows * 7 // 10))
    edit = _beside(folder, "--updates", str(options.updates), "--of", str(options.rows), "--but", key)
    with window.watch() as watch:
        window.until_ended(edit)
        publish = _beside(folder, "--files", str(options.files), "--size", str(_FILE_BYTES))
        window.until_moved(options.files)
        window.until_ended(publish)
        window.until_settled()
    found: dict[str, float] = {"updates": options.updates, "published": options.files}
    found |= {"orders_changed": window.reordered, "rows": window.model.rowCount()}
    return found | {"longest_stall_ms": watch.longest_ms(), "p99_stall_ms": watch.p99_ms()} | window.held()


def _beside(folder: Path, *words: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "benchmarks.table_store", str(folder), *words]
    return subprocess.Popen(command, env=environment())


def memory_mb() -> float:
    """This process's own share of memory."""
    lines = Path("/proc/self/smaps_rollup").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def _memory_of_an_empty_window() -> float:
    command = [sys.executable, "-m", "benchmarks.table", "--rows", "0", "--empty"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment())
    return float(json.loads(done.stdout)["memory_mb"])


if __name__ == "__main__":
    main()
