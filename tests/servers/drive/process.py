"""A Google Drive of a test's own: the stand-in server as a process, to be started, killed and halted."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from tests.servers.drive.first_world import DRIVE, OLDER, SERVICE, USER
from tests.servers.drive.steering import ControlError, Steering, StoredContent

_START_LIMIT_S = 60.0
_END_LIMIT_S = 30.0
_REPOSITORY = Path(__file__).resolve().parents[3]

__all__ = ["DRIVE", "OLDER", "SERVICE", "USER", "ControlError", "DriveServer", "StoredContent"]


class DriveServer(Steering):
    """A running server.

    Args:
        folder: for all that it keeps, and its log.
        tls: serve HTTPS, and be a CONNECT proxy for Google's hosts.
        host: address to listen at; "::1" for IPv6.
        faults: a JSON file with faults and other controls, done at every start.
    """

    def __init__(
        self, folder: Path, *, tls: bool = False, host: str = "127.0.0.1", faults: Path | None = None
    ) -> None:
        self.folder = folder
        self.host = host
        self.port = _free_port(host)
        self.endpoint = ""
        self.credentials = Path()
        self.ca: Path | None = None
        self.proxy: str | None = None
        self.drive = DRIVE
        self.drive_id = ""
        self.files: Mapping[str, Path] = {}
        self._options = ["--tls"] if tls else []
        if faults is not None:
            self._options += ["--faults", str(faults)]
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start it, on the data that it has and the port that it had."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "log.txt").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    *("-m", "tests.servers.drive"),
                    *("--host", self.host),
                    *("--port", str(self.port)),
                    *("--data", self.folder / "data"),
                    "--with-parent",
                    *self._options,
                ],
                cwd=_REPOSITORY,
                env={name: value for name, value in os.environ.items() if name != "PYTHONWARNINGS"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        self._hear(self._first_line())

    def kill(self) -> None:
        """End it at once, by kill -9."""
        self._signal(signal.SIGKILL)
        self._wait()

    def halt(self) -> None:
        """Let it answer nothing, connections stay open."""
        self._signal(signal.SIGSTOP)

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

    def remove(self) -> None:
        """Remove a stopped server's data."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def log(self) -> str:
        """What it wrote about itself, empty when nothing is wrong with it."""
        return (self.folder / "log.txt").read_text()

    def _first_line(self) -> bytes:
        process = self._process
        assert process is not None and process.stdout is not None
        slow = threading.Timer(_START_LIMIT_S, process.kill)
        slow.start()
        try:
            line = process.stdout.readline()
        finally:
            slow.cancel()
        process.stdout.close()
        if not line:
            code = process.wait(_END_LIMIT_S)
            self._wait()
            raise AssertionError(f"the server ended with {code}: {self.log()}")
        return line

    def _hear(self, line: bytes) -> None:
        said = json.loads(line)
        self.endpoint = said["endpoint"]
        self.credentials = Path(said["credentials"])
        self.ca = Path(said["ca"]) if said["ca"] else None
        self.proxy = said["proxy"]
        self.drive_id = said["drive_id"]
        self.files = {name: Path(path) for name, path in said["files"].items()}

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)

    def _wait(self) -> None:
        if self._process is not None:
            self._process.wait(_END_LIMIT_S)
            assert self._process.stdin is not None
            self._process.stdin.close()
            self._process = None


def _free_port(host: str) -> int:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
