"""Texts shortened to their room, each measured once.

Measuring costs more than painting, and a table paints the same words over and over.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter

_KEPT = 4_096


class TextFit:
    """Remembers texts for one font; `forget` when that changes."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int], tuple[str, int]] = {}

    def fit(self, painter: QPainter, text: str, room: int) -> tuple[str, int]:
        """The text as it fits into so many pixels in the painter's font, and the width that it takes."""
        key = (text, room)
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _KEPT:
                self._known.clear()
            metrics = painter.fontMetrics()
            width = metrics.horizontalAdvance(text)
            shown = text if width <= room else metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
            found = self._known[key] = (shown, min(width, max(room, 0)))
        return found

    def forget(self) -> None:
        """Measure everything anew."""
        self._known.clear()
