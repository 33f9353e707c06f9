"""A walk through all representations of a project, and which rows were met on the way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from syncgui.model.representation import Document

_GROW = 65_536


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
