"""Content on its way to disk: written as it comes, hashed along.

The first bytes are hashed by whoever brings them; of a long content a thread of its own hashes what is in the
file already, so that receiving and hashing go on side by side.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Sequence
from pathlib import Path

from tests.servers.drive.wire import PIECE_BYTES

_SHORT_BYTES = 2 * PIECE_BYTES


class Intake:
    """Appends to a file and hashes. Used by one thread at a time.

    What is in the file already counts as received.

    Args:
        path: the file, made when missing.
        algorithms: names of hashes.
    """

    def __init__(self, path: Path, algorithms: Sequence[str]) -> None:
        self.path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        self.size = os.fstat(self._descriptor).st_size
        self._algorithms = tuple(algorithms)
        self._digests = self._fresh()
        self._hashed = 0
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._ends = False

    def append(self, data: memoryview) -> None:
        """Write it behind what is there."""
        rest, at = data, self.size
        while len(rest):
            written = os.pwrite(self._descriptor, rest, at)
            at, rest = at + written, rest[written:]
        if self._thread is None and self._hashed == self.size and at <= _SHORT_BYTES:
            for digest in self._digests:
                digest.update(data)
            self._hashed = self.size = at
            return
        with self._changed:
            self.size = at
            self._changed.notify_all()
        self._hash_aside()

    def cut(self, size: int) -> None:
        """Keep the beginning only."""
        if size >= self.size:
            return
        self._end_thread()
        os.ftruncate(self._descriptor, size)
        self.size = size
        if self._hashed > size:
            self._digests, self._hashed = self._fresh(), 0

    def finish(self) -> dict[str, str]:
        """Hashes of all of it, by name; the file is closed."""
        self._end_thread()
        self._hash_rest()
        self.close()
        return {name: one.hexdigest() for name, one in zip(self._algorithms, self._digests, strict=True)}

    def close(self) -> None:
        """Free the file."""
        self._end_thread()
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _fresh(self) -> list[hashlib._Hash]:
        return [hashlib.new(name, usedforsecurity=False) for name in self._algorithms]

    def _hash_aside(self) -> None:
        if self._thread is None and self._algorithms:
            self._ends = False
            self._thread = threading.Thread(target=self._follow, name="drive-hash", daemon=True)
            self._thread.start()

    def _end_thread(self) -> None:
        if self._thread is None:
            return
        with self._changed:
            self._ends = True
            self._changed.notify_all()
        self._thread.join()
        self._thread = None

    def _follow(self) -> None:
        buffer = bytearray(PIECE_BYTES)
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._ends or self._hashed < self.size)
                if self._ends:
                    return
            self._hash_piece(buffer)

    def _hash_rest(self) -> None:
        buffer = bytearray(PIECE_BYTES)
        while self._digests and self._hashed < self.size:
            self._hash_piece(buffer)

    def _hash_piece(self, buffer: bytearray) -> None:
        most = min(PIECE_BYTES, self.size - self._hashed)
        size = os.preadv(self._descriptor, [memoryview(buffer)[:most]], self._hashed)
        if not size:
            raise OSError("the content is shorter than it was")
        for digest in self._digests:
            digest.update(memoryview(buffer)[:size])
        self._hashed += size
