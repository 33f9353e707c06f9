"""What can be done with the selected rows, as actions for menu, buttons and keys.

An action is enabled where it fits at least one of the rows; a disabled one's tooltip says why not. Of a large
selection the table has read a part only: then nobody knows yet what fits, the actions are enabled, and all
selected rows are read elsewhere when one is wanted. An action is about the project and the rows of its click.
What was done, or why not, comes out as a short text by `said`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QAction, QDesktopServices, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from syncgui.actions import Action, differs_from_record, fits
from syncgui.application import Application
from syncgui.engine.route import SyncedProject
from syncgui.index import Row
from syncgui.model.errors import SyncError
from syncgui.views import icons, palettes
from syncgui.views.palettes import Tone
from syncgui.views.row_places import Place, read_places
from syncgui.views.task_thread import Ask
from syncgui.views.texts import tr, tr_n

MOST_FOLDERS = 10
"""More folders than that are not opened at once."""

MOST_PATHS = 10_000
"""More paths than that are not put on the clipboard: each is read from its record."""

_ROWS_AT_ONCE = 500

_ICON_TONE = Tone.TEXT
_Wish = tuple[Action, list[str], str]


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
_ACCEPT = _Looks(
    "Accept the file as it is…",
    "mdi6.file-check-outline",
    "Ctrl+Shift+A",
    "It is right, and its record is to say so",
)
_NOTHING_SELECTED = "Nothing is selected."
_FITS_NONE = "It fits none of the selected rows."


def why_not(action: Action, rows: Sequence[Row]) -> str:
    """Why an action fits none of the rows, one sentence; "" when it fits at least one."""
    reasons = [fits(action, row) for row in rows]
    if not reasons:
        return tr(_NOTHING_SELECTED)
    if "" in reasons:
        return ""
    if len(set(reasons)) == 1:
        return tr(reasons[0])
    return tr(_FITS_NONE)


class RowActions(QObject):
    """The actions for the selection.

    `action_requested` asks for an `Action` on representations (a list of ids with which it does something) of
    a project (its name); `accept_requested` to accept files of representations as they are, a person being
    asked before, which is only there where a file differs from its record. `selected_ids` gives the ids of
    all selected rows; whoever selects sets it where rows can be selected that were not read.

    Args:
        application: where records and settings are read; called where `ask` and `look` run tasks.
        ask: reads elsewhere.
        look: looks at disks elsewhere, where one that hangs stops nothing else; None: `ask` does it.
    """

    action_requested = Signal(object, list, str)
    accept_requested = Signal(list, str)
    said = Signal(str)

    def __init__(
        self,
        application: Callable[[], Application],
        ask: Ask,
        parent: QObject | None = None,
        *,
        look: Ask | None = None,
    ) -> None:
        super().__init__(parent)
        self.selected_ids: Callable[[], Sequence[int]] | None = None
        self._application = application
        self._ask = ask
        self._look = look if look is not None else ask
        self._rows: Sequence[Row] = ()
        self._project: SyncedProject | None = None
        self._many = 0
        self._by_action = {action: self._make(looks) for action, looks in _ACTIONS.items()}
        for action, made in self._by_action.items():
            made.setData(action)
            made.triggered.connect(self._request)
        self.accept = self._make(_ACCEPT)
        self.accept.triggered.connect(self._request_accept)
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
        return [*self._by_action.values(), self.accept, self.open_folder, self.copy_path]

    def menu(self, parent: QWidget) -> QMenu:
        """A menu for the selection; it goes when it is closed."""
        menu = QMenu(parent)
        menu.setAccessibleName(tr("What to do with the selected rows"))
        menu.setToolTipsVisible(True)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.addActions([*self._by_action.values(), self.accept])
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
        is_more = self.has_more
        for action, made in self._by_action.items():
            _enable(made, tr(_ACTIONS[action].hint), "" if is_more else why_not(action, self._rows))
        differs = any(differs_from_record(row) for row in self._rows)
        self.accept.setVisible(differs)
        why_none = tr(_FITS_NONE if self._rows else _NOTHING_SELECTED)
        _enable(self.accept, tr(_ACCEPT.hint), "" if differs else why_none)
        reason = "" if is_more or (self._rows and project) else tr(_NOTHING_SELECTED)
        _enable(self.open_folder, tr(_OPEN_FOLDER.hint), reason)
        _enable(self.copy_path, tr(_COPY_PATH.hint), reason)

    @property
    def has_more(self) -> bool:
        """Whether rows are selected that are not known here, but by `selected_ids`."""
        return self._project is not None and self.selected_ids is not None and self._many > len(self._rows)

    # -- what changes something ------------------------------------------------------------------------

    def _request(self) -> None:
        sender = self.sender()
        action = next((one for one, made in self._by_action.items() if made is sender), None)
        if action is None or self._project is None:
            return
        if self.has_more and self.selected_ids is not None:
            task = partial(_fitting, self._application, self.selected_ids(), action, self._project.name)
            self._ask(task, self._send, self._not_read)
        else:
            self._send((action, _that_fit(self._rows, action), self._project.name))

    def _send(self, wish: _Wish) -> None:
        action, ids, project = wish
        if ids:
            self.action_requested.emit(action, ids, project)
        else:
            self.said.emit(tr(_FITS_NONE))

    def _request_accept(self) -> None:
        if self._project is not None:
            ids = [row.representation for row in self._rows if differs_from_record(row)]
            self.accept_requested.emit(ids, self._project.name)

    # -- where it lies ---------------------------------------------------------------------------------

    def _open_folders(self) -> None:
        if self._many > MOST_FOLDERS:
            self.said.emit(tr("Select at most {most} rows to open their folders").format(most=MOST_FOLDERS))
            return
        self._read_places(self._look, self._show_folders, look=True)

    def _copy_paths(self) -> None:
        if self._many > MOST_PATHS:
            text = tr("Select at most {most} rows to copy their paths")
            self.said.emit(text.format(most=f"{MOST_PATHS:,}"))
            return
        self._read_places(self._ask, self._put_on_clipboard, look=False)

    def _read_places(self, ask: Ask, done: Callable[[list[Place]], None], *, look: bool) -> None:
        if self._project is None:
            return
        if self.has_more and self.selected_ids is not None:
            row_ids = self.selected_ids()
            task = partial(_places_of_rows, self._application, self._project, row_ids, look=look)
        else:
            ids = [row.representation for row in self._rows]
            task = partial(_places, self._application, self._project, ids, look=look)
        ask(task, done, self._not_read, key=f"places {look}")

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
        self.accept.setIcon(icons.icon(_ACCEPT.icon, _ICON_TONE))
        self.open_folder.setIcon(icons.icon(_OPEN_FOLDER.icon, _ICON_TONE))
        self.copy_path.setIcon(icons.icon(_COPY_PATH.icon, _ICON_TONE))


def _that_fit(rows: Iterable[Row], action: Action) -> list[str]:
    return [row.representation for row in rows if not fits(action, row)]


def _rows_of(application: Application, row_ids: Sequence[int]) -> Iterator[Row]:
    for first in range(0, len(row_ids), _ROWS_AT_ONCE):
        yield from application.index.rows(row_ids[first : first + _ROWS_AT_ONCE])


def _fitting(
    application: Callable[[], Application], row_ids: Sequence[int], action: Action, project: str
) -> _Wish:
    return action, _that_fit(_rows_of(application(), row_ids), action), project


def _places_of_rows(
    application: Callable[[], Application], project: SyncedProject, row_ids: Sequence[int], *, look: bool
) -> list[Place]:
    ids = [row.representation for row in _rows_of(application(), row_ids)]
    return _places(application, project, ids, look=look)


def _places(
    application: Callable[[], Application], project: SyncedProject, ids: Sequence[str], *, look: bool
) -> list[Place]:
    found: list[Place] = []
    for first in range(0, len(ids), _ROWS_AT_ONCE):
        found += read_places(application(), project, ids[first : first + _ROWS_AT_ONCE], look=look)
    return found


def _enable(action: QAction, hint: str, reason: str) -> None:
    key = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    action.setEnabled(not reason)
    action.setToolTip(reason or (f"{hint} ({key})" if key else hint))
