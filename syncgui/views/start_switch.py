"""The switch "Start with the desktop session": what the system has is looked at and changed elsewhere."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QSignalBlocker, Signal
from PySide6.QtGui import QAction

from syncgui.views.session_start import SessionStart, session_start
from syncgui.views.task_thread import Ask
from syncgui.views.texts import tr


class StartSwitch(QObject):
    """The action and what it does.

    Args:
        ask: looks at disks and writes to them.
        command: what the session is to start.
        keep: keeps what that start has to find.
    """

    said = Signal(str)

    def __init__(
        self, ask: Ask, command: Sequence[str], keep: Callable[[], None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._keep = keep
        self._ask = ask
        self._command = tuple(command)
        self.action = QAction(tr("Start with the desktop sessi&on"), self)
        self.action.setCheckable(True)
        self.action.toggled.connect(self._turn)

    def look(self) -> None:
        """Show what the system has."""
        self._ask(_is_on, self._show, key="start-switch")

    def _show(self, is_on: bool) -> None:
        with QSignalBlocker(self.action):
            self.action.setChecked(is_on)

    def _turn(self, on: bool) -> None:
        self._ask(partial(_turn, on, self._command, self._keep), self._show, self._failed)

    def _failed(self, error: Exception) -> None:
        self.said.emit(tr("That could not be changed: {error}").format(error=error))
        self.look()


def _switch() -> SessionStart:
    return session_start(sys.platform, os.environ, Path.home())


def _is_on() -> bool:
    return _switch().is_on()


def _turn(on: bool, command: Sequence[str], keep: Callable[[], None]) -> bool:
    if on:
        keep()
        _switch().turn_on(command)
    else:
        _switch().turn_off()
    return _switch().is_on()
