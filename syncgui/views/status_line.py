"""The line at the window's foot: speeds, what is to come, time left, the pair that the loop works with."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from syncgui.index import Totals
from syncgui.model.status import Status
from syncgui.views import figures, icons, palettes
from syncgui.views.elided_label import ElidedLabel
from syncgui.views.palettes import Tone
from syncgui.views.standing import Standing
from syncgui.views.texts import tr, tr_n

_MARK_PX = 16


class StatusLine(QWidget):
    """See the module."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._marks = (QLabel(), QLabel())
        self._up = QLabel()
        self._up.setAccessibleName(tr("Speed up"))
        self._down = QLabel()
        self._down.setAccessibleName(tr("Speed down"))
        self.sums = ElidedLabel()
        self.sums.setAccessibleName(tr("What is to come"))
        self._kept = ""
        self._noted = ElidedLabel()
        self._noted.setAccessibleName(tr("Message"))
        self._forget = QTimer(self)
        self._forget.setSingleShot(True)
        self._forget.timeout.connect(self._end_note)
        self.pair = QLabel()
        self.pair.setAccessibleName(tr("Sites"))
        self.pair.setToolTip(tr("The two sites that are kept in step, as the loop works with them"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 2, 8, 3)
        layout.setSpacing(6)
        for mark, speed in zip(self._marks, (self._up, self._down), strict=True):
            layout.addWidget(mark)
            layout.addWidget(speed)
            layout.addSpacing(6)
        layout.addWidget(self._noted, 1)
        layout.addWidget(self.sums, 1)
        layout.addWidget(self.pair)
        palettes.changes().changed.connect(self._show_icons)
        self._show_icons()

    def keep_saying(self, text: str) -> None:
        """Say something whenever nothing else is to be said."""
        self._kept = text
        self._end_note()

    def note(self, text: str, for_ms: int) -> None:
        """Say something in passing."""
        self._noted.setText(text)
        self._forget.start(for_ms)

    @property
    def noted(self) -> str:
        """What is said, "" when nothing is."""
        return self._noted.text()

    def _end_note(self) -> None:
        self._noted.setText(self._kept)

    def set_standing(self, standing: Standing, project: str) -> None:
        """Show how the project stands."""
        flow = standing.flow
        self._up.setText(figures.speed_text(flow.up_bytes_per_s))
        self._down.setText(figures.speed_text(flow.down_bytes_per_s))
        parts: list[str] = []
        totals = standing.totals.get(project)
        if totals is not None:
            parts.extend(_count_texts(totals))
        if flow.seconds_left is not None and (flow.uploading or flow.downloading):
            parts.append(figures.left_text(flow.seconds_left))
        self.sums.setText(" · ".join(parts))
        known = standing.projects.get(project)
        if known is None:
            self.pair.setText("")
        else:
            remote = known.pair.remote or tr("nobody")
            self.pair.setText(f"{known.pair.active} ↔ {remote}")

    def _show_icons(self) -> None:
        for mark, name in zip(
            self._marks, ("mdi6.arrow-up-circle-outline", "mdi6.arrow-down-circle-outline"), strict=True
        ):
            mark.setPixmap(icons.pixmap(name, Tone.BLUE, _MARK_PX, self.devicePixelRatioF()))


def _count_texts(totals: Totals) -> list[str]:
    """How many files move, wait and failed; nothing of what there is none of."""
    moving, queued, failed = (totals.files[one] for one in (Status.IN_PROGRESS, Status.QUEUED, Status.FAILED))
    texts = [
        tr_n("%n file in progress", "%n files in progress", moving) if moving else "",
        tr_n("%n file queued", "%n files queued", queued) if queued else "",
        tr_n("%n file failed", "%n files failed", failed) if failed else "",
    ]
    return [text for text in texts if text]
