"""A language in which every text of the program stands in ⟦…⟧, and what was not put into it.

Whoever forgets `tr` is seen: his text has no brackets.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractTableModel,
    QCoreApplication,
    QModelIndex,
    Qt,
    QTranslator,
)
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QLabel,
    QLineEdit,
    QMenu,
    QTextEdit,
    QWidget,
)

from syncgui.views.texts import CONTEXT

OPENS, CLOSES = "⟦", "⟧"
_ROWS = 20
_KEYS = re.compile(r"\((Ctrl|Shift|Alt)\+[^)]*\)")  # named by Qt, in Qt's own translation


class PseudoLocale(QTranslator):
    """Translates every text of ours into itself, in brackets."""

    def isEmpty(self) -> bool:  # noqa: N802 - Qt's name
        """It has all texts."""
        return False

    def translate(
        self,
        context: str,
        sourceText: str,  # noqa: N803 - Qt's name
        disambiguation: str | None = None,
        n: int = -1,
    ) -> str:
        """The text in brackets; what Qt itself says is left as it is."""
        del disambiguation, n
        return f"{OPENS}{sourceText}{CLOSES}" if context == CONTEXT else sourceText


@contextmanager
def pseudo_locale() -> Iterator[None]:
    """Everything made meanwhile is in that language."""
    translator = PseudoLocale()
    QCoreApplication.installTranslator(translator)
    try:
        yield
    finally:
        QCoreApplication.removeTranslator(translator)


def untranslated(window: QWidget, data: Collection[str] = ()) -> list[str]:
    """Texts that people can read in a window and that no `tr` has seen.

    Args:
        data: what is nobody's to translate: names and paths; a text made of them alone is right.
    """
    found = []
    for where, text in texts(window):
        rest = _KEYS.sub("", _outside(text))
        for word in sorted(data, key=len, reverse=True):
            rest = rest.replace(word, "")
        if any(letter.isalpha() for letter in rest):
            found.append(f"{where}: {text}")
    return found


def _outside(text: str) -> str:
    """What stands outside of all brackets."""
    kept, depth = "", 0
    for letter in text:
        depth += letter == OPENS
        kept += letter if depth == 0 else ""
        depth -= letter == CLOSES
    return kept


def texts(window: QWidget) -> Iterator[tuple[str, str]]:
    """All that is shown or read aloud: where it stands, and the text."""
    for widget in (window, *window.findChildren(QWidget)):
        if widget.objectName().startswith("qt_"):
            continue  # Qt's own parts, in Qt's own translation
        name = f"{type(widget).__name__} in {type(widget.parent()).__name__}"
        yield f"{name} tooltip", widget.toolTip()
        yield f"{name} accessible name", widget.accessibleName()
        yield f"{name} accessible description", widget.accessibleDescription()
        if widget.isWindow() and not isinstance(widget, QMenu):
            yield f"{name} title", widget.windowTitle()
        yield from ((name, text) for text in _own_texts(widget))
        for action in widget.actions():
            yield from _action_texts(name, action)


def _own_texts(widget: QWidget) -> Iterator[str]:
    if isinstance(widget, QLabel | QAbstractButton):
        yield widget.text()
    elif isinstance(widget, QLineEdit):
        yield widget.placeholderText()
    elif isinstance(widget, QTextEdit):
        yield widget.toPlainText()
    elif isinstance(widget, QComboBox):
        yield from (widget.itemText(number) for number in range(widget.count()))
    elif isinstance(widget, QAbstractItemView) and widget.model() is not None:
        yield from _model_texts(widget.model())


def _action_texts(name: str, action: QAction) -> Iterator[tuple[str, str]]:
    if not action.objectName().startswith("_q_"):
        yield f"{name} action", action.text()
        yield f"{name} action's tooltip", action.toolTip()


def _model_texts(model: QAbstractItemModel) -> Iterator[str]:
    role = Qt.ItemDataRole
    # Lists keep their number of columns to themselves.
    columns = model.columnCount(QModelIndex()) if isinstance(model, QAbstractTableModel) else 1
    for column in range(columns):
        for kind in (role.DisplayRole, role.ToolTipRole):
            yield str(model.headerData(column, Qt.Orientation.Horizontal, kind) or "")
            for row in range(min(_ROWS, model.rowCount(QModelIndex()))):
                yield str(model.data(model.index(row, column), kind) or "")
