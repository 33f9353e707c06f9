"""A second program at work on the same store, to be raced with, killed or stopped.

Run as `python -m tests.store.other_process COMMAND ADDRESS ...`; it prints a line when it is ready, does
what it has to do when it reads a line, and ends when its standard input does.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import apsw

from syncgui.model.edits import Claim, Target
from syncgui.model.representation import read_representation
from syncgui.store.abstract_store import Store
from syncgui.store.opening import open_store
from tests.store.documents import representation

LIMIT_S = 120.0
"""A program that takes longer hangs; it is killed so that the test fails instead of hanging, too."""

LOCKS = "TEST_WORKER_LOCKS"
"""Names the folder of workers' locks to a program that works on a server, in its environment."""

_ROOT = Path(__file__).parents[2]


class OtherProcess:
    """The running program, seen from the test."""

    def __init__(self, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.store.other_process", *arguments],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._watchdog = threading.Timer(LIMIT_S, self._process.kill)
        self._watchdog.name = "watchdog"
        self._watchdog.start()

    def hear(self) -> str:
        """The next line that it prints."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the other program ended"
        return line.strip()

    def say(self, line: str = "go") -> None:
        """Give it a line."""
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def stop(self) -> None:
        """Halt it as a debugger or a closed lid does: it lives, and does nothing."""
        self._process.send_signal(signal.SIGSTOP)

    def kill(self) -> None:
        """End it without letting it clean up."""
        self._process.kill()
        self._process.wait()

    def end(self) -> None:
        """Let it end, or make it."""
        self._watchdog.cancel()
        self._watchdog.join()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process.stdout.close()


@contextmanager
def other_process(*arguments: str) -> Iterator[OtherProcess]:
    """A second program, started and ready for as long as the block lasts."""
    process = OtherProcess(*arguments)
    try:
        assert process.hear() == "ready"
        yield process
    finally:
        process.end()


def join(store: Store, worker: str) -> None:
    """Make the store a worker of that name."""
    store.join(worker, host="ws1", user="anna", local_id="anna-ws1", pid=os.getpid(), now=datetime.now(UTC))


def targets(store: Store, project: str, site: str) -> list[Target]:
    """All entries of a site in a project."""
    return [
        Target(one.id, file.ref, site)
        for chunk in store.scan(project)
        for one in map(read_representation, chunk)
        for file in one.files
        if site in file.entries
    ]


def leases(store: Store, project: str, site: str) -> dict[Target, str | None]:
    """What stands as lease in all entries of a site."""
    return {
        Target(one.id, file.ref, site): file.entries[site].lease
        for chunk in store.scan(project)
        for one in map(read_representation, chunk)
        for file in one.files
        if site in file.entries
    }


def claim_one_by_one(store: Store, worker: str, project: str, site: str) -> list[str]:
    """Try to claim every entry, in an order of one's own; the leases that were had."""
    wanted = targets(store, project, site)
    random.Random(worker).shuffle(wanted)
    had: list[str] = []
    for number, target in enumerate(wanted):
        lease = f"{worker}:{number}"
        for document in store.claim(project, [Claim(target, lease)]):
            had += [
                lease
                for file in read_representation(document).files
                if file.ref == target.file and file.entries[site].lease == lease
            ]
    return had


def _live(store: Store, worker: str) -> None:
    join(store, worker)
    _ready()
    _wait()


def _race(store: Store, worker: str, project: str, site: str) -> None:
    join(store, worker)
    _ready()
    _wait()
    _tell(json.dumps(claim_one_by_one(store, worker, project, site)))
    _wait()


def _insert(store: Store, project: str) -> None:
    _ready()
    while _wait():
        document = representation()
        store.insert(project, [document])
        _tell(document["_id"])


def _lock(path: str) -> None:
    connection = apsw.Connection(path)
    connection.execute("BEGIN EXCLUSIVE")
    _ready()
    _wait()
    connection.execute("ROLLBACK")
    connection.close()
    _tell("released")
    _wait()


def _tell(line: object) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _ready() -> None:
    _tell("ready")


def _wait() -> str:
    return sys.stdin.readline()


def _store(address: str, *, create: bool = False) -> Store:
    locks = os.environ.get(LOCKS)
    return open_store(address, create=create, worker_lock_dir=Path(locks) if locks else None)


def _open(address: str) -> None:
    _ready()
    _wait()
    store = _store(address, create=True)
    _tell(store.identity)
    store.close()


def main(command: str, address: str, *arguments: str) -> None:
    """Do what the command line says."""
    if command == "lock":
        return _lock(address)
    if command == "open":
        return _open(address)
    store = _store(address)
    commands: dict[str, Callable[..., None]] = {"live": _live, "race": _race, "insert": _insert}
    commands[command](store, *arguments)
    return store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
