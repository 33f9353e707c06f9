"""How the cells of the status table are painted: text, a site's tick or bar, the status with its icon.

Text is painted as plain text and shortened to its room. Pixmaps come from `icons`, made once; on a selected
row everything is painted in its light variant. A failed row has a red edge in the first visible column.
Each call of Qt may hand Python over to the threads that move files, so a cell is painted with few of them:
what stands in it comes from the model's `cells_at`, texts are measured once.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPalette
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from syncgui.model.status import Status
from syncgui.views import icons, palettes
from syncgui.views.columns import NUMBERS, PADDING, ROW_HEIGHT, Column, SiteCell, StatusCell
from syncgui.views.palettes import Tone
from syncgui.views.table_cells import RowCells
from syncgui.views.text_fit import TextFit

ICON = 16
_SMALL_ICON = 14
_GAP = 6
_BAR_HEIGHT = 6
_EDGE_WIDTH = 3
_WIDEST_PERCENT = "100 %"
_TRACK_ON_SELECTION = 70  # alpha of white
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter) | int(Qt.TextFlag.TextSingleLine)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter) | int(Qt.TextFlag.TextSingleLine)
_SELECTED = QStyle.StateFlag.State_Selected.value
_HAS_FOCUS = QStyle.StateFlag.State_HasFocus.value
_PANEL = QStyle.PrimitiveElement.PE_PanelItemViewItem
_PRIORITY_ICONS = {1: ("mdi6.menu-up", Tone.AMBER), -1: ("mdi6.menu-down", Tone.DIM)}

_Index = QModelIndex | QPersistentModelIndex


class CellDelegate(QStyledItemDelegate):
    """Paints text cells, and what all cells have: background, red edge, the frame of the current cell.

    Args:
        cells_at: the cells of the row at a place, None where it is not read.
        first_column: which column stands first and is not hidden.
        fit: shortens texts.
    """

    def __init__(
        self,
        cells_at: Callable[[int], RowCells | None],
        first_column: Callable[[], int],
        fit: TextFit,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._cells_at = cells_at
        self._first_column = first_column
        self._fit = fit

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Paint one cell; leaves pen and font changed, which each cell sets for itself."""
        state, room = option.state.value, option.rect
        selected = bool(state & _SELECTED)
        if selected:
            style = option.widget.style() if option.widget else QApplication.style()
            style.drawPrimitive(_PANEL, option, painter, option.widget)
        elif state & _HAS_FOCUS:
            painter.setPen(option.palette.color(QPalette.ColorRole.Highlight))
            painter.drawRect(room.adjusted(0, 0, -1, -1))
        row = self._cells_at(index.row())
        if row is None:
            return
        column = index.column()
        if row.row.status is Status.FAILED and column == self._first_column():
            edge = QRect(room.left(), room.top(), _EDGE_WIDTH, room.height())
            painter.fillRect(edge, palettes.colour(Tone.RED))
        painter.setFont(option.font)
        self.paint_content(painter, room.adjusted(PADDING, 0, -PADDING, 0), row, column, selected)

    def paint_content(
        self, painter: QPainter, room: QRect, row: RowCells, column: int, selected: bool
    ) -> None:
        """Paint what is in the cell, between its paddings."""
        align = _RIGHT if column in NUMBERS else _LEFT
        used = self.text(painter, room, str(row.cells[column]), tone(selected, Tone.TEXT), align)
        if column == Column.ASSET and row.beside:
            rest = room.adjusted(used + PADDING, 0, 0, 0)
            if rest.width() > 2 * PADDING:
                self.text(painter, rest, row.beside, tone(selected, Tone.DIM))

    def text(self, painter: QPainter, room: QRect, text: str, in_tone: Tone, align: int = _LEFT) -> int:
        """Paint text, shortened to its room; the width that it took."""
        if not text:
            return 0
        shown, width = self._fit.fit(painter, text, room.width())
        painter.setPen(palettes.colour(in_tone))
        painter.drawText(room, align, shown)
        return width

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:  # noqa: N802 - Qt's name
        """The height is fixed; the width is what the text wants."""
        width = option.fontMetrics.horizontalAdvance(str(index.data() or "")) + 2 * PADDING + 2
        return QSize(width, ROW_HEIGHT)


class SiteDelegate(CellDelegate):
    """Paints a tick and an age, or a bar and how far it is, or nothing."""

    def paint_content(
        self, painter: QPainter, room: QRect, row: RowCells, column: int, selected: bool
    ) -> None:
        """Paint the cell of a site."""
        cell = row.cells[column]
        if not isinstance(cell, SiteCell):
            return
        if cell.complete:
            shown = tone(selected, Tone.GREEN if cell.fresh else Tone.DIM)
            _icon(painter, room, "mdi6.check", shown, _SMALL_ICON)
            self.text(painter, room.adjusted(_SMALL_ICON + _GAP, 0, 0, 0), cell.text, shown)
        elif cell.share is not None:
            _, width = self._fit.fit(painter, _WIDEST_PERCENT, room.width())
            self.text(painter, room, cell.text, tone(selected, Tone.TEXT), _RIGHT)
            _bar(painter, room.adjusted(0, 0, -width - _GAP, 0), cell.share, selected)


class StatusDelegate(CellDelegate):
    """Paints the icon of the state, the sentence, and the priority's arrow at the right end."""

    def paint_content(
        self, painter: QPainter, room: QRect, row: RowCells, column: int, selected: bool
    ) -> None:
        """Paint the Status cell."""
        cell = row.cells[column]
        if not isinstance(cell, StatusCell):
            return
        _icon(painter, room, cell.state.icon, tone(selected, cell.state.tone), ICON)
        taken = 0
        if cell.priority:
            name, arrow = _PRIORITY_ICONS[cell.priority]
            end = QRect(room.right() - ICON + 1, room.top(), ICON, room.height())
            _icon(painter, end, name, tone(selected, arrow), ICON)
            taken = ICON + _GAP
        words = room.adjusted(ICON + _GAP, 0, -taken, 0)
        self.text(painter, words, cell.text, tone(selected, _words_tone(cell.state.tone)))


def tone(selected: bool, wanted: Tone) -> Tone:
    """The tone to paint with: on a selected row everything is light."""
    return Tone.SELECTED_TEXT if selected else wanted


def _words_tone(icon_tone: Tone) -> Tone:
    return Tone.DIM if icon_tone in (Tone.DIM, Tone.GREY) else Tone.TEXT


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
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(back)
    painter.drawRoundedRect(track, radius, radius)
    filled = QRectF(track)
    filled.setWidth(max(track.width() * min(share, 1.0), _BAR_HEIGHT))
    painter.setBrush(palettes.colour(Tone.SELECTED_TEXT if selected else Tone.BLUE))
    painter.drawRoundedRect(filled, radius, radius)
    painter.restore()
