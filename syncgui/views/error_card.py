"""What went wrong, in four texts: what it is, why, what happens next, what a person can do.

Pure functions decide which texts; the card only shows them, as plain text that can be selected with mouse
and keyboard. Sentences that other programs recorded are shown as they are, with texts that hold for any
error. Only a file's own failure has a Retry: a site, the database and the settings come back by themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QTextEdit, QVBoxLayout, QWidget

from syncgui.engine.route import SyncedProject
from syncgui.index import Row
from syncgui.model.errors import SyncError, UnforeseenError, recognise
from syncgui.model.status import OPEN, Status
from syncgui.views import icons, palettes
from syncgui.views.figures import age_text, clock_text, date_text
from syncgui.views.palettes import Tone
from syncgui.views.row_details import Problem
from syncgui.views.standing import Health, Hitch
from syncgui.views.texts import tr, tr_n

LONGEST_TEXT = 800
"""Characters of a text that are shown; other programs record whole logs."""

MOST_LINES = 14
"""Lines that a card shows at once; longer texts are scrolled."""

_DAY_S = 86_400.0
_EDGE_PX = 3
_ROOM_PX = 8
_GAP_PX = 4
_DARKER = 135  # the style paints buttons lighter than their colour
_AFFECTED = OPEN | {Status.NO_SOURCE}


@dataclass(frozen=True, slots=True)
class CardTexts:
    """What a card says. `facts`: site, attempts, when; `can_retry`: whether Retry is offered."""

    title: str
    cause: str
    happens_next: str
    next_step: str
    facts: str = ""
    can_retry: bool = False

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """All of it in reading order, without what is empty."""
        every = (self.title, self.cause, self.happens_next, self.next_step, self.facts)
        return tuple(text for text in every if text)


def file_card(problem: Problem, now: float) -> CardTexts:
    """The card of a file that failed or is tried again.

    Args:
        now: epoch seconds.
    """
    known = recognise(problem.sentence)
    kind = known or UnforeseenError(site=problem.site, path=problem.path, detail=problem.sentence)
    return CardTexts(
        title=_filled(kind, kind.title_text),
        cause=_clipped(_cause(problem, known)),
        happens_next=_happens_next(problem, kind, now),
        next_step=_filled(kind, kind.remedy_text),
        facts=_facts(problem, known, now),
        can_retry=True,
    )


def hitch_card(hitch: Hitch, title: str, now: float) -> CardTexts:
    """The card of what keeps more than one file from syncing.

    Args:
        title: for a sentence that is none of ours.
    """
    known = recognise(hitch.sentence)
    since = tr("Since {clock}").format(clock=clock_text(hitch.since, now)) if hitch.since > 0 else ""
    return CardTexts(
        title=_filled(known, known.title_text) if known else title,
        cause=_clipped(hitch.sentence),
        happens_next=_filled(known, known.next_text) if known else "",
        next_step=_clipped(hitch.next_step),
        facts=since,
    )


def first_hitch_card(row: Row, project: SyncedProject, health: Health, now: float) -> CardTexts | None:
    """The card of the one thing outside a row that keeps it from moving; None where nothing does."""
    if health.database is not None:
        return hitch_card(health.database, tr("Database unreachable"), now)
    if not any(row.files_by_status.get(status) for status in _AFFECTED):
        return None
    if row.project in health.idle:
        return hitch_card(health.idle[row.project], tr("Not synced"), now)
    for site in (project.shown.active, project.shown.remote):
        if site is not None and site in health.sites:
            return hitch_card(health.sites[site], tr("{site} is in trouble").format(site=site), now)
    return None


def _filled(error: SyncError, text: str) -> str:
    return _clipped(tr(text).format(site=error.site, path=error.path, detail=error.detail))


def _clipped(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}…"


def _cause(problem: Problem, known: SyncError | None) -> str:
    if known is not None:
        return _filled(known, known.cause_text)
    return problem.sentence or tr("{path} could not be transferred; no reason was recorded.").format(
        path=problem.path
    )


def _happens_next(problem: Problem, kind: SyncError, now: float) -> str:
    if problem.rests and not kind.waits_for_person:
        # The class speaks of the tries to come; here all of them are used up.
        return tr("It is not tried again by itself any more.")
    text = _filled(kind, kind.next_text)
    if problem.next_try is not None and problem.next_try > now:
        clock = clock_text(problem.next_try, now)
        return tr("{text} Next try: {clock}").format(text=text, clock=clock)
    return text


def _facts(problem: Problem, known: SyncError | None, now: float) -> str:
    parts = [problem.site]
    if problem.tries:
        parts.append(tr("attempt {number} of {of}").format(number=problem.tries, of=problem.of))
    if problem.when is not None:
        parts.append(_when_text(problem.when, now, is_ours=known is not None))
    if problem.others:
        parts.append(tr_n("%n more file has an error", "%n more files have errors", problem.others))
    return " · ".join(part for part in parts if part)


def _when_text(when: float, now: float, *, is_ours: bool) -> str:
    # Other programs wrote local time as if it were UTC: only the day can be believed.
    if not is_ours or not 0 <= now - when < _DAY_S:
        return date_text(when, now)
    if now - when < 60:
        return tr("just now")
    return tr("{age} ago").format(age=age_text(when, now))


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
        foot = QHBoxLayout()
        foot.addWidget(self.retry)
        foot.addStretch(1)
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
        if self._texts is not None:
            self._write(self._texts)

    def _retry(self) -> None:
        self.retry_requested.emit()
