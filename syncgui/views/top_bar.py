"""The bar above the table: which project, how it stands, what can be done with all of it, search.

It only shows and forwards; who uses it decides what its signals mean.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QMenu, QSizePolicy, QToolButton, QWidget

from syncgui.model.status import Status
from syncgui.views import figures, icons, palettes
from syncgui.views.elided_label import ElidedLabel
from syncgui.views.headline import project_sentence
from syncgui.views.palettes import Tone
from syncgui.views.pause_choices import fill_pause_menu
from syncgui.views.standing import Standing
from syncgui.views.texts import tr, tr_n

_SEARCH_DELAY_MS = 150


class TopBar(QWidget):
    """See the module. `sentence` says how the project stands."""

    project_chosen = Signal(str)
    pause_requested = Signal(float)  # until, epoch seconds
    resume_requested = Signal()
    retry_requested = Signal()
    sites_requested = Signal()
    search_changed = Signal(str)

    def __init__(self, more: Sequence[QAction | None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._paused: float | None = None
        self.chooser = QComboBox()
        self.chooser.setAccessibleName(tr("Project"))
        self.chooser.setToolTip(tr("The project that the table shows"))
        self.chooser.setMinimumWidth(130)
        self.chooser.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.chooser.textActivated.connect(self.project_chosen)
        self.sentence = ElidedLabel()
        self.sentence.setAccessibleName(tr("State of the project"))
        self.pause = self._button(tr("&Pause"), tr("Pause this machine; others go on"))
        self.pause.clicked.connect(self._pause_or_resume)
        self._pause_menu = QMenu(self)
        fill_pause_menu(self._pause_menu, self.pause_requested.emit)
        self.retry = self._button(tr("Retry &failed"), tr("Try every file of this project again that failed"))
        self.retry.clicked.connect(self.retry_requested)
        self.sites = self._button(tr("&Sites"), tr("Choose this machine's sites and folders"))
        self.sites.clicked.connect(self.sites_requested)
        self.more = self._button(tr("&More"), tr("More things to do"))
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setMenu(_menu(more, self))
        self.search = self._search()
        self._lay_out()
        palettes.changes().changed.connect(self._show_icons)
        self._show_pause()
        self.set_standing(Standing(), "", 0.0)

    def _button(self, text: str, tooltip: str) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setAccessibleName(text.replace("&", ""))
        button.setToolTip(tooltip)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setAutoRaise(True)
        button.setIconSize(QSize(16, 16))
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        return button

    def _search(self) -> QLineEdit:
        search = QLineEdit()
        search.setPlaceholderText(tr("Search asset, subset, file … or paste a path   (Ctrl+F)"))
        search.setAccessibleName(tr("Search"))
        search.setToolTip(tr("All words must be there; a pasted path finds its row"))
        search.setClearButtonEnabled(True)
        search.setMinimumWidth(160)
        search.setMaximumWidth(380)
        search.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._loupe = QAction(search)
        search.addAction(self._loupe, QLineEdit.ActionPosition.LeadingPosition)
        self._typed = QTimer(self)
        self._typed.setSingleShot(True)
        self._typed.setInterval(_SEARCH_DELAY_MS)
        self._typed.timeout.connect(self._tell_search)
        search.textChanged.connect(self._typed.start)
        search.returnPressed.connect(self._tell_search)
        return search

    def _lay_out(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 6, 8, 6)
        layout.setSpacing(6)
        layout.addWidget(self.chooser)
        layout.addWidget(self.sentence, 3)
        for button in (self.pause, self.retry, self.sites, self.more):
            layout.addWidget(button)
        layout.addSpacing(6)
        layout.addWidget(self.search, 2)

    # -- shown ---------------------------------------------------------------------------------------

    def set_projects(self, names: Sequence[str], chosen: str) -> None:
        """Offer these projects."""
        if [self.chooser.itemText(place) for place in range(self.chooser.count())] != list(names):
            with QSignalBlocker(self.chooser):
                self.chooser.clear()
                self.chooser.addItems(list(names))
        self.chooser.setCurrentIndex(self.chooser.findText(chosen))
        self.chooser.setEnabled(bool(names))

    def set_standing(self, standing: Standing, project: str, now: float) -> None:
        """Show how the project stands."""
        self.sentence.setText(project_sentence(standing, project, now))
        until = standing.health.paused_until
        if until != self._paused:
            self._paused = until
            self._show_pause()
        totals = standing.totals.get(project)
        failed = totals.files[Status.FAILED] if totals else 0
        self.retry.setEnabled(failed > 0)
        self.retry.setToolTip(
            tr_n("Try %n file of this project again that failed", "Try %n failed files again", failed)
            if failed
            else tr("Nothing of this project failed")
        )

    def _show_pause(self) -> None:
        is_paused = self._paused is not None
        self.pause.setText(tr("&Resume") if is_paused else tr("&Pause"))
        self.pause.setAccessibleName(tr("Resume this machine") if is_paused else tr("Pause this machine"))
        until = self._paused or 0.0
        if not is_paused:
            self.pause.setToolTip(tr("Pause this machine; others go on"))
        elif until == float("inf"):
            self.pause.setToolTip(tr("This machine is paused until you resume it"))
        else:
            self.pause.setToolTip(
                tr("This machine is paused until {time}").format(time=figures.clock_text(until))
            )
        self.pause.setMenu(None if is_paused else self._pause_menu)  # type: ignore[arg-type]
        self.pause.setPopupMode(
            QToolButton.ToolButtonPopupMode.DelayedPopup
            if is_paused
            else QToolButton.ToolButtonPopupMode.MenuButtonPopup
        )
        self._show_icons()

    def _show_icons(self) -> None:
        self.pause.setIcon(icons.icon("mdi6.play" if self._paused is not None else "mdi6.pause"))
        self.retry.setIcon(icons.icon("mdi6.refresh"))
        self.sites.setIcon(icons.icon("mdi6.map-marker-outline"))
        self.more.setIcon(icons.icon("mdi6.dots-horizontal"))
        self._loupe.setIcon(icons.icon("mdi6.magnify", Tone.DIM))

    # -- said ----------------------------------------------------------------------------------------

    def focus_search(self) -> None:
        """Let the user type what to look for."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def _pause_or_resume(self) -> None:
        if self._paused is not None:
            self.resume_requested.emit()
        else:
            self.pause_requested.emit(float("inf"))

    def _tell_search(self) -> None:
        self._typed.stop()
        self.search_changed.emit(self.search.text())


def _menu(actions: Sequence[QAction | None], parent: QWidget) -> QMenu:
    """A menu of these actions; None is a line between two."""
    menu = QMenu(parent)
    for action in actions:
        if action is None:
            menu.addSeparator()
        else:
            menu.addAction(action)
    return menu
