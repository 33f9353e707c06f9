"""Qt's application object: made with its palette, its messages in the log, signals turned into quitting."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import (
    QEvent,
    QMessageLogContext,
    QObject,
    QSocketNotifier,
    QtMsgType,
    Signal,
    qInstallMessageHandler,
)
from PySide6.QtWidgets import QApplication

from syncgui.views import icons, palettes
from syncgui.views.garbage import GarbageInThisThread
from syncgui.views.window_memory import WindowMemory

_log = logging.getLogger(__name__)
_SWITCH_S = 0.0005  # a window must not wait long for a thread that computes
_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.INFO,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.ERROR,
}


class Program(QApplication):
    """Qt's application object, which asks nobody but its owner whether it may quit.

    Qt itself asks every window, and one that closes to the tray would refuse the end of a desktop session.
    """

    quit_wanted = Signal()

    def event(self, event: QEvent) -> bool:
        """Take the system's wish to quit as a person's."""
        if event.type() == QEvent.Type.Quit:
            self.quit_wanted.emit()
            return True
        return super().event(event)


@contextmanager
def qt_application(state_dir: Path) -> Iterator[tuple[Program, WindowMemory]]:
    """The application object, and what its windows remember in `state_dir`."""
    sys.setswitchinterval(_SWITCH_S)
    qInstallMessageHandler(_log_message)
    qt = Program(sys.argv[:1])
    qt.setApplicationName("syncgui")
    qt.setDesktopFileName("syncgui")
    qt.setQuitOnLastWindowClosed(False)
    memory = WindowMemory(state_dir / "window.ini")
    palettes.apply(qt, memory.scheme)
    qt.setWindowIcon(icons.application_icon())
    signals = _Signals(qt)
    garbage = GarbageInThisThread()
    try:
        yield qt, memory
    finally:
        garbage.close()
        signals.close()
        qInstallMessageHandler(None)


def _log_message(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    del context
    # Qt's warnings are for developers: they go into the log, and not on the user's terminal.
    _log.log(_LEVELS[kind], "Qt: %s", text)


class _Signals(QObject):
    """SIGINT and SIGTERM are a wish to quit; a second one ends the process.

    Python runs its handlers only between two of its own steps, and Qt's event loop makes none: the byte
    that the signal writes wakes it.
    """

    def __init__(self, qt: Program) -> None:
        super().__init__()
        self._qt = qt
        self._came = False
        self._read, self._write = socket.socketpair()
        for end in (self._read, self._write):
            end.setblocking(False)
        self._before = {one: signal.signal(one, self._handle) for one in (signal.SIGINT, signal.SIGTERM)}
        self._woken_before = signal.set_wakeup_fd(self._write.fileno(), warn_on_full_buffer=False)
        self._notifier = QSocketNotifier(self._read.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._woken)

    def close(self) -> None:
        """Handle signals as before."""
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(self._woken_before)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._read.close()
        self._write.close()

    def _woken(self) -> None:
        self._read.recv(64)
        if self._came:
            self._qt.quit_wanted.emit()

    def _handle(self, *_: object) -> None:
        if self._came:
            os._exit(130)
        # Ended by the event loop, not here: this comes in the middle of whatever Python was doing.
        self._came = True
