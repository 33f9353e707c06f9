"""A line across the window that says what keeps things from syncing, and what to do about it.

Shown only while there is something to say, so that nobody has to look for the reason.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from syncgui.views import icons, palettes
from syncgui.views.palettes import Tone
from syncgui.views.standing import Hitch, Standing
from syncgui.views.texts import tr

_MARK_PX = 18


class Banner(QWidget):
    """See the module."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._mark = QLabel()
        self._sentence = _text_label()
        self._next_step = _text_label()
        texts = QVBoxLayout()
        texts.setSpacing(1)
        texts.addWidget(self._sentence)
        texts.addWidget(self._next_step)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 6, 10, 6)
        layout.setSpacing(10)
        layout.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(texts, 1)
        palettes.changes().changed.connect(self._show_colours)
        self._show_colours()
        self.hide()

    @property
    def text(self) -> str:
        """What it says, "" while it is hidden."""
        return "" if self.isHidden() else f"{self._sentence.text()}\n{self._next_step.text()}".strip()

    def say(self, sentence: str, next_step: str = "") -> None:
        """Show a sentence and what to do; "" hides the line."""
        self._sentence.setText(sentence)
        self._next_step.setText(next_step)
        self._next_step.setVisible(bool(next_step))
        self.setAccessibleName(f"{sentence} {next_step}".strip())
        self.setVisible(bool(sentence))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint an edge at the left, so that it is seen without colour as well."""
        del event
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.palette().alternateBase())
        painter.fillRect(0, 0, 4, self.height(), palettes.colour(Tone.AMBER))

    def _show_colours(self) -> None:
        self._mark.setPixmap(
            icons.pixmap("mdi6.alert-outline", Tone.AMBER, _MARK_PX, self.devicePixelRatioF())
        )
        palette = self._next_step.palette()
        palette.setColor(palette.ColorRole.WindowText, palettes.colour(Tone.DIM))
        self._next_step.setPalette(palette)


def hitch_of(standing: Standing, project: str) -> Hitch | None:
    """The one thing that a person should know first about why a project does not sync."""
    health = standing.health
    if health.stopped:
        return Hitch(health.stopped, tr("It is started again by itself."), 0.0)
    if health.database is not None:
        return health.database
    if project in health.idle:
        return health.idle[project]
    known = standing.projects.get(project)
    sites = (known.pair.active, known.pair.remote or "") if known else ()
    return next((health.sites[site] for site in sites if site in health.sites), None)


def _text_label() -> QLabel:
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    label.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
    return label
