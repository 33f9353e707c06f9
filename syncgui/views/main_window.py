"""The window: bar, chips, table, detail, foot. It shows what the session tells and forwards commands.

Nothing here waits: what needs the index, the store or a disk is asked of the session's threads.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QItemSelection, QModelIndex, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QKeySequence,
    QResizeEvent,
    QShortcut,
)
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QSplitter, QStackedLayout, QVBoxLayout, QWidget

from syncgui.actions import Action
from syncgui.engine.route import SyncedProject
from syncgui.model.status import Pair, Status
from syncgui.views.accepting import AcceptFlow
from syncgui.views.banner import SITES, Banner, hitch_of, way_out
from syncgui.views.chips import FilterChips
from syncgui.views.contact_banner import ContactBanner
from syncgui.views.contact_dialog import ContactDialog
from syncgui.views.detail import DetailPanel
from syncgui.views.empty_states import Case, EmptyState, case_of, work_folder
from syncgui.views.more_actions import MoreActions
from syncgui.views.publish_dialog import PublishDialog
from syncgui.views.row_actions import RowActions
from syncgui.views.session import Session
from syncgui.views.site_picker import SitePicker
from syncgui.views.status_line import StatusLine
from syncgui.views.table_model import Query, RepresentationModel
from syncgui.views.table_view import StatusTable
from syncgui.views.texts import tr, tr_n
from syncgui.views.top_bar import TopBar
from syncgui.views.window_memory import WindowMemory

_NOTE_MS = 6000
_SIZE = QSize(1440, 860)
_SMALLEST = QSize(720, 420)
_SHARE = 0.95  # of the screen
_NARROW_PX = 1000  # below that the table needs all the room: the detail comes with a selection
_TICK_MS = 20_000  # ages and "finished just now" grow old by themselves


class MainWindow(QMainWindow):
    """See the module.

    Args:
        session: started by its owner.
        memory: what was remembered from the last time.
        command: how this program is called on a command line, for the hint of an empty table.
        start_command: what the desktop session is to start, None where that is not offered.
    """

    hidden_by_user = Signal()
    quit_requested = Signal()
    asked = Signal(str, object)  # project, ids: what a person wants to be told of when it is here

    def __init__(
        self,
        session: Session,
        memory: WindowMemory,
        *,
        command: str = "syncgui",
        start_command: Sequence[str] | None = None,
    ) -> None:
        super().__init__()
        self._session = session
        self._memory = memory
        self._project = memory.text("project")
        self._query = Query()
        self._answered = Query()
        self._shown_rows = 0
        self._has_answer = False
        self.picker: SitePicker | None = None
        self.publish_dialog: PublishDialog | None = None
        self.contact_dialog: ContactDialog | None = None
        self.closes_to_tray = False
        self.setWindowTitle(tr("syncgui"))
        self.setAccessibleName(tr("syncgui"))
        self.more = MoreActions(session, memory, start_command, self)
        self.addActions(self.more.with_keys)
        self.bar = TopBar(self.more.actions)
        self.banner = Banner()
        self.contact = ContactBanner()
        self.chips = FilterChips()
        self.model = RepresentationModel(lambda: session.application.index, session.ask, self)
        self.table = StatusTable(self)
        self.table.setModel(self.model)
        self.empty = EmptyState(command)
        self.row_actions = RowActions(lambda: session.application, session.do, self, look=session.look)
        self.row_actions.selected_ids = self.table.selected_ids
        self.detail = DetailPanel(lambda: session.application, session.ask, self.row_actions)
        self.foot = StatusLine()
        self.accepting = AcceptFlow(session, self.note, self)
        self._lay_out()
        self._connect()
        self._restore()
        self._tick = QTimer(self)
        self._tick.setInterval(_TICK_MS)
        self._tick.timeout.connect(self._show_standing)
        self._tick.start()
        self._show_projects()
        self._show_standing()

    # -- made once -----------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self._over = QWidget()
        stack = QStackedLayout(self._over)
        stack.setStackingMode(QStackedLayout.StackingMode.StackOne)
        stack.addWidget(self.table)
        stack.addWidget(self.empty)
        self._stack = stack
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setHandleWidth(9)
        self._splitter.addWidget(self._over)
        self._splitter.addWidget(self.detail)
        self._splitter.setStretchFactor(0, 1)
        self._splitter.setStretchFactor(1, 0)
        self._splitter.setSizes([1090, 340])
        self._splitter.setContentsMargins(8, 0, 0, 0)
        chips = QWidget()
        around = QHBoxLayout(chips)
        around.setContentsMargins(8, 0, 10, 2)
        around.addWidget(self.chips)
        whole = QWidget()
        rows = QVBoxLayout(whole)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(4)
        rows.addWidget(self.bar)
        rows.addWidget(self.banner)
        rows.addWidget(self.contact)
        rows.addWidget(chips)
        rows.addWidget(self._splitter, 1)
        rows.addWidget(self.foot)
        self.setCentralWidget(whole)
        self.resize(_fitting(_SIZE, self.screen().availableSize()))
        self.setMinimumSize(_fitting(_SMALLEST, self.screen().availableSize()))

    def _connect(self) -> None:
        session, bar = self._session, self.bar
        session.standing_changed.connect(self._show_standing)
        session.projects_changed.connect(self._show_projects)
        session.rows_changed.connect(self._rows_changed)
        session.opened.connect(self._opened)
        session.refused.connect(self._say_refusal)
        self.more.publish_requested.connect(self.publish)
        self.more.quit_requested.connect(self.quit_requested)
        self.more.said.connect(self.note)
        self.banner.action_requested.connect(self._do_for_banner)
        self.contact.start_requested.connect(session.start_all)
        self.contact.only_new_requested.connect(session.start_new)
        self.contact.choose_requested.connect(self.choose_projects)
        bar.project_chosen.connect(self.show_project)
        bar.pause_requested.connect(session.pause)
        bar.resume_requested.connect(session.resume)
        bar.retry_requested.connect(self._retry_failed)
        bar.sites_requested.connect(self.open_picker)
        bar.search_changed.connect(self._search)
        self.chips.chosen.connect(self._filter)
        self.model.answered.connect(self._answer)
        self.model.dataChanged.connect(self._data_changed)
        self.table.menu_requested.connect(self._row_menu)
        self.table.sort_requested.connect(self._sort)
        self.table.selectionModel().selectionChanged.connect(self._selected)
        self.table.selectionModel().currentRowChanged.connect(self._selected)
        self.row_actions.action_requested.connect(self._act)
        self.row_actions.accept_requested.connect(self.accepting.begin)
        self.row_actions.said.connect(self.note)
        self.empty.publish_requested.connect(self.publish)
        self.empty.sites_requested.connect(self.open_picker)
        self.empty.show_all_requested.connect(self.show_all)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self, bar.focus_search)
        leave = QShortcut(QKeySequence(Qt.Key.Key_Escape), bar.search, self._leave_search)
        leave.setContext(Qt.ShortcutContext.WidgetShortcut)
        for action in self.row_actions.actions():
            self.addAction(action)

    def _restore(self) -> None:
        self.restoreGeometry(self._memory.state("geometry"))
        self._splitter.restoreState(self._memory.state("splitter"))
        self.table.restore_state(self._memory.text("table"))

    def keep_memory(self) -> None:
        """Remember how the window looks."""
        self._memory.keep_state("geometry", self.saveGeometry())
        self._memory.keep_state("splitter", self._splitter.saveState())
        self._memory.keep_text("table", self.table.save_state())
        self._memory.keep_text("project", self._project)
        self._memory.save()

    # -- what is shown ---------------------------------------------------------------------------------

    @property
    def project(self) -> SyncedProject | None:
        """The project shown."""
        return self._session.standing.projects.get(self._project)

    def show_project(self, name: str) -> None:
        """Show this project."""
        if name and name != self._query.project:
            self._project = name
            self._has_answer = False
            self._ask(replace(self._query, project=name))
            self.bar.set_projects(sorted(self._session.standing.projects), name)
        self.model.set_project(self.project)
        self._show_standing()
        self._selected()

    def show_rows(self, project: str, statuses: frozenset[Status]) -> None:
        """Show what is in these states, of a project; what a notification was about."""
        self.raise_window()
        self.bar.search.clear()
        self.show_project(project)
        self.chips.choose(statuses)

    def show_all(self) -> None:
        """Take filter and search away."""
        self.bar.search.clear()
        self.chips.choose(None)
        self._ask(replace(self._query, statuses=None, search=""))

    def raise_window(self) -> None:
        """Bring the window to the front, wherever it was."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def note(self, text: str) -> None:
        """Say something in passing."""
        self.foot.note(text, _NOTE_MS)

    def _opened(self) -> None:
        if self._query.project:
            self.model.set_query(self._query)

    def _show_projects(self) -> None:
        names = sorted(self._session.standing.projects)
        if names and self._project not in names:
            self._project = names[0]
        self.bar.set_projects(names, self._project)
        if names:
            self.show_project(self._project)
        else:
            self._show_standing()

    def _show_standing(self) -> None:
        standing, now = self._session.standing, time.time()
        self.bar.set_standing(standing, self._project, now)
        hitch = hitch_of(standing, self._project)
        if hitch is None:
            self.banner.say("")
        else:
            self.banner.say(hitch.sentence, hitch.next_step, way_out(standing, self._project))
        self.contact.show_held(standing.health.held, self._project)
        totals = standing.totals.get(self._project)
        self.chips.set_totals(totals)
        # Rows and sums are read apart: of the two the later one is right.
        self.chips.set_shown(self._shown_rows, max(totals.every if totals else 0, self._shown_rows))
        self.model.set_standing(standing)
        self.detail.set_standing(standing)
        self.foot.set_standing(standing, self._project)
        self._show_empty()

    def _show_empty(self) -> None:
        rows = self._shown_rows if self._has_answer else None
        case = case_of(self._session.standing, self._project, self._query, rows)
        if case is not Case.NONE:
            hitch = hitch_of(self._session.standing, self._project)
            sentence, next_step = (hitch.sentence, hitch.next_step) if hitch else ("", "")
            folder = work_folder(self._session.standing, self._project)
            self.empty.show_case(case, sentence, next_step, self._project, folder)
        shown = self.table if case is Case.NONE else self.empty
        if self._stack.currentWidget() is not shown:
            self._stack.setCurrentWidget(shown)

    def _rows_changed(self, project: str, ids: frozenset[str]) -> None:
        if project != self._project:
            return
        self.model.refresh()
        if not ids or any(row.representation in ids for row in self.table.selected_rows()[:1]):
            self.detail.refresh()

    # -- the query -------------------------------------------------------------------------------------

    def _ask(self, query: Query) -> None:
        if query != self._query:
            self._query = query
            self.model.set_query(query)

    def _search(self, text: str) -> None:
        self._ask(replace(self._query, search=text.strip()))

    def _leave_search(self) -> None:
        self.bar.search.clear()
        self.table.setFocus()

    def _filter(self, statuses: frozenset[Status] | None) -> None:
        self._ask(replace(self._query, statuses=statuses))

    def _sort(self, sort: str, descending: bool) -> None:
        self._ask(replace(self._query, sort=sort, descending=descending))

    def _answer(self, query: Query, rows: int) -> None:
        self._has_answer = self._has_answer or query.project == self._project
        self._answered = query
        self._shown_rows = rows
        self._show_standing()
        self._selected()

    # -- the selection ---------------------------------------------------------------------------------

    def _selected(self, *_: QItemSelection | QModelIndex) -> None:
        rows = self.table.selected_rows()
        many = self.table.selected_count()
        self.row_actions.set_rows(rows, self.project, many)
        self.detail.show_rows(rows, self.project, many)
        self._show_detail()

    def _data_changed(self, first: QModelIndex, last: QModelIndex) -> None:
        if any(first.row() <= index.row() <= last.row() for index in self.table.selected_indexes()):
            self._selected()

    def _row_menu(self, where: QPoint) -> None:
        self.row_actions.menu(self).popup(where)

    # -- commands --------------------------------------------------------------------------------------

    def _act(self, action: Action, ids: Sequence[str], project: str) -> None:
        if action is Action.DOWNLOAD:
            self.asked.emit(project, list(ids))
        self._session.act(action, project, list(ids), partial(self._acted, action))

    def _acted(self, action: Action, files: int) -> None:
        self.note(_acted_text(action, files))

    def retry_failed(self, project: str | None) -> None:
        """Try every failed file of a project again, of all projects with None."""
        self._session.retry_failed(project, partial(self._acted, Action.RETRY))

    def _retry_failed(self) -> None:
        self.retry_failed(self._project)

    def open_picker(self) -> None:
        """Open the site picker."""
        if self.picker is None:
            self.picker = SitePicker(self._session, self)
        self.picker.open_for(self._project)

    def _do_for_banner(self, action: str) -> None:
        if action == SITES:
            self.open_picker()

    def choose_projects(self, pair: Pair) -> None:
        """Let a person choose which of the projects start that only look."""
        if self.contact_dialog is not None:
            self.contact_dialog.deleteLater()
        self.contact_dialog = ContactDialog(self._session.standing.health.held, pair, self)
        self.contact_dialog.chosen.connect(self._session.start_some)
        self.contact_dialog.open()

    def publish(self) -> None:
        """Let a person publish files by hand."""
        if self.project is not None:
            self.publish_dialog = PublishDialog(self._session, self.project, self)
            self.publish_dialog.open()

    def _say_refusal(self, error: Exception) -> None:
        self.note(str(error))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """A narrow window shows the detail only of what is selected."""
        super().resizeEvent(event)
        self._show_detail()

    def _show_detail(self) -> None:
        self.detail.setVisible(self.width() >= _NARROW_PX or self.table.selected_count() > 0)

    # -- closing ---------------------------------------------------------------------------------------

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Closing hides where there is a tray; else it ends the program."""
        self.keep_memory()
        if self.closes_to_tray:
            event.ignore()
            self.hide()
            self.hidden_by_user.emit()
        else:
            event.accept()
            self.quit_requested.emit()


def _fitting(wanted: QSize, screen: QSize) -> QSize:
    """A size that fits the screen, some room left for panels and frames."""
    return wanted.boundedTo(QSize(int(screen.width() * _SHARE), int(screen.height() * _SHARE)))


def _acted_text(action: Action, files: int) -> str:
    if not files:
        return tr("There was nothing to change any more")
    return {
        Action.RETRY: tr_n("%n file is tried again", "%n files are tried again", files),
        Action.DOWNLOAD: tr_n("%n file is asked for", "%n files are asked for", files),
        Action.PAUSE: tr_n("%n file paused for everyone", "%n files paused for everyone", files),
        Action.RESUME: tr_n("%n file goes on", "%n files go on", files),
    }[action]
