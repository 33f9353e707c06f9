"""The tray: one icon whose shape tells how the program stands, its menu and its tooltip.

It shows what it is given and tells what a person chose. On a desktop without a tray it looks for one for
some seconds, says that it is missing, and takes one that appears later all the same.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal, SignalInstance
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from syncgui.views import headline, icons, palettes
from syncgui.views.headline import Shape
from syncgui.views.pause_choices import fill_pause_menu
from syncgui.views.standing import Standing
from syncgui.views.texts import tr, tr_n

_LOOK_MS = 500
_LATER_LOOK_MS = 5000
_FRAME_MS = 250
_LONGEST_LINE = 100  # a menu as wide as a screen is none


def available() -> bool:
    """Whether the desktop has a tray now."""
    return QSystemTrayIcon.isSystemTrayAvailable()


class Tray(QObject):
    """Icon and menu. Needs no session; nothing is seen before `wait_for_tray` found a tray.

    Args:
        is_available: whether there is a tray at the moment.
        look_again_ms: how often it is looked at once there was one.
    """

    open_requested = Signal()
    pause_requested = Signal(float)
    resume_requested = Signal()
    retry_requested = Signal()
    sites_requested = Signal()
    quit_requested = Signal()
    message_clicked = Signal()
    missing = Signal()
    appeared = Signal()

    def __init__(
        self,
        parent: QObject | None = None,
        is_available: Callable[[], bool] = available,
        look_again_ms: int = _LATER_LOOK_MS,
    ) -> None:
        super().__init__(parent)
        self._look_again_ms = look_again_ms
        self._is_available = is_available
        self._shape = Shape.WAITING
        self._frame = 0
        self._looks_left = 0
        self._is_there = False
        self._icon: QSystemTrayIcon | None = None
        self._line = ""
        self._moving = QTimer(self)
        self._moving.setInterval(_FRAME_MS)
        self._moving.timeout.connect(self._next_frame)
        self._looking = QTimer(self)
        self._looking.timeout.connect(self._look)
        self.menu = QMenu()
        self._fill_menu()
        palettes.changes().changed.connect(self._show_icons)
        self._show_icons()

    @property
    def is_shown(self) -> bool:
        """Whether there is an icon in a tray."""
        return self._icon is not None and self._icon.isVisible()

    @property
    def shape(self) -> Shape:
        """What the icon shows."""
        return self._shape

    @property
    def is_moving(self) -> bool:
        """Whether the icon moves."""
        return self._moving.isActive()

    @property
    def tooltip(self) -> str:
        """The line that stands in tooltip and menu."""
        return self._line

    def wait_for_tray(self, timeout_s: float = 10.0) -> None:
        """Show the icon as soon as there is a tray: `appeared`; `missing` once if there was none so long."""
        self._looks_left = max(round(timeout_s * 1000 / _LOOK_MS), 0)
        self._looking.start(_LOOK_MS)
        self._look()

    def hide(self) -> None:
        """Take the icon away, and look for no tray any more."""
        self._looking.stop()
        self._moving.stop()
        self.menu.close()
        if self._icon is not None:
            self._icon.hide()

    def set_standing(self, standing: Standing, now: float) -> None:
        """Show how the program stands. `now`: epoch seconds."""
        line = headline.tooltip(standing, now)
        if line != self._line:
            self._line = line
            self._show_line()
        paused = standing.health.paused_until is not None
        self._pause.menuAction().setVisible(not paused)
        self._resume.setVisible(paused)
        failed = headline.failed_files(standing)
        self._retry.setVisible(failed > 0)
        self._retry.setText(tr_n("Retry &failed (%n)", "Retry &failed (%n)", failed))
        shape = headline.shape(standing)
        if shape is not self._shape:
            self._shape, self._frame = shape, 0
            self._show_shape()

    def show_message(self, title: str, text: str, *, is_warning: bool = False) -> bool:
        """Show a notification at the icon; False if there is none. A click is told by `message_clicked`."""
        if self._icon is None or not self.is_shown or not QSystemTrayIcon.supportsMessages():
            return False
        kinds = QSystemTrayIcon.MessageIcon
        self._icon.showMessage(
            _plain(title), _plain(text), kinds.Warning if is_warning else kinds.Information
        )
        return True

    # -- private ---------------------------------------------------------------------------------------

    def _fill_menu(self) -> None:
        self.menu.setAccessibleName(tr("syncgui"))
        self.status_line = self.menu.addAction("")
        self.status_line.setEnabled(False)
        self.menu.addSeparator()
        self._open = self._action(tr("&Open syncgui"), self.open_requested)
        self.menu.setDefaultAction(self._open)
        self._pause = self.menu.addMenu(tr("&Pause this machine"))
        self._pause.setAccessibleName(tr("Pause this machine"))
        fill_pause_menu(self._pause, self.pause_requested.emit)
        self._resume = self._action(tr("&Resume"), self.resume_requested)
        self._resume.setVisible(False)
        self._retry = self._action(tr("Retry &failed"), self.retry_requested)
        self._retry.setVisible(False)
        self._sites = self._action(tr("&Sites…"), self.sites_requested)
        self.menu.addSeparator()
        self._quit = self._action(tr("&Quit"), self.quit_requested)

    def _action(self, text: str, told: SignalInstance) -> QAction:
        action = self.menu.addAction(text)
        action.triggered.connect(told)
        return action

    def _show_icons(self) -> None:
        self._open.setIcon(icons.application_icon())
        self._pause.setIcon(icons.icon("mdi6.pause"))
        self._resume.setIcon(icons.icon("mdi6.play"))
        self._retry.setIcon(icons.icon("mdi6.refresh"))
        self._sites.setIcon(icons.icon("mdi6.map-marker-outline"))

    def _look(self) -> None:
        if self._is_available():
            if not self._is_there:
                self._is_there = True
                self._appear()
            # Looked at now and then: a panel may end, and with it the only way to a hidden window.
            self._looks_left = 1
            self._looking.setInterval(self._look_again_ms)
            return
        self._is_there = False
        if self._looks_left:
            self._looks_left -= 1
            if not self._looks_left:
                self._looking.setInterval(self._look_again_ms)
                self.missing.emit()

    def _appear(self) -> None:
        if self._icon is None:
            self._icon = QSystemTrayIcon(self)
            self._icon.setContextMenu(self.menu)
            self._icon.activated.connect(self._activated)
            self._icon.messageClicked.connect(self.message_clicked)
        self._show_shape()
        self._show_line()
        self._icon.show()
        self.appeared.emit()
        self._move_if_needed()

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        reasons = QSystemTrayIcon.ActivationReason
        if reason in (reasons.Trigger, reasons.DoubleClick):
            self.open_requested.emit()

    def _show_line(self) -> None:
        line = self._line
        short = line if len(line) <= _LONGEST_LINE else line[: _LONGEST_LINE - 1].rstrip() + "…"
        self.status_line.setText(short.replace("&", "&&"))
        if self._icon is not None:
            self._icon.setToolTip(_plain(line))

    def _show_shape(self) -> None:
        if self._icon is not None:
            self._icon.setIcon(icons.tray_icon(self._shape, self._frame))
        self._move_if_needed()

    def _move_if_needed(self) -> None:
        if self._shape is Shape.SYNCING and self.is_shown:
            if not self._moving.isActive():
                self._moving.start()
        else:
            self._moving.stop()

    def _next_frame(self) -> None:
        self._frame += 1
        self._show_shape()


def _plain(text: str) -> str:
    """The text without what tooltips and desktops' notifications would take for markup."""
    return text.replace("<", "‹").replace(">", "›")
