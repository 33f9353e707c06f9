"""A gate before a MongoDB server that refuses commands on single collections, as a server with roles does.

The wire server of the tests knows rights on whole databases only. The gate looks at each message of a
client (OP_MSG, see the wire protocol), answers what is refused with "Unauthorized" and passes on the rest.
Addresses need directConnection=true, else the driver goes past it.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Collection
from contextlib import suppress

import bson

_HEADER = struct.Struct("<iiii")
_OP_MSG = 2013
_UNAUTHORIZED = 13


class RefusingGate:
    """Listens at `port`. `refuse` and `allow` take effect with the next command."""

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._refused: dict[str, frozenset[str]] = {}
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._sockets: list[socket.socket] = []
        threading.Thread(target=self._accept, name="test-gate", daemon=True).start()

    def refuse(self, collection: str, commands: Collection[str]) -> None:
        """Refuse these commands on a collection, in whichever database."""
        self._refused[collection] = frozenset(commands)

    def allow(self, collection: str) -> None:
        """Refuse nothing there any more."""
        self._refused.pop(collection, None)

    def close(self) -> None:
        """End all connections."""
        for one in (self._listener, *self._sockets):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._server_port))
                self._sockets += [client, server]
                answering = threading.Lock()
                for run in (self._ask, self._answer):
                    threading.Thread(
                        target=run, args=(client, server, answering), name="test-gate", daemon=True
                    ).start()

    def _ask(self, client: socket.socket, server: socket.socket, answering: threading.Lock) -> None:
        with suppress(OSError):
            while message := _message(client):
                refusal = self._refusal(message)
                if refusal is None:
                    server.sendall(message)
                else:
                    with answering:
                        client.sendall(refusal)
        _end(client, server)

    def _answer(self, client: socket.socket, server: socket.socket, answering: threading.Lock) -> None:
        with suppress(OSError):
            while message := _message(server):
                with answering:
                    client.sendall(message)
        _end(client, server)

    def _refusal(self, message: bytes) -> bytes | None:
        _, number, _, code = _HEADER.unpack_from(message)
        if code != _OP_MSG:
            return None
        (length,) = struct.unpack_from("<i", message, _HEADER.size + 5)
        start = _HEADER.size + 5
        command = bson.decode(message[start : start + length])
        name = next(iter(command))
        if name not in self._refused.get(str(command[name]), ()):
            return None
        words = f"not authorized on {command['$db']} to execute command {{ {name}: ... }}"
        answer = {"ok": 0.0, "errmsg": words, "code": _UNAUTHORIZED, "codeName": "Unauthorized"}
        body = struct.pack("<IB", 0, 0) + bson.encode(answer)
        return _HEADER.pack(_HEADER.size + len(body), 0, number, _OP_MSG) + body


def _message(source: socket.socket) -> bytes:
    """The next message, b"" at the end."""
    head = _exactly(source, 4)
    return head + _exactly(source, struct.unpack("<i", head)[0] - 4) if head else b""


def _exactly(source: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        part = source.recv(size - len(found))
        if not part:
            return b""
        found += part
    return found


def _end(*sockets: socket.socket) -> None:
    for one in sockets:
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
