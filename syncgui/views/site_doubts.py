"""Folders of a pair of sites that do not hold what the records say, each with a way to say that it is right.

Such a site is not used: it may be a disk that is not mounted, or another one. Only a person knows, and is
asked once. Hidden while there is none.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import Protocol

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QMessageBox, QPushButton, QVBoxLayout, QWidget

from syncgui.application import Application
from syncgui.model.errors import SyncError
from syncgui.site_choices import Doubt, Known, confirm_folder, find_doubts
from syncgui.views.palettes import Tone
from syncgui.views.sentences import Sentence
from syncgui.views.site_form import plain_tip
from syncgui.views.standing import Standing
from syncgui.views.task_thread import Ask
from syncgui.views.texts import tr

_log = logging.getLogger(__name__)

_TEXT_PX = 22  # where a sentence begins, after its icon


class Parts(Protocol):
    """What this needs of a session."""

    @property
    def application(self) -> Application:
        """The parts, for use in the threads of `look` and `do`."""

    @property
    def standing(self) -> Standing:
        """How everything stands now."""

    @property
    def standing_changed(self) -> SignalInstance:
        """Tells that `standing` changed."""

    @property
    def look(self) -> Ask:
        """Looks at disks."""

    @property
    def do(self) -> Ask:
        """Writes."""


class SiteDoubts(QWidget):
    """See the module."""

    confirmed = Signal(str)
    """The site whose folder a person called right."""
    failed = Signal(object)
    """The exception that kept it from being kept."""
    shown = Signal()
    """Other buttons than before are shown."""

    def __init__(self, session: Parts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._known: Known | None = None
        self._project = ""
        self._doubts: tuple[Doubt, ...] = ()
        self._asked: Doubt | None = None
        self._troubles = frozenset(session.standing.health.sites)
        self.question: QMessageBox | None = None
        self.buttons: dict[tuple[str, str], QPushButton] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        session.standing_changed.connect(self._standing_changed)
        self.hide()

    def look_for(self, known: Known, project: str) -> None:
        """Look at the folders of a project's pair, "" for all projects, as the settings are now."""
        self._known, self._project = known, project
        self._session.look(
            partial(find_doubts, self._session.application, known, project),
            self._show,
            self._show_nothing,
            key="site-doubts",
        )

    # -- private -------------------------------------------------------------------------------------

    def _standing_changed(self) -> None:
        """A site that comes or goes is a reason to look again, while anybody sees it."""
        troubles = frozenset(self._session.standing.health.sites)
        if troubles != self._troubles and self.window().isVisible() and self._known is not None:
            self.look_for(self._known, self._project)
        self._troubles = troubles

    def _show_nothing(self, error: Exception) -> None:
        """With the database out of reach, which is said elsewhere, nothing could be kept either."""
        if not isinstance(error, SyncError):
            _log.error("the folders of the sites can not be looked at", exc_info=error)
        self._show(())

    def _show(self, found: tuple[Doubt, ...]) -> None:
        if found == self._doubts:
            return
        self._doubts = found
        while self._column.count():
            item = self._column.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.buttons = {}
        for one in found:
            row = _DoubtRow(one)
            row.button.clicked.connect(self._clicked)
            self.buttons[one.site, one.root] = row.button
            self._column.addWidget(row)
        self.setVisible(bool(found))
        self.shown.emit()

    def _clicked(self) -> None:
        asked = next(one for one in self._doubts if self.buttons[one.site, one.root] is self.sender())
        if self.question is not None:
            self.question.raise_()
            return
        self._asked = asked
        box = QMessageBox(self.window())
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle(tr("The folder of {site}").format(site=asked.site))
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(_question(asked))
        box.addButton(tr("The folder is &right"), QMessageBox.ButtonRole.AcceptRole)
        cancel = box.addButton(tr("Cancel"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(cancel)
        box.setEscapeButton(cancel)
        box.buttonClicked.connect(self._answered)
        box.finished.connect(self._end_question)
        self.question = box
        box.open()

    def _answered(self, button: QAbstractButton) -> None:
        box, asked = self.question, self._asked
        if box is None or asked is None or box.buttonRole(button) is not QMessageBox.ButtonRole.AcceptRole:
            return
        self._session.do(partial(_confirm, self._session.application, asked), self._kept, self._not_kept)

    def _end_question(self) -> None:
        if self.question is not None:
            self.question.deleteLater()
        self.question = self._asked = None

    def _kept(self, site: str) -> None:
        self.confirmed.emit(site)
        if self._known is not None:
            self.look_for(self._known, self._project)

    def _not_kept(self, error: Exception) -> None:
        self.failed.emit(error)


class _DoubtRow(QWidget):
    """What is odd about a folder, and the button under it."""

    def __init__(self, doubt: Doubt) -> None:
        super().__init__()
        sentence = Sentence()
        sentence.say(doubt.sentence, "mdi6.folder-question-outline", Tone.AMBER)
        self.button = QPushButton(tr("The &folder is right as it is…"))
        self.button.setAccessibleName(tr("The folder of {site} is right as it is").format(site=doubt.site))
        self.button.setToolTip(
            tr("Use {folder} though recorded files are not in it").format(folder=plain_tip(doubt.root))
        )
        self.button.setAutoDefault(False)
        below = QHBoxLayout()
        below.addSpacing(_TEXT_PX)
        below.addWidget(self.button)
        below.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(sentence)
        column.addLayout(below)


def _confirm(application: Application, doubt: Doubt) -> str:
    confirm_folder(application, doubt)
    return doubt.site


def _question(doubt: Doubt) -> str:
    """What it means, once."""
    return "\n\n".join(
        (
            tr("Is {folder} the right folder of {site}, as it is?").format(
                folder=doubt.root, site=doubt.site
            ),
            tr(
                "Files that should lie in it by the records are not there. If a disk is not mounted, or "
                "another one stands in its place, choose Cancel and connect the right one."
            ),
            tr(
                "If it is right, {site} is used again: new files are written into this folder. What is "
                "missing stays missing; nothing is deleted and no record is changed by this."
            ).format(site=doubt.site),
        )
    )
