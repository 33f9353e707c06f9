"""multipart/related, taken as it comes: metadata first, then content in pieces."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import Message

from tests.servers.drive.errors import bad_request
from tests.servers.drive.wire import PIECE_BYTES, Body


class RelatedParts:
    """The two parts of an upload in one call. Call `metadata`, then go through `content`.

    Args:
        body: the request's.
        content_type: the request's header, it names the boundary.
    """

    def __init__(self, body: Body, content_type: str) -> None:
        header = Message()
        header["Content-Type"] = content_type
        boundary = header.get_param("boundary")
        if header.get_content_type() != "multipart/related" or not isinstance(boundary, str):
            raise bad_request("Malformed multipart body.")
        self._body = body
        self._boundary = b"--" + boundary.encode("latin-1")
        self._limit = b""
        self._buffer = bytearray(min(PIECE_BYTES, body.length or PIECE_BYTES))
        self._at = self._end = 0
        self.mime_type = ""

    def metadata(self) -> bytes:
        """The first part. Lines end with CRLF, or with LF as Google's Python client writes them."""
        self._upto(self._boundary)
        line_end = b"\r\n" if self._upto(b"\n") == b"\r" else b"\n"
        self._at -= len(line_end)
        self._limit = line_end + self._boundary
        self._upto(line_end * 2)
        found = self._upto(self._limit)
        for line in self._upto(line_end * 2).decode("latin-1").splitlines():
            name, _, value = line.partition(":")
            if name.strip().lower() == "content-type":
                self.mime_type = value.strip()
        return found

    def content(self) -> Iterator[memoryview]:
        """The second part; each piece is good until the next is asked for."""
        kept = len(self._limit) - 1
        view = memoryview(self._buffer)
        while True:
            found = self._buffer.find(self._limit, self._at, self._end)
            if found >= 0:
                yield view[self._at : found]
                self._body.drain()
                return
            ready = max(self._at, self._end - kept)
            if ready > self._at:
                yield view[self._at : ready]
            self._at = ready
            self._more()

    def _upto(self, mark: bytes) -> bytes:
        while (found := self._buffer.find(mark, self._at, self._end)) < 0:
            self._more()
        data = bytes(self._buffer[self._at : found])
        self._at = found + len(mark)
        return data

    def _more(self) -> None:
        rest = self._end - self._at
        self._buffer[:rest] = self._buffer[self._at : self._end]
        self._at, self._end = 0, rest
        got = self._body.fill(memoryview(self._buffer)[rest:])
        if not got:
            raise bad_request("Malformed multipart body.")
        self._end += got
