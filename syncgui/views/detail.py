"""The detail of what is selected: what it is, what is wrong with it, its files, where else it is.

Counts are those of the table's row; files, errors and places are read from the store in the reader thread, at
most about twice a second, and answers about another row than the one shown are dropped. A newer state of the
same row changes what differs: scroll position and selected text stay.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from syncgui.actions import Action
from syncgui.application import Application
from syncgui.engine.route import SyncedProject
from syncgui.index import Row
from syncgui.model.errors import SyncError
from syncgui.views import icons, palettes
from syncgui.views.action_buttons import ActionButtons
from syncgui.views.detail_files import FilesView
from syncgui.views.detail_reader import DetailReader
from syncgui.views.detail_texts import (
    also_on_text,
    counts_text,
    movement,
    recorded_text,
    subtitle,
    sum_text,
    summary,
    title,
)
from syncgui.views.elided_label import ElidedLabel
from syncgui.views.error_card import ErrorCard
from syncgui.views.error_texts import file_card, first_hitch_card
from syncgui.views.history_fold import HistoryFold
from syncgui.views.palettes import Tone
from syncgui.views.row_actions import RowActions
from syncgui.views.row_details import Details
from syncgui.views.selection_sums import SelectionSums, Sums, sums_of
from syncgui.views.sentences import PlainLabel
from syncgui.views.share_bar import ShareBar
from syncgui.views.standing import Standing
from syncgui.views.task_thread import Ask
from syncgui.views.texts import tr, tr_n

_LEAST_WIDTH_PX = 300
_SITE_ICON_PX = 16
_TITLE_GROWTH = 1.2


class DetailPanel(QWidget):
    """What is known of the selected row, or sums over several.

    Args:
        application: where the records are; called in the reader thread.
        ask: reads elsewhere.
        actions: what can be done; whoever selects rows tells it, too.
    """

    def __init__(
        self,
        application: Callable[[], Application],
        ask: Ask,
        actions: RowActions,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._actions = actions
        self._row: Row | None = None
        self._project: SyncedProject | None = None
        self._details: Details | None = None
        self._standing = Standing()
        self._trouble = ""
        self._reader = DetailReader(application, ask, self)
        self._reader.answered.connect(self._show_answer)
        self._reader.failed.connect(self._show_failure)
        self._sums = SelectionSums(application, ask, self)
        self._sums.summed.connect(self._show_sums)
        self._sums.failed.connect(self._show_failure)
        self._make_parts()
        self._lay_out()
        palettes.changes().changed.connect(self._show_sites)
        self.show_row(None, None)

    # -- what to show ----------------------------------------------------------------------------------

    def show_rows(self, rows: Sequence[Row], project: SyncedProject | None, many: int) -> None:
        """Show what is selected.

        Args:
            rows: the selected ones that are known.
            project: whose rows they are.
            many: how many are selected.
        """
        if many > 1:
            self._show_many(rows, many)
        elif rows:
            self.show_row(rows[0], project)
        elif not many:  # else it is one whose row is just being read, and comes
            self.show_row(None, None)

    def show_row(self, row: Row | None, project: SyncedProject | None) -> None:
        """Show one row, or with None a hint; a newer state of the same row is shown in place."""
        self._sums.forget()
        if row is None or project is None:
            self._forget()
            self.title.setText("")
            self._pages.setCurrentWidget(self.hint)
            return
        is_same = self._reader.is_about(project.name, row.representation)
        differs = row != self._row or project != self._project
        self._row, self._project = row, project
        if not is_same:
            self._details, self._trouble = None, ""
            self.files.lines.replace(())
            self.files.scrollToTop()
        self._show_one(is_one=True)
        self._show_row()
        if differs:
            self._show_sites()
            self._reader.read(project, row.representation)

    def refresh(self) -> None:
        """Read the record of the shown row again, soon: what it holds has changed."""
        self._reader.refresh()

    def set_standing(self, standing: Standing) -> None:
        """Show how far what moves is, and what keeps it from moving."""
        self._standing = standing
        if self._row is not None:
            self._show_movement()
            self._show_cards()

    # -- answers ---------------------------------------------------------------------------------------

    def _show_answer(self, details: Details | None) -> None:
        self._trouble = "" if details is not None else tr("It is no longer in the database.")
        is_first = self._details is None
        self._details = details
        lines = details.lines if details is not None else ()
        if is_first:
            self.files.lines.replace(lines)
        else:
            self.files.lines.update(lines)
        self._show_places()
        self._show_cards()

    def _show_failure(self, error: Exception) -> None:
        self._trouble = error.sentence if isinstance(error, SyncError) else str(error)
        self._show_places()

    def _forget(self) -> None:
        self._row = self._project = self._details = None
        self._reader.forget()
        self.files.lines.replace(())
        for card in (self.card, self.site_card):
            card.show_texts(None)

    # -- showing ---------------------------------------------------------------------------------------

    def _show_many(self, rows: Sequence[Row], many: int) -> None:
        self._forget()
        self._show_one(is_one=False)
        self.title.setText(tr_n("%n selected", "%n selected", many))
        ids = self._actions.selected_ids
        if len(rows) == many:
            self._sums.forget()
            self._show_sums(sums_of(rows))
        elif ids is None:
            self.subtitle.hide()
            self.summary.hide()
        elif self._sums.read(ids()):
            self.subtitle.setText(tr("Adding up…"))
            self.subtitle.show()
            self.summary.hide()

    def _show_sums(self, sums: Sums) -> None:
        self._trouble = ""
        self._show_places()
        for label, text in ((self.subtitle, sum_text(sums)), (self.summary, counts_text(sums))):
            label.setText(text)
            label.setVisible(bool(text))

    def _show_one(self, *, is_one: bool) -> None:
        self._pages.setCurrentWidget(self.page)
        for part in self._of_one:
            part.setVisible(is_one)
        self.many_buttons.setVisible(not is_one)
        if not is_one:
            for part in (self.moving, self.bar, self.also_on, self.recorded, self.notes, self.history):
                part.hide()

    def _show_row(self) -> None:
        assert self._row is not None
        self.title.setText(title(self._row))
        self.subtitle.setText(subtitle(self._row))
        self.subtitle.show()
        self.summary.setText(summary(self._row))
        self.summary.show()
        self.summary.setAccessibleDescription(self.summary.text())
        self._show_movement()
        self._show_places()
        self._show_cards()

    def _show_movement(self) -> None:
        assert self._row is not None
        moving = movement(self._row, self._standing.flow)
        self.moving.setText(moving.text if moving else "")
        self.bar.set_share(moving.share if moving else 0.0, moving.text if moving else "")
        self.moving.setVisible(moving is not None)
        self.bar.setVisible(moving is not None)

    def _show_cards(self) -> None:
        if self._row is None or self._project is None:
            return
        now = time.time()
        card, details = None, self._details
        if details is not None and details.problem is not None:
            card = file_card(details.problem, now, names_roots=details.names_roots)
        self.card.show_texts(card)
        health = self._standing.health
        self.site_card.show_texts(first_hitch_card(self._row, self._project, health, now))

    def _request_accept(self) -> None:
        if self._row is not None:
            self._actions.accept_requested.emit([self._row.representation], self._row.project)

    def _show_places(self) -> None:
        now, details = time.time(), self._details
        also_on = also_on_text(details, now) if details is not None else ""
        recorded = recorded_text(details.recorded, now) if details is not None else ""
        notes = "\n".join((*((self._trouble,) if self._trouble else ()), *(details.notes if details else ())))
        for label, text in ((self.also_on, also_on), (self.recorded, recorded), (self.notes, notes)):
            label.setText(text)
            label.setVisible(bool(text))
        self.history.show_attempts(details.history if details is not None else (), now)

    def _show_sites(self) -> None:
        if self._project is None:
            return
        pair = self._project.shown
        self.files.lines.set_sites(pair, self._site_icon(pair.active), self._site_icon(pair.remote))

    def _site_icon(self, site: str | None) -> QIcon:
        if site is None or self._project is None:
            return QIcon()
        settings = self._project.settings.sites.get(site)
        code = settings.provider if settings is not None else ""
        return QIcon(icons.provider_pixmap(code, site, _SITE_ICON_PX, self.devicePixelRatioF()))

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Draw the sites' icons anew for another screen."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._show_sites()

    # -- made once -------------------------------------------------------------------------------------

    def _make_parts(self) -> None:
        self.setAccessibleName(tr("Detail"))
        self.setMinimumWidth(_LEAST_WIDTH_PX)
        self.hint = PlainLabel(tr("Select a row to see its files"), Tone.DIM)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.title = ElidedLabel(mode=Qt.TextElideMode.ElideMiddle)
        font = self.title.font()
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * _TITLE_GROWTH)
        self.title.setFont(font)
        self.subtitle = PlainLabel(tone=Tone.DIM)
        self.summary = PlainLabel()
        self.moving = PlainLabel(tone=Tone.BLUE)
        self.bar = ShareBar()
        self.card = ErrorCard()
        self.card.retry_requested.connect(self._actions.action(Action.RETRY).trigger)
        self.card.accept_requested.connect(self._request_accept)
        self.site_card = ErrorCard()
        self.files = FilesView()
        self.also_on = PlainLabel()
        self.recorded = PlainLabel(tone=Tone.DIM)
        self.notes = PlainLabel(tone=Tone.AMBER)
        self.history = HistoryFold()
        actions = self._actions
        self.one_buttons = ActionButtons([actions.open_folder, actions.copy_path])
        self.many_buttons = ActionButtons([one for one in actions.actions() if one is not actions.accept])
        self._of_one: tuple[QWidget, ...] = (self.files, self.one_buttons)

    def _lay_out(self) -> None:
        self.page = QWidget()
        column = QVBoxLayout(self.page)
        column.setContentsMargins(10, 8, 8, 8)
        column.setSpacing(6)
        for part in (self.title, self.subtitle, self.summary, self.moving, self.bar, self.card):
            column.addWidget(part)
        column.addWidget(self.site_card)
        column.addWidget(self.files, 1)
        for widget in (
            self.also_on,
            self.recorded,
            self.notes,
            self.history,
            self.one_buttons,
            self.many_buttons,
        ):
            column.addWidget(widget)
        column.addStretch(0)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self.hint)
        self._pages.addWidget(self.page)
