"""Many `sync` processes on one MongoDB wire server: one is killed, one stopped for a while and continued.

`python -m benchmarks.many_workers [--files 2000] [--stop 90]` prints one JSON object. Each worker has a home
of its own; the killed one's is started once more at the end, as a machine is that comes back. What was
recorded is counted by a change stream, what got its name by inotify, both from outside of the workers.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from pymongo import MongoClient
from pymongo.collection import Collection
from pymongo.errors import PyMongoError

from benchmarks.measuring import environment, syncgui, two_sites
from benchmarks.renames import Renames
from benchmarks.small_files import FOLDERS, PROJECT, count_equal, partials, until, wanted, write_files
from tests.servers.mongo_server import Client, MongoServer

_DATABASE = "avalon"
_RECORD = ".sites.1.created_dt"
_PATIENCE_S = 300.0
_IN_FLIGHT_S = 0.2
_DONE_S = 2.0
"""Nothing more comes through the change stream after that."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is done: how much, by how many, for how many seconds one of them is stopped."""

    files: int = 2_000
    size_bytes: int = 100_000
    workers: int = 4
    stop_s: float = 90.0


_AS_ASKED = Plan()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=_AS_ASKED.files)
    parser.add_argument("--size", type=int, default=_AS_ASKED.size_bytes, help="bytes of a file")
    parser.add_argument("--workers", type=int, default=_AS_ASKED.workers)
    parser.add_argument(
        "--stop", type=float, default=_AS_ASKED.stop_s, help="seconds for which one is stopped"
    )
    given = parser.parse_args()
    plan = Plan(given.files, given.size, given.workers, given.stop)
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(Path(folder), plan), indent=1))


def measure(folder: Path, plan: Plan) -> dict[str, object]:
    """Do it in an empty folder; what came of it."""
    server = MongoServer(folder / "server")
    try:
        with server.client() as client:
            return _Trial(folder, server, client, plan).run()
    finally:
        server.stop()


