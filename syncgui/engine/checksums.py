"""Hashing in the same pass in which bytes are read or written.

Of a large content the hashing goes on beside the reading, sending and writing, in a thread of its own: all of
them leave Python's lock, so that two processors are of use.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol

import xxhash

OWN_ALGORITHM = "xxh3_128"

ASIDE_FROM_BYTES = 16 * 2**20
"""Contents of this size and more are worth a thread."""

_MOST_WAITING = 4  # blocks that are read and not yet hashed


class _Hash(Protocol):
    def update(self, data: bytes | memoryview, /) -> None: ...

    def hexdigest(self) -> str: ...


class Checksums:
    """Running checksums of one content. Unknown algorithms are left out.

    Args:
        algorithms: names as in a checksum's "algorithm:hex"; our own comes in any case.
        size_bytes: how large the content will be, as far as that is known.
    """

    def __init__(self, algorithms: Iterable[str] = (), *, size_bytes: int = 0) -> None:
        self._hashes: dict[str, _Hash] = {OWN_ALGORITHM: xxhash.xxh3_128()}
        self.size_bytes = 0
        self.algorithms = tuple(dict.fromkeys(algorithms))
        for name in self.algorithms:
            if name != OWN_ALGORITHM and name in hashlib.algorithms_available:
                self._hashes[name] = hashlib.new(name, usedforsecurity=False)
        # Our own is so quick that to hand it over costs more.
        worth_it = size_bytes >= ASIDE_FROM_BYTES and len(self._hashes) > 1
        self._aside = ThreadPoolExecutor(1, thread_name_prefix="syncgui-hash") if worth_it else None
        self._waiting: deque[Future[None]] = deque()

    @property
    def is_at_once(self) -> bool:
        """Whether bytes are hashed by the time that `update` returns."""
        return self._aside is None

    def update(self, data: bytes | memoryview) -> None:
        """Add bytes, which must not change any more unless `is_at_once`."""
        self.size_bytes += len(data)
        if self._aside is None:
            self._hash(data)
            return
        self._waiting.append(self._aside.submit(self._hash, data))
        if len(self._waiting) > _MOST_WAITING:
            self._waiting.popleft().result()

    def _hash(self, data: bytes | memoryview) -> None:
        for one in self._hashes.values():
            one.update(data)

    @property
    def own(self) -> str:
        """Our own checksum, as it is recorded."""
        return f"{OWN_ALGORITHM}:{self._hexdigest(OWN_ALGORITHM)}"

    def agrees(self, checksum: str | None) -> bool | None:
        """Whether a checksum "algorithm:hex" is that of the content; None if that can not be told."""
        algorithm, _, value = (checksum or "").partition(":")
        if algorithm not in self._hashes:
            return None
        return self._hexdigest(algorithm) == value.lower()

    def contradicts(self, checksums: Iterable[str]) -> bool:
        """Whether any of these checksums is known not to be that of the content."""
        return any(self.agrees(one) is False for one in checksums)

    def _hexdigest(self, algorithm: str) -> str:
        while self._waiting:
            self._waiting.popleft().result()
        return self._hashes[algorithm].hexdigest()
