"""How the cells of the status table are painted: text, a site's tick or bar, the status with its icon.

Text is painted as plain text and shortened to its room. Pixmaps come from `icons`, made once; on a selected
row everything is painted in its light variant. A failed row has a red edge in the first visible column.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPalette
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from syncgui.index import Row
from syncgui.model.status import Status
from syncgui.views import icons, palettes
from syncgui.views.columns import NUMBERS, PADDING, ROW_HEIGHT, Column, SiteCell, StatusCell, place
from syncgui.views.palettes import Tone
from syncgui.views.table_model import CELL, ROW

ICON = 16
_SMALL_ICON = 14
_GAP = 6
_BAR_HEIGHT = 6
_EDGE_WIDTH = 3
_WIDEST_PERCENT = "100 %"
_TRACK_ON_SELECTION = 70  # alpha of white
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter) | int(Qt.TextFlag.TextSingleLine)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter) | int(Qt.TextFlag.TextSingleLine)
_SELECTED = QStyle.StateFlag.State_Selected
_HAS_FOCUS = QStyle.StateFlag.State_HasFocus
_PRIORITY_ICONS = {1: ("mdi6.menu-up", Tone.AMBER), -1: ("mdi6.menu-down", Tone.DIM)}

_Index = QModelIndex | QPersistentModelIndex


class CellDelegate(QStyledItemDelegate):
    """Paints text cells, and what all cells have: background, red edge, the frame of the current cell.

    Args:
        first_column: which column stands first and is not hidden.
    """

    def __init__(self, first_column: Callable[[], int], parent: QWidget) -> None:
        super().__init__(parent)
        self._first_column = first_column

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Paint one cell."""
        painter.save()
        style = option.widget.style() if option.widget else QApplication.style()
        painter.setFont(option.font)
        self._paint_back(painter, option, style)
        row = index.data(ROW)
        if isinstance(row, Row):
            if row.status is Status.FAILED and index.column() == self._first_column():
                self._paint_edge(painter, option)
            room = option.rect.adjusted(PADDING, 0, -PADDING, 0)
            self.paint_content(painter, option, room, index)
        painter.restore()

    def paint_content(
        self, painter: QPainter, option: QStyleOptionViewItem, room: QRect, index: _Index
    ) -> None:
        """Paint what is in the cell, between its paddings."""
        text = str(index.data() or "")
        align = _RIGHT if index.column() in NUMBERS else _LEFT
        used = _text(painter, room, text, tone(option, Tone.TEXT), align)
        if index.column() == Column.ASSET:
            row = index.data(ROW)
            rest = room.adjusted(used + PADDING, 0, 0, 0)
            if rest.width() > 2 * PADDING:
                _text(painter, rest, place(row), tone(option, Tone.DIM))

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:  # noqa: N802 - Qt's name
        """The height is fixed; the width is what the text wants."""
        width = option.fontMetrics.horizontalAdvance(str(index.data() or "")) + 2 * PADDING + 2
        return QSize(width, ROW_HEIGHT)

    def _paint_back(self, painter: QPainter, option: QStyleOptionViewItem, style: QStyle) -> None:
        part = QStyle.PrimitiveElement
        style.drawPrimitive(part.PE_PanelItemViewItem, option, painter, option.widget)
        is_current = bool(option.state & _HAS_FOCUS)
        if is_current and not is_selected(option):
            painter.setPen(option.palette.color(QPalette.ColorRole.Highlight))
            painter.drawRect(option.rect.adjusted(0, 0, -1, -1))

    def _paint_edge(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        edge = QRect(option.rect.topLeft(), QSize(_EDGE_WIDTH, option.rect.height()))
        painter.fillRect(edge, palettes.colour(Tone.RED))


class SiteDelegate(CellDelegate):
    """Paints a tick and an age, or a bar and how far it is, or nothing."""

    def paint_content(
        self, painter: QPainter, option: QStyleOptionViewItem, room: QRect, index: _Index
    ) -> None:
        """Paint the cell of a site."""
        cell = index.data(CELL)
        if not isinstance(cell, SiteCell):
            return
        if cell.complete:
            shown = Tone.GREEN if cell.fresh else Tone.DIM
            _icon(painter, room, "mdi6.check", tone(option, shown), _SMALL_ICON)
            room = room.adjusted(_SMALL_ICON + _GAP, 0, 0, 0)
            _text(painter, room, cell.text, tone(option, shown))
        elif cell.share is not None:
            width = painter.fontMetrics().horizontalAdvance(_WIDEST_PERCENT)
            _text(painter, room, cell.text, tone(option, Tone.TEXT), _RIGHT)
            _bar(painter, room.adjusted(0, 0, -width - _GAP, 0), cell.share, is_selected(option))


class StatusDelegate(CellDelegate):
    """Paints the icon of the state, the sentence, and the priority's arrow at the right end."""

    def paint_content(
        self, painter: QPainter, option: QStyleOptionViewItem, room: QRect, index: _Index
    ) -> None:
        """Paint the Status cell."""
        cell = index.data(CELL)
        if not isinstance(cell, StatusCell):
            return
        _icon(painter, room, cell.state.icon, tone(option, cell.state.tone), ICON)
        if cell.priority:
            name, arrow = _PRIORITY_ICONS[cell.priority]
            end = QRect(room.right() - ICON + 1, room.top(), ICON, room.height())
            _icon(painter, end, name, tone(option, arrow), ICON)
            room = room.adjusted(0, 0, -ICON - _GAP, 0)
        room = room.adjusted(ICON + _GAP, 0, 0, 0)
        _text(painter, room, cell.text, tone(option, _words_tone(cell.state.tone)))


def tone(option: QStyleOptionViewItem, wanted: Tone) -> Tone:
    """The tone to paint with: on a selected row everything is light."""
    return Tone.SELECTED_TEXT if is_selected(option) else wanted


def is_selected(option: QStyleOptionViewItem) -> bool:
    """Whether the cell is of a selected row."""
    return bool(option.state & _SELECTED)


def _words_tone(icon_tone: Tone) -> Tone:
    return Tone.DIM if icon_tone in (Tone.DIM, Tone.GREY) else Tone.TEXT


def _text(
    painter: QPainter,
    room: QRect,
    text: str,
    in_tone: Tone,
    align: int = _LEFT,
) -> int:
    """Paint text, shortened to its room; the width that it took."""
    metrics = painter.fontMetrics()
    width = metrics.horizontalAdvance(text)
    if width > room.width():
        text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room.width())
    painter.setPen(palettes.colour(in_tone))
    painter.drawText(room, align, text)
    return min(width, room.width())


def _icon(painter: QPainter, room: QRect, name: str, in_tone: Tone, size: int) -> None:
    device = painter.device()
    pixmap = icons.pixmap(name, in_tone, size, device.devicePixelRatioF())
    painter.drawPixmap(QPoint(room.left(), room.top() + (room.height() - size) // 2), pixmap)


def _bar(painter: QPainter, room: QRect, share: float, selected: bool) -> None:
    track = QRectF(room.left(), room.top() + (room.height() - _BAR_HEIGHT) / 2, room.width(), _BAR_HEIGHT)
    if track.width() < 2 * _BAR_HEIGHT:
        return
    back = QColor(255, 255, 255, _TRACK_ON_SELECTION) if selected else palettes.colour(Tone.TRACK)
    radius = _BAR_HEIGHT / 2
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(back)
    painter.drawRoundedRect(track, radius, radius)
    filled = QRectF(track)
    filled.setWidth(max(track.width() * min(share, 1.0), _BAR_HEIGHT))
    painter.setBrush(palettes.colour(Tone.SELECTED_TEXT if selected else Tone.BLUE))
    painter.drawRoundedRect(filled, radius, radius)
