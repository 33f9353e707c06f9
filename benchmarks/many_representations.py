"""Many representations of one file: publish, first scan, sync, beside `cp -a` in the same run.

`python -m benchmarks.many_representations [--count 10000] [--file-size 20480] [--runs 3]` prints one JSON
object; times are medians of the runs, in seconds of the whole process (the scan: of the scan alone).
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.measuring import Run, run, summary, syncgui, two_sites
from syncgui.application import Application, Options

_FILES_A_FOLDER = 100


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--file-size", type=int, default=20 * 1024)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--dir", type=Path, help="where the files lie; default a temporary folder")
    given = parser.parse_args()
    steps: dict[str, list[Run]] = {"publish": [], "sync": [], "cp": []}
    scans: list[float] = []
    for _ in range(given.runs):
        with tempfile.TemporaryDirectory(dir=given.dir) as folder:
            _measure(Path(folder), given.count, given.file_size, steps, scans)
    medians = {name: summary(runs) for name, runs in steps.items()}
    result = {
        "count": given.count,
        "file_size": given.file_size,
        "runs": given.runs,
        **medians,
        "first_scan_s": round(statistics.median(scans), 3),
        "files_per_s": round(given.count / medians["sync"]["wall_s"], 1),
        "cp_files_per_s": round(given.count / medians["cp"]["wall_s"], 1),
        "sync_over_cp": round(
            statistics.median(a.wall_s / b.wall_s for a, b in zip(steps["sync"], steps["cp"], strict=True)), 2
        ),
    }
    print(json.dumps(result))


def _measure(
    folder: Path, count: int, size_bytes: int, steps: dict[str, list[Run]], scans: list[float]
) -> None:
    studio = folder / "studio"
    options = two_sites(folder)
    names = _make_files(studio, count, size_bytes)
    listing = folder / "list.txt"
    listing.write_text("\n".join(names))
    what = ("--project", "Bench", "--asset", "a", "--subset", "s", "--each", "--list", listing)
    steps["publish"].append(run(syncgui("publish", *what, *options)))
    scans.append(_scan(Options(folder / "scan-home", folder / "settings", options[-1])))
    steps["cp"].append(run(["cp", "-a", studio, folder / "copy"]))
    steps["sync"].append(run(syncgui("sync", "--once", "--yes", *options)))
    shutil.rmtree(folder / "copy")


def _make_files(studio: Path, count: int, size_bytes: int) -> list[str]:
    chance = random.Random(1)
    names: list[str] = []
    for number in range(count):
        path = studio / f"f{number // _FILES_A_FOLDER:04}" / f"file_{number:06}.exr"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(chance.randbytes(size_bytes))
        names.append(str(path))
    os.sync()
    return names


def _scan(options: Options) -> float:
    application = Application(options, {})
    try:
        projects = application.projects()
        begin = time.perf_counter()
        application.catch_up(projects)
        return time.perf_counter() - begin
    finally:
        application.close()


if __name__ == "__main__":
    main()
