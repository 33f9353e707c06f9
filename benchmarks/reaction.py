"""How soon a file moves that another process has recorded, while `sync` runs.

`python -m benchmarks.reaction [--database sqlite|stream|poll] [--count 100]` prints one JSON object:
milliseconds from the moment at which the other process had its record acknowledged to the first byte
beside the target, and to the file under its final name. `stream` and `poll` start a MongoDB wire server,
as a replica set of one and as a standalone.
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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from bson import ObjectId
from pymongo import MongoClient
from pymongo.write_concern import WriteConcern

from benchmarks.measuring import environment, syncgui, two_sites
from syncgui.store.opening import open_store
from syncgui.store.schemes import is_server
from tests.servers.mongo_server import MongoServer

_DATABASE = "avalon"
_PROJECT = "Bench"
_BYTES = b"pixels" * 3_400
_PATIENCE_S = 60.0
_LOOK_S = 0.001
_LONGEST_PAUSE_S = {"sqlite": 0.4, "stream": 0.4, "poll": 2.0}


def main() -> None:
    """Measure and print, or be the other process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=tuple(_LONGEST_PAUSE_S), default="sqlite")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--record-into", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.record_into:
        _record(given.record_into, sys.stdin, sys.stdout)
        return
    with tempfile.TemporaryDirectory() as folder, _address(Path(folder), given.database) as address:
        measured = _measure(Path(folder), address, given.count, _LONGEST_PAUSE_S[given.database])
    print(
        json.dumps(
            {
                "database": given.database,
                "count": given.count,
                "recorded_to_first_byte_ms": _figures([one.first_ms for one in measured]),
                "recorded_to_there_ms": _figures([one.there_ms for one in measured]),
            }
        )
    )


@dataclass(frozen=True, slots=True)
class _Reaction:
    first_ms: float
    there_ms: float


def _figures(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {
        "median": round(statistics.median(ordered), 1),
        "p95": round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))], 1),
        "max": round(ordered[-1], 1),
    }


@contextmanager
def _address(folder: Path, kind: str) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'db.sqlite'}"
        return
    server = MongoServer(folder / "server", ["--standalone"] if kind == "poll" else [])
    try:
        yield server.address(_DATABASE)
    finally:
        server.stop()


def _measure(folder: Path, address: str, count: int, longest_pause_s: float) -> list[_Reaction]:
    options = [*two_sites(folder)[:-1], address]
    target = folder / "backup"
    names = [f"{number}.exr" for number in range(count + 1)]
    for name in names:
        (folder / "studio" / name).write_bytes(_BYTES)
    pause, rng = threading.Event(), random.Random(count)
    measured: list[_Reaction] = []
    with _running([sys.executable, "-m", "benchmarks.reaction", "--record-into", address]) as recorder:
        _recorded_ns(recorder, names[0])  # so that there is a project before `sync` begins
        with _running(syncgui("sync", *options)):
            _Arrival(target, names[0]).wait()
            for name in names[1:]:
                pause.wait(rng.uniform(0.1, longest_pause_s))
                arrival = _Arrival(target, name)
                recorded_ns = _recorded_ns(recorder, name)
                first_ns, there_ns = arrival.wait()
                measured.append(_Reaction((first_ns - recorded_ns) / 1e6, (there_ns - recorded_ns) / 1e6))
    return measured


class _Arrival:
    """Watches a folder from now on for a file's first byte, under whichever name, and for its own name."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name
        self._before = set(os.listdir(folder))
        self._seen: list[int] = []
        self._thread = threading.Thread(target=self._watch, name="arrival")
        self._thread.start()

    def wait(self) -> tuple[int, int]:
        """Nanoseconds since the epoch of both.

        Raises:
            TimeoutError: it did not come.
        """
        self._thread.join()
        if len(self._seen) < 2:
            raise TimeoutError(f"{self._name} did not arrive")
        return self._seen[0], self._seen[1]

    def _watch(self) -> None:
        pause = threading.Event()
        end_s = time.monotonic() + _PATIENCE_S
        while len(self._seen) < 2 and time.monotonic() < end_s:
            if not self._seen and any(self._has_bytes(name) for name in self._new()):
                self._seen.append(time.time_ns())
            if (self._folder / self._name).exists():
                now = time.time_ns()
                self._seen = [*self._seen[:1], now] if self._seen else [now, now]
            pause.wait(_LOOK_S)

    def _new(self) -> set[str]:
        return set(os.listdir(self._folder)) - self._before

    def _has_bytes(self, name: str) -> bool:
        try:
            return (self._folder / name).stat().st_size > 0
        except FileNotFoundError:
            return False


# -- the other process -------------------------------------------------------------------------------


@contextmanager
def _running(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE if "--record-into" in command else subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment(),
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=_PATIENCE_S)


def _recorded_ns(recorder: subprocess.Popen[str], name: str) -> int:
    """Have a file recorded; nanoseconds since the epoch at which that was acknowledged."""
    assert recorder.stdin is not None
    assert recorder.stdout is not None
    print(name, file=recorder.stdin, flush=True)
    return int(recorder.stdout.readline())


def _record(address: str, orders: IO[str], answers: IO[str]) -> None:
    insert = _inserter(address)
    for line in orders:
        insert(_document(line.strip()))
        print(time.time_ns(), file=answers, flush=True)


def _inserter(address: str) -> Callable[[dict[str, object]], object]:
    if is_server(address):
        client: MongoClient[dict[str, object]] = MongoClient(address)
        concern = WriteConcern(w="majority", j=True)
        return client[_DATABASE].get_collection(_PROJECT, write_concern=concern).insert_one
    store = open_store(address, create=True)
    return lambda document: store.insert(_PROJECT, [document])


def _document(name: str) -> dict[str, object]:
    context = {"asset": "sh010", "subset": Path(name).stem, "version": 1, "representation": "exr"}
    entries = [{"name": "studio", "created_dt": ObjectId().generation_time}, {"name": "backup"}]
    return {
        "_id": ObjectId(),
        "schema": "openpype:representation-2.0",
        "type": "representation",
        "parent": ObjectId(),
        "name": "exr",
        "context": context,
        "files": [
            {"_id": ObjectId(), "path": f"{{root[work]}}/{name}", "size": len(_BYTES), "sites": entries}
        ],
    }


if __name__ == "__main__":
    main()
