"""HTTP/1.1 on one connection: heads are parsed here, bodies go straight between socket and buffer or file.

No body is ever held whole: `Body.fill` takes it in the caller's pieces, `Wire.send_part` gives it from disk,
by sendfile where no TLS is in between.
"""

from __future__ import annotations

import os
import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.servers.drive.errors import HungUpError

PIECE_BYTES = 1 << 20
_HEAD_LIMIT_BYTES = 1 << 18
_REASONS = {status.value: status.phrase for status in HTTPStatus} | {
    308: "Resume Incomplete",
    499: "Client Closed Request",
}
Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Head:
    """What a request says before its body; names of headers are in lower case."""

    method: str
    target: str
    path: str
    params: Mapping[str, str]
    headers: Mapping[str, str]


class Pace:
    """Slows to so many bytes per second, counted from its making."""

    def __init__(self, bytes_per_s: float) -> None:
        self._bytes_per_s = bytes_per_s
        self._due = time.monotonic()

    def spend(self, size: int) -> None:
        """Wait until so many bytes more are due."""
        self._due = max(self._due, time.monotonic() - 1) + size / self._bytes_per_s
        time.sleep(max(0.0, self._due - time.monotonic()))


class Wire:
    """One connection. Every failure of it is a `HungUpError`."""

    def __init__(self, sock: socket.socket, *, host: str = "") -> None:
        self.sock = sock
        self.secure = isinstance(sock, ssl.SSLSocket)
        self.tunnel_host = host
        self.sent_bytes = 0
        self._kept = bytearray()

    def read_head(self) -> Head | None:
        """The next request, None when the client is done."""
        while (end := self._kept.find(b"\r\n\r\n")) < 0:
            if len(self._kept) > _HEAD_LIMIT_BYTES:
                raise HungUpError
            part = self._receive(1 << 16)
            if not part:
                return None
            self._kept += part
        text = self._kept[:end].decode("latin-1")
        del self._kept[: end + 4]
        return _parse(text)

    def fill(self, view: memoryview) -> int:
        """Receive at least one byte into a buffer; 0 at the end of the stream."""
        if self._kept:
            size = min(len(view), len(self._kept))
            view[:size] = self._kept[:size]
            del self._kept[:size]
            return size
        try:
            return self.sock.recv_into(view)
        except OSError as error:
            raise HungUpError from error

    def read_line(self) -> bytes:
        """A line of the chunked encoding."""
        while (end := self._kept.find(b"\r\n")) < 0:
            part = self._receive(1 << 16)
            if not part or len(self._kept) > _HEAD_LIMIT_BYTES:
                raise HungUpError
            self._kept += part
        line = bytes(self._kept[:end])
        del self._kept[: end + 2]
        return line

    def send(self, data: bytes | memoryview) -> None:
        """Send all of it."""
        try:
            self.sock.sendall(data)
        except OSError as error:
            raise HungUpError from error
        self.sent_bytes += len(data)

    def send_part(self, descriptor: int, offset: int, size: int) -> None:
        """Send a part of a file."""
        if self.secure:
            while size > 0:
                piece = os.pread(descriptor, min(size, PIECE_BYTES), offset)
                if not piece:
                    raise HungUpError
                self.send(piece)
                offset, size = offset + len(piece), size - len(piece)
            return
        try:
            while size > 0:
                sent = os.sendfile(self.sock.fileno(), descriptor, offset, size)
                if not sent:
                    raise HungUpError
                offset, size = offset + sent, size - sent
                self.sent_bytes += sent
        except OSError as error:
            raise HungUpError from error

    def cut(self) -> None:
        """End the connection, whoever may be using it."""
        with suppress(OSError):
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)  # TLS's own one upsets a reading thread

    def close(self) -> None:
        """End the connection and free it."""
        self.cut()
        with suppress(OSError):
            self.sock.close()

    def _receive(self, size: int) -> bytes:
        try:
            return self.sock.recv(size)
        except OSError as error:
            raise HungUpError from error


class Body:
    """The body of one request, taken piece by piece.

    Args:
        wire: where it comes from.
        head: says how long it is.
    """

    def __init__(self, wire: Wire, head: Head) -> None:
        self._wire = wire
        self._chunked = "chunked" in head.headers.get("transfer-encoding", "").lower()
        length = head.headers.get("content-length", "0")
        self.length = None if self._chunked else int(length) if length.isdecimal() else 0
        self.expects = head.headers.get("expect", "").lower() == "100-continue"
        self.received = 0
        self.drop_after: int | None = None
        self.pace: Pace | None = None
        self._left = 0 if self._chunked else self.length or 0  # of the chunk, or of all
        self.ended = not self._chunked and self._left == 0
        self.broken = False
        self._first_chunk = True

    def fill(self, view: memoryview) -> int:
        """Fill a buffer as far as the body goes; 0 at its end. What came before a break is given first."""
        if self.expects and not self.ended:
            self.expects = False
            self._wire.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        if self.ended and self.drop_after is not None and self.received >= self.drop_after:
            raise HungUpError
        filled = 0
        while filled < len(view) and not self.ended and not self.broken:
            try:
                filled += self._some(view[filled:])
            except HungUpError:
                self.broken = True
        if self.broken and not filled:
            raise HungUpError
        return filled

    def read(self, limit: int = 1 << 22) -> bytes:
        """All of a small body."""
        buffer = bytearray(min(limit, self.length) if self.length is not None else limit)
        size = self.fill(memoryview(buffer))
        if not self.ended:
            self.drain()
        return bytes(buffer[:size])

    def drain(self) -> None:
        """Receive what is left of it for nothing."""
        if not self.ended:
            view = memoryview(bytearray(PIECE_BYTES))
            while self.fill(view):
                pass

    def _some(self, view: memoryview) -> int:
        if self._chunked and not self._left and not self._next_chunk():
            return 0
        size = min(len(view), self._left)
        if self.drop_after is not None:
            if self.received >= self.drop_after:
                raise HungUpError
            size = min(size, self.drop_after - self.received)
        if self.pace is not None:
            size = min(size, 1 << 14)
        got = self._wire.fill(view[:size])
        if not got:
            raise HungUpError
        self.received += got
        self._left -= got
        if not self._left and not self._chunked:
            self.ended = True
        if self.pace is not None:
            self.pace.spend(got)
        return got

    def _next_chunk(self) -> bool:
        if not self._first_chunk:
            self._wire.read_line()
        self._first_chunk = False
        try:
            self._left = int(self._wire.read_line().split(b";")[0], 16)
        except ValueError as error:
            raise HungUpError from error
        if self._left == 0:
            while self._wire.read_line():
                pass
            self.ended = True
        return self._left > 0


def head_bytes(status: int, headers: Headers) -> bytes:
    """The head of an answer."""
    lines = [f"HTTP/1.1 {status} {_REASONS.get(status, 'Unknown')}"]
    lines += [f"{name}: {value}" for name, value in headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _parse(text: str) -> Head:
    first, *lines = text.split("\r\n")
    words = first.split(" ")
    if len(words) != 3:
        raise HungUpError
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    parts = urlsplit(words[1]) if words[0] != "CONNECT" else urlsplit("")
    params = dict(parse_qsl(parts.query, keep_blank_values=True))
    return Head(words[0], words[1], unquote(parts.path), params, headers)
