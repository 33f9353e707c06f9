"""Streams for providers that hash what goes through them: bytes are read once for both."""

from __future__ import annotations

import io
import os
from typing import BinaryIO

from syncgui.engine.checksums import Checksums
from syncgui.providers.local_folder import Source

_BLOCK_BYTES = 2**20


class HashingWriter(io.RawIOBase):
    """What a provider writes, hashed on its way."""

    def __init__(self, writer: BinaryIO, checksums: Checksums) -> None:
        super().__init__()
        self._writer = writer
        self._checksums = checksums

    def writable(self) -> bool:
        return True

    def write(self, data: bytes | memoryview) -> int:  # type: ignore[override]
        self._writer.write(data)
        self._checksums.update(data)
        return len(data)


class HashingSource(io.RawIOBase):
    """What a provider reads, hashed on its way; what is read again after a `seek` back is hashed once."""

    def __init__(self, source: Source, checksums: Checksums) -> None:
        super().__init__()
        self._source = source
        self._checksums = checksums
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go back to a place that was read already.

        Raises:
            ValueError: it was not: what lies between would not be hashed.
        """
        if whence != os.SEEK_SET or offset > self._checksums.size_bytes:
            raise ValueError("only back, to a place counted from the start")
        self._place = self._source.seek(offset)
        return self._place

    def tell(self) -> int:
        return self._place

    def read(self, size: int = -1) -> bytes:
        if size < 0:
            return b"".join(iter(lambda: self.read(_BLOCK_BYTES), b""))
        data = self._source.read(size)
        self._place += len(data)
        new = self._place - self._checksums.size_bytes
        if new >= len(data):
            self._checksums.update(data)
        elif new > 0:
            self._checksums.update(memoryview(data)[len(data) - new :])
        return data
