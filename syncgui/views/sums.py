"""The sums that every view shows, read from the index when something may have changed.

They are read in the reader's thread, at most four times a second, and again every 30 s, so that "checked" is
right; after a reading that failed more seldom. Where rows change without a word of the loop, because a new
choice of sites is worked into the index or because another program writes it, sums are read until they
stand still.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal

from syncgui.application import Application
from syncgui.engine.route import SyncedProject
from syncgui.index import Totals
from syncgui.model.errors import SyncError
from syncgui.model.status import Status
from syncgui.views.headline import short_reason
from syncgui.views.task_thread import Ask

_log = logging.getLogger(__name__)

_EVERY_MS = 250
_CLOSELY_MS = 500
_AFTER_ERROR_MS = 1_000
_LONGEST_AFTER_ERROR_MS = 30_000
_ANYWAY_MS = 30_000
_STILL_READS = 3


@dataclass(frozen=True, slots=True)
class Sums:
    """What one reading found.

    Args:
        totals: of the projects that were read.
        reasons: why the newest failed file failed, of those of them that have one.
        open_work: files and bytes that are not recorded as done, for the pair that is served.
        checked: when the index was last up to the store.
        is_reached: whether the index shows what the store had before the reading.
        is_ours: whether this program writes the index: then a change is told after the index has it.
    """

    totals: Mapping[str, Totals] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    open_work: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    checked: float | None = None
    is_reached: bool = True
    is_ours: bool = True


def read_sums(application: Application, projects: Collection[SyncedProject]) -> Sums:
    """Read the sums of these projects; for the reader's thread.

    Raises:
        DatabaseUnreachableError: the index is damaged, or the store does not answer.
    """
    index = application.index
    head = None if index.is_writer else application.store.head()
    totals = {one.name: index.totals(one.name) for one in projects}
    reasons: dict[str, str] = {}
    for name, found in totals.items():
        if found.files[Status.FAILED]:
            reasons.update(
                (name, short_reason(one.error))
                for one in index.problems(name, 1)[1]
                if one.status is Status.FAILED
            )
    open_work = {one.name: index.open_size(one.name, one.pair) for one in projects}
    is_reached = head is None or index.cursor() == head
    return Sums(totals, reasons, open_work, index.as_of(), is_reached, is_ours=head is None)


class SumsWatch(QObject):
    """Says when to read, and what was read. Lives in the thread of the windows.

    Args:
        ask: runs a task in the reader's thread.
    """

    read = Signal(object)  # Sums
    rows_changed = Signal(str, object)  # project, frozenset of ids; empty: not known which

    def __init__(self, application: Application, ask: Ask, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._application = application
        self._ask = ask
        self._projects: Mapping[str, SyncedProject] = {}
        self._totals: dict[str, Totals] = {}
        self._due: set[str] = set()
        self._restless: dict[str, int] = {}  # readings after which they stand still
        self._told: dict[str, set[str]] = {}  # ids of rows that changed since the last reading
        self._asked: dict[str, set[str]] = {}  # the same, before the reading under way
        self._late: set[str] = set()  # told before the index showed it
        self._is_asking = False
        self._error_wait_ms = 0  # doubled by each reading that fails
        self._since_read = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._read)
        self._anyway = QTimer(self)
        self._anyway.setInterval(_ANYWAY_MS)
        self._anyway.timeout.connect(self._read_anyway)

    def start(self) -> None:
        """The parts are open."""
        self._anyway.start()
        self._schedule(0)

    def stop(self) -> None:
        """Read nothing any more."""
        self._timer.stop()
        self._anyway.stop()
        self._is_asking = True

    def use_projects(self, projects: Mapping[str, SyncedProject]) -> None:
        """These are the projects from now on."""
        self._projects = projects
        self._totals = {name: one for name, one in self._totals.items() if name in projects}
        self._restless = dict.fromkeys(projects, _STILL_READS)
        self.touch(projects)

    def changed(self, project: str, ids: Iterable[str]) -> None:
        """These representations changed."""
        self._told.setdefault(project, set()).update(ids)
        self.touch([project])

    def touch(self, names: Iterable[str]) -> None:
        """The sums of these projects may have changed."""
        self._due.update(names)
        self._timer.stop()  # it may wait longer, to read again what stands still
        self._schedule()

    def retry(self) -> None:
        """What kept the sums from being read may be over."""
        if self._error_wait_ms:
            self._error_wait_ms = 0
            self._timer.stop()
            self._schedule()

    # -- private -------------------------------------------------------------------------------------

    def _schedule(self, wait_ms: int = _EVERY_MS) -> None:
        """Read so many milliseconds after the last reading began, or now if that is over."""
        if not (self._is_asking or self._timer.isActive()):
            wait_ms = max(wait_ms, self._error_wait_ms)
            since_ms = self._since_read.elapsed() if self._since_read.isValid() else wait_ms
            self._timer.start(max(0, wait_ms - int(since_ms)))

    def _read_anyway(self) -> None:
        self._due.update(self._projects)
        self._schedule(0)

    def _read(self) -> None:
        names, self._due = self._due | self._restless.keys() | self._late, set()
        self._asked, self._told = self._told, {}
        self._is_asking = True
        self._since_read.start()
        projects = [one for name, one in self._projects.items() if name in names]
        self._ask(partial(read_sums, self._application, projects), self._answer, self._failed)

    def _answer(self, sums: Sums) -> None:
        self._is_asking = False
        self._error_wait_ms = 0
        if not sums.is_ours:
            self._late.update(self._asked)  # the index may have got it since, or not yet
        for name, totals in sums.totals.items():
            if name in self._projects:
                self._judge(name, totals, sums.is_reached)
        self._late.intersection_update(self._projects)
        self.read.emit(sums)
        if self._due:
            self._schedule()
        elif self._restless or self._late or sums.checked is None:
            self._schedule(_CLOSELY_MS)  # without a project nothing else tells of the first catch-up

    def _judge(self, name: str, totals: Totals, is_reached: bool) -> None:
        """Tell of rows that changed without a word, and see whether the project stands still."""
        before, self._totals[name] = self._totals.get(name), totals
        ids = self._asked.pop(name, None)
        if not is_reached:
            self._late.add(name)
            self._told.setdefault(name, set()).update(ids or ())
            return
        is_moved = before is not None and before != totals
        if name in self._late:
            self._late.discard(name)
            self.rows_changed.emit(name, frozenset(ids or ()))
        elif is_moved and (ids is None or name in self._restless):
            self.rows_changed.emit(name, frozenset[str]())
        still = _STILL_READS if is_moved else self._restless.get(name, 0) - 1
        if name in self._restless and still > 0:
            self._restless[name] = still
        else:
            self._restless.pop(name, None)

    def _failed(self, error: Exception) -> None:
        """The index is being made anew, or the store does not answer: the loop says so, and mends it.

        Asked ever more seldom: a look at a server that does not answer holds the reader for long.
        """
        if not isinstance(error, SyncError):
            _log.error("the sums can not be read", exc_info=error)
        self._is_asking = False
        for name, ids in self._asked.items():
            self._told.setdefault(name, set()).update(ids)
        self._late.update(self._asked)  # whether the index had it is not known
        self._due.update(self._projects)
        self._error_wait_ms = min(max(2 * self._error_wait_ms, _AFTER_ERROR_MS), _LONGEST_AFTER_ERROR_MS)
        self._schedule()
