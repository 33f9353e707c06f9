"""The index over a studio's whole database: first scan, the next open entries, what standing still costs.

`python -m benchmarks.planning [--counts 10000 100000 1000000] [--server-count 100000]` prints one JSON
object. For each count an SQLite store, for the server count a MongoDB wire server with a change stream and
one that stands alone. Every scan runs in a process of its own, whose largest memory is given above that of
an empty one; `idle_core_percent` is that of a whole `sync` process that has nothing to do.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.measuring import environment, peak_memory_bytes, syncgui, two_sites
from benchmarks.studio_documents import PROJECT, record
from syncgui.application import Application, Options
from tests.servers.mongo_server import MongoServer

_AGAIN = 21
_NEXT = 1_000
_PATIENCE_S = 600.0
_KINDS = {"stream": (), "poll": ("--standalone",)}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counts", type=int, nargs="*", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--server-count", type=int, default=100_000, help="0: no server")
    parser.add_argument("--kinds", nargs="*", choices=tuple(_KINDS), default=list(_KINDS), help="of servers")
    parser.add_argument("--settle-s", type=float, default=15.0, help="how long a process may settle first")
    parser.add_argument("--idle-s", type=float, default=60.0, help="how long standing still is measured")
    parser.add_argument("--scan", nargs=2, help="FOLDER ADDRESS: only the scan, in this process")
    given = parser.parse_args()
    if given.scan:
        print(json.dumps(_scan(Path(given.scan[0]), given.scan[1])))
        return
    found: dict[str, object] = {"empty_memory_mb": _memory_mb()}
    for count in given.counts:
        with tempfile.TemporaryDirectory(prefix="syncgui-bench-") as name:
            found[f"sqlite_{count}"] = _sqlite(Path(name), count)
    for kind in given.kinds if given.server_count else ():
        with tempfile.TemporaryDirectory(prefix="syncgui-bench-") as name:
            server = MongoServer(Path(name) / "server", _KINDS[kind])
            try:
                found[f"{kind}_{given.server_count}"] = _server(
                    Path(name), server.address("avalon"), given.server_count, (given.settle_s, given.idle_s)
                )
            finally:
                server.stop()
    print(json.dumps(found, indent=2))


def _sqlite(folder: Path, count: int) -> dict[str, object]:
    two_sites(folder)
    address = f"sqlite:///{folder / 'db.sqlite'}"
    begin = time.perf_counter()
    record(address, 0, count)
    return {"recorded_s": round(time.perf_counter() - begin, 1), **_scan_beside(folder, address)}


def _server(folder: Path, address: str, count: int, still_s: tuple[float, float]) -> dict[str, object]:
    options = [*two_sites(folder)[:-1], address]
    begin = time.perf_counter()
    record(address, 0, count)
    found: dict[str, object] = {"recorded_s": round(time.perf_counter() - begin, 1)}
    found |= _scan_beside(folder, address)
    # Without the root that it exchanges, nothing can be moved: what is open waits.
    (folder / "backup").rmdir()
    return found | {"idle_core_percent": _idle_percent([*options, "--yes"], *still_s)}


def _scan_beside(folder: Path, address: str) -> dict[str, object]:
    command = [sys.executable, "-m", "benchmarks.planning", "--scan", str(folder), address]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, text=True, check=True, env=environment(), timeout=_PATIENCE_S
    )
    return dict(json.loads(done.stdout))


def _scan(folder: Path, address: str) -> dict[str, object]:
    application = Application(Options(folder / "home", folder / "settings", address), {})
    try:
        projects = application.projects()
        before_mb = _memory_mb()
        begin, cpu = time.perf_counter(), time.process_time()
        application.catch_up(projects)
        found: dict[str, object] = {
            "first_scan_s": round(time.perf_counter() - begin, 2),
            "first_scan_cpu_s": round(time.process_time() - cpu, 2),
            "first_scan_memory_mb": round(_memory_mb() - before_mb, 1),
        }
        again = time.perf_counter()
        application.catch_up(projects)
        found["second_look_s"] = round(time.perf_counter() - again, 3)
        found["next_entries_ms"] = _next_ms(application)
        found["open_files"] = application.index.open_files(PROJECT, projects[PROJECT].pair)
        return found
    finally:
        application.close()


def _next_ms(application: Application) -> dict[str, float]:
    times: list[float] = []
    for _ in range(_AGAIN):
        begin = time.perf_counter()
        application.index.next_entries(
            PROJECT, "backup", "studio", large=False, now=time.time(), limit=_NEXT, after=None
        )
        times.append((time.perf_counter() - begin) * 1000)
    return {"median": round(statistics.median(times), 2), "max": round(max(times), 2)}


def _idle_percent(options: list[str], settle_s: float, idle_s: float) -> float:
    """What the process uses of one core, once it has settled."""
    process = subprocess.Popen(syncgui("sync", *options), stdout=subprocess.DEVNULL, env=environment())
    try:
        _let_pass(process, settle_s)
        before_s = _cpu_s(process.pid)
        _let_pass(process, idle_s)
        return round((_cpu_s(process.pid) - before_s) / idle_s * 100, 2)
    finally:
        process.terminate()
        process.wait(_PATIENCE_S)


def _let_pass(process: subprocess.Popen[bytes], seconds: float) -> None:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return
    raise RuntimeError(f"sync ended with {process.returncode}")


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory_mb() -> float:
    """The largest resident memory of this process so far."""
    return round(peak_memory_bytes(os.getpid()) / 2**20, 1)


if __name__ == "__main__":
    main()
