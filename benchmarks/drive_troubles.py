"""What breaks on the way to Drive and back, at size: faults, kills, a slow account, memory.

`python -m benchmarks.drive_troubles [--part faults kills down pace memory rclone] [--files 500] [--kills 10]
[--large-mib 300] [--sparse-gib 5]` prints one JSON object: for each part what was sent, fetched, tried, and
whether both sides are equal at the end.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from bson import ObjectId

from benchmarks.measuring import Run, environment, run, syncgui
from syncgui.settings import write_settings
from syncgui.store.opening import open_store
from tests.servers.drive.process import DriveServer
from tests.servers.drive.rclone import rclone

PROJECT = "Bench"
_PATIENCE_S = 600.0
_LOOK_S = 0.01
_MIB = 1 << 20


class _Studio:
    """A disk, a folder on Drive, and what is recorded of the two."""

    def __init__(self, folder: Path, server: DriveServer) -> None:
        self.folder = folder
        self.server = server
        self.disk = folder / "studio"
        self.disk.mkdir(parents=True)
        self.place = folder.name
        self.folder_id = server.make_folder(server.drive_id, self.place)
        site: dict[str, object] = {
            "provider": "gdrive",
            "root": {"work": f"/{server.drive}/{self.place}"},
            # Behind the proxy lies Google's own address; else the site is told where it is.
            "credentials_url": str(server.service_account_file(google=bool(server.proxy))),
            "endpoint": "" if server.proxy else server.endpoint,
        }
        write_settings(
            folder / "settings",
            sites={
                "studio": {"provider": "local_drive", "root": {"work": str(self.disk)}},
                "gdrive": site,
                "backup": {"provider": "local_drive", "root": {"work": str(folder / "backup")}},
            },
            publish_site="studio",
            remote_site="gdrive",
        )
        self.address = f"sqlite:///{folder / 'db.sqlite'}"

    def command(self, *words: str, home: str = "home") -> list[str]:
        """A command line of the program."""
        places = ("--home", str(self.folder / home), "--settings", str(self.folder / "settings"))
        return syncgui(*words, *places, "--database", self.address)

    def publish(self, files: dict[str, int], *, wanted: str = "gdrive", sparse: bool = False) -> None:
        """Files of these sizes, each a representation."""
        store = open_store(self.address, create=True)
        for name, size_bytes in files.items():
            path = self.disk / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as stream:
                if sparse:
                    stream.truncate(size_bytes)
                for start in range(0, 0 if sparse else size_bytes, _MIB):
                    stream.write(os.urandom(min(_MIB, size_bytes - start)))
            store.insert(PROJECT, [_record(name, size_bytes, {"studio": True, wanted: False})])
        store.close()

    def turn(self) -> None:
        """Everything is on Drive and wanted here."""
        store = open_store(self.address)
        for documents in list(store.scan(PROJECT)):
            for document in documents:
                for file in document["files"]:  # type: ignore[attr-defined]
                    file["sites"][0] = {"name": "studio"}
                    (self.disk / str(file["path"]).removeprefix("{root[work]}/")).unlink(missing_ok=True)
                store.delete(PROJECT, [str(document["_id"])])
                store.insert(PROJECT, [document])
        store.close()

    def here(self) -> dict[str, tuple[int, str]]:
        """Size and md5 of all files of the disk, by path."""
        return {
            path.relative_to(self.disk).as_posix(): (path.stat().st_size, _md5(path))
            for path in sorted(self.disk.rglob("*"))
            if path.is_file()
        }

    def there(self) -> dict[str, tuple[int, str]]:
        """The same of Drive."""
        return self.server.tree(self.folder_id)

    def entries(self, site: str) -> list[dict[str, object]]:
        """All entries of a site."""
        store = open_store(self.address)
        found = [
            entry
            for documents in store.scan(PROJECT)
            for document in documents
            for file in document["files"]  # type: ignore[attr-defined]
            for entry in file["sites"]
            if entry["name"] == site
        ]
        store.close()
        return found

    def outcome(self, site: str) -> dict[str, object]:
        """How it ended, for the figures."""
        entries = self.entries(site)
        return {
            "recorded": sum("created_dt" in one for one in entries),
            "of": len(entries),
            "tries": sum(int(str(one.get("tries", 0))) for one in entries),
            "equal": self.here() == self.there(),
            "left_over": len(list(self.disk.rglob(".syncgui-*"))),
        }


def _record(name: str, size_bytes: int, sites: dict[str, bool]) -> dict[str, object]:
    now = datetime.now(UTC)
    entries = [{"name": site, **({"created_dt": now} if there else {})} for site, there in sites.items()]
    file = {"_id": ObjectId(), "path": f"{{root[work]}}/{name}", "size": size_bytes, "sites": entries}
    return {"_id": ObjectId(), "type": "representation", "name": "exr", "context": {}, "files": [file]}


def _md5(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _faults(studio: _Studio, given: argparse.Namespace) -> dict[str, object]:
    """Every twentieth call fails, connections break in the middle."""
    studio.publish({f"f{n % 10}/{n:04}.exr": 100 * 1024 for n in range(given.files)})
    studio.publish({"large.exr": 48 * _MIB})
    server = studio.server
    server.reset()
    kinds: list[dict[str, object]] = [
        {"status": 503, "reason": "backendError"},
        {"status": 429, "reason": "rateLimitExceeded"},
        {"status": 403, "reason": "userRateLimitExceeded"},
        {"drop_request_after": 50_000},
        {"drop_response_after": 20},
    ]
    for seed, effects in enumerate(kinds):
        server.control("faults", rules=[_rule("*", effects, seed)])
    server.control("faults", rules=[_rule("upload.put", {"drop_request_after": 9 * _MIB}, 7, 0.5)])
    up = run(studio.command("sync", "--once"))
    bad = sum(int(str(one["status"])) not in (200, 201, 206, 308) for one in server.calls())
    server.clear_faults()
    found: dict[str, object] = {
        "up_s": up.wall_s,
        "calls": len(server.calls()),
        "bad_answers": bad,
        **studio.outcome("gdrive"),
    }
    studio.turn()
    cut: dict[str, object] = {"drop_response_after": 60_000}
    for seed, effects in enumerate([*kinds[:3], cut]):
        server.control("faults", rules=[_rule("*", effects, seed)])
    down = run(studio.command("sync", "--once"))
    server.clear_faults()
    return {**found, "down_s": down.wall_s, "down": studio.outcome("studio")}


def _rule(match: str, effects: dict[str, object], seed: int, probability: float = 0.01) -> dict[str, object]:
    return {"match": match, "which": {"probability": probability, "seed": seed}, "do": effects, "account": ""}


def _kills(studio: _Studio, given: argparse.Namespace) -> dict[str, object]:
    """Killed on the way up, again and again."""
    size = given.large_mib * _MIB
    studio.publish({"large.exr": size})
    studio.server.reset()
    studio.server.fail("upload.put", bytes_per_s=60 * _MIB)
    kills = _killed(studio, given.kills, lambda: studio.server.bytes_in("upload.put"), size)
    studio.server.clear_faults()
    run(studio.command("sync", "--once"))
    sent = studio.server.bytes_in("upload.put")
    return {"kills": kills, "sent_over_size": round(sent / size, 3), **studio.outcome("gdrive")}


def _down(studio: _Studio, given: argparse.Namespace) -> dict[str, object]:
    """The same on the way down."""
    size = given.large_mib * _MIB
    studio.publish({"large.exr": size})
    run(studio.command("sync", "--once"))
    studio.turn()
    studio.server.reset()
    studio.server.fail("files.media", bytes_per_s=20 * _MIB)

    def come() -> int:
        return sum(path.stat().st_size for path in studio.disk.rglob(".syncgui-*"))

    kills = _killed(studio, given.kills, come, size)
    studio.server.clear_faults()
    run(studio.command("sync", "--once"))
    fetched = studio.server.bytes_out("files.media")
    return {"kills": kills, "fetched_over_size": round(fetched / size, 3), **studio.outcome("studio")}


def _killed(studio: _Studio, kills: int, come: Callable[[], int], size: int) -> int:
    """Kill `sync` each time that a random part of what is left has come; how often."""
    chance = random.Random(5)
    done = 0
    for number in range(kills):
        goal = size * (number + chance.uniform(0.2, 0.9)) / (kills + 1)
        process = subprocess.Popen(studio.command("sync"), env=environment(), stderr=subprocess.DEVNULL)
        _until(lambda goal=goal: come() >= goal)  # type: ignore[misc]
        process.kill()
        process.wait()
        done += 1
    return done


def _pace(studio: _Studio, given: argparse.Namespace) -> dict[str, object]:
    """An account of 10 calls a second, beside a site that has no limit."""
    count = max(20, given.files // 4)
    studio.publish({f"up/{n}.exr": 50_000 for n in range(count)})
    studio.server.reset()
    studio.server.configure(rate_per_s=10.0, rate_burst=10)
    (studio.folder / "backup").mkdir()
    begin = time.perf_counter()
    up = subprocess.Popen(studio.command("sync", "--once"), env=environment())
    other = _Studio(studio.folder / "other", studio.server)
    (other.folder / "backup").mkdir()
    other.publish({f"o/{n}.exr": 50_000 for n in range(given.files)}, wanted="backup")
    aside = run(other.command("sync", "--once", "--active-site", "studio", "--remote-site", "backup"))
    up.wait(_PATIENCE_S)
    wall_s = time.perf_counter() - begin
    calls = studio.server.calls()
    refused = sum(int(str(one["status"])) in (403, 429) for one in calls)
    studio.server.configure(rate_per_s=None)
    return {
        "files": count,
        "seconds": round(wall_s, 1),
        "calls_a_second": round(len(calls) / wall_s, 1),
        "refused": refused,
        **studio.outcome("gdrive"),
        "other_site": {"files": given.files, "seconds": aside.wall_s},
    }


def _memory(studio: _Studio, given: argparse.Namespace) -> dict[str, object]:
    """One very large file, beside a small one: does memory grow with it?"""
    found: dict[str, object] = {}
    for name, size in (("small", 64 * _MIB), ("large", int(given.sparse_gib * 1024) * _MIB)):
        one = _Studio(studio.folder / name, studio.server)
        one.publish({f"{name}.exr": size}, sparse=True)
        up = run(one.command("sync", "--once"))
        one.turn()
        down = run(one.command("sync", "--once"))
        found[name] = {"bytes": size, "up": _memory_of(up), "down": _memory_of(down)}
        found[f"{name}_recorded"] = all("created_dt" in entry for entry in one.entries("studio"))
    return found


def _memory_of(done: Run) -> dict[str, float]:
    return {"memory_mb": round(done.memory_bytes / 1e6), "seconds": done.wall_s}


def _rclone(studio: _Studio, given: argparse.Namespace) -> dict[str, object]:
    """rclone copies up and we bring it down; and the other way round."""
    theirs = studio.folder / "theirs"
    sizes = {f"a b/{n} 'ü'.exr": 1 + n * 7_000 for n in range(given.files // 5)} | {"large.exr": 40 * _MIB}
    for name, size in sizes.items():
        (theirs / name).parent.mkdir(parents=True, exist_ok=True)
        (theirs / name).write_bytes(os.urandom(size))
    rclone(studio.server, "copy", theirs, f":drive:{studio.place}")
    store = open_store(studio.address, create=True)
    for name, size in sizes.items():
        store.insert(PROJECT, [_record(name, size, {"studio": False, "gdrive": True})])
    store.close()
    variables = {"HTTPS_PROXY": str(studio.server.proxy), "REQUESTS_CA_BUNDLE": str(studio.server.ca)}
    run(studio.command("sync", "--once"), variables)
    rclone(studio.server, "check", studio.disk, f":drive:{studio.place}")
    came = studio.outcome("studio")
    back = _Studio(studio.folder / "back", studio.server)
    back.publish(sizes)
    run(back.command("sync", "--once"), variables)
    rclone(studio.server, "check", back.disk, f":drive:{back.place}")
    version = rclone(studio.server, "version").splitlines()[0]
    return {"rclone": version, "theirs_came_down": came, "ours_went_up": back.outcome("gdrive")}


def _until(holds: Callable[[], bool]) -> None:
    waited = threading.Event()
    end = time.monotonic() + _PATIENCE_S
    while not holds():
        if time.monotonic() > end:
            raise RuntimeError("it did not come to that")
        waited.wait(_LOOK_S)


PARTS = {
    "faults": _faults,
    "kills": _kills,
    "down": _down,
    "pace": _pace,
    "memory": _memory,
    "rclone": _rclone,
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", nargs="*", choices=sorted(PARTS), default=sorted(PARTS))
    parser.add_argument("--files", type=int, default=500)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--large-mib", type=int, default=300)
    parser.add_argument("--sparse-gib", type=float, default=5)
    given = parser.parse_args()
    found: dict[str, object] = {}
    for part in given.part:
        with tempfile.TemporaryDirectory(prefix="syncgui-bench-") as folder:
            server = DriveServer(Path(folder) / "server", tls=part == "rclone")
            try:
                found[part] = PARTS[part](_Studio(Path(folder) / part, server), given)
            finally:
                server.stop()
    print(json.dumps(found))


if __name__ == "__main__":
    main()
