"""How often the document of one long sequence is written while its files are synced.

`python -m benchmarks.document_writes [--files 1000]` prints one JSON object: writes of the document by
`sync --once`, counted in the SQLite store by its numbers and on a MongoDB wire server by the events of a
change stream, and seconds of the whole process.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from benchmarks.measuring import run, syncgui, two_sites
from syncgui.store.opening import open_store
from tests.servers.mongo_server import MongoServer

_BYTES = 20 * 1024


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=1_000)
    given = parser.parse_args()
    found: dict[str, object] = {"files": given.files}
    with tempfile.TemporaryDirectory(prefix="syncgui-bench-") as name:
        found["sqlite"] = _sqlite(Path(name), given.files)
    with tempfile.TemporaryDirectory(prefix="syncgui-bench-") as name:
        server = MongoServer(Path(name) / "server")
        try:
            found["mongodb"] = _server(Path(name), server, given.files)
        finally:
            server.stop()
    print(json.dumps(found))


def _sqlite(folder: Path, files: int) -> dict[str, float]:
    options = two_sites(folder)
    _publish(folder, options, files)
    before = _number(options[-1])
    done = run(syncgui("sync", "--once", *options))
    return {"document_writes": _number(options[-1]) - before, "wall_s": done.wall_s}


def _server(folder: Path, server: MongoServer, files: int) -> dict[str, float]:
    options = [*two_sites(folder)[:-1], server.address("avalon")]
    _publish(folder, options, files)
    with server.client() as client, client["avalon"].watch(max_await_time_ms=100) as stream:
        done = run(syncgui("sync", "--once", *options))
        writes = 0
        while stream.try_next() is not None:
            writes += 1
    return {"document_writes": writes, "wall_s": done.wall_s}


def _publish(folder: Path, options: list[str], files: int) -> None:
    names: list[str] = []
    for number in range(files):
        path = folder / "studio" / f"sh010.{number:04}.exr"
        path.write_bytes(number.to_bytes(8, "little") * (_BYTES // 8))
        names.append(str(path))
    listing = folder / "list.txt"
    listing.write_text("\n".join(names))
    what = ("--project", "Bench", "--asset", "a", "--subset", "s", "--list", listing)
    run(syncgui("publish", *what, *options))


def _number(address: str) -> int:
    """How many writes of documents an SQLite store has seen."""
    store = open_store(address)
    try:
        return int(store.head().rpartition(":")[2])
    finally:
        store.close()


if __name__ == "__main__":
    main()
