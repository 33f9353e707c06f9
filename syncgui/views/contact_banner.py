"""The question of a first contact, across the window: how much waits, and three ways to answer.

Shown while the project shown only looks. It asks nothing else and forgets nothing: an answer is carried out
by whoever is told of it, and the line goes when the loop says that something may move.
"""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from syncgui.engine.first_contact import HeldBack
from syncgui.model.status import Pair
from syncgui.views import icons, palettes
from syncgui.views.contact_texts import wait_sentence
from syncgui.views.palettes import Tone
from syncgui.views.sentences import PlainLabel
from syncgui.views.texts import tr

_MARK_PX = 18


class ContactBanner(QWidget):
    """See the module. Each signal carries the `Pair` that is meant."""

    start_requested = Signal(object)
    only_new_requested = Signal(object)
    choose_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pair: Pair | None = None
        self._mark = QLabel()
        self._sentence = PlainLabel()
        self._explained = PlainLabel(
            tr("This machine only looks until you say what may move. You are asked once."), Tone.DIM
        )
        self.start = _button(
            tr("S&tart"), tr("Start"), tr("Move everything that waits, and all that comes later")
        )
        self.only_new = _button(
            tr("Only &new ones"),
            tr("Only new ones"),
            tr("Leave what waits now; move what is published from now on, and what you ask for"),
        )
        self.choose = _button(
            tr("&Choose…"), tr("Choose"), tr("Choose the projects that start; the others go on waiting")
        )
        self.start.clicked.connect(self._start)
        self.only_new.clicked.connect(self._only_new)
        self.choose.clicked.connect(self._choose)
        texts = QVBoxLayout()
        texts.setSpacing(1)
        texts.addWidget(self._sentence)
        texts.addWidget(self._explained)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 6, 10, 6)
        layout.setSpacing(10)
        layout.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(texts, 1)
        for button in self.buttons:
            layout.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        palettes.changes().changed.connect(self._show_colours)
        self._show_colours()
        self.hide()

    @property
    def buttons(self) -> tuple[QPushButton, QPushButton, QPushButton]:
        """The three answers, in their order."""
        return self.start, self.only_new, self.choose

    @property
    def text(self) -> str:
        """What it says, "" while it is hidden."""
        return "" if self.isHidden() else self._sentence.text()

    def show_held(self, held: Mapping[str, HeldBack], project: str) -> None:
        """Ask about the pair of a project that only looks; "" or another project hides the line."""
        one = held.get(project)
        self._pair = one.pair if one is not None and one.looks_only else None
        if self._pair is not None:
            sentence = wait_sentence(held, self._pair)
            self._sentence.setText(sentence[:1].upper() + sentence[1:])
            self.setAccessibleName(f"{self._sentence.text()}. {self._explained.text()}")
        self.setVisible(self._pair is not None)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint an edge at the left, so that it is seen without colour as well."""
        del event
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.palette().alternateBase())
        painter.fillRect(0, 0, 4, self.height(), palettes.colour(Tone.BLUE))
        painter.end()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Draw the mark anew for another screen."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._show_colours()

    def _show_colours(self) -> None:
        self._mark.setPixmap(icons.pixmap("mdi6.eye-outline", Tone.BLUE, _MARK_PX, self.devicePixelRatioF()))

    def _start(self) -> None:
        self.start_requested.emit(self._pair)

    def _only_new(self) -> None:
        self.only_new_requested.emit(self._pair)

    def _choose(self) -> None:
        self.choose_requested.emit(self._pair)


def _button(text: str, name: str, tooltip: str) -> QPushButton:
    button = QPushButton(text)
    button.setAccessibleName(name)
    button.setToolTip(tooltip)
    button.setAutoDefault(True)
    return button
