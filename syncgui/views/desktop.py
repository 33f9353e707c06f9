"""The program with a window: one instance, tray, window or first start, and a clean end.

`run` is what the command line calls once it knows that there is a display. The engine ends before the
application object goes, whatever closed the program: menu, window, signal, end of the desktop session.
"""

from __future__ import annotations

import logging
import shlex
import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import TypeAlias
from weakref import WeakMethod

from PySide6.QtCore import QObject, QThread
from PySide6.QtGui import QSessionManager
from PySide6.QtWidgets import QApplication

from syncgui.application import Application
from syncgui.demo import DemoFolder, DemoWish
from syncgui.invocation import called_as, own_command
from syncgui.model.status import Status
from syncgui.views.demo_start import DemoStart
from syncgui.views.first_start import Demo, FirstStart
from syncgui.views.main_window import MainWindow
from syncgui.views.notifier import Notifier
from syncgui.views.qt_start import qt_application
from syncgui.views.session import Session
from syncgui.views.single_instance import SingleInstance
from syncgui.views.texts import tr
from syncgui.views.tray import Tray
from syncgui.views.window_memory import WindowMemory

_log = logging.getLogger(__name__)
_STOP_S = 15.0
_CLAIM_EVERY_MS = 500
_CLAIMS = 40  # 20 s, longer than an end may take

_Told: TypeAlias = Callable[[type[BaseException], BaseException, TracebackType | None], None]


def run(application: Application, *, hidden: bool = False) -> int:
    """Run tray and window until the user quits; the exit code.

    Args:
        application: the parts, not opened yet; closed at the end.
        hidden: only the tray icon, until the user wants the window.
    """
    with qt_application(application.places.state_dir) as (qt, memory):
        desktop = Desktop(qt, memory)
        qt.quit_wanted.connect(desktop.quit)
        instance = SingleInstance(application.state_dir)
        if not is_first(instance):
            return 0
        instance.raise_requested.connect(desktop.show_window)
        try:
            if application.has_settings():
                desktop.start(application, hidden=hidden)
            else:
                desktop.welcome(application)
            return desktop.exec()
        finally:
            instance.release()


def run_demo(application: Application, place: DemoFolder, wish: DemoWish) -> int:
    """Show the demo: its window, in which the files it publishes are synced.

    Args:
        place, wish: set up already.
    """
    with qt_application(application.places.state_dir) as (qt, memory):
        desktop = Desktop(qt, memory)
        qt.quit_wanted.connect(desktop.quit)
        desktop.start(application, demo=(place, wish))
        return desktop.exec()


def is_first(instance: SingleInstance) -> bool:
    """Whether this is the only one now; else the first one was asked to come forward.

    Raises:
        AlreadyRunningError: another one runs, does not answer and does not end.
    """
    for _ in range(_CLAIMS):
        if instance.claim():
            return True
        if instance.raise_first():
            _log.warning("syncgui runs already with this home folder: its window comes to the front")
            return False
        # It may be about to end: then its lock becomes free within the time that its end may take.
        QThread.msleep(_CLAIM_EVERY_MS)
    raise AlreadyRunningError


class AlreadyRunningError(Exception):
    """Another window on this home folder runs, and says nothing: both would write the same state."""


