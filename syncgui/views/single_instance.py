"""One window per user and machine: the first holds a lock and listens, a second one asks it to come forward.

The lock is the system's and ends with the process, however that ends, so nothing has to be cleared away by
hand. Only the lock's owner removes a socket that a killed one left behind. On desktops that let nobody
steal the focus the second hands over the token with which the desktop started it.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from pathlib import Path

import xxhash
from filelock import FileLock, Timeout
from PySide6.QtCore import QDir, QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtNetwork import QLocalServer, QLocalSocket

_LONGEST_ADDRESS = 100  # bytes; a socket's path is cut at 104 to 108 by the systems
_LONGEST_MESSAGE = 4096
_TOKENS = ("XDG_ACTIVATION_TOKEN", "DESKTOP_STARTUP_ID")
_RAISE = b"raise"
_RAISED = b"raised\n"
_log = logging.getLogger(__name__)


class SingleInstance(QObject):
    """The first window of this user on this machine, or a later one.

    Args:
        state_dir: this machine's state folder; made if it is missing.
    """

    raise_requested = Signal()

    def __init__(self, state_dir: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = FileLock(state_dir / "window.lock", timeout=0)
        self._address = address_in(state_dir)
        self._server: QLocalServer | None = None
        self._heard: dict[QLocalSocket, bytes] = {}

    def claim(self) -> bool:
        """Whether this is the first one; from then on it listens for others.

        Raises:
            OSError: the state folder can not be written.
        """
        Path(self._lock.lock_file).parent.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire()
        except Timeout:
            return False
        self._listen()
        return True

    def release(self) -> None:
        """Listen no more and let another one be the first."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self._lock.release()

    def raise_first(self, timeout_ms: int = 3000, environ: Mapping[str, str] = os.environ) -> bool:
        """Ask the first one to come forward; whether it said that it does, within this time."""
        token = next((environ[name] for name in _TOKENS if environ.get(name)), "")
        socket = QLocalSocket()
        socket.connectToServer(self._address)
        if not socket.waitForConnected(timeout_ms):
            return False
        socket.write(b" ".join([_RAISE, token.encode(errors="replace")]).strip() + b"\n")
        answer = b""
        while _RAISED not in answer and socket.waitForReadyRead(timeout_ms):
            answer += bytes(socket.readAll().data())
        socket.abort()
        return _RAISED in answer

    # -- private ---------------------------------------------------------------------------------------

    def _listen(self) -> None:
        server = QLocalServer(self)
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        server.newConnection.connect(self._accept)
        QLocalServer.removeServer(self._address)  # left behind by one that was killed: the lock is ours
        if not server.listen(self._address):
            # Syncing does not hang on it: a second start then only says that it got no answer.
            _log.warning("a second start can not reach this one: %s", server.errorString())
        self._server = server

    def _accept(self) -> None:
        while self._server is not None and (socket := self._server.nextPendingConnection()) is not None:
            self._heard[socket] = b""
            socket.readyRead.connect(self._read)
            socket.disconnected.connect(self._forget)
            if socket.bytesAvailable():
                self._hear(socket)

    def _read(self) -> None:
        socket = self.sender()
        if isinstance(socket, QLocalSocket):
            self._hear(socket)

    def _hear(self, socket: QLocalSocket) -> None:
        heard = self._heard.get(socket, b"") + bytes(socket.readAll().data())
        self._heard[socket] = heard
        if len(heard) > _LONGEST_MESSAGE:
            socket.abort()
        elif heard.endswith(b"\n"):
            word, _, token = heard.strip().partition(b" ")
            self._heard[socket] = b""
            if word == _RAISE:
                _take_over(token.decode(errors="replace"))
                self.raise_requested.emit()
                socket.write(_RAISED)
                socket.flush()

    def _forget(self) -> None:
        socket = self.sender()
        if isinstance(socket, QLocalSocket):
            self._heard.pop(socket, None)
            socket.deleteLater()


def address_in(state_dir: Path) -> str:
    """Where the first one listens: in its folder, or under a short name where that is too deep."""
    path = state_dir / "window.socket"
    if os.name != "nt" and len(os.fsencode(path)) <= _LONGEST_ADDRESS:
        return str(path)
    name = f"syncgui-{xxhash.xxh3_64_hexdigest(os.fsencode(state_dir))}"
    if os.name == "nt":
        return name
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    return f"{runtime if os.path.isdir(runtime) else QDir.tempPath()}/{name}"  # noqa: PTH112


def _take_over(token: str) -> None:
    """Let the next window that is raised use the token: Qt takes it from there on Wayland; X needs none."""
    if token and QGuiApplication.platformName().startswith("wayland"):
        os.environ["XDG_ACTIVATION_TOKEN"] = token
