"""The status table's model: all rows of a query, of which only those that are seen are read.

The order is an array of row ids; `OrderWatch` asks for it and `PageReader` for the rows that are seen, both
in the reader's thread. There is no reset: another order is a layout change with rows added or removed at the
end, so selection and scroll position survive sorting, searching and everything that the engine does. In the
thread of the windows work is done for the rows that are seen only, never for all of them.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TypeAlias

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QIcon

from syncgui.engine.route import SyncedProject
from syncgui.index import Index, Row
from syncgui.views import columns, icons
from syncgui.views.columns import NUMBERS, SITES, Column, Scene
from syncgui.views.order_watch import OrderWatch
from syncgui.views.page_reader import PageReader
from syncgui.views.plain_tooltips import plain_tooltip
from syncgui.views.standing import Standing
from syncgui.views.table_cells import Cell, RowCells, TableCells
from syncgui.views.table_rows import Order, Query, blanks, place_of, places_of
from syncgui.views.task_thread import Ask

__all__ = ["CELL", "ROW", "Query", "RepresentationModel"]

ROW = Qt.ItemDataRole.UserRole + 1
"""The `Row` of an index."""

CELL = Qt.ItemDataRole.UserRole + 2
"""The `SiteCell` or `StatusCell` of an index."""

_TOLD_TOGETHER = ((Column.ACTIVE, Column.REMOTE), (Column.STATUS,))

_Index: TypeAlias = QModelIndex | QPersistentModelIndex

_ALIGN_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_ALIGN_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_NOWHERE = QModelIndex()


class RepresentationModel(QAbstractTableModel):
    """One row per representation of a project.

    Args:
        index: gives the index; called in the reader's thread.
        ask: the reader's thread.
    """

    answered = Signal(object, int)
    """The `Query` whose order is shown now, and its number of rows."""

    reordering = Signal(bool)
    """The order is about to change; whether it is because of another query."""

    reordered = Signal(bool)
    """The order has changed."""

    def __init__(self, index: Callable[[], Index], ask: Ask, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._index = index
        self._ask = ask
        self._ids: array[int] = array("q")
        self._cells = TableCells()
        self._held: Callable[[], Iterable[int]] = tuple
        self._order: Order | None = None
        self._orders = OrderWatch(index, ask, self._shown, self._held_ids, self)
        self._orders.arrived.connect(self._take_order)
        self._pages = PageReader(index, ask, self._shown, self)
        self._pages.read.connect(self._tell_rows)

    # -- what it shows -------------------------------------------------------------------------------

    @property
    def query(self) -> Query:
        """What was asked for last."""
        return self._orders.query

    @property
    def scene(self) -> Scene:
        """What the cells are made with, besides their rows."""
        return self._cells.scene

    def set_query(self, query: Query) -> None:
        """Show these rows, as soon as the reader has them; until then what is there stays."""
        self._orders.set_query(query)

    def refresh(self) -> None:
        """The index changed: read what is seen again, and look whether the order is another one."""
        self._pages.refresh()
        self._orders.refresh()

    def set_visible(self, first: int, last: int) -> None:
        """These rows are seen, first to last; none when last is less."""
        self._pages.set_visible(first, last)

    def set_project(self, project: SyncedProject | None) -> None:
        """Whose rows they are: titles and sites of the columns."""
        if project == self.scene.project:
            return
        before = self._seen_cells()
        self._cells.set_project(project)
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, Column.ACTIVE, Column.REMOTE)
        self._tell_cells(before)

    def set_standing(self, standing: Standing) -> None:
        """How the program stands: cells that are seen and say something else now are told."""
        before = self._seen_cells()
        if self._cells.set_standing(standing):
            self._tell_cells(before)

    def row_at(self, row: int) -> Row | None:
        """The row at a place; None when it is not read."""
        return self._pages.row(self._ids[row]) if 0 <= row < len(self._ids) else None

    def cells_at(self, row: int) -> RowCells | None:
        """What stands in the cells of a row; None when it is not read."""
        found = self.row_at(row)
        return self._cells.of(found) if found is not None else None

    def row_id_at(self, row: int) -> int:
        """The id of the row at a place; 0 when there is none."""
        return self._ids[row] if 0 <= row < len(self._ids) else 0

    def row_ids(self, first: int, last: int) -> array[int]:
        """The ids at these places, first to last."""
        return self._ids[first : last + 1]

    def position_of(self, row_id: int) -> int | None:
        """Where a row stands; None when it is not among them."""
        return place_of(self._ids, row_id) if row_id else None

    def place_after(self, row_id: int) -> int | None:
        """Where a row stands after the last change of the order; quick for those that were held."""
        return self.places_after([row_id]).get(row_id)

    def places_after(self, row_ids: Sequence[int]) -> dict[int, int]:
        """Where rows stand after the last change of the order; those that are gone are missing."""
        if self._order is None:
            return places_of(self._ids, row_ids)
        return _places(self._order, row_ids)

    def hold(self, held: Callable[[], Iterable[int]]) -> None:
        """Let a view say which row ids it will look for after a change of the order."""
        self._held = held

    def read_text(self, row_ids: Sequence[int], wanted: list[Column], done: Callable[[str], None]) -> None:
        """Give `done` these rows as tab-separated lines, also those that were never read."""
        index, scene = self._index, self.scene

        def task() -> str:
            return columns.tab_separated(index().rows(row_ids), wanted, scene, time.time())

        self._ask(task, done)

    # -- Qt's questions ------------------------------------------------------------------------------

    def rowCount(self, parent: _Index = _NOWHERE) -> int:  # noqa: N802
        return 0 if parent.isValid() else len(self._ids)

    def columnCount(self, parent: _Index = _NOWHERE) -> int:  # noqa: N802
        return 0 if parent.isValid() else len(Column)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role not in _SERVED:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _ALIGN_RIGHT if index.column() in NUMBERS else _ALIGN_LEFT
        row = self.row_at(index.row())
        if row is None or role == ROW:
            return row
        column = _COLUMNS[index.column()]
        if role == CELL:
            cell = self._cells.of(row).cells[column]
            return None if isinstance(cell, str) else cell
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(columns.tooltip(row, column, self.scene, time.time()))
        return columns.cell_text(row, column, self.scene, time.time())

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(Column):
            return None
        column = Column(section)
        if role == Qt.ItemDataRole.DisplayRole:
            return columns.title(column, self.scene)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(columns.full_title(column, self.scene))
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _ALIGN_RIGHT if column in NUMBERS else _ALIGN_LEFT
        if role == Qt.ItemDataRole.DecorationRole and column in SITES and self.scene.site(column):
            return _provider_icon(self.scene.provider(column), self.scene.site(column))
        return None

    # -- the order -----------------------------------------------------------------------------------

    def _shown(self) -> array[int]:
        return self._ids

    def _held_ids(self) -> Iterable[int]:
        yield from self._held()
        for index in self.persistentIndexList():
            yield self._ids[index.row()]

    def _take_order(self, order: Order, is_new: bool) -> None:
        if not order.same:
            self.reordering.emit(is_new)
            self._order = order
            self._rearrange(order)
            self.reordered.emit(is_new)
        if is_new or not order.same:
            self.answered.emit(self.query, len(self._ids))
        self._pages.look()

    def _rearrange(self, order: Order) -> None:
        """Rows are added at the end first, then all are moved, then rows are removed at the end."""
        before, after = len(self._ids), len(order.ids)
        if after > before:
            self.beginInsertRows(_NOWHERE, before, after - 1)
            self._ids = self._ids + blanks(after - before)
            self.endInsertRows()
        self.layoutAboutToBeChanged.emit()
        moved = self.persistentIndexList()
        wanted = [self._ids[index.row()] for index in moved]
        places = _places(order, wanted)
        self._ids = order.ids + blanks(before - after) if after < before else order.ids
        self.changePersistentIndexList(
            moved,
            [
                self.index(places[row_id], index.column()) if row_id in places else QModelIndex()
                for index, row_id in zip(moved, wanted, strict=True)
            ],
        )
        self.layoutChanged.emit()
        if after < before:
            self.beginRemoveRows(_NOWHERE, after, before - 1)
            self._ids = order.ids
            self.endRemoveRows()

    # -- what is seen --------------------------------------------------------------------------------

    def _tell_rows(self, changed: Collection[int]) -> None:
        first, last = self._pages.visible()
        places = [place for place in range(first, last + 1) if self._ids[place] in changed]
        self._tell_places(places, _COLUMNS)

    def _seen_cells(self) -> dict[int, tuple[Cell, ...]]:
        first, last = self._pages.visible()
        rows = ((place, self.cells_at(place)) for place in range(first, last + 1))
        return {place: row.cells for place, row in rows if row is not None}

    def _tell_cells(self, before: dict[int, tuple[Cell, ...]]) -> None:
        now = self._seen_cells()
        for group in _TOLD_TOGETHER:
            wanted = slice(group[0], group[-1] + 1)
            places = [place for place, cells in now.items() if cells[wanted] != before[place][wanted]]
            self._tell_places(places, group)

    def _tell_places(self, places: Sequence[int], of: Sequence[Column]) -> None:
        """One word for rows that stand together: each may cost a wait for the threads that move files."""
        start = 0
        for at in range(1, len(places) + 1):
            if at == len(places) or places[at] != places[at - 1] + 1:
                self.dataChanged.emit(self.index(places[start], of[0]), self.index(places[at - 1], of[-1]))
                start = at


_COLUMNS = tuple(Column)

_SERVED = frozenset({
    int(Qt.ItemDataRole.DisplayRole), int(Qt.ItemDataRole.ToolTipRole),
    int(Qt.ItemDataRole.TextAlignmentRole), int(Qt.ItemDataRole.AccessibleTextRole), int(ROW), int(CELL),
})  # fmt: skip


def _places(order: Order, wanted: Iterable[int]) -> dict[int, int]:
    """The places of these rows; of those that were not known when the reader was asked, by a search."""
    late = {row_id for row_id in wanted if row_id and row_id not in order.asked_for}
    return {**order.positions, **places_of(order.ids, late)} if late else order.positions


def _provider_icon(code: str, site: str) -> QIcon:
    made = QIcon()
    for ratio in (1.0, 2.0):
        made.addPixmap(icons.provider_pixmap(code, site, 16, ratio))
    return made
