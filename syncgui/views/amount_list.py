"""A list with a name and two amounts in each row; the names take the room that is left."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeWidget, QTreeWidgetItem

ROW_PX = 26
_AMOUNT_PX = 100
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class AmountList(QTreeWidget):
    """See the module.

    Args:
        name: what it lists, for those who do not see it.
        labels: of its three columns.
    """

    def __init__(self, name: str, labels: Sequence[str]) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setHeaderLabels(list(labels))
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in (1, 2):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            header.resizeSection(column, _AMOUNT_PX)
            self.headerItem().setTextAlignment(column, _RIGHT)

    def add(self, name: str, amounts: tuple[str, str]) -> QTreeWidgetItem:
        """One more row at the end."""
        item = QTreeWidgetItem([name, *amounts])
        item.setSizeHint(0, QSize(0, ROW_PX))
        for column in (1, 2):
            item.setTextAlignment(column, _RIGHT)
        self.addTopLevelItem(item)
        return item
