"""What several selected rows are together: files, size, how many files are in which state.

Rows that the table has read are added up at once. The others are read in the reader thread in chunks, each a
task of its own, so that the table's pages come in between; a new selection ends that. The same selection is
added up again after two seconds at the earliest, a large one after some times as long as it took.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal

from syncgui.application import Application
from syncgui.index import Row
from syncgui.model.status import Direction, Status
from syncgui.views.task_thread import Ask

ROWS_AT_ONCE = 500
"""Rows that are read in one go."""

_AGAIN_MS = 2_000
_TIMES_ITS_OWN = 4  # so that a selection of a million rows leaves the reader to the table
_Kind = tuple[Status, Direction | None]


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums over rows.

    Args:
        counts: files by status; those that move also by direction, where the row has one.
    """

    files: int = 0
    size_bytes: int = 0
    counts: Mapping[_Kind, int] = field(default_factory=dict)

    def __add__(self, other: Sums) -> Sums:
        counts = Counter(self.counts)
        counts.update(other.counts)
        return Sums(self.files + other.files, self.size_bytes + other.size_bytes, counts)


def sums_of(rows: Iterable[Row]) -> Sums:
    """Add up rows."""
    files = size_bytes = 0
    counts: Counter[_Kind] = Counter()
    for row in rows:
        files += row.files
        size_bytes += row.size_bytes
        for status, count in row.files_by_status.items():
            moves = status is Status.IN_PROGRESS and row.status is status
            counts[status, row.direction if moves else None] += count
    return Sums(files, size_bytes, counts)


class SelectionSums(QObject):
    """Adds up rows by their ids. `summed` gives `Sums` of all of them; `failed` what a reading raised.

    Args:
        application: where the index is; called in the reader thread.
        ask: reads elsewhere.
    """

    summed = Signal(object)
    failed = Signal(object)

    def __init__(
        self, application: Callable[[], Application], ask: Ask, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._application = application
        self._ask = ask
        self._ids: Sequence[int] = ()
        self._turn = 0
        self._sums = Sums()
        self._is_reading = self._is_stale = False
        self._since_begin = QElapsedTimer()
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.timeout.connect(self._read_if_stale)

    def read(self, ids: Sequence[int]) -> bool:
        """Add up the rows of these ids; whether they are others than before."""
        if self._ids == ids:
            self._is_stale = True
            self._read_if_stale()
            return False
        self._ids = ids
        self._begin()
        return True

    def forget(self) -> None:
        """Nobody wants to know any more."""
        self._ids = ()
        self._turn += 1
        self._is_reading = self._is_stale = False

    def _read_if_stale(self) -> None:
        if self._is_stale and not self._is_reading and not self._pause.isActive():
            self._begin()

    def _begin(self) -> None:
        self._turn += 1
        self._sums = Sums()
        self._is_reading, self._is_stale = True, False
        self._since_begin.start()
        self._read_from(0)

    def _read_from(self, first: int) -> None:
        chunk = self._ids[first : first + ROWS_AT_ONCE]
        task = partial(_read, self._application, chunk, self._turn, first + len(chunk))
        self._ask(task, self._take, self._stumbled, key="selection sums")

    def _take(self, answer: tuple[int, int, Sums]) -> None:
        turn, end, sums = answer
        if turn != self._turn:
            return
        self._sums += sums
        if end < len(self._ids):
            self._read_from(end)
            return
        self._is_reading = False
        self._rest()
        self.summed.emit(self._sums)
        self._read_if_stale()

    def _rest(self) -> None:
        self._pause.start(max(_AGAIN_MS, int(self._since_begin.elapsed()) * _TIMES_ITS_OWN))

    def _stumbled(self, error: Exception) -> None:
        if self._is_reading:
            self._is_reading = False
            self._rest()
            self.failed.emit(error)


def _read(
    application: Callable[[], Application], ids: Sequence[int], turn: int, end: int
) -> tuple[int, int, Sums]:
    return turn, end, sums_of(application().index.rows(ids))
