"""What stands in the menu "More": things that are done seldom, and with everything.

Each action carries itself out; what needs the window is told by a signal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QAction, QActionGroup, QDesktopServices, QGuiApplication, QKeySequence

from syncgui.views import palettes
from syncgui.views.diagnostics import diagnostics
from syncgui.views.session import Session
from syncgui.views.start_switch import StartSwitch
from syncgui.views.texts import tr
from syncgui.views.window_memory import WindowMemory


class MoreActions(QObject):
    """See the module. `actions` are those of the menu, None for a line between two.

    Args:
        start_command: what the desktop session is to start, None where that is not offered.
    """

    publish_requested = Signal()
    quit_requested = Signal()
    said = Signal(str)

    def __init__(
        self,
        session: Session,
        memory: WindowMemory,
        start_command: Sequence[str] | None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._memory = memory
        self.with_keys: list[QAction] = []
        self.actions: list[QAction | None] = [
            self._action(tr("Sync &now"), session.sync_now, "F5"),
            self._action(tr("&Publish files…"), self.publish_requested.emit, "Ctrl+P"),
            None,
            *self._schemes(),
            *self._start_switch(start_command),
            None,
            self._action(tr("Open the lo&g"), self._open_log),
            self._action(tr("&Copy diagnostics"), self._copy_diagnostics),
            None,
            self._action(tr("&Quit"), self.quit_requested.emit, "Ctrl+Q"),
        ]

    def _action(self, text: str, do: Callable[[], None], keys: str = "") -> QAction:
        action = QAction(text, self)
        action.triggered.connect(do)
        if keys:
            action.setShortcut(QKeySequence(keys))
            self.with_keys.append(action)
        return action

    def _schemes(self) -> list[QAction]:
        group = QActionGroup(self)
        for text, name in (
            (tr("Colours of the s&ystem"), "system"),
            (tr("&Light colours"), "light"),
            (tr("&Dark colours"), "dark"),
        ):
            action = self._action(text, partial(self._choose_scheme, name))
            action.setCheckable(True)
            action.setChecked(name == self._memory.scheme)
            group.addAction(action)
        return group.actions()

    def _start_switch(self, command: Sequence[str] | None) -> list[QAction | None]:
        if command is None:
            return []
        session = self._session
        switch = StartSwitch(session.look, command, session.application.keep_for_next_start, self)
        session.opened.connect(switch.look)
        switch.said.connect(self.said)
        return [None, switch.action]

    def _choose_scheme(self, name: str) -> None:
        self._memory.keep_text("scheme", name)
        palettes.choose(name)

    def _open_log(self) -> None:
        path = self._session.application.places.state_dir / "log" / "syncgui.log"
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))

    def _copy_diagnostics(self) -> None:
        QGuiApplication.clipboard().setText(diagnostics(self._session))
        self.said.emit(tr("Diagnostics copied"))