class _Trial:
    """One run."""

    def __init__(self, folder: Path, server: MongoServer, client: Client, plan: Plan) -> None:
        self._folder = folder
        self._plan = plan
        self._server = server
        self._collection = _collection_of(client)
        self._workers = client["syncgui"]["workers"]
        self._options = [*two_sites(folder)[2:4], "--database", server.address(_DATABASE)]
        self._environment = environment() | {"XDG_STATE_HOME": str(folder / "machine")}
        self._processes: list[subprocess.Popen[bytes]] = []
        self._unpublished: list[dict[str, object]] = []
        self._published = 0

    def run(self) -> dict[str, object]:
        self._unpublished = write_files(self._folder, self._plan.files, self._plan.size_bytes)
        begin = time.perf_counter()
        renames = Renames(self._folder / "backup" / f"f{number}" for number in range(FOLDERS))
        try:
            with _recordings(self._server) as recordings:
                told = self._work()
                wall_s = time.perf_counter() - begin
                threading.Event().wait(_DONE_S)
        finally:
            for process in self._processes:
                if process.poll() is None:
                    process.kill()
                process.wait()
            renames.stop()
        return {
            **{"files": self._plan.files, "workers": self._plan.workers, "stopped_s": self._plan.stop_s},
            **told,
            "wall_s": round(wall_s, 1),
            **self._found(),
            **_of(recordings, "recorded"),
            **_of(renames.counted, "renamed"),
            "renames_missed": renames.has_missed,
        }

    def _publish(self, count: int) -> None:
        """Record the next so many representations; there is to be work when one is killed or stopped."""
        documents, self._unpublished = self._unpublished[:count], self._unpublished[count:]
        if not documents:
            raise RuntimeError("everything was done before a worker could be stopped: take more files")
        self._collection.insert_many(documents)
        self._published += len(documents)

    # -- what happens --------------------------------------------------------------------------------

    def _work(self) -> dict[str, object]:
        for number in range(self._plan.workers):
            self._start(f"home{number}")
        self._publish(self._plan.files // 10)
        until(lambda: self._recorded() == self._published, "a tenth", _PATIENCE_S)
        killed, _ = self._stop_one_with_claims()
        killed.kill()
        killed.wait()
        stopped, name = self._stop_one_with_claims()
        held = self._leases(name)
        if self._unpublished:
            self._publish(self._plan.files)
        threading.Event().wait(self._plan.stop_s)
        left_while_stopped = self._leases(name)
        stopped.send_signal(signal.SIGCONT)
        until(lambda: self._recorded() == self._plan.files, "all files", _PATIENCE_S)
        # It must have had the time to commit late, if it would.
        until(lambda: not self._partials_of(name), "the continued one's partials gone", _PATIENCE_S)
        leftovers = len(partials(self._folder))
        for process in self._processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        codes = [process.wait(_PATIENCE_S) for process in self._processes if process is not killed]
        once = self._start(f"home{self._processes.index(killed)}", "--once")
        return {
            "claims_when_stopped": held,
            "of_them_not_taken_over_when_continued": left_while_stopped,
            "exit_codes": codes,
            "leftovers_before_the_killed_comes_back": leftovers,
            "exit_code_of_the_killed_started_again": once.wait(_PATIENCE_S),
        }

    def _stop_one_with_claims(self) -> tuple[subprocess.Popen[bytes], str]:
        """Stop a worker in the middle of something; it and its name.

        Raises:
            RuntimeError: everything was done before.
        """
        while True:
            if self._recorded() == self._published:
                self._publish(self._plan.files // 10)
            for process in self._processes:
                record = self._workers.find_one({"pid": process.pid})
                if process.poll() is not None or record is None or not self._leases(str(record["_id"])):
                    continue
                process.send_signal(signal.SIGSTOP)
                threading.Event().wait(_IN_FLIGHT_S)  # what it had sent before may still have its effect
                if self._leases(str(record["_id"])):
                    return process, str(record["_id"])
                process.send_signal(signal.SIGCONT)

    def _start(self, home: str, *words: str) -> subprocess.Popen[bytes]:
        command = syncgui("sync", *words, "--yes", "--home", self._folder / home, *self._options)
        with (self._folder / f"{home}.log").open("ab") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, env=self._environment)
        self._processes.append(process)
        return process

    # -- what there is -------------------------------------------------------------------------------

    def _entries(self) -> Iterator[dict[str, object]]:
        return wanted(self._collection.find())

    def _recorded(self) -> int:
        return sum("created_dt" in entry for entry in self._entries())

    def _leases(self, worker: str) -> int:
        return sum(str(entry.get("lease", "")).startswith(f"{worker}:") for entry in self._entries())

    def _partials_of(self, worker: str) -> bool:
        return any(f"-{worker}-" in path.name for path in partials(self._folder))

    def _found(self) -> dict[str, object]:
        entries = list(self._entries())
        return {
            "there_and_equal": count_equal(self._folder),
            "with_tries": sum("tries" in entry for entry in entries),
            "with_lease": sum("lease" in entry for entry in entries),
            "leftovers": len(partials(self._folder)),
        }


@contextmanager
def _recordings(server: MongoServer) -> Iterator[Counter[str]]:
    """Counts, while the block lasts, each new `created_dt` of the target's entry, by document and file.

    Each event holds what stood there after that very write; some servers tell the whole list of entries.
    """
    counted: Counter[str] = Counter()
    known: dict[str, object] = {}
    with server.client() as client, _collection_of(client).watch() as stream:

        def listen() -> None:
            try:
                for change in stream:
                    for name, value in _flat(change.get("updateDescription")):
                        key = f"{change['documentKey']} {name}"
                        if name.endswith(_RECORD) and value is not None and known.get(key) != value:
                            known[key] = value
                            counted[key] += 1
            except PyMongoError:
                return  # closed at the end

        thread = threading.Thread(target=listen, name="recordings", daemon=True)
        thread.start()
        yield counted
        stream.close()
        thread.join(_PATIENCE_S)


def _collection_of(client: Client) -> Collection[dict[str, Any]]:
    return cast("MongoClient[dict[str, Any]]", client)[_DATABASE][PROJECT]


def _flat(value: object, name: str = "") -> Iterator[tuple[str, object]]:
    """All values below one with their dotted names: a server may tell a whole array as one field."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _flat(one, f"{name}.{key}")
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from _flat(one, f"{name}.{number}")
    else:
        yield name, value


def _of(counted: Counter[str] | Counter[Path], what: str) -> dict[str, int]:
    return {
        what: len(counted),
        f"times_{what}": counted.total(),
        f"{what}_more_than_once": sum(times > 1 for times in counted.values()),
    }


if __name__ == "__main__":
    main()
