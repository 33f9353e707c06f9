"""The site picker: which sites this machine exchanges between, and where they lie on it.

What is chosen takes effect at once when it is applied, and stays after a restart. Nothing is moved or
deleted by a choice. Settings, index and disks are asked through the session; what is decided about a
choice stands in `site_choice`, what is said of it in `site_lines`.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Protocol

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, SignalInstance
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from syncgui.site_choices import LOCAL, Known, read_known
from syncgui.views import icons, palettes
from syncgui.views.palettes import Tone
from syncgui.views.sentences import Sentence, SentenceList
from syncgui.views.site_choice import (
    ALL,
    NOBODY,
    Choice,
    carried,
    changes,
    current,
    folders,
    name_problem,
    scope_of,
    with_folders,
)
from syncgui.views.site_doubts import Parts as DoubtParts
from syncgui.views.site_doubts import SiteDoubts
from syncgui.views.site_form import SiteForm, plain_tip
from syncgui.views.site_lines import Counts, Kind, lines
from syncgui.views.site_looks import Tried, count, keep_choice, tried_lines, try_sites
from syncgui.views.task_thread import Ask
from syncgui.views.texts import tr

_WIDTH = 600

_KINDS = {
    Kind.SAID: ("mdi6.information-outline", Tone.BLUE),
    Kind.WARNING: ("mdi6.alert-outline", Tone.AMBER),
    Kind.PROBLEM: ("mdi6.alert-circle-outline", Tone.RED),
}
_BUSY = ("mdi6.timer-sand", Tone.DIM)


class Parts(DoubtParts, Protocol):
    """What the picker needs of a session."""

    @property
    def ask(self) -> Ask:
        """Reads."""

    @property
    def projects_changed(self) -> SignalInstance:
        """Tells that settings or projects changed."""


class SitePicker(QDialog):
    """See the module. One instance is enough; `open_for` shows it again."""

    def __init__(self, session: Parts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._known: Known | None = None
        self._choice: Choice | None = None
        self._counts: Counts | None = None
        self._looked_at = ""
        self._scope: str | None = None
        self._is_writing = False
        self._is_new = False
        self.setWindowTitle(tr("Sites"))
        self.setModal(False)
        self.form = SiteForm(session.look, partial(_was_root, session))
        self.said = SentenceList()
        self.doubts = SiteDoubts(session)
        self.tests = SentenceList()
        self.status = Sentence()
        self.test_button = QPushButton(tr("&Test"))
        self.test_button.setToolTip(tr("Try everything that a transfer needs of both sites"))
        self.apply_button = QPushButton(tr("&Apply"))
        self.close_button = QPushButton(tr("&Close"))
        self.apply_button.setDefault(True)
        for button in (self.test_button, self.close_button):
            button.setAutoDefault(False)
        self._grow = QTimer(self, singleShot=True, interval=0)
        self._lay_out()
        self._connect()
        self._show_choice()

    # -- for others ----------------------------------------------------------------------------------

    def open_for(self, project: str = "") -> None:
        """Show the picker to somebody who looks at a project; what was not applied is kept.

        It is chosen for all projects, unless that one has something of its own.
        """
        if not self.has_changes and not self._is_writing:
            self._looked_at, self._scope = project, None
            self._choice = None
            self.status.say("")
            self.tests.say([])
        self._is_new = not self.isVisible()
        self.refresh()
        self.show()
        self.raise_()
        self.activateWindow()

    def refresh(self) -> None:
        """Read settings and projects again; what was chosen and not applied is kept."""
        self._session.ask(
            partial(read_known, self._session.application), self._take, self._fail, key="sites-known"
        )

    @property
    def choice(self) -> Choice | None:
        """What is chosen at the moment; None before the settings were read."""
        return self._choice

    @property
    def has_changes(self) -> bool:
        """Whether anything was chosen that is not applied."""
        return self._known is not None and self._choice is not None and changes(self._known, self._choice).any

    def apply(self) -> None:
        """Keep what is chosen."""
        if self._known is None or self._choice is None or self._is_writing:
            return
        refusal = self._refusal()
        if refusal:
            self.status.say(refusal, *_KINDS[Kind.PROBLEM])
            return
        wanted = changes(self._known, self._choice)
        if not wanted.any:
            return
        self._is_writing = True
        self._show_buttons()
        self.status.say(tr("Applying…"), *_BUSY)
        project = self._choice.project or None
        self._session.do(
            partial(keep_choice, self._session.application, wanted, project),
            self._applied,
            self._failed_to_apply,
        )

    def test(self) -> None:
        """Try both sites as they are chosen."""
        if self._known is None or self._choice is None:
            return
        sites = [site for site in dict.fromkeys((self._choice.active, self._choice.remote)) if site != NOBODY]
        own = self._known.of(self._choice.project)
        chosen = folders(self._known, self._choice)
        for site in sites:
            own = with_folders(own, site, chosen)
        names = {site: own.local_id if site == LOCAL else site for site in sites}
        self.test_button.setEnabled(False)
        self.tests.say([(tr("Testing…"), *_BUSY)])
        self._session.look(
            partial(try_sites, self._session.application, own, names), self._show_tests, self._failed_to_test
        )

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Grow when what is said wants more room."""
        if event.type() == QEvent.Type.LayoutRequest and watched is self._content:
            self._grow.start()
        return super().eventFilter(watched, event)

    # -- made once -----------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self._content = QWidget()
        column = QVBoxLayout(self._content)
        column.setContentsMargins(20, 18, 20, 14)
        column.setSpacing(14)
        for widget in (self.form, _line(), self.said, self.doubts, self.tests):
            column.addWidget(widget)
        column.addStretch(1)
        self._area = QScrollArea()
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidgetResizable(True)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setWidget(self._content)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(20, 10, 20, 14)
        buttons.setSpacing(8)
        buttons.addWidget(self.test_button)
        buttons.addSpacing(4)
        buttons.addWidget(self.status, 1)
        buttons.addStretch(0)
        buttons.addWidget(self.apply_button)
        buttons.addWidget(self.close_button)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self._area, 1)
        whole.addWidget(_line())
        whole.addLayout(buttons)
        self.resize(_WIDTH, 360)

    def _connect(self) -> None:
        self.form.name_typed.connect(self._name_typed)
        self.form.active_chosen.connect(self._active_chosen)
        self.form.remote_chosen.connect(self._remote_chosen)
        self.form.project_chosen.connect(self._project_chosen)
        self.form.folder_typed.connect(self._folder_typed)
        self.doubts.confirmed.connect(self._confirmed)
        self.doubts.failed.connect(self._fail)
        self.doubts.shown.connect(self._order_tabs)
        self._content.installEventFilter(self)
        self._grow.timeout.connect(self._grow_now)
        self.test_button.clicked.connect(self.test)
        self.apply_button.clicked.connect(self.apply)
        self.close_button.clicked.connect(self.reject)
        palettes.changes().changed.connect(self._show_icons)
        self._session.projects_changed.connect(self._projects_changed)

    # -- what others said ----------------------------------------------------------------------------

    def _projects_changed(self) -> None:
        if self.isVisible():
            self.refresh()

    def _take(self, known: Known) -> None:
        """The settings as they are now."""
        is_kept = self.has_changes or self._is_writing
        self._known = known
        if not is_kept or self._choice is None or self._choice.project not in (ALL, *known.projects):
            scope = scope_of(known, self._looked_at) if self._scope is None else self._scope
            self._choice = current(known, scope if scope in known.projects else ALL)
        self._counts = None
        if known.refusal(self._choice.project):
            self.tests.say([])  # of settings that held before
        self._show_choice()
        self.form.look_again()
        self.doubts.look_for(known, self._choice.project)
        if self._is_new:
            # Not in the name: a stray key would give the machine another one.
            self.form.remote.setFocus()
            self._is_new = False

    def _fail(self, error: Exception) -> None:
        self.status.say(str(error), *_KINDS[Kind.PROBLEM])

    def _applied(self, said: str) -> None:
        self.status.say(said or tr("Applied"), "mdi6.check", Tone.GREEN)
        self._is_writing = False
        if self._choice is not None:
            self._scope = self._choice.project
        self._choice = None  # what is shown next is what was kept
        self._show_buttons()
        self.refresh()

    def _failed_to_apply(self, error: Exception) -> None:
        self._is_writing = False
        self._show_buttons()
        self._fail(error)

    def _take_counts(self, counts: Counts) -> None:
        self._counts = counts
        self._show_lines()

    def _confirmed(self, site: str) -> None:
        self.status.say(tr("{site} is used again").format(site=site), "mdi6.check", Tone.GREEN)

    def _show_tests(self, found: Sequence[Tried]) -> None:
        self.test_button.setEnabled(True)
        good, bad = ("mdi6.check", Tone.GREEN), ("mdi6.close", Tone.RED)
        self.tests.say([(one.sentence, *(good if one.good else bad)) for one in tried_lines(found)])

    def _failed_to_test(self, error: Exception) -> None:
        self.test_button.setEnabled(True)
        self.tests.say([(str(error), *_KINDS[Kind.PROBLEM])])

    # -- what the person did -------------------------------------------------------------------------

    def _name_typed(self, name: str) -> None:
        if self._choice is not None:
            self._set(replace(self._choice, local_id=name.strip()))

    def _active_chosen(self, site: str) -> None:
        if self._choice is not None:
            self._set(replace(self._choice, active=site))

    def _remote_chosen(self, site: str) -> None:
        if self._choice is not None:
            self._set(replace(self._choice, remote=site))

    def _folder_typed(self, site: str, root: str, path: str) -> None:
        if self._choice is not None:
            self._set(replace(self._choice, roots={**self._choice.roots, (site, root): path}))

    def _project_chosen(self, project: str) -> None:
        if self._known is not None and self._choice is not None:
            self._scope = project
            self._set(carried(self._known, self._choice, project))
            self.doubts.look_for(self._known, project)

    def _set(self, choice: Choice) -> None:
        self._choice = choice
        self._counts = None
        self.status.say("")
        self.tests.say([])
        self._show_choice()

    # -- showing -------------------------------------------------------------------------------------

    def _show_choice(self) -> None:
        known, choice = self._known, self._choice
        self.test_button.setEnabled(
            known is not None and choice is not None and not known.refusal(choice.project)
        )
        self._show_buttons()
        self._show_icons()
        if known is None or choice is None:
            self.said.say([(tr("Reading the settings…"), *_BUSY)])
            return
        self.form.show_choice(known, choice)
        self._order_tabs()
        self._show_lines()
        self._session.ask(
            partial(count, self._session.application, known, choice), self._take_counts, key="sites-counts"
        )

    def _order_tabs(self) -> None:
        order = [*self.form.tab_order(), *self.doubts.buttons.values()]
        order += [self.test_button, self.apply_button, self.close_button]
        for first, second in itertools.pairwise(order):
            QWidget.setTabOrder(first, second)

    def _show_lines(self) -> None:
        if self._known is not None and self._choice is not None:
            found = lines(self._known, self._choice, self._counts)
            self.said.say([(one.text, *_KINDS[one.kind]) for one in found])

    def _show_buttons(self) -> None:
        refusal = self._refusal()
        self.apply_button.setEnabled(self.has_changes and not self._is_writing and not refusal)
        self.apply_button.setToolTip(
            plain_tip(refusal) or tr("Takes effect at once and stays after a restart")
        )

    def _refusal(self) -> str:
        if self._known is None or self._choice is None:
            return ""
        return self._known.refusal(self._choice.project) or name_problem(self._choice.local_id)

    def _show_icons(self) -> None:
        self.test_button.setIcon(icons.icon("mdi6.stethoscope"))
        self.form.show_icons()

    def _grow_now(self) -> None:
        """High enough for what is said, as far as the screen allows."""
        layout = self._content.layout()
        if layout is not None and self.isVisible():
            around = self.height() - self._area.height()
            room = int(self.screen().availableGeometry().height() * 0.9)
            wanted = min(layout.totalHeightForWidth(self.width()) + around, room)
            self.resize(self.width(), max(self.height(), wanted))


def _line() -> QFrame:
    line = QFrame()
    line.setFrameShape(QFrame.Shape.HLine)
    line.setFrameShadow(QFrame.Shadow.Plain)
    line.setForegroundRole(line.palette().ColorRole.Midlight)
    return line


def _was_root(session: Parts, site: str, folder: str) -> bool:
    """Whether the engine has seen this folder as the site's root. Asked in another thread."""
    return session.application.state.root(site, folder) is not None
