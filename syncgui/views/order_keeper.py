"""Selection and place on the screen, kept while the order of the rows changes.

The current row keeps its place if it was seen, else the top row does; at the very top with nothing selected
in sight the table stays at the top. A small selection is followed by Qt; of a large one Qt would follow each
cell, so its rows are looked up and selected again.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QItemSelectionRange

from syncgui.views.columns import ROW_HEIGHT, Column
from syncgui.views.table_model import RepresentationModel

if TYPE_CHECKING:
    from syncgui.views.table_view import StatusTable

_FOLLOWED_BY_QT = 100
_KEEP = QItemSelectionModel.SelectionFlag.NoUpdate


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


class OrderKeeper:
    """See the module.

    Args:
        table: whose selection and place are kept.
        model: whose order changes.
    """

    def __init__(self, table: StatusTable, model: RepresentationModel) -> None:
        self._table = table
        self._model = model
        self._anchor: _Anchor | None = None

    @property
    def is_busy(self) -> bool:
        """Whether the order is changing at this moment."""
        return self._anchor is not None

    def held(self) -> Iterable[int]:
        """Ids of the rows that it will look for."""
        first, last = self._table.visible_rows()
        held = [*self._model.row_ids(first, last)]
        number = self._table.selected_count()
        if _FOLLOWED_BY_QT < number < self._model.rowCount():
            held.extend(self._table.selected_ids())
        return held

    def before(self, is_new_query: bool) -> None:
        """The order is about to change; `is_new_query`: because other rows were asked for."""
        first, last = self._table.visible_rows()
        current, top = self._table.currentIndex(), self._table.verticalScrollBar().value()
        places = list(range(first, last + 1))
        if first <= current.row() <= last:
            places.remove(current.row())
            places.insert(0, current.row())
        chosen = any(start <= last and end >= first for start, end in self._table.ranges())
        rows = tuple((self._model.row_id_at(place), place * ROW_HEIGHT - top) for place in places)
        number, every = self._table.selected_count(), self._model.rowCount()
        # Of a large selection Qt would follow each cell.
        is_mine, everything = number > _FOLLOWED_BY_QT, number == every
        self._anchor = _Anchor(
            rows=rows,
            stays_at_top=not chosen and (top == 0 or is_new_query),
            current=current.row(),
            current_column=max(current.column(), 0),
            current_id=self._model.row_id_at(current.row()),
            is_mine=is_mine,
            selected=self._table.selected_ids() if is_mine and not everything else array("q"),
            all_selected=everything,
        )
        if is_mine:
            self._table.selectionModel().reset()

    def after(self, is_new_query: bool) -> None:
        """The order has changed."""
        anchor, self._anchor = self._anchor, None
        if anchor is None:
            return
        self._table.executeDelayedItemsLayout()
        if anchor.is_mine:
            self._select_again(anchor)
            self._set_current(self._model.place_after(anchor.current_id), anchor)
        elif anchor.current >= 0 and not self._table.currentIndex().isValid():
            self._set_current(None, anchor)
        self._scroll_back(anchor, is_new_query)

    def _select_again(self, anchor: _Anchor) -> None:
        """All of all stays all, with the rows that came."""
        if anchor.all_selected:
            self._table.selectAll()
            return
        places = self._model.places_after(anchor.selected)
        model, selection = self._model, QItemSelection()
        for first, last in _as_ranges(sorted(places[one] for one in anchor.selected if one in places)):
            selection.append(QItemSelectionRange(model.index(first, 0), model.index(last, len(Column) - 1)))
        self._table.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def _set_current(self, place: int | None, anchor: _Anchor) -> None:
        """Where the keyboard is: at the row, or where it was when that is gone."""
        near = min(anchor.current, self._model.rowCount() - 1) if place is None else place
        if near >= 0:
            self._table.selectionModel().setCurrentIndex(
                self._model.index(near, anchor.current_column), _KEEP
            )

    def _scroll_back(self, anchor: _Anchor, is_new_query: bool) -> None:
        bar = self._table.verticalScrollBar()
        if anchor.stays_at_top:
            bar.setValue(0)
            return
        for row_id, distance in anchor.rows:
            place = self._model.place_after(row_id)
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
