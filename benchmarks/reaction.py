"""How long a publish of another process takes to be on the other site, while `sync` runs.

`python -m benchmarks.reaction [--count 20]` prints one JSON object: milliseconds from the moment at which
the publishing process had written its record, and from its start, to the file under its final name.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from benchmarks.measuring import environment, run, syncgui, two_sites

_PATIENCE_S = 30.0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        recorded_ms, started_ms = _measure(Path(folder), given.count)
    print(
        json.dumps(
            {
                "count": given.count,
                "recorded_to_there_ms": _figures(recorded_ms),
                "publish_started_to_there_ms": _figures(started_ms),
            }
        )
    )


def _figures(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {
        "median": round(statistics.median(ordered), 1),
        "p95": round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))], 1),
        "max": round(ordered[-1], 1),
    }


def _measure(folder: Path, count: int) -> tuple[list[float], list[float]]:
    studio, backup = folder / "studio", folder / "backup"
    options = two_sites(folder)
    what = ("--project", "Bench", "--asset", "a", "--subset", "s")
    recorded: list[float] = []
    started: list[float] = []
    first = studio / "first.exr"
    first.write_bytes(b"first")
    run(syncgui("publish", first, *what, *options))
    process = subprocess.Popen(
        syncgui("sync", *options), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment()
    )
    try:
        _wait_for(backup / "first.exr")
        for number in range(count):
            name = f"{number}.exr"
            (studio / name).write_bytes(b"pixels")
            begin = time.perf_counter()
            # Watched from before the publish: the file may be there before that process has ended.
            arrived: list[float] = []
            watcher = threading.Thread(
                target=lambda name=name, to=arrived: to.append(_wait_for(backup / name))
            )
            watcher.start()
            run(syncgui("publish", studio / name, *what, *options))
            published = time.perf_counter()
            watcher.join()
            recorded.append(max(0.0, arrived[0] - published) * 1000)
            started.append((arrived[0] - begin) * 1000)
    finally:
        process.terminate()
        process.wait(_PATIENCE_S)
    return recorded, started


def _wait_for(path: Path) -> float:
    pause = threading.Event()
    end = time.perf_counter() + _PATIENCE_S
    while not path.exists():
        if time.perf_counter() > end:
            raise TimeoutError(f"{path} did not arrive")
        pause.wait(0.002)
    return time.perf_counter()


if __name__ == "__main__":
    main()
