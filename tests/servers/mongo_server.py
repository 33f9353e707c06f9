"""A MongoDB wire server for tests: SecantusDB's daemon, or whichever server SYNCGUI_TEST_MONGO names.

The daemon advertises a replica set of one, so that it has change streams, unless it is started as a
standalone. It can be killed, halted and started again on the same data, and told to fail commands.
A server that is named must be one for tests only: its databases are dropped.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sysconfig
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pymongo import MongoClient

VARIABLE = "SYNCGUI_TEST_MONGO"
_START_LIMIT_MS = 60_000
_END_LIMIT_S = 30.0
_WRITE_TIMED_OUT = 64

Client = MongoClient[dict[str, object]]


@dataclass(frozen=True, slots=True)
class User:
    """Somebody with a login; `roles` as createUser takes them."""

    name: str
    password: str
    roles: Sequence[str | Mapping[str, str]]


class MongoServer:
    """A running server. `address` leads to it; `new_database` makes a name that nobody uses.

    Args:
        folder: for its data and its log.
        options: further options of the daemon, such as "--standalone", "--auth".
        login: "user:password" for the address.
        query: options of the address, such as "tls=true&tlsCAFile=…".
    """

    def __init__(
        self, folder: Path, options: Sequence[str] = (), *, login: str = "", query: str = ""
    ) -> None:
        self.folder = folder
        self.port = _free_port()
        self._options = tuple(options)
        self._login = login
        self._query = query
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def address(self, database: str = "", login: str | None = None) -> str:
        """The address of a database on it."""
        login = self._login if login is None else login
        return (
            f"mongodb://{login + '@' if login else ''}127.0.0.1:{self.port}/{database}"
            f"{'?' + self._query if self._query else ''}"
        )

    def client(self, login: str | None = None) -> Client:
        """A driver's client of the test's own; close it."""
        return MongoClient(self.address(login=login), serverSelectionTimeoutMS=_START_LIMIT_MS)

    def start(self, *, wait: bool = True) -> None:
        """Start it, on the data that it has."""
        self.folder.mkdir(parents=True, exist_ok=True)
        daemon = Path(sysconfig.get_path("scripts")) / "secantusd-py"
        with (self.folder / "log.txt").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    daemon,
                    *("--port", str(self.port)),
                    *("--storage-path", self.folder / "data"),
                    "--sync-on-commit",
                    "--enable-test-commands",
                    *self._options,
                ],
                cwd=self.folder,
                stdout=log,
                stderr=log,
            )
        if wait:
            self.wait_until_it_listens()

    def wait_until_it_listens(self) -> None:
        """Wait until it takes connections; what it answers, a login may decide."""
        for _ in range(_START_LIMIT_MS // 20):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            assert self._process is not None
            try:
                code = self._process.wait(0.02)
            except subprocess.TimeoutExpired:
                continue
            raise AssertionError(f"the server ended with {code}: {(self.folder / 'log.txt').read_text()}")
        raise AssertionError("the server does not listen")

    def kill(self) -> None:
        """End it at once, by kill -9."""
        self._signal(signal.SIGKILL)
        self._wait()

    def halt(self) -> None:
        """Let it answer nothing, connections stay open; returns once it stands still."""
        assert self._process is not None
        self._signal(signal.SIGSTOP)
        # A signal takes its time, in which a quick question would still be answered.
        os.waitpid(self._process.pid, os.WUNTRACED)

    def go_on(self) -> None:
        """After `halt`."""
        self._signal(signal.SIGCONT)

    def stop(self) -> None:
        """End it in order."""
        if self._process is None:
            return
        self._signal(signal.SIGCONT)
        self._signal(signal.SIGTERM)
        try:
            self._wait()
        except subprocess.TimeoutExpired:
            self.kill()

    def demand_logins(self, users: Sequence[User], login: str) -> None:
        """Start it anew so that it knows these users and nobody else is served.

        Args:
            users: who may come in.
            login: "user:password", escaped, that `address` has from now on.
        """
        with self.client() as client:
            for user in users:
                client.admin.command("createUser", user.name, pwd=user.password, roles=list(user.roles))
        self.kill()  # each commit is on disk; an orderly end takes seconds
        self._options = (*self._options, "--auth")
        self._login = login
        self.start()

    def fail(self, commands: Sequence[str], code: int, *, times: int = 1, namespace: str = "") -> None:
        """Let the next so many of these commands fail with a code; 0 times: no more."""
        self._fail(commands, {"errorCode": code}, times, namespace)

    def leave_unconfirmed(self, commands: Sequence[str], *, times: int = 1, namespace: str = "") -> None:
        """Let the next so many of these writes be done, and no majority confirm them in time."""
        error = {"code": _WRITE_TIMED_OUT, "errmsg": "waiting for replication timed out"}
        self._fail(commands, {"writeConcernError": error}, times, namespace)

    def _fail(self, commands: Sequence[str], how: Mapping[str, object], times: int, namespace: str) -> None:
        data: dict[str, object] = {"failCommands": list(commands), **how}
        if namespace:
            data["namespace"] = namespace
        mode = {"times": times} if times else "off"
        with self.client() as client:
            client.admin.command({"configureFailPoint": "failCommand", "mode": mode, "data": data})

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)

    def _wait(self) -> None:
        if self._process is not None:
            self._process.wait(_END_LIMIT_S)
            self._process = None


class NamedServer:
    """The server that SYNCGUI_TEST_MONGO names: only its address and what may be emptied."""

    def __init__(self, address: str) -> None:
        self._address, _, query = address.partition("?")
        self._query = f"?{query}" if query else ""
        with self.client() as client:
            kept = {"avalon", "syncgui"} & set(client.list_database_names())
        assert not kept, f"{VARIABLE} names a server with databases {kept}: use one for tests only"

    def address(self, database: str = "") -> str:
        """The address of a database on it."""
        return f"{self._address.rstrip('/')}/{database}{self._query}"

    def client(self) -> Client:
        """A driver's client of the test's own; close it."""
        return MongoClient(self.address(), serverSelectionTimeoutMS=_START_LIMIT_MS)

    def stop(self) -> None:
        """Nothing: it is not ours."""


def shared_server(folder: Path) -> MongoServer | NamedServer:
    """The server for tests that neither kill it nor want it of a special kind."""
    named = os.environ.get(VARIABLE)
    return NamedServer(named) if named else MongoServer(folder)


def new_database() -> str:
    """A name that no other test uses."""
    return f"test_{uuid.uuid4().hex[:12]}"


def empty(server: MongoServer | NamedServer, database: str) -> None:
    """Drop what is ours beside a test's database; and that, where the server is not thrown away itself."""
    with server.client() as client:
        client.drop_database("syncgui")
        if isinstance(server, NamedServer):
            client.drop_database(database)


def remove(folder: Path) -> None:
    """Remove a stopped server's data."""
    shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
