"""A folder to be named: its path, a chooser, what is found there, and a button to make it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from syncgui.views import icons
from syncgui.views.folder_look import Found, Look, look, make, never
from syncgui.views.palettes import Tone
from syncgui.views.sentences import PlainLabel, Sentence
from syncgui.views.task_thread import Ask
from syncgui.views.texts import tr

_TYPED_MS = 250

_MARKS = {
    Found.THERE: ("mdi6.check", Tone.GREEN),
    Found.MISSING: ("mdi6.folder-alert-outline", Tone.AMBER),
    Found.GONE: ("mdi6.folder-alert-outline", Tone.AMBER),
    Found.NOTHING_NAMED: ("mdi6.folder-outline", Tone.DIM),
}
_WRONG = ("mdi6.alert-circle-outline", Tone.RED)


class FolderRow(QWidget):
    """One folder.

    Args:
        title: its label, with a mnemonic.
        explained: what it is for, one line; "" for nothing.
        ask: looks at disks and makes folders.
        offers_making: whether there is a button that makes a missing folder.
        was_there: whether a folder was in use under a path; called where `ask` runs things.
    """

    edited = Signal(str)
    """The path as typed."""
    looked = Signal(object)
    """The `Look` at the path that stands there now."""

    def __init__(
        self,
        title: str,
        ask: Ask,
        *,
        explained: str = "",
        offers_making: bool = True,
        was_there: Callable[[str], bool] = never,
    ) -> None:
        super().__init__()
        self._was_there = was_there
        self._ask = ask
        self._offers_making = offers_making
        self._look: Look | None = None
        self._was_asked = False
        self._label = QLabel(title)
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._edit = QLineEdit()
        self._edit.setAccessibleName(title.replace("&", ""))
        self._edit.setAccessibleDescription(explained)
        self._label.setBuddy(self._edit)
        self._browse = QPushButton(tr("Browse…"))
        self._browse.setAutoDefault(False)
        self._browse.setAccessibleName(tr("Browse: {what}").format(what=title.replace("&", "")))
        self._state = Sentence()
        self.make_button = QPushButton(tr("Make this folder"))
        self.make_button.setAutoDefault(False)
        self.make_button.hide()
        self._timer = QTimer(self, singleShot=True, interval=_TYPED_MS)
        self._lay_out(explained)
        self._edit.textEdited.connect(self._typed)
        self._timer.timeout.connect(self.look_again)
        self._browse.clicked.connect(self._choose)
        self.make_button.clicked.connect(self.make_it)

    @property
    def path(self) -> str:
        """The path as typed."""
        return self._edit.text().strip()

    @property
    def state(self) -> Look | None:
        """The last look at it; None while it is looked at."""
        return self._look

    @property
    def said(self) -> str:
        """What is said of the folder."""
        return self._state.text

    @property
    def tab_order(self) -> list[QWidget]:
        """What takes the keyboard, in order."""
        return [self._edit, self._browse, self.make_button]

    def show_path(self, path: str, placeholder: str = "") -> None:
        """Show a path; one that is not there yet is looked at."""
        self._edit.setPlaceholderText(placeholder)
        if self.path != path:
            self._edit.setText(path)
            self.look_again()
        elif not self._was_asked:
            self.look_again()

    def look_again(self) -> None:
        """Look at what is there now."""
        self._look = None
        self._was_asked = True
        self._ask(partial(look, self.path, self._was_there), self._show, key=f"look-{id(self)}")

    def say_more(self, more: str) -> None:
        """Say something more about what was found; "" for nothing."""
        if self._look is not None:
            name, tone = _MARKS.get(self._look.found, _WRONG)
            self._state.say(f"{self._look.sentence} {more}".strip(), name, tone, Tone.DIM)

    def _lay_out(self, explained: str) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(3)
        grid.addWidget(self._label, 0, 0, 1, 2)
        if explained:
            grid.addWidget(PlainLabel(explained, Tone.DIM), 1, 0, 1, 2)
        grid.addWidget(self._edit, 2, 0)
        grid.addWidget(self._browse, 2, 1)
        below = QHBoxLayout()
        below.setSpacing(8)
        below.addWidget(self._state, 1)
        below.addWidget(self.make_button)
        grid.addLayout(below, 3, 0, 1, 2)
        grid.setColumnStretch(0, 1)

    def _typed(self) -> None:
        self._look = None
        self._was_asked = True
        self._timer.start()
        self.edited.emit(self.path)

    def _choose(self) -> None:
        dialog = QFileDialog(self, tr("Choose a folder"), self.path)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(self.choose)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def choose(self, path: str) -> None:
        """Take a path as if it had been typed."""
        self._edit.setText(path)
        self.look_again()
        self.edited.emit(self.path)

    def make_it(self) -> None:
        """Make the folder; a person asked for it."""
        self._look = None
        self._ask(partial(make, self.path), self._show, key=f"look-{id(self)}")

    def _show(self, seen: Look) -> None:
        if seen.typed != self.path:
            return  # typed on meanwhile, another look is on its way
        self._look = seen
        self.say_more("")
        if self.make_button.hasFocus() and not seen.can_be_made:
            self._edit.setFocus()
        self.make_button.setVisible(self._offers_making and seen.can_be_made)
        self.make_button.setIcon(icons.icon("mdi6.folder-plus-outline"))
        self.looked.emit(seen)
