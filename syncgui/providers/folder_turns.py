"""One after the other: who gives a name in a folder looks first, and nobody else gives one there meanwhile.

It is the folder itself that counts, not the path by which it was reached: two spellings of it, two roots of
which one lies in the other, or a link lead to the same turn. Holds within this process.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterator
from contextlib import contextmanager


class _Turn:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.wanted = 0


class FolderTurns:
    """Turns at folders; a folder that hangs holds up nobody at another."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._turns: dict[Hashable, _Turn] = {}

    @contextmanager
    def at(self, folder: Hashable) -> Iterator[bool]:
        """Wait for one's turn at a folder, given by what tells it apart; it ends with the `with`.

        Gives whether somebody else had it: that may have taken long.
        """
        with self._guard:
            turn = self._turns.setdefault(folder, _Turn())
            turn.wanted += 1
            waits = turn.wanted > 1
        try:
            with turn.lock:
                yield waits
        finally:
            with self._guard:
                turn.wanted -= 1
                if not turn.wanted:
                    del self._turns[folder]

    def wanted(self, folder: Hashable) -> int:
        """How many have their turn there or wait for it."""
        with self._guard:
            turn = self._turns.get(folder)
            return turn.wanted if turn else 0


EVERYWHERE = FolderTurns()
"""The turns of this process."""
