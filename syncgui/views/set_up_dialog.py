"""Set up new: project, studio folder, backup folder, and nothing else to begin with."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from syncgui.application import Application
from syncgui.views.folder_row import FolderRow
from syncgui.views.own_thread import OwnThread
from syncgui.views.palettes import Tone
from syncgui.views.sentences import GrowingDialog, PlainLabel, Sentence
from syncgui.views.set_up import (
    SetUp,
    name_problem,
    pair_problem,
    ready,
    will_be_made,
    write,
)
from syncgui.views.texts import tr

_WIDTH = 560


class SetUpDialog(GrowingDialog):
    """Asks, checks while it is typed, writes on OK.

    Args:
        application: tells where settings and database belong; nothing of it is opened here.
    """

    made = Signal(object)
    """The `SetUp` that was written; `accepted` follows."""

    def __init__(self, application: Application, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._application = application
        self._thread = OwnThread("syncgui-set-up", self)
        self._is_writing = False
        self.result_set_up: SetUp | None = None
        self.setWindowTitle(tr("Set up new"))
        self._name = QLineEdit()
        self._name.setAccessibleName(tr("Project"))
        self._name.setMaxLength(100)
        self._name_state = Sentence()
        self.studio = FolderRow(
            tr("&Studio folder"),
            self._thread.ask,
            explained=tr("Where this machine works: publishes lie below it."),
            offers_making=False,
        )
        self.backup = FolderRow(
            tr("&Backup folder"),
            self._thread.ask,
            explained=tr("Where copies go: another disk, a share, the folder of a sync drive."),
            offers_making=False,
        )
        self._problem = Sentence()
        self._buttons = QDialogButtonBox()
        self.ok = QPushButton(tr("&OK"))
        self.cancel = QPushButton(tr("Cancel"))
        self._buttons.addButton(self.ok, QDialogButtonBox.ButtonRole.AcceptRole)
        self._buttons.addButton(self.cancel, QDialogButtonBox.ButtonRole.RejectRole)
        self.ok.setDefault(True)
        self._lay_out()
        self._name.textEdited.connect(self._judge)
        for row in (self.studio, self.backup):
            row.edited.connect(self._judge)
            row.looked.connect(self._judge)
        self._buttons.accepted.connect(self._write)
        self._buttons.rejected.connect(self.reject)
        self._judge()

    def fill(self, project: str, studio: str, backup: str) -> None:
        """Fill everything in, as a person would."""
        self._name.setText(project)
        self.studio.choose(studio)
        self.backup.choose(backup)
        self._judge()

    @property
    def problem(self) -> str:
        """What is said to be wrong, "" for nothing."""
        return self._problem.text or self._name_state.text

    def done(self, result: int) -> None:
        """The end of the dialog, and of its thread."""
        self._thread.end()
        super().done(result)

    def _lay_out(self) -> None:
        head = PlainLabel(
            tr("A project, the folder you work in, and the folder that keeps copies. The rest can wait."),
        )
        label = QLabel(tr("&Project"))
        label.setBuddy(self._name)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(14)
        column.addWidget(head)
        project = QVBoxLayout()
        project.setSpacing(3)
        project.addWidget(label)
        project.addWidget(PlainLabel(tr("Its name in records and paths, such as film_2026."), Tone.DIM))
        project.addWidget(self._name)
        project.addWidget(self._name_state)
        column.addLayout(project)
        column.addWidget(self.studio)
        column.addWidget(self.backup)
        place = tr("Written into {folder}").format(folder=self._application.places.settings_dir)
        column.addWidget(PlainLabel(place, Tone.DIM))
        column.addWidget(self._problem)
        column.addStretch(1)
        column.addWidget(self._buttons)
        self.resize(_WIDTH, column.totalHeightForWidth(_WIDTH))

    def _judge(self) -> None:
        """Say what is wrong, and let go on when nothing is."""
        name = self._name.text().strip()
        wrong = name_problem(name) if name else ""
        self._name_state.say(wrong, "mdi6.alert-circle-outline", Tone.RED, Tone.DIM)
        looks = (self.studio.state, self.backup.state)
        for row in (self.studio, self.backup):
            row.say_more(tr("It will be made.") if will_be_made(row.state) else "")
        together = pair_problem(*looks)
        self._problem.say(together, "mdi6.alert-circle-outline", Tone.RED)
        wanted = ready(name, *looks)
        self.ok.setEnabled(wanted is not None and not self._is_writing)

    def _write(self) -> None:
        wanted = ready(self._name.text().strip(), self.studio.state, self.backup.state)
        if wanted is None or self._is_writing:
            return
        self._is_writing = True
        self.ok.setEnabled(False)
        self._problem.say(tr("Setting up…"), "mdi6.timer-sand", Tone.DIM)
        self._thread.ask(partial(write, self._application, wanted), self._written, self._failed)

    def _written(self, wanted: SetUp) -> None:
        self.result_set_up = wanted
        self.made.emit(wanted)
        self.accept()

    def _failed(self, error: Exception) -> None:
        self._is_writing = False
        self._judge()
        self._problem.say(str(error), "mdi6.alert-circle-outline", Tone.RED)
