"""Which projects start at a first contact: a row for each with what waits of it, a box to tick, Start."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QPushButton,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from syncgui.engine.first_contact import HeldBack
from syncgui.model.status import Pair
from syncgui.views import palettes
from syncgui.views.amount_list import AmountList
from syncgui.views.figures import rough_size_text
from syncgui.views.palettes import Tone
from syncgui.views.sentences import PlainLabel
from syncgui.views.texts import tr, tr_n

_WIDTH, _HEIGHT = 520, 360
_OUTLINE = 140  # per cent by which the style draws the edge of a box darker than the window


class ContactDialog(QDialog):
    """See the module. Nothing is ticked at first; Start is enabled by the first tick.

    Args:
        held: what is held back, as it was when the dialog was opened.
        pair: the sites it is about.
    """

    chosen = Signal(object, object, object)
    """The pair, the names of all projects listed, the names of those that start."""

    def __init__(self, held: Mapping[str, HeldBack], pair: Pair, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pair = pair
        self.setWindowTitle(tr("Choose the projects that start"))
        labels = (tr("Project"), tr("Files"), tr("Size"))
        self.list = AmountList(tr("Projects that wait for {site}").format(site=pair.remote), labels)
        for name, one in sorted(held.items()):
            if one.looks_only and one.pair == pair:
                self._list_one(name, one)
        self._sum = PlainLabel(tone=Tone.DIM)
        self.start = QPushButton(tr("&Start"))
        self.start.setAccessibleName(tr("Start"))
        self.all = QPushButton(tr("Tick &all"))
        self.all.setAccessibleName(tr("Tick all"))
        self.all.setAutoDefault(False)
        self.cancel = QPushButton(tr("Cancel"))
        buttons = QDialogButtonBox()
        buttons.addButton(self.all, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(self.start, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(self.cancel, QDialogButtonBox.ButtonRole.RejectRole)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 16)
        layout.setSpacing(10)
        layout.addWidget(PlainLabel(tr("Ticked projects start now. The others go on waiting for you.")))
        layout.addWidget(self.list, 1)
        layout.addWidget(self._sum)
        layout.addWidget(buttons)
        self.resize(_WIDTH, _HEIGHT)
        self.list.itemChanged.connect(self._judge)
        self.all.clicked.connect(self._tick_all)
        buttons.accepted.connect(self._start)
        buttons.rejected.connect(self.reject)
        for item in self._items()[:1]:
            self.list.setCurrentItem(item)
        self.list.setFocus()
        palettes.changes().changed.connect(self._show_colours)
        self._show_colours()
        self._judge()

    @property
    def names(self) -> list[str]:
        """All projects listed."""
        return [item.text(0) for item in self._items()]

    @property
    def ticked(self) -> list[str]:
        """Those that are to start."""
        return [item.text(0) for item in self._items() if item.checkState(0) is Qt.CheckState.Checked]

    @property
    def sum_text(self) -> str:
        """What is said of the ticked ones."""
        return self._sum.text()

    def _list_one(self, name: str, held: HeldBack) -> None:
        item = self.list.add(name, (f"{held.files:,}", rough_size_text(held.size_bytes)))
        item.setFlags(
            Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsUserCheckable
        )
        item.setCheckState(0, Qt.CheckState.Unchecked)
        for column, amount in ((1, held.files), (2, held.size_bytes)):
            item.setData(column, Qt.ItemDataRole.UserRole, amount)

    def _items(self) -> list[QTreeWidgetItem]:
        found = (self.list.topLevelItem(number) for number in range(self.list.topLevelItemCount()))
        return [item for item in found if item is not None]

    def _show_colours(self) -> None:
        """Give the boxes an edge that is seen: the style takes it from the window's colour."""
        colours = QPalette()
        colours.setColor(QPalette.ColorRole.Window, palettes.colour(Tone.GREY).lighter(_OUTLINE))
        self.list.setPalette(colours)
        self.list.header().setPalette(QPalette())

    def _tick_all(self) -> None:
        for item in self._items():
            item.setCheckState(0, Qt.CheckState.Checked)

    def _judge(self) -> None:
        """Say what starts, and let go on when something does."""
        ticked = [item for item in self._items() if item.checkState(0) is Qt.CheckState.Checked]
        files = sum(item.data(1, Qt.ItemDataRole.UserRole) for item in ticked)
        size_bytes = sum(item.data(2, Qt.ItemDataRole.UserRole) for item in ticked)
        self.start.setEnabled(bool(ticked))
        if ticked:
            self.start.setDefault(True)  # while it was disabled another button took that part
        text = tr_n("%n file, {size} starts", "%n files, {size} start", files)
        self._sum.setText(
            text.format(size=rough_size_text(size_bytes)) if ticked else tr("Nothing is ticked yet.")
        )

    def _start(self) -> None:
        self.chosen.emit(self._pair, self.names, self.ticked)
        self.accept()
