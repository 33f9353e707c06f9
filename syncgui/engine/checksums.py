"""Hashing in the same pass in which bytes are read or written."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Protocol

import xxhash

OWN_ALGORITHM = "xxh3_128"


class _Hash(Protocol):
    def update(self, data: bytes | memoryview, /) -> None: ...

    def hexdigest(self) -> str: ...


class Checksums:
    """Running checksums of one content. Unknown algorithms are left out.

    Args:
        algorithms: names as in a checksum's "algorithm:hex"; our own comes in any case.
    """

    def __init__(self, algorithms: Iterable[str] = ()) -> None:
        self._hashes: dict[str, _Hash] = {OWN_ALGORITHM: xxhash.xxh3_128()}
        self.size_bytes = 0
        self.algorithms = tuple(dict.fromkeys(algorithms))
        for name in self.algorithms:
            if name != OWN_ALGORITHM and name in hashlib.algorithms_available:
                self._hashes[name] = hashlib.new(name, usedforsecurity=False)

    def update(self, data: bytes | memoryview) -> None:
        """Add bytes."""
        self.size_bytes += len(data)
        for one in self._hashes.values():
            one.update(data)

    @property
    def own(self) -> str:
        """Our own checksum, as it is recorded."""
        return f"{OWN_ALGORITHM}:{self._hashes[OWN_ALGORITHM].hexdigest()}"

    def agrees(self, checksum: str | None) -> bool | None:
        """Whether a checksum "algorithm:hex" is that of the content; None if that can not be told."""
        algorithm, _, value = (checksum or "").partition(":")
        if algorithm not in self._hashes:
            return None
        return self._hashes[algorithm].hexdigest() == value.lower()

    def contradicts(self, checksums: Iterable[str]) -> bool:
        """Whether any of these checksums is known not to be that of the content."""
        return any(self.agrees(one) is False for one in checksums)
