"""Files up to Drive and down again, beside the rclone program, through one proxy to one server over TLS.

`python -m benchmarks.drive [--large-mib 1024] [--small 2000] [--small-kib 100] [--runs 3]` prints one JSON
object: for one large file and for many small ones, medians of seconds, CPU seconds, largest memory, calls at
the server for each file, and how many times as fast as rclone this program is, pair by pair. rclone runs
twice: as it comes (it paces itself at 10 calls a second after the first 100) and without its pace. Ours is
the whole of `sync --once`: it also records each file, and makes what comes down durable.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sysconfig
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from bson import ObjectId

from benchmarks.measuring import Run, run, syncgui
from syncgui.settings import write_settings
from syncgui.store.opening import open_store
from tests.servers.drive.process import DriveServer

PROJECT = "Bench"
_PER_FOLDER = 100
_UNPACED = ("--drive-pacer-min-sleep", "1ms", "--drive-pacer-burst", "10000")


@dataclass(frozen=True, slots=True)
class _Measured:
    """One run and what it asked of the server."""

    run: Run
    calls: int


class _Bench:
    """A studio's disk, a Drive, and who carries files between them."""

    def __init__(self, folder: Path, server: DriveServer, files: Sequence[tuple[str, int]]) -> None:
        self._folder = folder
        self._server = server
        self._files = files
        self._runs = 0
        self.source = folder / "source"
        for name, size_bytes in files:
            path = self.source / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as stream:
                for start in range(0, size_bytes, 1 << 20):
                    stream.write(os.urandom(min(1 << 20, size_bytes - start)))

    def ours(self) -> tuple[_Measured, _Measured]:
        """Up and down by this program."""
        place = self._new_place()
        here = self._folder / place
        shutil.copytree(self.source, here / "studio", copy_function=os.link)
        options = self._options(here, place)
        self._publish(options[-1])
        up = self._measured(syncgui("sync", "--once", "--yes", *options), self._of_syncgui())
        self._turn(options[-1], here)
        down = self._measured(syncgui("sync", "--once", "--yes", *options), self._of_syncgui())
        self._compare(here / "studio")
        shutil.rmtree(here)
        return up, down

    def rclone(self, pace: Sequence[str]) -> tuple[_Measured, _Measured]:
        """The same by rclone."""
        place = self._new_place()
        here = self._folder / place
        up = self._measured(self._rclone(pace, "copy", self.source, f":drive:{place}"), self._of_rclone())
        down = self._measured(self._rclone(pace, "copy", f":drive:{place}", here), self._of_rclone())
        self._compare(here)
        shutil.rmtree(here)
        return up, down

    def _new_place(self) -> str:
        self._runs += 1
        place = f"run {self._runs}"
        self._server.make_folder(self._server.drive_id, place)
        return place

    def _measured(self, command: Sequence[str | Path], variables: dict[str, str]) -> _Measured:
        self._server.reset()
        os.sync()  # what the run before left to be written would be charged to this one
        done = run(command, variables)
        return _Measured(done, len(self._server.calls()))

    def _compare(self, folder: Path) -> None:
        for name, size_bytes in self._files:
            there = folder / name
            if there.stat().st_size != size_bytes or there.read_bytes() != (self.source / name).read_bytes():
                raise RuntimeError(f"{name} came down as something else")

    # -- this program ----------------------------------------------------------------------------------

    def _options(self, here: Path, place: str) -> list[str]:
        write_settings(
            here / "settings",
            sites={
                "studio": {"provider": "local_drive", "root": {"work": str(here / "studio")}},
                "gdrive": {
                    "provider": "gdrive",
                    "credentials_url": str(self._server.service_account_file(google=True)),
                    "root": {"work": f"/{self._server.drive}/{place}"},
                },
            },
            publish_site="studio",
            remote_site="gdrive",
        )
        return [
            *("--home", str(here / "home")),
            *("--settings", str(here / "settings")),
            *("--database", f"sqlite:///{here / 'db.sqlite'}"),
        ]

    def _publish(self, address: str) -> None:
        store = open_store(address, create=True)
        now = datetime.now(UTC)
        for start in range(0, len(self._files), _PER_FOLDER):
            files = [
                {
                    "_id": ObjectId(),
                    "path": f"{{root[work]}}/{name}",
                    "size": size_bytes,
                    "sites": [{"name": "studio", "created_dt": now}, {"name": "gdrive"}],
                }
                for name, size_bytes in self._files[start : start + _PER_FOLDER]
            ]
            document = {
                "_id": ObjectId(),
                "type": "representation",
                "name": "exr",
                "context": {},
                "files": files,
            }
            store.insert(PROJECT, [document])
        store.close()

    def _turn(self, address: str, here: Path) -> None:
        """From now on the files are on Drive and wanted at the studio."""
        store = open_store(address)
        for documents in list(store.scan(PROJECT)):
            for document in documents:
                for file in document["files"]:  # type: ignore[attr-defined]
                    if "created_dt" not in file["sites"][1]:
                        raise RuntimeError(f"{file['path']} did not go up")
                    file["sites"][0] = {"name": "studio"}
                store.delete(PROJECT, [str(document["_id"])])
                store.insert(PROJECT, [document])
        store.close()
        for name, _ in self._files:
            (here / "studio" / name).unlink()

    def _of_syncgui(self) -> dict[str, str]:
        return {"HTTPS_PROXY": str(self._server.proxy), "REQUESTS_CA_BUNDLE": str(self._server.ca)}

    # -- rclone ----------------------------------------------------------------------------------------

    def _rclone(self, pace: Sequence[str], *words: str | Path) -> list[str | Path]:
        return [
            Path(sysconfig.get_path("scripts")) / "rclone",
            *("--config", os.devnull, "--ca-cert", str(self._server.ca), "--drive-scope", "drive"),
            *("--drive-service-account-file", self._server.service_account_file(google=True)),
            *("--drive-team-drive", self._server.drive_id),
            *pace,
            *words,
        ]

    def _of_rclone(self) -> dict[str, str]:
        return {"HTTPS_PROXY": str(self._server.proxy)}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large-mib", type=int, default=1024, help="0: leave it out")
    parser.add_argument("--small", type=int, default=2_000, help="how many; 0: leave them out")
    parser.add_argument("--small-kib", type=int, default=100)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    small = [
        (f"f{number // _PER_FOLDER:03}/{number:05}.exr", given.small_kib * 1024)
        for number in range(given.small)
    ]
    large = [("large.exr", given.large_mib << 20)] if given.large_mib else []
    found: dict[str, object] = {"large_mib": given.large_mib, "small": given.small, "runs": given.runs}
    for name, files in (("large", large), ("small", small)):
        if files:
            with (
                tempfile.TemporaryDirectory(prefix="syncgui-bench-") as folder,
                _served(Path(folder)) as server,
            ):
                found[name] = _figures(_Bench(Path(folder), server, files), given.runs, len(files))
    print(json.dumps(found))


