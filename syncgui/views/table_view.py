"""The status table: rows of fixed height, columns that are remembered, a selection that stays.

When the order of the rows changes, the current row keeps its place on the screen if it was seen, else the
top row does; at the very top with nothing selected in sight the table stays at the top. What is sorted by
is told by a signal and decided elsewhere.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractItemModel,
    QItemSelection,
    QItemSelectionModel,
    QItemSelectionRange,
    QModelIndex,
    QPoint,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QAction,
    QContextMenuEvent,
    QFont,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView, QWidget

from syncgui.index import Row
from syncgui.views import palettes
from syncgui.views.columns import ROW_HEIGHT, SITES, SORTS, WIDTHS, Column, full_title
from syncgui.views.delegates import CellDelegate, SiteDelegate, StatusDelegate
from syncgui.views.table_model import RepresentationModel
from syncgui.views.texts import tr

_STATE = "table1:"
_TICK_MS = 5_000
_LARGE_SELECTION = 2_000
_LEAST_WIDTH = 36
_FOLLOWED_BY_QT = 100
_KEEP = QItemSelectionModel.SelectionFlag.NoUpdate
_WHOLE_ROW = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows


@dataclass(frozen=True, slots=True)
class _Anchor:
    """What is put back after the order changed.

    Args:
        rows: ids of rows that were seen, best first, each with its distance from the top.
        stays_at_top: nothing in sight has to keep its place.
        current, current_column, current_id: where the keyboard was.
        is_mine: the selection is put back by the view, not by Qt.
        selected: ids of the rows to select then.
        all_selected: select all rows instead.
    """

    rows: tuple[tuple[int, int], ...]
    stays_at_top: bool
    current: int
    current_column: int
    current_id: int
    is_mine: bool
    selected: array[int]
    all_selected: bool


class StatusTable(QTableView):
    """Shows a `RepresentationModel`."""

    menu_requested = Signal(QPoint)
    """A menu for the selection is wanted at this place of the screen."""

    opened = Signal(object)
    """A `Row` was double-clicked, or Enter was pressed on it."""

    sort_requested = Signal(str, bool)
    """Sort by this key of the index, descending or not; "default" for its own order."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._table: RepresentationModel | None = None
        self._anchor: _Anchor | None = None
        self._sorted: tuple[int, bool] = (-1, False)
        self.setAccessibleName(tr("Representations"))
        self.setFont(_with_tabular_digits(self.font()))
        self._set_up_rows()
        self._set_up_columns()
        self.setItemDelegate(CellDelegate(self._first_column, self))
        for column in SITES:
            self.setItemDelegateForColumn(column, SiteDelegate(self._first_column, self))
        self.setItemDelegateForColumn(Column.STATUS, StatusDelegate(self._first_column, self))
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

    def _set_up_columns(self) -> None:
        header = self.horizontalHeader()
        header.setSectionsMovable(True)
        header.setSectionsClickable(True)
        header.setHighlightSections(False)
        header.setMinimumSectionSize(_LEAST_WIDTH)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setTextElideMode(Qt.TextElideMode.ElideRight)
        header.setStretchLastSection(True)
        header.setSortIndicatorShown(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._choose_columns)
        header.sectionClicked.connect(self._sort_by)

    def setModel(self, model: QAbstractItemModel | None) -> None:  # noqa: N802 - Qt's name
        """Show a model, which must be a `RepresentationModel`."""
        if not isinstance(model, RepresentationModel):
            raise TypeError("the status table shows a RepresentationModel")
        self._table = model
        super().setModel(model)
        model.hold(self._held_ids)
        model.reordering.connect(self._before_order)
        model.reordered.connect(self._after_order)
        for column, width in WIDTHS.items():
            self.setColumnWidth(column, width)
        self._tell_visible()

    # -- what is remembered ----------------------------------------------------------------------------

    def save_state(self) -> str:
        """Widths, order and hidden columns, for `restore_state`."""
        return _STATE + bytes(self.horizontalHeader().saveState().data()).hex()

    def restore_state(self, text: str) -> None:
        """Use what `save_state` gave; anything else is ignored."""
        if not text.startswith(_STATE):
            return
        try:
            state = bytes.fromhex(text.removeprefix(_STATE))
        except ValueError:
            return
        header = self.horizontalHeader()
        before = header.saveState()
        if not header.restoreState(state) or header.hiddenSectionCount() >= len(Column):
            header.restoreState(before)
        self._sorted = (-1, False)
        # The order of the rows is not remembered, and these are the program's own.
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.setSectionsMovable(True)
        header.setSectionsClickable(True)
        header.setMinimumSectionSize(_LEAST_WIDTH)
        header.setStretchLastSection(True)

    # -- the selection ---------------------------------------------------------------------------------

    def selected_count(self) -> int:
        """How many rows are selected, at no cost for many."""
        return sum(last - first + 1 for first, last in self._ranges())

    def selected_ids(self) -> array[int]:
        """The ids of all selected rows, in the order shown."""
        found = array("q")
        for first, last in self._ranges():
            found += self._model().row_ids(first, last)
        return found

    def selected_rows(self) -> list[Row]:
        """The selected rows, in the order shown: those that were read, of the first thousands."""
        found: list[Row] = []
        left = _LARGE_SELECTION
        for first, last in self._ranges():
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
        for start, end in self._ranges():
            for place in range(max(first, start), min(last, end) + 1):
                found.append(self._model().index(place, 0))
        return found

    def select_row_id(self, row_id: int) -> bool:
        """Select this row alone and bring it into sight; False when it is not among the rows."""
        place = self._model().position_of(row_id)
        if place is None:
            return False
        index = self._model().index(place, self._first_column())
        self.selectionModel().setCurrentIndex(index, _WHOLE_ROW)
        self.scrollTo(index)
        return True

    def visible_rows(self) -> tuple[int, int]:
        """The first and the last row that are seen, also in part; the last is less when there is none."""
        top, height = self.verticalScrollBar().value(), self.viewport().height()
        return top // ROW_HEIGHT, min((top + height - 1) // ROW_HEIGHT, self._model().rowCount() - 1)

    def copy(self) -> None:
        """Put the selected rows on the clipboard as tab-separated text."""
        header = self.horizontalHeader()
        order = [Column(header.logicalIndex(place)) for place in range(header.count())]
        wanted = [column for column in order if not self.isColumnHidden(column)]
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

    def _tell_visible(self) -> None:
        if self._table is not None and self._anchor is None:
            self._table.set_visible(*self.visible_rows())

    def _repaint(self) -> None:
        self.viewport().update()

    def _open(self, index: QModelIndex) -> None:
        row = self._model().row_at(index.row())
        if row is not None:
            self.opened.emit(row)

    def _ranges(self) -> list[tuple[int, int]]:
        """The selected rows as ranges that do not overlap, from the top."""
        found: list[tuple[int, int]] = []
        ranges = sorted((one.top(), one.bottom()) for one in self.selectionModel().selection().toList())
        for first, last in ranges:
            start = max(first, found[-1][1] + 1) if found else first
            if start <= last:
                found.append((start, last))
        return found

    def _first_column(self) -> int:
        header = self.horizontalHeader()
        for place in range(header.count()):
            column = header.logicalIndex(place)
            if not header.isSectionHidden(column):
                return column
        return 0

    def _sort_by(self, section: int) -> None:
        """The first click sorts ascending, the second descending, the third as at first."""
        column, descending = self._sorted
        if column != section:
            self._sorted = (section, False)
        else:
            self._sorted = (-1, False) if descending else (section, True)
        column, descending = self._sorted
        order = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
        self.horizontalHeader().setSortIndicator(column, order)
        self.sort_requested.emit(SORTS[Column(column)] if column >= 0 else "default", descending)

    def _choose_columns(self, where: QPoint) -> None:
        self.column_menu().popup(self.horizontalHeader().mapToGlobal(where))

    def column_menu(self) -> QMenu:
        """The menu in which columns are shown and hidden; the last one can not be hidden."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        shown = [column for column in Column if not self.isColumnHidden(column)]
        for column in Column:
            action = menu.addAction(full_title(column, self._model().scene).replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(column in shown)
            action.setEnabled(shown != [column])
            action.setData(int(column))
        menu.triggered.connect(self._show_column)
        return menu

    def _show_column(self, action: QAction) -> None:
        self.setColumnHidden(int(action.data()), not action.isChecked())

    # -- an order changes ------------------------------------------------------------------------------

    def _held_ids(self) -> list[int]:
        first, last = self.visible_rows()
        held = [*self._model().row_ids(first, last)]
        number = self.selected_count()
        if _FOLLOWED_BY_QT < number < self._model().rowCount():
            held.extend(self.selected_ids())
        return held

    def _before_order(self, is_new_query: bool) -> None:
        first, last = self.visible_rows()
        current, top = self.currentIndex(), self.verticalScrollBar().value()
        places = list(range(first, last + 1))
        if first <= current.row() <= last:
            places.remove(current.row())
            places.insert(0, current.row())
        chosen = any(start <= last and end >= first for start, end in self._ranges())
        rows = tuple((self._model().row_id_at(place), place * ROW_HEIGHT - top) for place in places)
        number, every = self.selected_count(), self._model().rowCount()
        # Of a large selection Qt would follow each cell.
        is_mine, everything = number > _FOLLOWED_BY_QT, number == every
        self._anchor = _Anchor(
            rows=rows,
            stays_at_top=not chosen and (top == 0 or is_new_query),
            current=current.row(),
            current_column=max(current.column(), 0),
            current_id=self._model().row_id_at(current.row()),
            is_mine=is_mine,
            selected=self.selected_ids() if is_mine and not everything else array("q"),
            all_selected=everything,
        )
        if is_mine:
            self.selectionModel().reset()

    def _after_order(self, is_new_query: bool) -> None:
        anchor, self._anchor = self._anchor, None
        if anchor is None:
            return
        self.executeDelayedItemsLayout()
        if anchor.is_mine:
            self._select_again(anchor)
            self._set_current(self._model().place_after(anchor.current_id), anchor)
        elif anchor.current >= 0 and not self.currentIndex().isValid():
            self._set_current(None, anchor)
        self._scroll_back(anchor, is_new_query)
        self._tell_visible()

    def _select_again(self, anchor: _Anchor) -> None:
        """All of all stays all, with the rows that came."""
        if anchor.all_selected:
            self.selectAll()
            return
        places = self._model().places_after(anchor.selected)
        model, selection = self._model(), QItemSelection()
        for first, last in _as_ranges(sorted(places[one] for one in anchor.selected if one in places)):
            selection.append(QItemSelectionRange(model.index(first, 0), model.index(last, len(Column) - 1)))
        self.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def _set_current(self, place: int | None, anchor: _Anchor) -> None:
        """Where the keyboard is: at the row, or where it was when that is gone."""
        near = min(anchor.current, self._model().rowCount() - 1) if place is None else place
        if near >= 0:
            self.selectionModel().setCurrentIndex(self._model().index(near, anchor.current_column), _KEEP)

    def _scroll_back(self, anchor: _Anchor, is_new_query: bool) -> None:
        bar = self.verticalScrollBar()
        if anchor.stays_at_top:
            bar.setValue(0)
            return
        for row_id, distance in anchor.rows:
            place = self._model().place_after(row_id)
            if place is not None:
                bar.setValue(place * ROW_HEIGHT - distance)
                return
        if is_new_query:
            bar.setValue(0)


def _as_ranges(places: list[int]) -> list[tuple[int, int]]:
    """Sorted places as ranges, first and last of each."""
    found: list[tuple[int, int]] = []
    start = 0
    for at in range(1, len(places) + 1):
        if at == len(places) or places[at] != places[at - 1] + 1:
            found.append((places[start], places[at - 1]))
            start = at
    return found


def _to_clipboard(text: str) -> None:
    QGuiApplication.clipboard().setText(text)


def _with_tabular_digits(font: QFont) -> QFont:
    made = QFont(font)
    made.setFeature(QFont.Tag("tnum"), 1)
    return made
