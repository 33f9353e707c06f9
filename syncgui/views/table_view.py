"""The status table: rows of fixed height, columns that are remembered, a selection that stays.

What stands in the cells is painted by `delegates`, the titles are `TableHeader`, and `OrderKeeper` sees to it
that a selection and the place on the screen survive another order. What is sorted by is told by a signal and
decided elsewhere.
"""

from __future__ import annotations

from array import array

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QPoint,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QContextMenuEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from syncgui.index import Row
from syncgui.views import palettes
from syncgui.views.columns import ROW_HEIGHT, SITES, Column, Scene
from syncgui.views.delegates import CellDelegate, SiteDelegate, StatusDelegate
from syncgui.views.fonts import with_tabular_digits
from syncgui.views.order_keeper import OrderKeeper
from syncgui.views.table_cells import RowCells
from syncgui.views.table_header import TableHeader
from syncgui.views.table_model import RepresentationModel
from syncgui.views.text_fit import TextFit
from syncgui.views.texts import tr

_TICK_MS = 5_000
_LARGE_SELECTION = 2_000
_WHOLE_ROW = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows


class StatusTable(QTableView):
    """Shows a `RepresentationModel`."""

    menu_requested = Signal(QPoint)
    """A menu for the selection is wanted at this place of the screen."""

    opened = Signal(object)
    """A `Row` was double-clicked, or Enter was pressed on it."""

    sort_requested = Signal(str, bool)
    """Sort by this key of the index, descending or not; "default" for its own order."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self._fit = TextFit()
        self._table: RepresentationModel | None = None
        self._keeper: OrderKeeper | None = None
        super().__init__(parent)
        self.header = TableHeader(self._scene, self)
        self.header.sort_requested.connect(self.sort_requested)
        self.setHorizontalHeader(self.header)
        self.setAccessibleName(tr("Representations"))
        self.setFont(with_tabular_digits(self.font()))
        self._set_up_rows()
        self.setItemDelegate(self._delegate(CellDelegate))
        for column in SITES:
            self.setItemDelegateForColumn(column, self._delegate(SiteDelegate))
        self.setItemDelegateForColumn(Column.STATUS, self._delegate(StatusDelegate))
        self.doubleClicked.connect(self._open)
        self.verticalScrollBar().valueChanged.connect(self._tell_visible)
        palettes.changes().changed.connect(self._repaint)
        self._tick = QTimer(self)
        self._tick.setInterval(_TICK_MS)  # ages and green ticks change with time alone
        self._tick.timeout.connect(self._repaint)
        self._tick.start()

    def _set_up_rows(self) -> None:
        rows = self.verticalHeader()
        rows.hide()
        rows.setMinimumSectionSize(ROW_HEIGHT)
        rows.setDefaultSectionSize(ROW_HEIGHT)
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)

    def setModel(self, model: QAbstractItemModel | None) -> None:  # noqa: N802 - Qt's name
        """Show a model, which must be a `RepresentationModel`."""
        if not isinstance(model, RepresentationModel):
            raise TypeError("the status table shows a RepresentationModel")
        self._table = model
        super().setModel(model)
        # With the table's own one Qt asks the model of every row whether a whole column is selected.
        self.header.setSelectionModel(QItemSelectionModel(model, self.header))
        self._keeper = OrderKeeper(self, model)
        model.hold(self._keeper.held)
        model.reordering.connect(self._before_order)
        model.reordered.connect(self._after_order)
        self._tell_visible()

    # -- what is remembered ----------------------------------------------------------------------------

    def save_state(self) -> str:
        """Widths, order and hidden columns, for `restore_state`."""
        return self.header.save_text()

    def restore_state(self, text: str) -> None:
        """Use what `save_state` gave; anything else is ignored."""
        self.header.restore_text(text)

    # -- the selection ---------------------------------------------------------------------------------

    def selected_count(self) -> int:
        """How many rows are selected, at no cost for many."""
        return sum(last - first + 1 for first, last in self.ranges())

    def selected_ids(self) -> array[int]:
        """The ids of all selected rows, in the order shown."""
        found = array("q")
        for first, last in self.ranges():
            found += self._model().row_ids(first, last)
        return found

    def selected_rows(self) -> list[Row]:
        """The selected rows, in the order shown: those that were read, of the first thousands."""
        found: list[Row] = []
        left = _LARGE_SELECTION
        for first, last in self.ranges():
            for place in range(first, min(last, first + left - 1) + 1):
                row = self._model().row_at(place)
                if row is not None:
                    found.append(row)
            left -= last - first + 1
            if left <= 0:
                break
        return found

    def selected_indexes(self) -> list[QModelIndex]:
        """Indexes of the selected rows that are seen."""
        first, last = self.visible_rows()
        found: list[QModelIndex] = []
        for start, end in self.ranges():
            for place in range(max(first, start), min(last, end) + 1):
                found.append(self._model().index(place, 0))
        return found

    def select_row_id(self, row_id: int) -> bool:
        """Select this row alone and bring it into sight; False when it is not among the rows."""
        place = self._model().position_of(row_id)
        if place is None:
            return False
        index = self._model().index(place, self.header.first_column())
        self.selectionModel().setCurrentIndex(index, _WHOLE_ROW)
        self.scrollTo(index)
        return True

    def visible_rows(self) -> tuple[int, int]:
        """The first and the last row that are seen, also in part; the last is less when there is none."""
        top, height = self.verticalScrollBar().value(), self.viewport().height()
        return top // ROW_HEIGHT, min((top + height - 1) // ROW_HEIGHT, self._model().rowCount() - 1)

    def copy(self) -> None:
        """Put the selected rows on the clipboard as tab-separated text."""
        wanted = self.header.shown_columns()
        ids = self.selected_ids()
        if ids:
            self._model().read_text(ids, wanted, _to_clipboard)

    # -- Qt's events -----------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Copy and open, besides what every table does."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self._open(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802 - Qt's name
        """Ask for a menu; by the keyboard, at the current row."""
        where = event.globalPos()
        if event.reason() is QContextMenuEvent.Reason.Keyboard and self.currentIndex().isValid():
            where = self.viewport().mapToGlobal(self.visualRect(self.currentIndex()).center())
        self.menu_requested.emit(where)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint all cells in one go.

        Without this each cell would ask for Python's lock anew, and wait for the threads that move files.
        """
        super().paintEvent(event)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Another font makes texts wider."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit.forget()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Other rows may be seen."""
        super().resizeEvent(event)
        self._tell_visible()

    def updateGeometries(self) -> None:  # noqa: N802 - Qt's name
        """Rows have come or gone."""
        super().updateGeometries()
        self._tell_visible()

    # -- private ---------------------------------------------------------------------------------------

    def _model(self) -> RepresentationModel:
        assert self._table is not None, "a table without a model"
        return self._table

    def _scene(self) -> Scene:
        return self._model().scene

    def _cells_at(self, place: int) -> RowCells | None:
        return self._table.cells_at(place) if self._table is not None else None

    def _delegate(self, kind: type[CellDelegate]) -> CellDelegate:
        return kind(self._cells_at, self.header.first_column, self._fit, self)

    def _before_order(self, is_new_query: bool) -> None:
        if self._keeper is not None:
            self._keeper.before(is_new_query)

    def _after_order(self, is_new_query: bool) -> None:
        if self._keeper is not None:
            self._keeper.after(is_new_query)
        self._tell_visible()

    def _tell_visible(self) -> None:
        if self._table is not None and not (self._keeper is not None and self._keeper.is_busy):
            self._table.set_visible(*self.visible_rows())

    def _repaint(self) -> None:
        self.viewport().update()

    def _open(self, index: QModelIndex) -> None:
        row = self._model().row_at(index.row())
        if row is not None:
            self.opened.emit(row)

    def ranges(self) -> list[tuple[int, int]]:
        """The selected rows as ranges that do not overlap, from the top."""
        found: list[tuple[int, int]] = []
        ranges = sorted((one.top(), one.bottom()) for one in self.selectionModel().selection().toList())
        for first, last in ranges:
            start = max(first, found[-1][1] + 1) if found else first
            if start <= last:
                found.append((start, last))
        return found


def _to_clipboard(text: str) -> None:
    QGuiApplication.clipboard().setText(text)
