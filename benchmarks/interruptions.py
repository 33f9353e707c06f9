"""Two `sync` processes on one studio whose storage goes, whose machine sleeps, and whose target is full.

In the middle of the work the target is unmounted, an empty folder in its place; then everything is stopped
(SIGSTOP) as by a sleep; then another program fills the target. Each passes again. `python -m
benchmarks.interruptions [--files 2000] [--away 10] [--sleep 90] [--full 10]` (seconds) prints one JSON
object: whether all is there and recorded, and what it cost in tries. It mounts a disk of its own in memory,
so it needs Linux, and `unshare`.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measuring import environment, syncgui, two_sites
from benchmarks.small_files import PROJECT, count_equal, partials, until, wanted, write_files
from syncgui.store.sqlite_store import SqliteStore

_PATIENCE_S = 600.0
_OWN_MOUNTS = ["unshare", "--mount", *([] if os.getuid() == 0 else ["--map-root-user"])]
_INSIDE = "SYNCGUI_BENCHMARK_OWN_MOUNTS"
_SPARE_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Plan:
    """What is done: files of a size; seconds for which each of the troubles lasts."""

    files: int
    size_bytes: int
    away_s: float
    sleep_s: float
    full_s: float


def main() -> None:
    """Measure and print."""
    if _INSIDE not in os.environ:
        command = [*_OWN_MOUNTS, sys.executable, "-m", "benchmarks.interruptions", *sys.argv[1:]]
        os.execvpe(command[0], command, os.environ | {_INSIDE: "1"})
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=2_000)
    parser.add_argument("--size", type=int, default=100_000, help="bytes of a file")
    parser.add_argument("--away", type=float, default=10.0, help="seconds")
    parser.add_argument("--sleep", type=float, default=90.0, help="seconds")
    parser.add_argument("--full", type=float, default=10.0, help="seconds")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        plan = Plan(given.files, given.size, given.away, given.sleep, given.full)
        target = Path(folder, "backup")
        target.mkdir()
        size_bytes = plan.files * plan.size_bytes + _SPARE_BYTES
        _mount("-t", "tmpfs", "-o", f"size={size_bytes}", "none", target)
        try:
            print(json.dumps(_Trial(Path(folder), plan).run(), indent=1))
        finally:
            subprocess.run(["umount", "-l", str(target)], check=True)


class _Trial:
    """One run."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        self._folder = folder
        self._plan = plan
        self._options = two_sites(folder)[2:]
        self._target = folder / "backup"
        (folder / "elsewhere").mkdir()
        self._store = SqliteStore(folder / "db.sqlite", create=True)
        self._unpublished = write_files(folder, plan.files, plan.size_bytes)
        self._published = 0
        self._processes: list[subprocess.Popen[bytes]] = []

    def _start(self, home: str) -> subprocess.Popen[bytes]:
        with (self._folder / f"{home}.log").open("ab") as log:
            return subprocess.Popen(
                syncgui("sync", "--yes", "--home", self._folder / home, *self._options),
                stdout=log,
                stderr=log,
                env=environment(),
            )

    def run(self) -> dict[str, object]:
        try:
            self._processes = [self._start(f"home{number}") for number in range(2)]
            return self._run()
        finally:
            for process in self._processes:
                if process.poll() is None:
                    process.kill()
                process.wait()
            self._store.close()

    def _run(self) -> dict[str, object]:
        begin_s = time.perf_counter()
        # Of a folder in which nothing was ever recorded nobody can say that it is the wrong one.
        self._publish(self._plan.files // 10)
        self._until_recorded()
        met = {
            "unmounted": self._meet(self._unmount),
            "slept": self._meet(self._sleep),
            "filled": self._meet(self._fill),
        }
        self._publish(self._plan.files)
        self._until_recorded()
        wall_s = time.perf_counter() - begin_s
        for process in self._processes:
            process.send_signal(signal.SIGTERM)
        codes = [process.wait(_PATIENCE_S) for process in self._processes]
        return {
            "files": self._plan.files,
            "seconds_away": self._plan.away_s,
            "seconds_asleep": self._plan.sleep_s,
            "seconds_full": self._plan.full_s,
            "files_to_do_when": met,
            "wall_s": round(wall_s, 1),
            "exit_codes": codes,
            "recorded": self._count("created_dt"),
            "there_and_equal": count_equal(self._folder),
            "with_tries": self._count("tries"),
            "with_error": self._count("error"),
            "with_lease": self._count("lease"),
            "leftovers": len(partials(self._folder)),
        }

    # -- what happens --------------------------------------------------------------------------------

    def _meet(self, trouble: Callable[[], None]) -> int:
        """Publish a quarter and let a trouble come in the middle of it; how many files were to do then."""
        before = self._arrived()
        self._publish(self._plan.files // 4)
        until(lambda: self._arrived() > before, "the first file", _PATIENCE_S)
        left = self._published - self._arrived()
        trouble()
        return left

    def _until_recorded(self) -> None:
        until(lambda: self._count("created_dt") == self._published, "all records", _PATIENCE_S)

    def _unmount(self) -> None:
        elsewhere = self._folder / "elsewhere"
        _mount("--move", self._target, elsewhere)
        threading.Event().wait(self._plan.away_s)
        found = sorted(path.name for path in self._target.iterdir())
        if found:
            raise RuntimeError(f"something was written into the empty folder: {found}")
        _mount("--move", elsewhere, self._target)

    def _sleep(self) -> None:
        for process in self._processes:
            process.send_signal(signal.SIGSTOP)
        threading.Event().wait(self._plan.sleep_s)
        for process in self._processes:
            process.send_signal(signal.SIGCONT)

    def _fill(self) -> None:
        others = self._target / "others.bin"
        with others.open("wb", buffering=0) as stream:
            try:
                while True:
                    stream.write(bytes(2**16))
            except OSError:
                pass  # full
            threading.Event().wait(self._plan.full_s)
        others.unlink()

    def _publish(self, count: int) -> None:
        documents, self._unpublished = self._unpublished[:count], self._unpublished[count:]
        self._store.insert(PROJECT, documents)
        self._published += len(documents)

    # -- what there is -------------------------------------------------------------------------------

    def _arrived(self) -> int:
        return sum(1 for _ in self._target.glob("*/*.exr"))

    def _entries(self) -> Iterator[dict[str, object]]:
        for chunk in self._store.scan(PROJECT):
            yield from wanted(dict(one) for one in chunk)

    def _count(self, key: str) -> int:
        return sum(key in entry for entry in self._entries())


def _mount(*words: str | Path) -> None:
    subprocess.run(["mount", *map(str, words)], check=True)


if __name__ == "__main__":
    main()
