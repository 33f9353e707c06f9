"""The status table's model: all rows of a query, of which only those that are seen are read.

The order is an array of row ids, asked for in the reader's thread; pages are read by id. There is no reset:
another order is a layout change with rows added or removed at the end, so selection and scroll position
survive sorting, searching and everything that the engine does. A generation number drops late answers. In
the thread of the windows work is done for the rows that are seen only, never for all of them.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from html import escape
from typing import TypeAlias

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QIcon

from syncgui.engine.route import SyncedProject
from syncgui.index import Index, Row
from syncgui.views import columns, icons
from syncgui.views.columns import NUMBERS, SITES, Column, Scene
from syncgui.views.standing import Standing
from syncgui.views.table_rows import PAGE, Order, Query, RowCache, blanks, look_up, place_of, places_of
from syncgui.views.task_thread import Ask

__all__ = ["CELL", "ROW", "Query", "RepresentationModel"]

ROW = Qt.ItemDataRole.UserRole + 1
"""The `Row` of an index."""

CELL = Qt.ItemDataRole.UserRole + 2
"""The `SiteCell` or `StatusCell` of an index."""

_ORDER_MS = 400
_ORDER_SHARE = 8  # of the time at most one in so many parts goes into asking for orders
_ROWS_MS = 125
_AROUND_MS = 60  # who scrolls fast waits for nothing but what is seen
_AGAIN_MS = 1_000
_SIDES_AND_STATUS = (Column.ACTIVE, Column.REMOTE, Column.STATUS)

_Index: TypeAlias = QModelIndex | QPersistentModelIndex
_Cells: TypeAlias = tuple[object, ...]
_Page: TypeAlias = tuple[list[int], list[Row], int]

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
        self._key = f"table {id(self)}"
        self._query = Query()
        self._generation = 0
        self._answered_generation = 0
        self._ids: array[int] = array("q")
        self._rows = RowCache()
        self._scene = Scene()
        self._visible = (0, -1)
        self._held: Callable[[], Iterable[int]] = tuple
        self._reading = False
        self._ordering = False
        self._order_wanted = False
        self._order_timer = _single_shot(self, self._ask_order)
        self._rows_timer = _single_shot(self, self._read_again)
        self._around_timer = _single_shot(self, self._read_again)
        self._order: Order | None = None
        self._order_seconds = 0.0
        self._ordered_at = 0.0

    # -- what it shows -------------------------------------------------------------------------------

    @property
    def query(self) -> Query:
        """What was asked for last."""
        return self._query

    @property
    def scene(self) -> Scene:
        """What the cells are made with, besides their rows."""
        return self._scene

    def set_query(self, query: Query) -> None:
        """Show these rows, as soon as the reader has them; until then what is there stays."""
        self._query = query
        self._generation += 1
        self._ordering = False
        self._ask_order()

    def refresh(self) -> None:
        """The index changed: read what is seen again, and look whether the order is another one."""
        self._rows.grow_old()
        if not self._rows_timer.isActive():
            self._rows_timer.start(_ROWS_MS)
        self._order_wanted = True
        self._plan_order()

    def set_visible(self, first: int, last: int) -> None:
        """These rows are seen, first to last; none when last is less."""
        if (first, last) != self._visible:
            self._visible = (first, last)
            self._around_timer.start(_AROUND_MS)
            self._read()

    def set_project(self, project: SyncedProject | None) -> None:
        """Whose rows they are: titles and sites of the columns."""
        if project == self._scene.project:
            return
        before = self._cells()
        self._scene = Scene(project, self._scene.health, self._scene.moving)
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, Column.ACTIVE, Column.REMOTE)
        self._tell_cells(before)

    def set_standing(self, standing: Standing) -> None:
        """How the program stands: cells that are seen and say something else now are told."""
        moving, health = standing.flow.moving, standing.health
        if moving == self._scene.moving and health == self._scene.health:
            return
        before = self._cells()
        self._scene = Scene(self._scene.project, health, moving)
        self._tell_cells(before)

    def row_at(self, row: int) -> Row | None:
        """The row at a place; None when it is not read."""
        return self._rows.get(self._ids[row]) if 0 <= row < len(self._ids) else None

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
        index, scene = self._index, self._scene

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
            return self._cell(row, column, time.time())
        if role == Qt.ItemDataRole.ToolTipRole:
            return _plain_tooltip(columns.tooltip(row, column, self._scene, time.time()))
        return columns.cell_text(row, column, self._scene, time.time())

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(Column):
            return None
        column = Column(section)
        if role == Qt.ItemDataRole.DisplayRole:
            return columns.title(column, self._scene)
        if role == Qt.ItemDataRole.ToolTipRole:
            return _plain_tooltip(columns.full_title(column, self._scene))
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _ALIGN_RIGHT if column in NUMBERS else _ALIGN_LEFT
        if role == Qt.ItemDataRole.DecorationRole and column in SITES and self._scene.site(column):
            return _provider_icon(self._scene.provider(column), self._scene.site(column))
        return None

    # -- the order -----------------------------------------------------------------------------------

    def _plan_order(self) -> None:
        if self._ordering or self._order_timer.isActive():
            return
        pause_s = max(_ORDER_MS / 1000, _ORDER_SHARE * self._order_seconds)
        left_s = self._ordered_at + pause_s - time.monotonic()
        self._order_timer.start(max(int(left_s * 1000), 0))

    def _ask_order(self) -> None:
        if self._ordering:
            return
        self._ordering, self._order_wanted = True, False
        self._order_timer.stop()
        self._ordered_at = time.monotonic()
        index, query, shown, generation = self._index, self._query, self._ids, self._generation
        held = frozenset(self._held_ids())

        def task() -> tuple[int, Order]:
            return generation, look_up(index(), query, shown, held)

        self._ask(task, self._take_order, partial(self._order_failed, generation), key=f"{self._key} order")

    def _held_ids(self) -> Iterable[int]:
        yield from self._held()
        for index in self.persistentIndexList():
            yield self._ids[index.row()]

    def _order_failed(self, generation: int, error: Exception) -> None:
        """The index can not be read: the session says so; here it is tried again."""
        del error
        if generation == self._generation:
            self._ordering = False
            self._order_timer.start(_AGAIN_MS)

    def _take_order(self, answer: tuple[int, Order]) -> None:
        generation, order = answer
        if generation != self._generation:
            return
        self._ordering = False
        self._order_seconds = order.seconds
        # The time that the others get counts from here.
        self._ordered_at = time.monotonic()
        is_new = generation != self._answered_generation
        self._answered_generation = generation
        if not order.same:
            self.reordering.emit(is_new)
            self._order = order
            self._rearrange(order)
            self.reordered.emit(is_new)
        if is_new or not order.same:
            self.answered.emit(self._query, len(self._ids))
        self._read()
        if self._order_wanted:
            self._plan_order()

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

    # -- the rows ------------------------------------------------------------------------------------

    def _read_again(self) -> None:
        self._read()

    def _read(self) -> None:
        """Ask for what is missing, a page at most: what is seen when it comes decides what is next."""
        if self._reading:
            return
        wanted = self._wanted()
        if not wanted:
            return
        self._reading = True
        index, age = self._index, self._rows.age

        def task() -> _Page:
            return wanted, index().rows(wanted), age

        self._ask(task, self._take_rows, self._rows_failed, key=f"{self._key} rows")

    def _wanted(self) -> list[int]:
        """Missing rows that are seen come first, then those that may have changed, then the pages around."""
        first, last = max(self._visible[0], 0), min(self._visible[1], len(self._ids) - 1)
        if last < first:
            return []
        seen = self._ids[first : last + 1]
        missing = [row_id for row_id in seen if row_id and not self._rows.has(row_id)]
        if missing:
            return missing
        if not self._rows_timer.isActive():
            old = [row_id for row_id in seen if not self._rows.is_fresh(row_id)]
            if old:
                return old
        if self._around_timer.isActive():
            return []
        pages = (first // PAGE, last // PAGE, last // PAGE + 1, first // PAGE - 1)
        return next((found for page in pages if (found := self._missing(page))), [])

    def _missing(self, page: int) -> list[int]:
        ids = self._ids[page * PAGE : (page + 1) * PAGE] if page >= 0 else array("q")
        return [row_id for row_id in ids if row_id and not self._rows.has(row_id)]

    def _rows_failed(self, error: Exception) -> None:
        """The index can not be read: the session says so; here it is tried again."""
        del error
        self._reading = False
        self._rows_timer.start(_AGAIN_MS)

    def _take_rows(self, answer: _Page) -> None:
        self._reading = False
        asked_for, rows, age = answer
        changed = self._rows.put(asked_for, rows, age)
        if changed:
            self._tell_rows(changed)
        self._read()

    def _tell_rows(self, changed: Collection[int]) -> None:
        first, last = max(self._visible[0], 0), min(self._visible[1], len(self._ids) - 1)
        start: int | None = None
        for place in range(first, last + 2):
            differs = place <= last and self._ids[place] in changed
            if differs and start is None:
                start = place
            elif not differs and start is not None:
                self.dataChanged.emit(self.index(start, 0), self.index(place - 1, len(Column) - 1))
                start = None

    # -- cells that are seen -------------------------------------------------------------------------

    def _cell(self, row: Row, column: Column, now: float) -> object:
        if column in SITES:
            return columns.site_cell(row, column, self._scene, now)
        return columns.status_cell(row, self._scene, now) if column is Column.STATUS else None

    def _cells(self) -> dict[int, _Cells]:
        now = time.time()
        found: dict[int, _Cells] = {}
        for place in range(max(self._visible[0], 0), min(self._visible[1], len(self._ids) - 1) + 1):
            row = self.row_at(place)
            if row is not None:
                found[place] = tuple(self._cell(row, column, now) for column in _SIDES_AND_STATUS)
        return found

    def _tell_cells(self, before: dict[int, _Cells]) -> None:
        for place, cells in self._cells().items():
            for column, cell, known in zip(_SIDES_AND_STATUS, cells, before[place], strict=True):
                if cell != known:
                    index = self.index(place, column)
                    self.dataChanged.emit(index, index)


_COLUMNS = tuple(Column)

_SERVED = frozenset({
    int(Qt.ItemDataRole.DisplayRole), int(Qt.ItemDataRole.ToolTipRole),
    int(Qt.ItemDataRole.TextAlignmentRole), int(Qt.ItemDataRole.AccessibleTextRole), int(ROW), int(CELL),
})  # fmt: skip


def _places(order: Order, wanted: Iterable[int]) -> dict[int, int]:
    """The places of these rows; of those that were not known when the reader was asked, by a search."""
    late = {row_id for row_id in wanted if row_id and row_id not in order.asked_for}
    return {**order.positions, **places_of(order.ids, late)} if late else order.positions


def _plain_tooltip(text: str) -> str:
    """A tooltip that Qt does not take for rich text, whatever names are in it."""
    return f'<p style="white-space:pre-wrap">{escape(text)}</p>' if "<" in text else text


def _provider_icon(code: str, site: str) -> QIcon:
    made = QIcon()
    for ratio in (1.0, 2.0):
        made.addPixmap(icons.provider_pixmap(code, site, 16, ratio))
    return made


def _single_shot(parent: QObject, do: Callable[[], None]) -> QTimer:
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.timeout.connect(do)
    return timer
