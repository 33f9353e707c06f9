"""The status table's header: titles above their cells, widths that are remembered, sorting by clicks.

Status takes the room that the others leave, down to a least width; only then does the table scroll
sideways. A first click on a title sorts ascending, a second descending, a third as at first.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QAction, QIcon, QPainter, QPalette, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHeaderView, QMenu, QStyle, QStyleOptionHeader, QStyleOptionHeaderV2, QWidget

from syncgui.views.columns import NUMBERS, PADDING, SORTS, WIDTHS, Column, Scene, full_title

_STATE = "table1:"
_Arrow = QStyleOptionHeader.SortIndicator
_LEAST_WIDTH = 36
_LEAST_STATUS = 140
_ICON = 16
_GAP = 6
_ARROW = 8
_ALIGNED = int(Qt.AlignmentFlag.AlignVCenter) | int(Qt.TextFlag.TextSingleLine)


class TableHeader(QHeaderView):
    """See the module.

    Args:
        scene: gives the sites whose names the titles are.
    """

    sort_requested = Signal(str, bool)
    """Sort by this key of the index, descending or not; "default" for its own order."""

    def __init__(self, scene: Callable[[], Scene], parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._scene = scene
        self._sorted: tuple[int, bool] = (-1, False)
        self._filling = False
        self._use_own_ways()
        self.setHighlightSections(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._choose_columns)
        self.sectionClicked.connect(self._sort_by)
        self.sectionResized.connect(self.fill)
        self.sectionCountChanged.connect(self._use_widths)

    def first_column(self) -> int:
        """Which column stands first and is not hidden."""
        for place in range(self.count()):
            column = self.logicalIndex(place)
            if not self.isSectionHidden(column):
                return column
        return 0

    def shown_columns(self) -> list[Column]:
        """The columns that are not hidden, as they stand."""
        order = (Column(self.logicalIndex(place)) for place in range(self.count()))
        return [column for column in order if not self.isSectionHidden(column)]

    def fill(self) -> None:
        """Give Status the room that the others leave."""
        if self._filling or not self.count() or self.isSectionHidden(Column.STATUS):
            return
        others = sum(self.sectionSize(column) for column in Column if column is not Column.STATUS)
        width = max(self.viewport().width() - others, _LEAST_STATUS)
        if width != self.sectionSize(Column.STATUS):
            self._filling = True
            self.resizeSection(Column.STATUS, width)
            self._filling = False

    # -- what is remembered ----------------------------------------------------------------------------

    def save_text(self) -> str:
        """Widths, order and hidden columns, for `restore_text`."""
        return _STATE + bytes(self.saveState().data()).hex()

    def restore_text(self, text: str) -> None:
        """Use what `save_text` gave; anything else is ignored."""
        if not text.startswith(_STATE):
            return
        try:
            state = bytes.fromhex(text.removeprefix(_STATE))
        except ValueError:
            return
        before = self.saveState()
        if not self.restoreState(state) or self.hiddenSectionCount() >= len(Column):
            self.restoreState(before)
        self._use_own_ways()
        self.fill()

    def _use_own_ways(self) -> None:
        """The order of the rows is not remembered, and these are the program's own."""
        self._sorted = (-1, False)
        self.setSortIndicatorShown(True)
        self.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.setSectionsMovable(True)
        self.setSectionsClickable(True)
        self.setMinimumSectionSize(_LEAST_WIDTH)
        self.setStretchLastSection(False)

    def _use_widths(self) -> None:
        for column, width in WIDTHS.items():
            if column < self.count():
                self.resizeSection(column, width)
        self.fill()

    # -- sorting and choosing --------------------------------------------------------------------------

    def _sort_by(self, section: int) -> None:
        column, descending = self._sorted
        if column != section:
            self._sorted = (section, False)
        else:
            self._sorted = (-1, False) if descending else (section, True)
        column, descending = self._sorted
        order = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
        self.setSortIndicator(column, order)
        self.sort_requested.emit(SORTS[Column(column)] if column >= 0 else "default", descending)

    def _choose_columns(self, where: QPoint) -> None:
        self.column_menu().popup(self.mapToGlobal(where))

    def column_menu(self) -> QMenu:
        """The menu in which columns are shown and hidden; the last one can not be hidden."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        shown = self.shown_columns()
        for column in Column:
            action = menu.addAction(full_title(column, self._scene()).replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(column in shown)
            action.setEnabled(shown != [column])
            action.setData(int(column))
        menu.triggered.connect(self._show_column)
        return menu

    def _show_column(self, action: QAction) -> None:
        self.setSectionHidden(int(action.data()), not action.isChecked())
        self.fill()

    # -- Qt's events -----------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """There is more room, or less."""
        super().resizeEvent(event)
        self.fill()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """The room is known now."""
        super().showEvent(event)
        self.fill()

    def sectionSizeFromContents(self, section: int) -> QSize:  # noqa: N802 - Qt's name
        """What a title wants, with the padding of its cells and room for the arrow."""
        size = super().sectionSizeFromContents(section)
        return QSize(size.width() + 2 * PADDING + _ARROW, size.height())

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:  # noqa: N802
        """Paint a title where the texts of its cells begin or end."""
        painter.save()
        option = QStyleOptionHeaderV2()
        self.initStyleOption(option)
        self.initStyleOptionForIndex(option, section)
        option.rect = rect
        text, icon = option.text, QIcon(option.icon)  # a copy: it is taken out below
        arrow = option.sortIndicator
        option.text, option.icon = "", QIcon()
        option.sortIndicator = _Arrow.None_
        self.style().drawControl(QStyle.ControlElement.CE_Header, option, painter, self)
        self._paint_title(painter, rect.adjusted(PADDING, 0, -PADDING, 0), text, icon, section, arrow)
        painter.restore()

    def _paint_title(
        self,
        painter: QPainter,
        room: QRect,
        text: str,
        icon: QIcon,
        section: int,
        arrow: QStyleOptionHeader.SortIndicator,
    ) -> None:
        """The arrow stands at the end; what is before it is shortened."""
        if arrow is not _Arrow.None_:
            self._paint_arrow(
                painter, QRect(room.right() - _ARROW + 1, room.top(), _ARROW, room.height()), arrow
            )
            room = room.adjusted(0, 0, -_ARROW - _GAP // 2, 0)
        if not icon.isNull():
            where = QRect(room.left(), room.top() + (room.height() - _ICON) // 2, _ICON, _ICON)
            icon.paint(painter, where)
            room = room.adjusted(_ICON + _GAP, 0, 0, 0)
        side = Qt.AlignmentFlag.AlignRight if section in NUMBERS else Qt.AlignmentFlag.AlignLeft
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        painter.setPen(self.palette().color(QPalette.ColorRole.ButtonText))
        painter.drawText(room, _ALIGNED | int(side), shown)

    def _paint_arrow(self, painter: QPainter, room: QRect, arrow: _Arrow) -> None:
        option = QStyleOptionHeader()
        option.initFrom(self)
        option.sortIndicator = arrow
        option.rect = QRect(room.left(), room.top() + (room.height() - _ARROW) // 2, _ARROW, _ARROW)
        element = QStyle.PrimitiveElement.PE_IndicatorHeaderArrow
        self.style().drawPrimitive(element, option, painter, self)
