"""One large file whose `sync` is killed at random points and started again: how much is written in all.

`python -m benchmarks.killed [--size 2147483648] [--kills 10] [--seed 1]` prints one JSON object. Each time
the program is stopped, what the kernel counted of its writes is read, and then it is killed (`kill -9`).
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.measuring import environment, run, syncgui, two_sites

_BLOCK_BYTES = 2**20
_LOOK_S = 0.001
_PATIENCE_S = 600.0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=2 * 2**30)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dir", type=Path, help="where the files lie; default a temporary folder")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.dir) as folder:
        print(json.dumps(measure(Path(folder), given.size, given.kills, given.seed), indent=1))


def measure(folder: Path, size_bytes: int, kills: int, seed: int) -> dict[str, object]:
    """Do it in an empty folder; what came of it."""
    chance = random.Random(seed)
    options = two_sites(folder)
    source = folder / "studio" / "large.bin"
    with source.open("wb") as stream:
        for start in range(0, size_bytes, _BLOCK_BYTES):
            stream.write(chance.randbytes(min(_BLOCK_BYTES, size_bytes - start)))
    run(syncgui("publish", "--project", "Bench", "--asset", "a", "--subset", "s", source, *options))
    written: list[int] = []
    killed_at: list[int] = []
    points = sorted(chance.uniform(0.0, 1.0) for _ in range(kills))
    for point in (*points, None):
        wrote, there = _sync(options, folder / "backup", None if point is None else int(point * size_bytes))
        written.append(wrote)
        if not there:
            break
        killed_at.append(there)
    return {
        "size_bytes": size_bytes,
        "kills": len(killed_at),
        "killed_at_bytes": killed_at,
        "written_bytes": sum(written),
        "written_over_size": round(sum(written) / size_bytes, 3),
        "again_bytes_per_kill": (sum(written) - size_bytes) // max(1, len(killed_at)),
        "equal": _equal(source, folder / "backup" / source.name),
        "leftovers": len(_partials(folder / "backup")),
    }


def _sync(options: list[str], target: Path, until_bytes: int | None) -> tuple[int, int]:
    """Sync until the partial is that large, then stop, look and kill.

    Returns:
        Bytes written, and those of the partial; 0 of it where the program ended before.

    Raises:
        RuntimeError: it did not end well.
    """
    process = subprocess.Popen(
        syncgui("sync", "--once", "--yes", *options),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment(),
    )
    end_s = time.perf_counter() + _PATIENCE_S
    wrote = 0
    while process.poll() is None and time.perf_counter() < end_s:
        there = max(_partials(target), default=0)
        if until_bytes is not None and there >= max(until_bytes, 1):
            process.send_signal(signal.SIGSTOP)
            wrote = _written_bytes(process.pid)
            there = max(_partials(target), default=0)
            process.kill()
            process.wait()
            return wrote, there
        wrote = max(wrote, _written_bytes(process.pid))
        time.sleep(_LOOK_S)
    if process.wait() != 0:
        raise RuntimeError(f"sync ended with {process.returncode}")
    return wrote, 0


def _partials(target: Path) -> list[int]:
    """The sizes of what is under way."""
    return [path.stat().st_size for path in target.glob(".syncgui-*.part")]


def _written_bytes(pid: int) -> int:
    """What a process has written to files, as the kernel counts it; 0 when it has just ended."""
    try:
        lines = Path(f"/proc/{pid}/io").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("wchar")), 0)


def _equal(one: Path, other: Path) -> bool:
    """Whether two files are equal."""
    return subprocess.run(["cmp", "-s", str(one), str(other)], check=False).returncode == 0


if __name__ == "__main__":
    main()
