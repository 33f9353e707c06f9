"""Streams for providers that hash what goes through them: bytes are read once for both."""

from __future__ import annotations

import io
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
    """What a provider reads, hashed on its way."""

    def __init__(self, source: Source, checksums: Checksums) -> None:
        super().__init__()
        self._source = source
        self._checksums = checksums

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if size < 0:
            return b"".join(iter(lambda: self.read(_BLOCK_BYTES), b""))
        data = self._source.read(size)
        self._checksums.update(data)
        return data
