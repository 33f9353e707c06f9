"""The fields of the site picker: the machine's name, its two sites, for whom, and the folders.

It shows a choice and tells what a person changes; it decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QPalette
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLineEdit,
    QRadioButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from syncgui.settings.sites import STUDIO
from syncgui.site_choices import LOCAL, Known
from syncgui.views import icons, palettes
from syncgui.views.folder_row import FolderRow
from syncgui.views.palettes import Tone
from syncgui.views.sentences import PlainLabel
from syncgui.views.site_choice import (
    ALL,
    NOBODY,
    Candidate,
    Choice,
    Folder,
    actives,
    candidates,
    folders,
    label,
)
from syncgui.views.task_thread import Ask
from syncgui.views.texts import tr

_ICON_PX = 18


class SiteForm(QWidget):
    """See the module.

    Args:
        look: looks at folders and makes them.
        was_root: whether a site had a folder under a path; called where `look` runs things.
    """

    name_typed = Signal(str)
    active_chosen = Signal(str)
    remote_chosen = Signal(str)
    project_chosen = Signal(str)
    folder_typed = Signal(str, str, str)
    """Site, root name, path."""

    def __init__(
        self, look: Ask, was_root: Callable[[str, str], bool], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._look = look
        self._was_root = was_root
        self._known: Known | None = None
        self._choice: Choice | None = None
        self.radios: dict[str, QRadioButton] = {}
        self.rows: dict[tuple[str, str], FolderRow] = {}
        self.name = QLineEdit()
        self.name.setAccessibleName(tr("This machine is called"))
        self.copy = QToolButton()
        self.copy.setAccessibleName(tr("Copy the name of this machine"))
        self.copy.setToolTip(tr("Copy the name of this machine"))
        self.remote = _combo(tr("Exchange with"))
        self.remote.setPlaceholderText(tr("not known"))
        self.project = _combo(tr("For"))
        self._group = QButtonGroup(self)
        self._radio_column = QVBoxLayout()
        self._radio_column.setSpacing(4)
        self._folder_column = QVBoxLayout()
        self._folder_column.setSpacing(12)
        self._lay_out()
        self.name.textEdited.connect(self.name_typed)
        self.copy.clicked.connect(self._copy_name)
        self._group.buttonClicked.connect(self._radio_clicked)
        self.remote.activated.connect(self._remote_activated)
        self.project.activated.connect(self._project_activated)
        self.setEnabled(False)

    def show_choice(self, known: Known, choice: Choice) -> None:
        """Show what there is and what is chosen of it."""
        self._known, self._choice = known, choice
        self.setEnabled(True)
        if self.name.text().strip() != choice.local_id:
            self.name.setText(choice.local_id)
        self.name.setReadOnly(choice.project != ALL)
        self.name.setToolTip(
            tr("Other machines know this one by this name.")
            if choice.project == ALL
            else tr("The name is chosen for all projects together.")
        )
        is_known = not known.refusal(choice.project)
        self._show_actives(actives(known, choice), choice, is_known)
        found = [(one.name, label(one.name), one.sentence) for one in candidates(known, choice.project)]
        _fill(self.remote, [*found, (NOBODY, label(NOBODY), "")], choice.remote if is_known else None)
        self.remote.setEnabled(is_known)
        projects = [(name, name, "") for name in known.projects]
        _fill(self.project, [(ALL, tr("all projects"), ""), *projects], choice.project)
        self._show_folders(folders(known, choice))
        self.show_icons()

    def look_again(self) -> None:
        """Look at the folders as they are now."""
        for row in self.rows.values():
            row.look_again()

    def show_icons(self) -> None:
        """Draw the icons in the colours in use."""
        self.copy.setIcon(icons.icon("mdi6.content-copy"))
        for radio in self.radios.values():
            # Fusion takes the ring's colour from that of the window: on a dark one it could not be seen.
            colours = radio.palette()
            colours.setColor(QPalette.ColorRole.Window, palettes.colour(Tone.GREY))
            radio.setPalette(colours)
        if self._known is None or self._choice is None:
            return
        ratio = self.devicePixelRatioF()
        by_name = {one.name: one for one in candidates(self._known, self._choice.project)}
        for number in range(self.remote.count()):
            one = by_name.get(str(self.remote.itemData(number)))
            if one is None:
                self.remote.setItemIcon(number, icons.icon("mdi6.cancel", Tone.DIM))
            else:
                picture = icons.provider_pixmap(one.provider, one.name, _ICON_PX, ratio)
                self.remote.setItemIcon(number, picture)

    def tab_order(self) -> list[QWidget]:
        """What takes the keyboard, in order."""
        order: list[QWidget] = [self.name, self.copy, *self.radios.values(), self.remote, self.project]
        for row in self.rows.values():
            order.extend(row.tab_order)
        return order

    # -- private -------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        form = QGridLayout()
        form.setHorizontalSpacing(14)
        form.setVerticalSpacing(12)
        form.setColumnStretch(1, 1)
        named = QHBoxLayout()
        named.setSpacing(4)
        named.addWidget(self.name, 1)
        named.addWidget(self.copy)
        rows: tuple[tuple[str, QWidget | None, QWidget | QLayout, str], ...] = (
            (tr("This &machine is called"), self.name, named, "local_id"),
            (tr("I work on"), None, self._radio_column, "publish_site"),
            (tr("&Exchange with"), self.remote, self.remote, "remote_site"),
            (tr("F&or"), self.project, self.project, ""),
        )
        for number, (title, buddy, content, key) in enumerate(rows):
            head = QLabel(title)
            if buddy is not None:
                head.setBuddy(buddy)
            top = Qt.AlignmentFlag.AlignTop if buddy is None else Qt.AlignmentFlag.AlignVCenter
            form.addWidget(head, number, 0, top)
            if isinstance(content, QWidget):
                form.addWidget(content, number, 1)
            else:
                form.addLayout(content, number, 1)
            form.addWidget(PlainLabel(key, Tone.DIM, wraps=False), number, 2, top)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(18)
        column.addLayout(form)
        column.addLayout(self._folder_column)

    def _show_actives(self, found: Sequence[Candidate], choice: Choice, is_known: bool) -> None:
        if list(self.radios) != [one.name for one in found]:
            for radio in self.radios.values():
                self._group.removeButton(radio)
                self._radio_column.removeWidget(radio)
                radio.hide()
                radio.deleteLater()
            self.radios = {one.name: QRadioButton() for one in found}
            for radio in self.radios.values():
                self._group.addButton(radio)
                self._radio_column.addWidget(radio)
        self._group.setExclusive(is_known)  # else one of them would have to be checked
        for one in found:
            radio = self.radios[one.name]
            radio.setText(_works_on_text(one.name))
            radio.setToolTip(plain_tip(one.sentence))
            radio.setChecked(is_known and one.name == choice.active)
            radio.setEnabled(is_known)

    def _show_folders(self, found: Sequence[Folder]) -> None:
        keys = [(one.site, one.root) for one in found]
        if list(self.rows) != keys:
            for row in self.rows.values():
                self._folder_column.removeWidget(row)
                row.hide()
                row.deleteLater()
            self.rows = {
                (one.site, one.root): FolderRow(
                    _folder_title(one), self._look, was_there=partial(self._was_root, one.site)
                )
                for one in found
            }
            for row in self.rows.values():
                row.edited.connect(self._folder_edited)
                self._folder_column.addWidget(row)
        for one in found:
            differs = tr("different for each project") if one.differs else ""
            self.rows[one.site, one.root].show_path(one.path, differs)

    def _copy_name(self) -> None:
        QGuiApplication.clipboard().setText(self.name.text())

    def _radio_clicked(self, button: QRadioButton) -> None:
        self.active_chosen.emit(next(site for site, one in self.radios.items() if one is button))

    def _remote_activated(self, number: int) -> None:
        self.remote_chosen.emit(str(self.remote.itemData(number)))

    def _project_activated(self, number: int) -> None:
        self.project_chosen.emit(str(self.project.itemData(number)))

    def _folder_edited(self, path: str) -> None:
        for (site, root), row in self.rows.items():
            if row is self.sender():
                self.folder_typed.emit(site, root, path)
                return


def plain_tip(text: str) -> str:
    """A text that no tooltip takes for rich text."""
    return text.replace("<", "‹").replace(">", "›")


def _combo(name: str) -> QComboBox:
    combo = QComboBox()
    combo.setAccessibleName(name)
    combo.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    combo.setMinimumContentsLength(24)
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    return combo


def _works_on_text(site: str) -> str:
    if site == STUDIO:
        return tr("studio, the shared storage")
    if site == LOCAL:
        return tr("this machine, away from the studio")
    return site.replace("&", "&&")


def _folder_title(folder: Folder) -> str:
    if folder.site == LOCAL:
        title = tr("Folder on this machine for {root}") if folder.root else tr("Folder on this machine")
    else:
        title = tr("Folder of {site} for {root}") if folder.root else tr("Folder of {site}")
    return title.format(site=folder.site, root=folder.root).replace("&", "&&")


def _fill(combo: QComboBox, items: Sequence[tuple[str, str, str]], chosen: str | None) -> None:
    """Show these items (data, text, tooltip), one of them chosen; an unchanged list is left as it is."""
    if [combo.itemData(number) for number in range(combo.count())] != [data for data, _, _ in items]:
        combo.clear()
        for data, text, _ in items:
            combo.addItem(text, data)
    for number, (_, _, tip) in enumerate(items):
        combo.setItemData(number, plain_tip(tip), Qt.ItemDataRole.ToolTipRole)
    combo.setCurrentIndex(-1 if chosen is None else combo.findData(chosen))
