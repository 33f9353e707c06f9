"""Texts that people read, ready to be translated.

English stands in the code. A translator that is installed in the application replaces it; without one the
plural is chosen here, since Qt itself does not know that of the source language.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

CONTEXT = "syncgui"


def tr(text: str) -> str:
    """The text in the user's language; put values in with `.format` afterwards."""
    return QCoreApplication.translate(CONTEXT, text)


def tr_n(one: str, many: str, number: int) -> str:
    """A text with `%n` for a number: `tr_n("%n file", "%n files", 3)`; thousands are separated."""
    text = QCoreApplication.translate(CONTEXT, one, "", number)
    plain = str(number)
    if text == one.replace("%n", plain):
        text = (one if number == 1 else many).replace("%n", plain)
    return text.replace(plain, f"{number:,}", 1)
