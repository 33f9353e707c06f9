"""A studio's large database taken over, looked at and used: copy, status, window, first contact, sync.

`python -m benchmarks.large_studio [--count 1000000] [--files 2000] [--picture FILE]` prints one JSON object.
The representations of `benchmarks.studio_documents` are copied from one SQLite file to another, as
`copy-database` does it, and looked at by `status` and the window (offscreen; its picture is kept where that
is asked for). Then real files are published, which alone are moved: `sync --once` only looks at the heap that
waits at the first contact, until "only new ones" is answered. Memory is the largest of each process, the
window's its own share (PSS) once its rows are seen.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from benchmarks.measuring import environment, peak_memory_bytes, run, syncgui, two_sites
from benchmarks.studio_documents import PROJECT, record
from benchmarks.table import memory_mb
from benchmarks.table_store import open_application
from benchmarks.table_window import TableWindow
from syncgui.engine.first_contact import to_start_new
from syncgui.views.qt_start import qt_application

_BYTES = 20 * 1024
_JUMPS = 100
_SETTLE_S = 2.0
_LOOK_S = 0.02
_DISTURBED = 1  # the exit code of `sync --once` while something is open


def main() -> None:
    """Measure and print, or be the window."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--files", type=int, default=2_000, help="how many real files to publish and move")
    parser.add_argument("--picture", type=Path, help="where the window's picture is kept")
    parser.add_argument("--window", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.window:
        print(json.dumps(_window(given.window, given.picture)))
        return
    with tempfile.TemporaryDirectory(prefix="syncgui-bench-") as name:
        print(json.dumps(_measure(Path(name), given), indent=2))


def _measure(folder: Path, given: argparse.Namespace) -> dict[str, object]:
    options = two_sites(folder)
    before = f"sqlite:///{folder / 'before.sqlite'}"
    record(before, 0, given.count)
    found: dict[str, object] = {"count": given.count, "files": given.files}
    copy = syncgui("copy-database", before, options[-1], *options[:2])
    found["copy_database"] = asdict(run(copy))
    (folder / "before.sqlite").unlink()
    found["status_with_first_scan"] = asdict(run(syncgui("status", "--json", *options)))
    found["status"] = asdict(run(syncgui("status", "--json", *options)))
    found["window"] = _beside(folder, given.picture)
    found["sync_that_only_looks"] = _once(options)
    _answer(folder)
    for site in ("studio", "backup"):  # of the recorded files none lies there
        run(syncgui("sites", "confirm", site, *options))
    _publish(folder, options, given.files)
    found["sync_of_new_files"] = _once(options)
    found["arrived"] = sum(1 for _ in (folder / "backup").rglob("*.exr"))
    return found


def _beside(folder: Path, picture: Path | None) -> dict[str, object]:
    words = ["--window", str(folder), *(["--picture", str(picture)] if picture else [])]
    command = [sys.executable, "-m", "benchmarks.large_studio", *words]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=environment())
    return dict(json.loads(done.stdout))


def _window(folder: Path, picture: Path | None) -> dict[str, float]:
    with qt_application(folder / "home"):
        window = TableWindow(open_application(folder))
        try:
            window.window.resize(1440, 860)
            found = {
                "start_s": window.start(),
                "visible_s": window.visible_s,
                "rows": window.model.rowCount(),
            }
            found["memory_mb"] = memory_mb()
            with window.watch() as stalls:
                found |= window.jump(_JUMPS)
            found["search_s"] = window.search("sh07")
            window.search("")
            window.table.verticalScrollBar().setValue(0)
            window.table.selectRow(0)
            window.turn(_SETTLE_S)
            if picture is not None:
                window.window.grab().save(str(picture))
            found |= {"longest_stall_ms": stalls.longest_ms(), "memory_after_jumps_mb": memory_mb()}
        finally:
            window.close()
    return {key: round(value, 3) for key, value in found.items()}


def _once(options: list[str]) -> dict[str, object]:
    """`sync --once`, which says that something is open: what waits is left."""
    begin = time.perf_counter()
    process = subprocess.Popen(
        syncgui("sync", "--once", *options),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment(),
    )
    memory_bytes = 0
    while process.poll() is None:
        memory_bytes = max(memory_bytes, peak_memory_bytes(process.pid))
        time.sleep(_LOOK_S)
    if process.returncode not in (0, _DISTURBED):
        raise RuntimeError(f"sync ended with {process.returncode}")
    wall_s = round(time.perf_counter() - begin, 3)
    return {"exit_code": process.returncode, "wall_s": wall_s, "memory_bytes": memory_bytes}


def _answer(folder: Path) -> None:
    """What the window's button "Only new files" does."""
    application = open_application(folder)
    try:
        identity, state = application.store.identity, application.state
        pair = application.projects()[PROJECT].pair
        state.answer(identity, to_start_new(state.contacts(identity), pair, time.time()))
    finally:
        application.close()


def _publish(folder: Path, options: list[str], files: int) -> None:
    names: list[str] = []
    for number in range(files):
        path = folder / "studio" / f"{number % 50}" / f"new{number:06}.exr"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(number.to_bytes(8, "little") * (_BYTES // 8))
        names.append(str(path))
    listing = folder / "list.txt"
    listing.write_text("\n".join(names))
    what = ("--project", PROJECT, "--asset", "new", "--subset", "s", "--each", "--list", listing)
    run(syncgui("publish", *what, *options))


if __name__ == "__main__":
    main()
