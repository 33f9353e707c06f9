"""What can be done with the selected rows, as actions for menu, buttons and keys.

An action is enabled where it fits at least one of the rows; a disabled one's tooltip says why not. Where
folders are is read in the reader thread; what was done, or why not, comes out as a short text by `said`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QAction, QDesktopServices, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from syncgui.actions import Action, fits
from syncgui.application import Application
from syncgui.engine.route import SyncedProject
from syncgui.index import Row
from syncgui.model.errors import SyncError
from syncgui.views import icons, palettes
from syncgui.views.palettes import Tone
from syncgui.views.row_details import Place, read_places
from syncgui.views.task_thread import Ask
from syncgui.views.texts import tr, tr_n

MOST_FOLDERS = 10
"""More folders than that are not opened at once."""

_ICON_TONE = Tone.TEXT


@dataclass(frozen=True, slots=True)
class _Looks:
    text: str
    icon: str
    key: str
    hint: str


_ACTIONS: Mapping[Action, _Looks] = MappingProxyType({
    Action.RETRY: _Looks("Retry", "mdi6.refresh", "Ctrl+R", "Try the files again that failed"),
    Action.DOWNLOAD: _Looks(
        "Download", "mdi6.download", "Ctrl+D", "Bring it to this machine, ahead of the rest"
    ),
    Action.PAUSE: _Looks(
        "Pause for everyone", "mdi6.pause", "", "Nobody transfers these files until somebody resumes them"
    ),
    Action.RESUME: _Looks("Resume for everyone", "mdi6.play", "", "These files are transferred again"),
})  # fmt: skip
_OPEN_FOLDER = _Looks(
    "Open folder", "mdi6.folder-open-outline", "Ctrl+O", "Show where it lies on this machine"
)
_COPY_PATH = _Looks("Copy path", "mdi6.content-copy", "Ctrl+Shift+C", "Copy where it lies on this machine")
_NOTHING_SELECTED = "Nothing is selected."


def why_not(action: Action, rows: Sequence[Row]) -> str:
    """Why an action fits none of the rows, one sentence; "" when it fits at least one."""
    reasons = [fits(action, row) for row in rows]
    if not reasons:
        return tr(_NOTHING_SELECTED)
    if "" in reasons:
        return ""
    if len(set(reasons)) == 1:
        return tr(reasons[0])
    return tr("It fits none of the selected rows.")


class RowActions(QObject):
    """The actions for the selection.

    Args:
        application: where records and settings are read; called in the reader thread.
        ask: reads elsewhere.
    """

    action_requested = Signal(object, list)
    said = Signal(str)

    def __init__(
        self, application: Callable[[], Application], ask: Ask, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._application = application
        self._ask = ask
        self._rows: Sequence[Row] = ()
        self._project: SyncedProject | None = None
        self._many = 0
        self._by_action = {action: self._make(looks) for action, looks in _ACTIONS.items()}
        for action, made in self._by_action.items():
            made.setData(action)
            made.triggered.connect(self._request)
        self.open_folder = self._make(_OPEN_FOLDER)
        self.open_folder.triggered.connect(self._open_folders)
        self.copy_path = self._make(_COPY_PATH)
        self.copy_path.triggered.connect(self._copy_paths)
        palettes.changes().changed.connect(self._show_icons)
        self._show_icons()
        self.set_rows((), None, 0)

    def action(self, action: Action) -> QAction:
        """One of those that change something."""
        return self._by_action[action]

    def actions(self) -> list[QAction]:
        """All of them, in the order of the menu; whoever adds them to a window gets their keys."""
        return [*self._by_action.values(), self.open_folder, self.copy_path]

    def menu(self, parent: QWidget) -> QMenu:
        """A menu for the selection; it goes when it is closed."""
        menu = QMenu(parent)
        menu.setAccessibleName(tr("What to do with the selected rows"))
        menu.setToolTipsVisible(True)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.addActions(list(self._by_action.values()))
        menu.addSeparator()
        menu.addActions([self.open_folder, self.copy_path])
        return menu

    def set_rows(self, rows: Sequence[Row], project: SyncedProject | None, many: int) -> None:
        """Act on these rows from now on.

        Args:
            rows: the selected ones that are known.
            project: whose rows they are.
            many: how many are selected.
        """
        self._rows, self._project, self._many = tuple(rows), project, max(many, len(rows))
        for action, made in self._by_action.items():
            _enable(made, tr(_ACTIONS[action].hint), why_not(action, self._rows))
        reason = "" if self._rows and project else tr(_NOTHING_SELECTED)
        _enable(self.open_folder, tr(_OPEN_FOLDER.hint), reason)
        _enable(self.copy_path, tr(_COPY_PATH.hint), reason)

    # -- what changes something ------------------------------------------------------------------------

    def _request(self) -> None:
        sender = self.sender()
        action = next((one for one, made in self._by_action.items() if made is sender), None)
        if action is None:
            return
        ids = [row.representation for row in self._rows if not fits(action, row)]
        if self._many > len(self._rows):
            text = tr_n(
                "Only %n of {many} selected rows was read so far: select again for the rest",
                "Only %n of {many} selected rows were read so far: select again for the rest",
                len(self._rows),
            )
            self.said.emit(text.format(many=f"{self._many:,}"))
        if ids:
            self.action_requested.emit(action, ids)

    # -- where it lies ---------------------------------------------------------------------------------

    def _open_folders(self) -> None:
        if self._rows and len(self._rows) > MOST_FOLDERS:
            self.said.emit(tr("Select at most {most} rows to open their folders").format(most=MOST_FOLDERS))
            return
        self._read_places(self._show_folders, look=True)

    def _copy_paths(self) -> None:
        self._read_places(self._put_on_clipboard, look=False)

    def _read_places(self, done: Callable[[list[Place]], None], *, look: bool) -> None:
        if not self._rows or self._project is None:
            return
        ids = tuple(row.representation for row in self._rows)
        task = partial(_read, self._application, self._project, ids, look=look)
        self._ask(task, done, self._not_read, key=f"places {look}")

    def _show_folders(self, places: list[Place]) -> None:
        folders = list(dict.fromkeys(one.folder for one in places if one.folder and not one.missing))
        for folder in folders:
            if not QDesktopServices.openUrl(QUrl.fromLocalFile(folder)):
                self.said.emit(tr("No program opens {folder}").format(folder=folder))
                return
        if len(folders) == 1:
            self.said.emit(tr("Opened {folder}").format(folder=folders[0]))
        elif folders:
            self.said.emit(tr_n("Opened %n folder", "Opened %n folders", len(folders)))
        else:
            self._say_why_not(places)

    def _put_on_clipboard(self, places: list[Place]) -> None:
        paths = list(dict.fromkeys(one.path for one in places if one.path))
        if not paths:
            self._say_why_not(places)
            return
        QGuiApplication.clipboard().setText("\n".join(paths))
        if len(paths) == 1:
            self.said.emit(tr("Copied {path}").format(path=paths[0]))
        else:
            self.said.emit(tr_n("Copied %n path", "Copied %n paths", len(paths)))

    def _say_why_not(self, places: Sequence[Place]) -> None:
        first = next(iter(places), None)
        if first is None:
            self.said.emit(tr("It is no longer in the database"))
        elif first.missing:
            self.said.emit(tr("{folder} is not on this machine at the moment").format(folder=first.folder))
        else:
            self.said.emit(first.problem)

    def _not_read(self, error: Exception) -> None:
        self.said.emit(error.sentence if isinstance(error, SyncError) else str(error))

    # -- looks -----------------------------------------------------------------------------------------

    def _make(self, looks: _Looks) -> QAction:
        made = QAction(tr(looks.text), self)
        if looks.key:
            made.setShortcut(QKeySequence(looks.key))
        return made

    def _show_icons(self) -> None:
        for action, made in self._by_action.items():
            made.setIcon(icons.icon(_ACTIONS[action].icon, _ICON_TONE))
        self.open_folder.setIcon(icons.icon(_OPEN_FOLDER.icon, _ICON_TONE))
        self.copy_path.setIcon(icons.icon(_COPY_PATH.icon, _ICON_TONE))


def _read(
    application: Callable[[], Application], project: SyncedProject, ids: Sequence[str], *, look: bool
) -> list[Place]:
    return read_places(application(), project, ids, look=look)


def _enable(action: QAction, hint: str, reason: str) -> None:
    key = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    action.setEnabled(not reason)
    action.setToolTip(reason or (f"{hint} ({key})" if key else hint))