@contextmanager
def _served(folder: Path) -> Iterator[DriveServer]:
    """A server with TLS, for as long as it is needed."""
    server = DriveServer(folder / "server", tls=True)
    try:
        yield server
    finally:
        server.stop()


def _figures(bench: _Bench, runs: int, files: int) -> dict[str, object]:
    pairs = [
        {"ours": bench.ours(), "rclone": bench.rclone(()), "rclone_unpaced": bench.rclone(_UNPACED)}
        for _ in range(runs)
    ]
    found: dict[str, object] = {}
    for n, way in enumerate(("up", "down")):
        found[way] = {
            **{who: _median([pair[who][n] for pair in pairs], files) for who in pairs[0]},
            **{
                f"times_as_fast_as_{who}": [
                    round(pair[who][n].run.wall_s / pair["ours"][n].run.wall_s, 2) for pair in pairs
                ]
                for who in ("rclone", "rclone_unpaced")
            },
        }
    return found


def _median(measured: Sequence[_Measured], files: int) -> dict[str, float]:
    fields = {name: [asdict(one.run)[name] for one in measured] for name in asdict(measured[0].run)}
    return {
        **{name: round(statistics.median(values), 3) for name, values in fields.items()},
        "calls_per_file": round(statistics.median(one.calls for one in measured) / files, 3),
    }


if __name__ == "__main__":
    main()
