"""One `sync` process on a MongoDB wire server that is killed and started again at random moments.

`python -m benchmarks.outages [--files 2000] [--kills 20] [--seed 1]` prints one JSON object: whether all is
there and recorded, what it cost in tries, and which files got their name more than once.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from pymongo.errors import PyMongoError

from benchmarks.measuring import environment, syncgui, two_sites
from benchmarks.renames import Renames
from benchmarks.small_files import FOLDERS, PROJECT, count_equal, partials, until, wanted, write_files
from tests.servers.mongo_server import MongoServer

_DATABASE = "avalon"
_PATIENCE_S = 600.0
_LONGEST_AWAY_S = 2.0
_LONGEST_THERE_S = 3.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What is done: files of a size, so many kills of the server, chance made repeatable."""

    files: int = 2_000
    size_bytes: int = 100_000
    kills: int = 20
    seed: int = 1


_AS_ASKED = Plan()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=_AS_ASKED.files)
    parser.add_argument("--size", type=int, default=_AS_ASKED.size_bytes, help="bytes of a file")
    parser.add_argument("--kills", type=int, default=_AS_ASKED.kills)
    parser.add_argument("--seed", type=int, default=_AS_ASKED.seed)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(Path(folder), Plan(given.files, given.size, given.kills, given.seed))))


def measure(folder: Path, plan: Plan) -> dict[str, object]:
    """Do it in an empty folder; what came of it."""
    server = MongoServer(folder / "server")
    try:
        return _Trial(folder, server, plan).run()
    finally:
        server.stop()


class _Trial:
    """One run."""

    def __init__(self, folder: Path, server: MongoServer, plan: Plan) -> None:
        self._folder = folder
        self._server = server
        self._plan = plan
        self._random = random.Random(plan.seed)
        self._options = [*two_sites(folder)[:4], "--database", server.address(_DATABASE)]
        self._environment = environment() | {"XDG_STATE_HOME": str(folder / "machine")}

    def run(self) -> dict[str, object]:
        self._publish()
        renames = Renames(self._folder / "backup" / f"f{number}" for number in range(FOLDERS))
        begin_s = time.perf_counter()
        with (self._folder / "log.txt").open("ab") as log:
            process = subprocess.Popen(
                syncgui("sync", "--yes", *self._options), stdout=log, stderr=log, env=self._environment
            )
        try:
            under_way = self._kill_again_and_again()
            until(lambda: self._count("created_dt") == self._plan.files, "all records", _PATIENCE_S)
            wall_s = time.perf_counter() - begin_s
            process.send_signal(signal.SIGTERM)
            code = process.wait(_PATIENCE_S)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            renames.stop()
        twice = sum(number > 1 for number in renames.counted.values())
        return {
            "files": self._plan.files,
            "kills": self._plan.kills,
            "kills_while_files_were_open": under_way,
            "seed": self._plan.seed,
            "wall_s": round(wall_s, 1),
            "exit_code": code,
            "recorded": self._count("created_dt"),
            "there_and_equal": count_equal(self._folder),
            "with_tries": self._count("tries"),
            "with_lease": self._count("lease"),
            "renamed": len(renames.counted),
            "renamed_twice": twice,
            "renames_missed": renames.has_missed,
            "leftovers": len(partials(self._folder)),
        }

    def _kill_again_and_again(self) -> int:
        """Kill the server while there is something to do; how many kills met open files."""
        under_way = 0
        share = self._plan.files / (self._plan.kills + 1)
        for number in range(self._plan.kills):
            # Spread over the run: each after a little more has arrived, or a while has passed.
            end_s = time.perf_counter() + _LONGEST_THERE_S * self._random.uniform(0.2, 1.0)
            until(
                lambda n=number, end_s=end_s: (  # type: ignore[misc]
                    self._arrived() >= n * share or time.perf_counter() > end_s
                ),
                "a moment to kill",
                _PATIENCE_S,
            )
            under_way += self._arrived() < self._plan.files
            self._server.kill()
            threading.Event().wait(self._random.uniform(0.1, _LONGEST_AWAY_S))
            self._server.start()
        return under_way

    def _publish(self) -> None:
        documents = write_files(self._folder, self._plan.files, self._plan.size_bytes)
        with self._server.client() as client:
            client[_DATABASE][PROJECT].insert_many(documents)

    # -- what there is -------------------------------------------------------------------------------

    def _arrived(self) -> int:
        return sum(1 for _ in self._folder.glob("backup/*/*.exr"))

    def _entries(self) -> Iterator[dict[str, object]]:
        with self._server.client() as client:
            documents = cast("list[dict[str, object]]", list(client[_DATABASE][PROJECT].find()))
        return wanted(documents)

    def _count(self, key: str) -> int:
        try:
            return sum(key in entry for entry in self._entries())
        except PyMongoError:
            return 0


if __name__ == "__main__":
    main()
