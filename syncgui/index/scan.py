"""A walk through all representations of a project, and which rows were met on the way."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from syncgui.model.representation import Document

_GROW = 65_536
_SELDOM = 500_000
"""Objects more than there were before; the documents of a chunk are some 100,000."""


@dataclass(slots=True)
class Scan:
    """A scan under way. `seen` has a byte for each row id; a row that has none at the end was not met."""

    project: str
    number: int
    chunks: Iterator[Sequence[Document]]
    seen: bytearray = field(default_factory=bytearray)

    def see(self, row_id: int) -> None:
        """Note that a row was met."""
        if row_id >= len(self.seen):
            self.seen.extend(bytes(row_id + _GROW - len(self.seen)))
        self.seen[row_id] = 1

    def has_seen(self, row_id: int) -> bool:
        """Whether a row was met."""
        return row_id < len(self.seen) and self.seen[row_id] == 1


class SeldomCollected:
    """While any scan of this process is under way, cyclic garbage is collected seldom.

    A scan makes none, and looking for it is a sixth of its work. Used by several threads.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._scans = 0
        self._before = gc.get_threshold()

    def __enter__(self) -> None:
        with self._guard:
            self._scans += 1
            if self._scans == 1:
                self._before = gc.get_threshold()
                gc.set_threshold(_SELDOM, *self._before[1:])

    def __exit__(self, *_: object) -> None:
        with self._guard:
            self._scans -= 1
            if not self._scans:
                gc.set_threshold(*self._before)


SELDOM_COLLECTED = SeldomCollected()
"""That of this process."""
