"""What stands in the place of the table when there is nothing to show: why, and what to do next."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QToolButton, QVBoxLayout, QWidget

from syncgui.settings.sites import LOCAL_DRIVE
from syncgui.views import icons, palettes
from syncgui.views.palettes import Tone
from syncgui.views.sentences import PlainLabel
from syncgui.views.standing import Standing
from syncgui.views.texts import tr

if TYPE_CHECKING:
    from syncgui.views.table_rows import Query

_COLUMN_PX = 520
_ICON_PX = 44


class Case(StrEnum):
    """Why there are no rows; NONE while there are."""

    NONE = "none"
    READING = "reading"
    TROUBLE = "trouble"
    NO_PROJECT = "no_project"
    IDLE = "idle"
    NOTHING_PUBLISHED = "nothing_published"
    NO_MATCH = "no_match"


@dataclass(frozen=True, slots=True)
class _Look:
    """How a case is shown: its texts where nothing better is known, and which buttons."""

    icon: str
    title: str
    text: str = ""
    publishes: bool = False
    shows_all: bool = False
    chooses_sites: bool = False


def case_of(standing: Standing, project: str, query: Query, rows: int | None) -> Case:
    """Why the table of a project is empty.

    Args:
        query: what was asked for.
        rows: how many there are; None while that is not known.
    """
    if rows:
        return Case.NONE
    if standing.health.stopped or standing.health.database is not None:
        return Case.TROUBLE
    if project not in standing.projects:
        return Case.READING if standing.checked is None else Case.NO_PROJECT
    if rows is None:
        return Case.READING
    if query.search or query.statuses is not None:
        return Case.NO_MATCH
    totals = standing.totals.get(project)
    if totals is None or totals.pair is None or standing.checked is None:
        return Case.READING
    if project in standing.health.idle or standing.projects[project].idle_reason:
        return Case.IDLE
    return Case.NOTHING_PUBLISHED


class EmptyState(QWidget):
    """Icon, sentence, what to do next.

    Args:
        command: how this program is called on a command line.
    """

    publish_requested = Signal()
    sites_requested = Signal()
    show_all_requested = Signal()

    def __init__(self, command: str = "syncgui", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._command = command
        self._shown = Case.READING
        self._whole_line = ""
        self._icon = QLabel()
        self._title = PlainLabel()
        font = QFont(self._title.font())
        font.setPointSizeF(font.pointSizeF() * 1.25)
        font.setBold(True)
        self._title.setFont(font)
        self._text = PlainLabel(tone=Tone.DIM)
        self._next_step = PlainLabel(tone=Tone.DIM)
        self._line = QLineEdit()
        self._line.setReadOnly(True)
        self._line.setAccessibleName(tr("The same on a command line"))
        self._copy = QToolButton()
        self._copy.setAccessibleName(tr("Copy the command"))
        self._copy.setToolTip(tr("Copy the command"))
        self.publish = QPushButton(tr("P&ublish files…"))
        self.sites = QPushButton(tr("Sites…"))
        self.show_all = QPushButton(tr("Show &all"))
        self._lay_out()
        self.publish.clicked.connect(self.publish_requested)
        self.sites.clicked.connect(self.sites_requested)
        self.show_all.clicked.connect(self.show_all_requested)
        self._copy.clicked.connect(self._copy_line)
        palettes.changes().changed.connect(self._show_icons)
        self.show_case(Case.READING)

    @property
    def case(self) -> Case:
        """What is shown."""
        return self._shown

    @property
    def texts(self) -> tuple[str, str, str]:
        """Title, sentence, next step."""
        return self._title.text(), self._text.text(), self._next_step.text()

    def show_case(
        self, case: Case, text: str = "", next_step: str = "", project: str = "", folder: str = ""
    ) -> None:
        """Show why there is nothing to see.

        Args:
            text, next_step: what is known of the reason; "" for the case's own words.
            project: for the command line, "" where none is known.
            folder: where files are put to be published, "" where that is not known.
        """
        self._shown = case
        look = _looks()[case]
        if case is Case.NOTHING_PUBLISHED and not next_step:
            next_step = _first_step(folder)
        self._title.setText(look.title)
        self._text.setText(text or look.text)
        self._text.setVisible(bool(self._text.text()))
        self._next_step.setText(next_step)
        self._next_step.setVisible(bool(next_step))
        self._whole_line = publish_line(self._command, project)
        self._line.setText(publish_line(_shortened(self._command), project))
        self._line.setToolTip(
            tr("To be copied: {command}").format(command=self._whole_line).replace("<", "‹")
        )
        self._line.setCursorPosition(0)
        self._row.setVisible(look.publishes)
        self.publish.setVisible(look.publishes and case is not Case.NO_PROJECT)
        self.sites.setVisible(look.chooses_sites)
        self.show_all.setVisible(look.shows_all)
        self.setAccessibleName(f"{look.title} {self._text.text()} {next_step}".strip())
        self._show_icons()

    def _lay_out(self) -> None:
        for label in (self._icon, self._title, self._text, self._next_step):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._row = QWidget()
        line = QHBoxLayout(self._row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(4)
        line.addWidget(self._line, 1)
        line.addWidget(self._copy)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        for button in (self.publish, self.show_all, self.sites):
            button.setAutoDefault(False)
            buttons.addWidget(button)
        buttons.addStretch(1)
        inner = QWidget()
        inner.setMaximumWidth(_COLUMN_PX)
        inner.setMinimumWidth(min(_COLUMN_PX, 300))
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self._icon)
        column.addWidget(self._title)
        column.addWidget(self._text)
        column.addWidget(self._next_step)
        column.addSpacing(4)
        column.addLayout(buttons)
        column.addSpacing(4)
        column.addWidget(self._row)
        across = QHBoxLayout()
        across.addStretch(1)
        across.addWidget(inner, 100)
        across.addStretch(1)
        whole = QVBoxLayout(self)
        whole.addStretch(2)
        whole.addLayout(across)
        whole.addStretch(3)

    def _copy_line(self) -> None:
        QGuiApplication.clipboard().setText(self._whole_line)

    def _show_icons(self) -> None:
        look = _looks()[self._shown]
        tone = Tone.AMBER if self._shown in (Case.TROUBLE, Case.IDLE) else Tone.GREY
        self._icon.setPixmap(icons.pixmap(look.icon, tone, _ICON_PX, self.devicePixelRatioF()))
        self._copy.setIcon(icons.icon("mdi6.content-copy"))
        self.publish.setIcon(icons.icon("mdi6.upload-outline"))


def work_folder(standing: Standing, project: str) -> str:
    """Where files of a project are put on this machine to be published, "" where there is no such folder."""
    known = standing.projects.get(project)
    site = known.settings.sites.get(known.settings.active_site) if known is not None else None
    if site is None or site.provider != LOCAL_DRIVE:
        return ""
    return next(iter(site.roots.values()), "")


def publish_line(command: str, project: str) -> str:
    """The command that publishes, with words in capitals to be replaced."""
    return (
        f"{command} publish FILE --project {shlex.quote(project or 'PROJECT')} --asset ASSET --subset SUBSET"
    )


def _shortened(command: str) -> str:
    """A command to be looked at: a long way to a program would hide what is to be done with it."""
    return command if command.isidentifier() else "…"


def _first_step(folder: str) -> str:
    if folder:
        return tr("Put files below {folder}, then choose Publish files…").format(folder=folder)
    return tr("Put files below the folder in which this machine works, then choose Publish files…")


def _looks() -> dict[Case, _Look]:
    return {
        Case.NONE: _Look("mdi6.table", ""),
        Case.READING: _Look("mdi6.timer-sand", tr("Reading…"), tr("Rows come as they are found.")),
        Case.TROUBLE: _Look("mdi6.database-alert-outline", tr("Nothing can be shown at the moment")),
        Case.NO_PROJECT: _Look(
            "mdi6.folder-plus-outline",
            tr("No project yet"),
            tr("A project is there as soon as something is published into it."),
            publishes=True,
        ),
        Case.IDLE: _Look("mdi6.link-variant-off", tr("This project is not synced"), chooses_sites=True),
        Case.NOTHING_PUBLISHED: _Look(
            "mdi6.package-variant",
            tr("Nothing is published yet"),
            tr("What is published into this project is listed here and goes on its way by itself."),
            publishes=True,
        ),
        Case.NO_MATCH: _Look(
            "mdi6.filter-remove-outline",
            tr("No row matches"),
            tr("Nothing of this project fits the search and the filter."),
            shows_all=True,
        ),
    }
