"""Fonts for figures that change while they are read."""

from __future__ import annotations

from PySide6.QtGui import QFont


def with_tabular_digits(font: QFont) -> QFont:
    """The font with digits of one width, so that a count that changes moves nothing beside it."""
    made = QFont(font)
    made.setFeature(QFont.Tag("tnum"), 1)
    return made
