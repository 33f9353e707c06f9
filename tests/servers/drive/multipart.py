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
        self._limit = b"\r\n--" + boundary.encode("latin-1")
        self._buffer = bytearray(min(PIECE_BYTES, 2 + (body.length or PIECE_BYTES)))
        self._buffer[:2] = b"\r\n"  # so that the first boundary is like the others
        self._at, self._end = 0, 2
        self.mime_type = ""

    def metadata(self) -> bytes:
        """The first part."""
        self._upto(self._limit)
        self._upto(b"\r\n\r\n")
        found = self._upto(self._limit)
        headers = self._upto(b"\r\n\r\n").decode("latin-1")
        for line in headers.split("\r\n"):
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
