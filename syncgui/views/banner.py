"""A line across the window that says what keeps things from syncing, and what to do about it.

Shown only while there is something to say, so that nobody has to look for the reason. Where the window itself
has a place to mend it, a button leads there.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from syncgui.views import icons, palettes
from syncgui.views.palettes import Tone
from syncgui.views.sentences import PlainLabel
from syncgui.views.standing import Hitch, Standing
from syncgui.views.texts import tr

SITES = "sites"
"""The way out that leads to the choice of sites and folders."""

_MARK_PX = 18


class Banner(QWidget):
    """See the module. `action_requested` names the place that a person wants to go to: `SITES`."""

    action_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._mark = QLabel()
        self._sentence = PlainLabel()
        self._next_step = PlainLabel(tone=Tone.DIM)
        self._way_out = ""
        self.button = QPushButton(tr("Sites…"))
        self.button.setAccessibleName(tr("Sites"))
        self.button.setToolTip(tr("Choose other sites, or see to the folders of these"))
        self.button.setAutoDefault(True)
        self.button.clicked.connect(self._request)
        texts = QVBoxLayout()
        texts.setSpacing(1)
        texts.addWidget(self._sentence)
        texts.addWidget(self._next_step)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 6, 10, 6)
        layout.setSpacing(10)
        layout.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(texts, 1)
        layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignVCenter)
        palettes.changes().changed.connect(self._show_colours)
        self._show_colours()
        self.hide()

    @property
    def text(self) -> str:
        """What it says, "" while it is hidden."""
        return "" if self.isHidden() else f"{self._sentence.text()}\n{self._next_step.text()}".strip()

    def say(self, sentence: str, next_step: str = "", way_out: str = "") -> None:
        """Show a sentence and what to do; "" hides the line.

        Args:
            way_out: where the window can mend it, see `way_out`; "": nowhere.
        """
        self._way_out = way_out
        self._sentence.setText(sentence)
        self._next_step.setText(next_step)
        self._next_step.setVisible(bool(next_step))
        self.setAccessibleName(f"{sentence} {next_step}".strip())
        self.button.setVisible(bool(way_out))
        self.setVisible(bool(sentence))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint an edge at the left, so that it is seen without colour as well."""
        del event
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.palette().alternateBase())
        painter.fillRect(0, 0, 4, self.height(), palettes.colour(Tone.AMBER))
        painter.end()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Draw the mark anew for another screen."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._show_colours()

    def _show_colours(self) -> None:
        self._mark.setPixmap(
            icons.pixmap("mdi6.alert-outline", Tone.AMBER, _MARK_PX, self.devicePixelRatioF())
        )

    def _request(self) -> None:
        self.action_requested.emit(self._way_out)


def hitch_of(standing: Standing, project: str) -> Hitch | None:
    """The one thing that a person should know first about why a project does not sync."""
    health = standing.health
    if health.stopped:
        return Hitch(health.stopped, tr("It is started again by itself."), 0.0)
    if health.database is not None:
        return health.database
    if project in health.idle:
        return health.idle[project]
    return next(iter([*_site_hitches(standing, project), *health.notices.values()]), None)


def way_out(standing: Standing, project: str) -> str:
    """Where in the window a person can mend what `hitch_of` tells: `SITES`, or "" for nowhere."""
    health = standing.health
    if health.stopped or health.database is not None:
        return ""
    return SITES if project in health.idle or _site_hitches(standing, project) else ""


def _site_hitches(standing: Standing, project: str) -> list[Hitch]:
    known = standing.projects.get(project)
    sites = (known.pair.active, known.pair.remote or "") if known else ()
    return [standing.health.sites[site] for site in sites if site in standing.health.sites]
