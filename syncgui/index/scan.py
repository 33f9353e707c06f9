"""A walk through all representations of a project, and which rows were met on the way."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Have cyclic garbage collected seldom: a scan makes none, and looking for it is a sixth of its work."""
    before = gc.get_threshold()
    gc.set_threshold(_SELDOM, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
