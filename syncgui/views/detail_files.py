"""The files of a representation as a small table: a line each, with an icon for each site of the pair.

The model only shows lines; a newer state of the same representation changes rows in place, so that the view
keeps its scroll position. Icons are told apart by shape, and tooltips and screen readers get them in words.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from syncgui.model.status import Direction, Pair, Status
from syncgui.views import icons, palettes, states
from syncgui.views.figures import size_text
from syncgui.views.file_lines import Line, Side
from syncgui.views.palettes import Tone
from syncgui.views.plain_tooltips import plain_tooltip
from syncgui.views.texts import tr, tr_n

_Index = QModelIndex | QPersistentModelIndex


class Column:
    """The columns, by number."""

    FILE, ACTIVE, REMOTE, SIZE = range(4)


_COLUMNS = 4
_SITE_PX, _NARROW_SITE_PX = 78, 34
_SIZE_PX = 66
_NARROW_PX = 370
"""Below this width sites are named by their icons only."""

_ROW_PX = 24
_NAME_ROOM_PX = 8
_ELLIPSIS = "…"
_LEAST_ROWS = 4
_ARROWS = {Direction.UPLOAD: "mdi6.arrow-up", Direction.DOWNLOAD: "mdi6.arrow-down"}


def file_text(line: Line) -> str:
    """What the File column shows."""
    if line.files == 1:
        return line.name
    return tr("{name} ({count})").format(name=line.name, count=f"{line.files:,}")


def shortened(line: Line, fits: Callable[[str], bool]) -> str:
    """The File column's text with so much of the name's beginning as fits; frames stay."""
    text = file_text(line)
    if fits(text) or not line.kept:
        return text
    cut = len(line.name) - line.kept
    head, end = text[:cut], text[cut:]
    keep = bisect_left(range(cut), True, key=lambda length: not fits(f"{head[: length + 1]}{_ELLIPSIS}{end}"))
    return f"{head[:keep]}{_ELLIPSIS}{end}"


def side_text(line: Line, side: Side, site: str) -> str:
    """What a site's icon means, in words."""
    if side is Side.PRESENT:
        return tr("On {site}").format(site=site)
    if side is Side.ABSENT:
        return tr("Not asked for on {site}").format(site=site)
    if line.direction is not None and line.status is Status.IN_PROGRESS:
        word = tr("uploading") if line.direction is Direction.UPLOAD else tr("downloading")
    else:
        word = states.label(line.status).lower()
    return tr("{site}: {state}").format(site=site, state=word)


def side_icon(line: Line, side: Side) -> tuple[str, Tone]:
    """The icon for one site: name and tone."""
    if side is Side.PRESENT:
        return states.STATES[Status.SYNCED].icon, Tone.DIM
    if side is Side.ABSENT:
        return states.STATES[Status.NOT_ASKED].icon, Tone.GREY
    state = states.STATES[line.status]
    if line.status is Status.IN_PROGRESS and line.direction is not None:
        return _ARROWS[line.direction], state.tone
    return state.icon, state.tone


def line_tooltip(line: Line) -> str:
    """Everything about a line."""
    parts = [line.name]
    if line.files > 1:
        parts.append(tr_n("%n file", "%n files", line.files))
    parts.append(states.label(line.status))
    parts.extend(text for text in (line.error, line.refused) if text)
    return plain_tooltip("\n".join(parts))


