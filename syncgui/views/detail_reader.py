"""Reads what the detail shows of one representation: another one at once, the same at most twice a second.

An answer about a representation that nobody asks about any more is dropped.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from syncgui.application import Application
from syncgui.engine.route import SyncedProject
from syncgui.views.row_details import Details, read_details
from syncgui.views.task_thread import Ask

REFRESH_MS = 400
"""The shortest time between two looks at the same representation."""

_Answer = tuple[str, str, Details | None]


class DetailReader(QObject):
    """See the module. `answered` gives `Details`, None where it is gone; `failed` what the reading raised.

    Args:
        application: where the records are; called in the reader thread.
        ask: reads elsewhere.
    """

    answered = Signal(object)
    failed = Signal(object)

    def __init__(
        self, application: Callable[[], Application], ask: Ask, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._application = application
        self._ask = ask
        self._project: SyncedProject | None = None
        self._representation = ""
        self._is_reading = self._is_stale = False
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(REFRESH_MS)
        self._pause.timeout.connect(self._read_if_stale)

    @property
    def is_quiet(self) -> bool:
        """Whether nothing is read now or soon."""
        return not (self._is_reading or self._is_stale or self._pause.isActive())

    def is_about(self, project: str, representation: str) -> bool:
        """Whether that representation is the one that is read."""
        asked = self._project
        return asked is not None and (asked.name, self._representation) == (project, representation)

    def read(self, project: SyncedProject, representation: str) -> None:
        """Read a representation: now if it is another one than before, else soon."""
        is_same = self.is_about(project.name, representation)
        self._project, self._representation = project, representation
        if is_same:
            self.refresh()
        else:
            self._read()  # an answer under way is about another one

    def refresh(self) -> None:
        """Read it again, soon: what the record holds has changed."""
        if self._project is not None:
            self._is_stale = True
            self._read_if_stale()

    def forget(self) -> None:
        """Nobody wants to know any more."""
        self._project = None
        self._is_reading = self._is_stale = False

    def _read_if_stale(self) -> None:
        if self._is_stale and not self._is_reading and not self._pause.isActive():
            self._read()

    def _read(self) -> None:
        if self._project is None:
            return
        self._is_stale, self._is_reading = False, True
        self._pause.start()
        task = partial(_read, self._application, self._project, self._representation)
        self._ask(task, self._take, self._stumbled, key="detail")

    def _take(self, answer: _Answer) -> None:
        project, representation, details = answer
        if self.is_about(project, representation):
            self._is_reading = False
            self.answered.emit(details)
            self._read_if_stale()

    def _stumbled(self, error: Exception) -> None:
        if self._is_reading:
            self._is_reading = False
            self.failed.emit(error)


def _read(application: Callable[[], Application], project: SyncedProject, representation: str) -> _Answer:
    return project.name, representation, read_details(application(), project, representation)
