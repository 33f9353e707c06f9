"""A small program with a tray icon and a window, to try the desktop of the tests itself.

Started as `python -m tests.desktop.probe`; it prints where its icon is and what was chosen, one line each.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QSystemTrayIcon

TITLE = "Probe of the desktop"
COLOUR = (200, 30, 180)
_LOOK_EVERY_MS = 50


class Probe(QObject):
    """Icon, menu and window."""

    def __init__(self) -> None:
        super().__init__()
        pixmap = QPixmap(64, 64)
        pixmap.fill(QColor(*COLOUR))
        with QPainter(pixmap) as painter:
            painter.fillRect(0, 0, 64, 16, QColor("white"))
        self._menu = QMenu()
        self._menu.addAction("&First").triggered.connect(self._first)
        self._menu.addAction("&Quit").triggered.connect(self._quit)
        self._icon = QSystemTrayIcon(QIcon(pixmap), self)
        self._icon.setContextMenu(self._menu)
        self._window = QLineEdit()
        self._window.setWindowTitle(TITLE)
        self._window.textChanged.connect(self._typed)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look_for_the_icon)

    def start(self) -> None:
        """Show both."""
        say(f"tray {QSystemTrayIcon.isSystemTrayAvailable()}")
        self._icon.show()
        self._window.show()
        self._timer.start(_LOOK_EVERY_MS)

    def _look_for_the_icon(self) -> None:
        area = self._icon.geometry()
        if area.width() > 0:
            self._timer.stop()
            say(f"icon {area.x()} {area.y()} {area.width()} {area.height()}")

    def _first(self) -> None:
        say("chosen first")

    def _typed(self, text: str) -> None:
        say(f"typed {text}")

    def _quit(self) -> None:
        QApplication.quit()


def say(line: str) -> None:
    """Tell whoever started this."""
    print(line, flush=True)  # noqa: T201


def main() -> None:
    """Run until "Quit" is chosen."""
    application = QApplication([])
    application.setQuitOnLastWindowClosed(False)
    probe = Probe()
    probe.start()
    raise SystemExit(application.exec())


if __name__ == "__main__":
    main()
