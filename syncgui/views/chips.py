"""The filter chips: one for each status with its live count, exactly one of them chosen, and what is shown.

Chips of zero are hidden, but All, Failed and the chosen one. A chip never becomes narrower, so that counts
can change without moving anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QLabel, QSizePolicy, QWidget

from syncgui.index import Totals
from syncgui.model.status import Status
from syncgui.views import icons, palettes
from syncgui.views.flow_layout import FlowLayout
from syncgui.views.fonts import with_tabular_digits
from syncgui.views.palettes import Tone
from syncgui.views.states import STATES, label
from syncgui.views.texts import tr, tr_n

ORDER = (
    Status.IN_PROGRESS, Status.QUEUED, Status.RETRYING, Status.FAILED, Status.PAUSED, Status.NO_SOURCE,
    Status.NOT_REQUESTED, Status.PARTIAL, Status.SYNCED,
)  # fmt: skip
"""The chips after All, in their order."""

_ALWAYS = frozenset({None, Status.FAILED})
_ICON = 16
_PADDING = 8
_GAP = 6
_HEIGHT = 26
_RADIUS = 4
_STEPS = {
    Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1,
    Qt.Key.Key_Home: -len(ORDER), Qt.Key.Key_End: len(ORDER),
}  # fmt: skip
_TOOLTIPS: Mapping[Status | None, str] = MappingProxyType({
    None: "Every representation",
    Status.NO_SOURCE: "No site of the two has it yet",
    Status.NOT_REQUESTED: "Not on this machine; Download asks for it",
    Status.PARTIAL: "Complete, but some files were asked for on one site only",
})  # fmt: skip


def count_of(status: Status | None, totals: Totals | None) -> int:
    """How many representations a chip stands for; None: all."""
    if totals is None:
        return 0
    if status is None:
        return totals.every
    if status is Status.NOT_REQUESTED:
        return totals.available
    return totals.representations.get(status, 0)


class Chip(QAbstractButton):
    """One filter: icon, word, count. `moved` asks to go so many chips further."""

    moved = Signal(int)

    def __init__(self, status: Status | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.status = status
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setToolTip(tr(_TOOLTIPS[status]) if status in _TOOLTIPS else "")
        self._count = -1
        self._width = 0
        self.set_count(0)

    @property
    def count(self) -> int:
        """The count shown."""
        return self._count

    def set_count(self, count: int) -> None:
        """Show this count."""
        if count == self._count:
            return
        self._count = count
        word = tr("All") if self.status is None else label(self.status)
        self.setText(tr("{word}  {count}").format(word=word, count=f"{count:,}"))
        said = tr_n("%n representation", "%n representations", count)
        self.setAccessibleName(tr("{word}, {count}").format(word=word, count=said))
        self._fit()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """The widest that it was."""
        return QSize(self._width, max(_HEIGHT, self.fontMetrics().height() + 8))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """The same: a chip is not cut off."""
        return self.sizeHint()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Arrows, Home and End go to other chips."""
        step = _STEPS.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self.moved.emit(step)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Another font needs another width."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._width = 0
            self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """A rounded field, filled when it is chosen."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        role = QPalette.ColorRole
        chosen = self.isChecked()
        back = role.Highlight if chosen else role.Midlight if self.underMouse() else role.Button
        edge = palettes.colour(Tone.EDGE) if not chosen else self.palette().color(role.Highlight)
        painter.setPen(QPen(palettes.colour(Tone.BLUE), 2) if self.hasFocus() else QPen(edge, 1))
        painter.setBrush(self.palette().color(back))
        painter.drawRoundedRect(self.rect().toRectF().adjusted(1, 1, -1, -1), _RADIUS, _RADIUS)
        room = self.rect().adjusted(_PADDING, 0, -_PADDING, 0)
        if self.status is not None:
            tone = Tone.SELECTED_TEXT if chosen else STATES[self.status].tone
            pixmap = icons.pixmap(STATES[self.status].icon, tone, _ICON, self.devicePixelRatioF())
            painter.drawPixmap(QRect(room.left(), (self.height() - _ICON) // 2, _ICON, _ICON), pixmap)
            room = room.adjusted(_ICON + _GAP, 0, 0, 0)
        painter.setPen(palettes.colour(Tone.SELECTED_TEXT if chosen else Tone.TEXT))
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self.text())
        painter.end()  # at once, whoever else holds on to this frame

    def _fit(self) -> None:
        icon = 0 if self.status is None else _ICON + _GAP
        width = self.fontMetrics().horizontalAdvance(self.text()) + icon + 2 * _PADDING + 2
        if width > self._width:
            self._width = width
            self.updateGeometry()


class FilterChips(QWidget):
    """All chips and the quiet figure beside them."""

    chosen = Signal(object)
    """The statuses to show, `frozenset[Status]`, or None for all."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Filter by status"))
        self._totals: Totals | None = None
        self._chosen: frozenset[Status] | None = None
        self.setFont(with_tabular_digits(self.font()))
        field = QWidget()
        flow = FlowLayout(field, spacing=_GAP)
        self._chips = [Chip(status, field) for status in (None, *ORDER)]
        for chip in self._chips:
            flow.addWidget(chip)
            chip.clicked.connect(self._clicked)
            chip.moved.connect(self._move)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        field.setSizePolicy(policy)
        self._shown = QLabel()
        self._shown.setTextFormat(Qt.TextFormat.PlainText)
        self._shown.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._shown.setAccessibleName(tr("Representations shown"))
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(field, 1)
        # As high as a chip, so that its text stands on the line of theirs.
        self._shown.setMinimumHeight(self._chips[0].sizeHint().height())
        line.addWidget(self._shown, 0, Qt.AlignmentFlag.AlignBottom)
        palettes.changes().changed.connect(self.update)
        self.set_totals(None)
        self._show_chosen()

    def set_totals(self, totals: Totals | None) -> None:
        """Show these counts; None: nothing is known yet."""
        self._totals = totals
        for chip in self._chips:
            chip.set_count(count_of(chip.status, totals))
        self._show_chips()

    def set_shown(self, number: int, of: int) -> None:
        """How many rows the table shows, of how many there are."""
        text = tr("{number} of {every}").format(number=f"{number:,}", every=f"{of:,}")
        if text != self._shown.text():
            self._shown.setText(text)
            self._shown.setMinimumWidth(max(self._shown.minimumWidth(), self._shown.sizeHint().width()))
            self._shown.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

    @property
    def statuses(self) -> frozenset[Status] | None:
        """What is chosen; None: all."""
        return self._chosen

    def choose(self, statuses: frozenset[Status] | None) -> None:
        """Choose as a click would; several statuses at once are no chip, and none is lit then."""
        if statuses != self._chosen:
            self._chosen = statuses
            self._show_chosen()
            self.chosen.emit(statuses)
        else:
            self._show_chosen()

    def _clicked(self) -> None:
        chip = self.sender()
        if isinstance(chip, Chip):
            self.choose(_statuses(chip))

    def _move(self, step: int) -> None:
        shown = [chip for chip in self._chips if not chip.isHidden()]
        sender = self.sender()
        at = next((place for place, chip in enumerate(shown) if chip is sender), 0)
        target = shown[min(max(at + step, 0), len(shown) - 1)]
        target.setFocus(Qt.FocusReason.TabFocusReason)
        self.choose(_statuses(target))

    def _show_chosen(self) -> None:
        for chip in self._chips:
            chip.setChecked(_statuses(chip) == self._chosen)
        self._show_chips()

    def _show_chips(self) -> None:
        for chip in self._chips:
            keep = chip.status in _ALWAYS or chip.count > 0 or chip.isChecked()
            if chip.isHidden() == keep:
                chip.setVisible(keep)


def _statuses(chip: Chip) -> frozenset[Status] | None:
    return None if chip.status is None else frozenset({chip.status})
