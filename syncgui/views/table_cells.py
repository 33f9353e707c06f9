"""What stands in the cells of the rows that are seen, worked out once and kept until it changes.

A table that is painted while many files move paints the same cells again and again: sentences and ages are
made when a row, what moves of it, or the program's health changes, and once a second besides.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TypeAlias

from syncgui.engine.route import SyncedProject
from syncgui.index import Row
from syncgui.views import columns
from syncgui.views.columns import SITES, Column, Scene, SiteCell, StatusCell
from syncgui.views.standing import Progress, Standing

Cell: TypeAlias = str | SiteCell | StatusCell

_KEPT = 512
_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class RowCells:
    """A row, its cells by column, and the folder that stands beside the asset."""

    row: Row
    cells: tuple[Cell, ...]
    beside: str


@dataclass(frozen=True, slots=True)
class _Kept:
    cells: RowCells
    progress: Progress | None
    made: float


class TableCells:
    """The cells of rows, for the scene that was told last."""

    def __init__(self) -> None:
        self.scene = Scene()
        self._kept: dict[int, _Kept] = {}

    def set_project(self, project: SyncedProject | None) -> None:
        """Whose rows they are."""
        self.scene = Scene(project, self.scene.health, self.scene.moving)
        self._kept.clear()

    def set_standing(self, standing: Standing) -> bool:
        """How the program stands; whether that may change a cell."""
        known, moving, health = self.scene, standing.flow.moving, standing.health
        if moving == known.moving and health == known.health:
            return False
        self.scene = Scene(known.project, health, moving)
        if health != known.health:
            self._kept.clear()
        return True

    def of(self, row: Row) -> RowCells:
        """The cells of a row, at most a second old."""
        now, progress = time.time(), self.scene.progress(row)
        kept = self._kept.get(row.row_id)
        if (
            kept is None
            or kept.cells.row is not row
            or kept.progress != progress
            or not 0 <= now - kept.made < _EVERY_S
        ):
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            made = RowCells(row, tuple(self._cell(row, one, now) for one in Column), columns.place(row))
            kept = self._kept[row.row_id] = _Kept(made, progress, now)
        return kept.cells

    def _cell(self, row: Row, column: Column, now: float) -> Cell:
        if column in SITES:
            return columns.site_cell(row, column, self.scene, now)
        if column is Column.STATUS:
            return columns.status_cell(row, self.scene, now)
        return columns.cell_text(row, column, self.scene, now)
