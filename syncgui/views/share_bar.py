"""A thin bar that shows how much of something is done; screen readers get it in words."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from syncgui.views import palettes
from syncgui.views.palettes import Tone
from syncgui.views.texts import tr

_HEIGHT_PX = 6
_WIDTH_PX = 100


class ShareBar(QWidget):
    """See the module."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._share = 0.0
        self.setAccessibleName(tr("Progress"))
        self.setFixedHeight(_HEIGHT_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_share(self, share: float, words: str) -> None:
        """Show a share, 0.0 to 1.0."""
        if share != self._share:
            self._share = share
            self.update()
        self.setAccessibleDescription(words)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Any width."""
        return QSize(_WIDTH_PX, _HEIGHT_PX)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """A rounded track, filled from the left."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        radius = self.height() / 2
        painter.setBrush(palettes.colour(Tone.TRACK))
        painter.drawRoundedRect(self.rect(), radius, radius)
        filled = self.rect()
        filled.setWidth(round(self.width() * min(max(self._share, 0.0), 1.0)))
        painter.setBrush(palettes.colour(Tone.BLUE))
        painter.drawRoundedRect(filled, radius, radius)
        painter.end()