class Desktop(QObject):
    """Ties session, tray and windows. Lives as long as the program."""

    def __init__(self, qt: QApplication, memory: WindowMemory) -> None:
        super().__init__()
        self._qt = qt
        self._memory = memory
        self._session: Session | None = None
        self.window: MainWindow | None = None
        self.first: FirstStart | None = None
        self._demo: DemoStart | None = None
        self.tray = Tray(self)
        self._notifier = Notifier(self.tray, time.time, self)
        self.tray.open_requested.connect(self.show_window)
        self.tray.quit_requested.connect(self.quit)
        self.tray.pause_requested.connect(self._pause)
        self.tray.resume_requested.connect(self._resume)
        self.tray.retry_requested.connect(self._retry)
        self.tray.sites_requested.connect(self._sites)
        self.tray.missing.connect(self._no_tray)
        self.tray.appeared.connect(self._tray_came)
        self._notifier.rows_requested.connect(self._show_rows)
        self._notifier.shown_in_window.connect(self._note)
        self._hook_before = sys.excepthook
        sys.excepthook = _hook(WeakMethod(self.unforeseen))
        qt.aboutToQuit.connect(self.stop)
        qt.commitDataRequest.connect(self._desktop_ends)

    # -- starting --------------------------------------------------------------------------------------

    def start(
        self,
        application: Application,
        *,
        hidden: bool = False,
        demo: Demo | None = None,
    ) -> None:
        """Open the studio: session, tray and window."""
        session = self._session = Session(application, parent=self)
        window = self.window = MainWindow(
            session,
            self._memory,
            command=_command(application),
            start_command=None if demo is not None else _start_command(application),
        )
        window.quit_requested.connect(self.quit)
        window.hidden_by_user.connect(self._hidden_first_time)
        session.standing_changed.connect(self._show_standing)
        self._notifier.read_with(session.ask, lambda: application.index)
        session.failed.connect(self._notifier.failed)
        session.arrived.connect(self._notifier.arrived)
        session.rows_changed.connect(self._notifier.rows_changed)
        window.asked.connect(self._notifier.asked)
        if demo is not None:
            self._demo = DemoStart(session, *demo)
            self._demo.failed.connect(window.note)
        if not hidden:
            window.show()
        self.tray.wait_for_tray()
        self._show_standing()
        session.start()

    def welcome(self, application: Application) -> None:
        """Ask what to do on a machine without settings."""
        self.first = FirstStart(application, self)
        self.first.ready.connect(self._go_on)
        self.first.left.connect(self.quit)

    def exec(self) -> int:
        """Run until the end; the exit code."""
        return self._qt.exec()

    def _go_on(self, application: Application, demo: Demo | None) -> None:
        """Open what was chosen at the first start."""
        self.first = None
        self.start(application, demo=demo)

    # -- tray ------------------------------------------------------------------------------------------

    def _no_tray(self) -> None:
        """Without a tray the window is the only way to the program: it stays, and ends it."""
        if self.window is not None:
            self.window.closes_to_tray = False
            self.window.show()
            self.window.foot.keep_saying(tr("This desktop has no tray: closing the window ends syncgui"))

    def _tray_came(self) -> None:
        if self.window is not None:
            self.window.closes_to_tray = True
            self.window.foot.keep_saying("")

    def _hidden_first_time(self) -> None:
        if not self._memory.flag("told_tray"):
            self._memory.keep_flag("told_tray")
            self._notifier.say(tr("syncgui goes on in the tray"), tr("Quit it from the tray's menu."))

    def show_window(self) -> None:
        """Bring the window to the front."""
        if self.window is not None:
            self.window.raise_window()
        elif self.first is not None:
            self.first.raise_page()

    def _show_rows(self, project: str, statuses: frozenset[Status]) -> None:
        if self.window is not None:
            self.window.show_rows(project, statuses)

    def _note(self, text: str) -> None:
        if self.window is not None:
            self.window.note(text)

    # -- session ---------------------------------------------------------------------------------------

    def _show_standing(self) -> None:
        if self._session is not None:
            standing = self._session.standing
            self.tray.set_standing(standing, time.time())
            self._notifier.set_standing(standing)

    def _pause(self, until: float) -> None:
        if self._session is not None:
            self._session.pause(until)

    def _resume(self) -> None:
        if self._session is not None:
            self._session.resume()

    def _retry(self) -> None:
        if self.window is not None:
            self.window.retry_failed(None)

    def _sites(self) -> None:
        self.show_window()
        if self.window is not None:
            self.window.open_picker()

    # -- the end ---------------------------------------------------------------------------------------

    def quit(self) -> None:
        """End the program; what is under way goes on next time."""
        if self._session is not None:
            self._notifier.quitting(self._session.standing)
        if self.window is not None:
            self.window.keep_memory()
        # Not `quit`: that asks every window first, and one that closes to the tray says no.
        self._qt.exit(0)

    def stop(self) -> None:
        """End the session and close what it opened, within a bound."""
        sys.excepthook = self._hook_before
        if self.window is not None:
            self.window.hide()
        session, self._session = self._session, None
        if session is not None and not session.stop(_STOP_S):
            _log.warning("something is blocked in a system call and is left behind; it can not commit")
        self.tray.hide()  # last: the icon carries what is said about the end

    def _desktop_ends(self, manager: QSessionManager) -> None:
        """The user leaves the desktop session: closing means ending now."""
        del manager
        if self.window is not None:
            self.window.closes_to_tray = False
            self.window.keep_memory()

    def unforeseen(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """The outermost edge of every slot: logged, shown, and the program goes on."""
        _log.error("unforeseen", exc_info=(kind, error, trace))
        self._note(tr("Something unforeseen happened; the log has more: {error}").format(error=error))


def _hook(told: WeakMethod[_Told]) -> _Told:
    """What Python calls for an error that nobody catches.

    Each thread of Python's keeps a reference to it until another one takes its number: not to a window.
    """

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        tell = told()
        if tell is not None:
            tell(kind, error, trace)

    return hook


def _command(application: Application) -> str:
    """How to call this program for the same studio, as a person types it."""
    return f"{called_as()} {shlex.join(application.arguments)}".strip()


def _start_command(application: Application) -> list[str]:
    """What the desktop session starts: the tray icon alone."""
    return [*own_command(), "--hidden", *application.home_arguments]
