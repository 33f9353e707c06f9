"""The card that says what went wrong; its Retry is the first thing to do about it.

Where a file differs from its record, accepting it as it is stands beside it.

It only shows `CardTexts`, as plain text that can be selected with mouse and keyboard.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import (
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextOption,
)
from PySide6.QtWidgets import QFrame, QPushButton, QSizePolicy, QTextEdit, QVBoxLayout, QWidget

from syncgui.views import icons, palettes
from syncgui.views.error_texts import CardTexts
from syncgui.views.flow_layout import FlowLayout
from syncgui.views.palettes import Tone
from syncgui.views.plain_tooltips import plain_tooltip
from syncgui.views.texts import tr

MOST_LINES = 14
"""Lines that a card shows at once; longer texts are scrolled."""

_EDGE_PX = 3
_ROOM_PX = 8
_GAP_PX = 4
_DARKER = 135  # the style paints buttons lighter than their colour


class ReadingText(QTextEdit):
    """Paragraphs of plain text, as high as they need; wraps anywhere, so that long paths are whole."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setAcceptRichText(False)
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.viewport().setAutoFillBackground(False)
        self.document().setDocumentMargin(0)
        self.document().contentsChanged.connect(self._fit)
        self._fit()

    def show_paragraphs(self, paragraphs: Sequence[tuple[str, Tone, bool]]) -> None:
        """Show texts, each with its tone and whether it is bold."""
        self.clear()
        cursor = QTextCursor(self.document())
        for number, (text, tone, bold) in enumerate(paragraphs):
            block = QTextBlockFormat()
            block.setTopMargin(_GAP_PX if number else 0)
            letters = QTextCharFormat()
            letters.setForeground(palettes.colour(tone))
            letters.setFontWeight(600 if bold else 400)
            if number:
                cursor.insertBlock(block, letters)
            else:
                cursor.setBlockFormat(block)
            cursor.insertText(text, letters)
        self.moveCursor(QTextCursor.MoveOperation.Start)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Wrap anew."""
        super().resizeEvent(event)
        self._fit()

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """As narrow as need be."""
        return QSize(40, 0)

    def _fit(self) -> None:
        wanted = int(self.document().size().height() + 0.999)
        most = self.fontMetrics().lineSpacing() * MOST_LINES
        policy = Qt.ScrollBarPolicy
        self.setVerticalScrollBarPolicy(
            policy.ScrollBarAlwaysOn if wanted > most else policy.ScrollBarAlwaysOff
        )
        height = min(wanted, most)
        if height != self.minimumHeight() or height != self.maximumHeight():
            self.setFixedHeight(height)


class ErrorCard(QFrame):
    """One `CardTexts`; hidden while there is none."""

    retry_requested = Signal()
    accept_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._texts: CardTexts | None = None
        self.setAccessibleName(tr("What went wrong"))
        self.reading = ReadingText()
        self.reading.setAccessibleName(tr("What went wrong"))
        self.retry = QPushButton(tr("Retry"))
        self.retry.setAccessibleName(tr("Retry"))
        self.retry.setToolTip(tr("Try the files again that failed (Ctrl+R)"))
        self.retry.setAutoDefault(True)
        self.retry.clicked.connect(self._retry)
        self.accept = QPushButton(tr("Accept the file as it is…"))
        self.accept.setAccessibleName(tr("Accept the file as it is"))
        self.accept.setToolTip(tr("It is right, and its record is to say so (Ctrl+Shift+A)"))
        self.accept.setAutoDefault(True)
        self.accept.clicked.connect(self._accept)
        foot = FlowLayout(spacing=_ROOM_PX)
        foot.addWidget(self.retry)
        foot.addWidget(self.accept)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(_EDGE_PX + _ROOM_PX + 2, _ROOM_PX, _ROOM_PX, _ROOM_PX)
        layout.setSpacing(_ROOM_PX)
        layout.addWidget(self.reading)
        layout.addLayout(foot)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        palettes.changes().changed.connect(self._show_colours)
        self._show_colours()
        self.hide()

    @property
    def texts(self) -> CardTexts | None:
        """What it says, None while it is hidden."""
        return self._texts

    def show_texts(self, texts: CardTexts | None) -> None:
        """Say this; None hides the card. What is selected stays so while the texts stay."""
        if texts == self._texts:
            return
        self._texts = texts
        if texts is not None:
            self.setAccessibleDescription("\n".join(texts.paragraphs))
            self.retry.setVisible(texts.can_retry)
            self.accept.setVisible(texts.can_accept)
            self.reading.setToolTip(plain_tooltip(texts.whole))
            self._write(texts)
        self.setVisible(texts is not None)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Follow the fonts."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and self._texts is not None:
            self._write(self._texts)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """A quiet field with a coloured edge at its left."""
        del event
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.palette().alternateBase())
        painter.setPen(palettes.colour(Tone.EDGE))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        tone = Tone.RED if self._texts is not None and self._texts.can_retry else Tone.AMBER
        painter.fillRect(0, 0, _EDGE_PX, self.height(), palettes.colour(tone))
        painter.end()

    def _write(self, texts: CardTexts) -> None:
        every = (
            (texts.title, Tone.TEXT, True),
            (texts.cause, Tone.TEXT, False),
            (texts.happens_next, Tone.DIM, False),
            (texts.next_step, Tone.TEXT, False),
            (texts.facts, Tone.DIM, False),
        )
        self.reading.show_paragraphs([one for one in every if one[0]])

    def _show_colours(self) -> None:
        role = QPalette.ColorRole
        text = self.reading.palette()
        text.setColor(role.Base, Qt.GlobalColor.transparent)
        self.reading.setPalette(text)
        button = QPalette()
        button.setColor(role.Button, button.color(role.Highlight).darker(_DARKER))
        button.setColor(role.ButtonText, palettes.colour(Tone.SELECTED_TEXT))
        self.retry.setPalette(button)
        self.retry.setIcon(icons.icon("mdi6.refresh", Tone.SELECTED_TEXT))
        self.accept.setIcon(icons.icon("mdi6.file-check-outline", Tone.TEXT))
        if self._texts is not None:
            self._write(self._texts)

    def _retry(self) -> None:
        self.retry_requested.emit()

    def _accept(self) -> None:
        self.accept_requested.emit()
