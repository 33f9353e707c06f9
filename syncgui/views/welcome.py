"""The first start, without any settings: what syncgui does, and three ways to begin.

Nothing is written here: each way is told by a signal, and whoever carries it out says how it went by
`set_busy` and `show_problem`.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QFont
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from syncgui.views import icons, palettes
from syncgui.views.own_thread import OwnThread
from syncgui.views.palettes import Tone
from syncgui.views.sentences import PlainLabel, Sentence
from syncgui.views.texts import tr

_FOLDERS = ("system_settings", "project_settings")
_COLUMN_PX = 570
_ICON_PX = 28


class WelcomePage(QWidget):
    """See the module. A window of its own, or a part of one."""

    demo_requested = Signal()
    settings_chosen = Signal(Path, str)
    """Settings folder, address of the database ("" for the default one)."""
    set_up_requested = Signal()
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._thread = OwnThread("syncgui-welcome", self)
        self._folder: Path | None = None
        self.setWindowTitle(tr("syncgui"))
        self.setAccessibleName(tr("Welcome to syncgui"))
        self.demo = _Way(
            "mdi6.play-circle-outline",
            tr("Try the &demo"),
            tr("Makes a small studio in a folder of its own and syncs it. Touches nothing else."),
        )
        self.settings = _Way(
            "mdi6.folder-cog-outline",
            tr("Use my studio's &settings…"),
            tr("Choose the folder that holds system_settings and project_settings."),
        )
        self.set_up = _Way(
            "mdi6.plus-circle-outline",
            tr("Set up &new"),
            tr("Name a project, the folder you work in, and the folder that keeps copies."),
        )
        self.database = QLineEdit()
        self.database.setAccessibleName(tr("Address of the database"))
        self.database.setPlaceholderText("mongodb://host:27017")
        self._chosen = PlainLabel(tone=Tone.DIM)
        self.use = QPushButton(tr("&Use these settings"))
        self.back = QPushButton(tr("&Back"))
        self._state = Sentence()
        self._pages = QStackedWidget()
        self._pages.addWidget(self._ways())
        self._pages.addWidget(self._database_page())
        self._lay_out()
        self.demo.clicked.connect(self.demo_requested)
        self.settings.clicked.connect(self._browse)
        self.set_up.clicked.connect(self.set_up_requested)
        self.use.clicked.connect(self._use)
        self.back.clicked.connect(self._go_back)
        self.database.returnPressed.connect(self._use)
        palettes.changes().changed.connect(self._show_icons)
        self._show_icons()

    # -- for others ----------------------------------------------------------------------------------

    def set_busy(self, text: str) -> None:
        """Say what goes on, and take no further wish; "" when it is over."""
        self._pages.setEnabled(not text)
        self._state.say(text, "mdi6.timer-sand", Tone.DIM)

    def show_problem(self, sentence: str, next_step: str) -> None:
        """Say why it did not go on, and what to do."""
        self._pages.setEnabled(True)
        self._state.say(f"{sentence} {next_step}".strip(), "mdi6.alert-circle-outline", Tone.RED)

    @property
    def said(self) -> str:
        """What is said under the buttons."""
        return self._state.text

    def choose_settings(self, folder: str) -> None:
        """Look at a folder that a person chose as that of the settings."""
        self.set_busy(tr("Looking at {folder}…").format(folder=folder))
        self._thread.ask(partial(_look, Path(folder)), self._looked, self._failed, key="look")

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """The end of the page, and of its thread."""
        self._thread.end()
        super().closeEvent(event)
        self.closed.emit()

    # -- private -------------------------------------------------------------------------------------

    def _ways(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        for way in (self.demo, self.settings, self.set_up):
            column.addWidget(way)
        column.addStretch(1)
        return page

    def _database_page(self) -> QWidget:
        page = QWidget()
        label = QLabel(tr("Address of the &database"))
        label.setBuddy(self.database)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.use)
        buttons.addWidget(self.back)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self._chosen)
        column.addSpacing(6)
        column.addWidget(label)
        column.addWidget(self.database)
        column.addWidget(
            PlainLabel(
                tr(
                    "The studio's MongoDB, or sqlite:////absolute/file. "
                    "Leave it empty to keep the records in a file of this machine."
                ),
                Tone.DIM,
            )
        )
        column.addSpacing(6)
        column.addLayout(buttons)
        column.addStretch(1)
        return page

    def _lay_out(self) -> None:
        title = PlainLabel(tr("Welcome to syncgui"))
        font = QFont(title.font())
        font.setPointSizeF(font.pointSizeF() * 1.7)
        font.setBold(True)
        title.setFont(font)
        inner = QWidget()
        inner.setFixedWidth(_COLUMN_PX)
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(title)
        column.addWidget(
            PlainLabel(
                tr("It keeps published files in step between sites, and always says what is where and why."),
                Tone.DIM,
            )
        )
        column.addSpacing(10)
        column.addWidget(self._pages)
        self._pages.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        column.addWidget(self._state)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(24, 24, 24, 24)
        whole.addStretch(2)
        whole.addWidget(inner, 0, Qt.AlignmentFlag.AlignHCenter)
        whole.addStretch(3)
        self.resize(680, 520)

    def _browse(self) -> None:
        dialog = QFileDialog(self, tr("The folder of the settings"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(self.choose_settings)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _looked(self, found: tuple[Path, str]) -> None:
        folder, problem = found
        self.set_busy("")
        if problem:
            self.show_problem(problem, tr("Choose the folder above them."))
            return
        self._folder = folder
        self._chosen.setText(tr("Settings in {folder}").format(folder=folder))
        self._pages.setCurrentIndex(1)
        self.database.setFocus()

    def _failed(self, error: Exception) -> None:
        self.show_problem(str(error), "")

    def _use(self) -> None:
        if self._folder is not None:
            self._state.say("")
            self.settings_chosen.emit(self._folder, self.database.text().strip())

    def _go_back(self) -> None:
        self._state.say("")
        self._pages.setCurrentIndex(0)
        self.settings.setFocus()

    def _show_icons(self) -> None:
        for way in (self.demo, self.settings, self.set_up):
            way.show_icon()


class _Way(QPushButton):
    """A large button: icon, title, what it does in one line."""

    def __init__(self, icon: str, title: str, explained: str) -> None:
        super().__init__()
        self._icon_name = icon
        self.setAutoDefault(True)
        self.setAccessibleName(title.replace("&", ""))
        self.setAccessibleDescription(explained)
        self._icon = QLabel()
        self._icon.setFixedSize(_ICON_PX, _ICON_PX)
        head = QLabel(title)
        head.setTextFormat(Qt.TextFormat.PlainText)
        head.setBuddy(self)
        font = QFont(head.font())
        font.setBold(True)
        head.setFont(font)
        more = PlainLabel(explained, Tone.DIM)
        more.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        for label in (self._icon, head, more):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addWidget(head)
        texts.addWidget(more)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 12, 16, 12)
        row.setSpacing(14)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addLayout(texts, 1)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """As high as its two texts."""
        layout = self.layout()
        if layout is None:
            return super().sizeHint()
        return QSize(_COLUMN_PX, layout.totalHeightForWidth(_COLUMN_PX))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Never less than its texts."""
        return self.sizeHint()

    def show_icon(self) -> None:
        """Draw the icon in the colours in use."""
        self._icon.setPixmap(icons.pixmap(self._icon_name, Tone.BLUE, _ICON_PX, self.devicePixelRatioF()))


def _look(folder: Path) -> tuple[Path, str]:
    """The folder, and why it can not be that of settings, "" when it can."""
    if any((folder / name).is_dir() for name in _FOLDERS):
        return folder, ""
    return folder, tr("{folder} holds neither system_settings nor project_settings.").format(folder=folder)