class FileLines(QAbstractTableModel):
    """The lines as a table: file, active site, remote site, size."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lines: tuple[Line, ...] = ()
        self._pair = Pair("", None)
        self._site_icons: tuple[QIcon, QIcon] = (QIcon(), QIcon())
        self._is_narrow = False
        self._icons: dict[tuple[str, Tone], QIcon] = {}
        palettes.changes().changed.connect(self._forget_icons)

    def set_sites(self, pair: Pair, active_icon: QIcon, remote_icon: QIcon) -> None:
        """Name the two site columns."""
        self._pair = pair
        self._site_icons = (active_icon, remote_icon)
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, Column.ACTIVE, Column.REMOTE)

    def set_narrow(self, is_narrow: bool) -> None:
        """Whether there is no room for the sites' names."""
        if is_narrow != self._is_narrow:
            self._is_narrow = is_narrow
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, Column.ACTIVE, Column.REMOTE)

    def replace(self, lines: tuple[Line, ...]) -> None:
        """Show the lines of another representation."""
        self.beginResetModel()
        self._lines = lines
        self.endResetModel()

    def update(self, lines: tuple[Line, ...]) -> None:
        """Show a newer state of the same representation, in place."""
        before = self._lines
        nowhere = QModelIndex()
        if len(lines) > len(before):
            self.beginInsertRows(nowhere, len(before), len(lines) - 1)
            self._lines = lines
            self.endInsertRows()
        elif len(lines) < len(before):
            self.beginRemoveRows(nowhere, len(lines), len(before) - 1)
            self._lines = lines
            self.endRemoveRows()
        self._lines = lines
        differ = [row for row, (old, new) in enumerate(zip(before, lines, strict=False)) if old != new]
        if differ:
            self.dataChanged.emit(self.index(differ[0], 0), self.index(differ[-1], _COLUMNS - 1))

    def line_at(self, row: int) -> Line:
        """The line of a row."""
        return self._lines[row]

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: N802, B008 - Qt's name and default
        """How many lines."""
        return 0 if parent.isValid() else len(self._lines)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: N802, B008 - Qt's name and default
        """Always four."""
        return 0 if parent.isValid() else _COLUMNS

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """What a cell shows; nothing for roles that are not served."""
        if role not in _SERVED or not index.isValid():
            return None
        line, column = self._lines[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return _text(line, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tooltip(line, column)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if column == Column.SIZE else None
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._words(line, column)
        return self._icon(line, column)

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """Titles; the sites with their provider's icon."""
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < _COLUMNS:
            return None
        on_site = section in (Column.ACTIVE, Column.REMOTE)
        if role == Qt.ItemDataRole.DisplayRole:
            if on_site:
                return "" if self._is_narrow else self._site(section)
            return tr("File") if section == Column.FILE else tr("Size")
        if role == Qt.ItemDataRole.DecorationRole and on_site:
            return self._site_icons[section - Column.ACTIVE]
        if role == Qt.ItemDataRole.ToolTipRole and on_site:
            where = tr("this machine") if section == Column.ACTIVE else tr("remote")
            return plain_tooltip(f"{self._site(section)} · {where}")
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if section == Column.SIZE else _LEFT
        return None

    def _site(self, column: int) -> str:
        return self._pair.active if column == Column.ACTIVE else self._pair.remote or tr("nobody")

    def _words(self, line: Line, column: int) -> str:
        if column not in (Column.ACTIVE, Column.REMOTE):
            return _text(line, column) or ""
        side = line.active if column == Column.ACTIVE else line.remote
        return side_text(line, side, self._site(column))

    def _tooltip(self, line: Line, column: int) -> str:
        if column in (Column.ACTIVE, Column.REMOTE):
            words = self._words(line, column)
            side = line.active if column == Column.ACTIVE else line.remote
            return plain_tooltip(f"{words}\n{line.error}" if line.error and side is Side.WANTED else words)
        return line_tooltip(line)

    def _icon(self, line: Line, column: int) -> QIcon | None:
        if column not in (Column.ACTIVE, Column.REMOTE):
            return None
        wanted = side_icon(line, line.active if column == Column.ACTIVE else line.remote)
        if wanted not in self._icons:
            self._icons[wanted] = icons.icon(*wanted)
        return self._icons[wanted]

    def _forget_icons(self) -> None:
        self._icons.clear()
        if self._lines:
            last = self.index(len(self._lines) - 1, Column.REMOTE)
            self.dataChanged.emit(self.index(0, Column.ACTIVE), last)


_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_SERVED = frozenset(
    {
        Qt.ItemDataRole.DisplayRole,
        Qt.ItemDataRole.DecorationRole,
        Qt.ItemDataRole.ToolTipRole,
        Qt.ItemDataRole.TextAlignmentRole,
        Qt.ItemDataRole.AccessibleTextRole,
    }
)


def _text(line: Line, column: int) -> str | None:
    if column == Column.FILE:
        return file_text(line)
    if column == Column.SIZE:
        return "" if line.size_bytes is None else size_text(line.size_bytes)
    return None


class FilesView(QTableView):
    """The table of lines. Ctrl+C copies the names of the selected ones."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines = FileLines(self)
        self.setModel(self.lines)
        self.setAccessibleName(tr("Files"))
        self.setWordWrap(False)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        self.setMinimumHeight(_LEAST_ROWS * _ROW_PX)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(_ROW_PX)
        header = self.horizontalHeader()
        header.setTextElideMode(Qt.TextElideMode.ElideRight)
        header.setHighlightSections(False)
        header.setSectionResizeMode(Column.FILE, QHeaderView.ResizeMode.Stretch)
        for column in (Column.ACTIVE, Column.REMOTE, Column.SIZE):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
        header.setMinimumSectionSize(_NARROW_SITE_PX)
        header.resizeSection(Column.SIZE, _SIZE_PX)
        self.setItemDelegateForColumn(Column.FILE, _NameDelegate(self))
        copy = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self)
        copy.setContext(Qt.ShortcutContext.WidgetShortcut)
        copy.activated.connect(self.copy_names)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Give the names the room of the sites' where there is little."""
        is_narrow = event.size().width() < _NARROW_PX
        self.lines.set_narrow(is_narrow)
        for column in (Column.ACTIVE, Column.REMOTE):
            self.horizontalHeader().resizeSection(column, _NARROW_SITE_PX if is_narrow else _SITE_PX)
        super().resizeEvent(event)

    def copy_names(self) -> None:
        """Put the names of the selected lines on the clipboard, one under the other."""
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        if rows:
            QGuiApplication.clipboard().setText("\n".join(self.lines.line_at(row).name for row in rows))


class _NameDelegate(QStyledItemDelegate):
    """Shortens names at their beginning."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: _Index) -> None:  # noqa: N802 - Qt's name
        """Put in what fits."""
        super().initStyleOption(option, index)
        model = index.model()
        if isinstance(model, FileLines):
            metrics, room = option.fontMetrics, option.rect.width() - _NAME_ROOM_PX
            line = model.line_at(index.row())
            option.text = shortened(line, lambda text: metrics.horizontalAdvance(text) <= room)
