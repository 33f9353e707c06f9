"""Publishing by hand: files that lie under the active site's root, under the name of an asset and a subset.

What an integrator or `syncgui publish` does, for those who have neither at hand. Files are looked at as
soon as they are chosen; a refusal is shown with what to do about it, and nothing is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QStringListModel, Qt, Signal
from PySide6.QtWidgets import (
    QCompleter,
    QDialogButtonBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from syncgui.application import Application
from syncgui.engine.route import SyncedProject
from syncgui.published_files import PublishRefusedError, find_files
from syncgui.publishing import Product, Publisher
from syncgui.settings import ProjectSettings
from syncgui.views import icons
from syncgui.views.palettes import Tone
from syncgui.views.sentences import GrowingDialog, PlainLabel, Sentence
from syncgui.views.task_thread import Ask
from syncgui.views.texts import tr, tr_n

_WIDTH = 520
_HIGHEST_VERSION = 99_999
_MOST_SUGGESTIONS = 5_000
_WRONG = ("mdi6.alert-circle-outline", Tone.RED)


class Parts(Protocol):
    """What the dialog needs of a session."""

    @property
    def application(self) -> Application:
        """The parts, for use in the threads of the others."""

    @property
    def ask(self) -> Ask:
        """Reads."""

    @property
    def look(self) -> Ask:
        """Looks at disks."""

    @property
    def do(self) -> Ask:
        """Writes."""


class PublishDialog(GrowingDialog):
    """See the module. Deletes itself when it is closed."""

    published = Signal(object)
    """Ids of the new representations."""

    def __init__(self, session: Parts, project: SyncedProject, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._project = project.name
        self._paths: list[Path] = []
        self._assets: frozenset[str] = frozenset()
        self._are_right = False
        self._is_writing = False
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Publish files into {project}").format(project=project.name))
        site = project.settings.sites.get(project.settings.active_site)
        self._roots = tuple(dict.fromkeys(site.roots.values())) if site else ()
        self._site = project.settings.active_site
        self._make_widgets()
        self._lay_out()
        self._choose.clicked.connect(self.browse)
        for field in (self.asset, self.subset, self.representation):
            field.textChanged.connect(self._judge)
        self.asset.textChanged.connect(self._suggest_subsets)
        self._buttons.accepted.connect(self._publish)
        self._buttons.rejected.connect(self.reject)
        self._judge()
        session.ask(
            partial(_asset_names, session.application, self._project), self._take_assets, _nothing_to_suggest
        )

    # -- for others ----------------------------------------------------------------------------------

    def choose(self, paths: Sequence[str]) -> None:
        """Take these files; they are looked at."""
        self._paths = [Path(path) for path in paths]
        self._are_right = False
        self._files.clear()
        self._files.addItems([str(path) for path in self._paths])
        self._count.setText(tr_n("%n file", "%n files", len(self._paths)))
        self._state.say(tr("Looking at the files…"), "mdi6.timer-sand", Tone.DIM)
        self._judge()
        self._session.look(
            partial(_look, self._session.application, self._project, tuple(self._paths)),
            self._looked,
            self._refused,
            key=f"publish-look-{id(self)}",
        )

    @property
    def said(self) -> str:
        """What is said under the fields."""
        return self._state.text

    # -- widgets -------------------------------------------------------------------------------------

    def _make_widgets(self) -> None:
        self._choose = QPushButton(tr("&Choose files…"))
        self._choose.setIcon(icons.icon("mdi6.file-multiple-outline"))
        self._choose.setAutoDefault(False)
        self._count = PlainLabel(tr("No files yet"), Tone.DIM, wraps=False)
        self._files = QListWidget()
        self._files.setAccessibleName(tr("Files to publish"))
        self._files.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self._files.setFixedHeight(96)
        self._files.setUniformItemSizes(True)
        self.asset = _suggesting(tr("Asset"), tr("Shot or asset, such as sh010"))
        self.subset = _suggesting(tr("Subset"), tr("Product, such as renderMain"))
        self.version = QSpinBox()
        self.version.setAccessibleName(tr("Version"))
        self.version.setRange(0, _HIGHEST_VERSION)
        self.version.setSpecialValueText(tr("the next one"))
        self.representation = QLineEdit()
        self.representation.setAccessibleName(tr("Representation"))
        self.representation.setPlaceholderText(tr("from the extension of the files"))
        self._state = Sentence()
        self._buttons = QDialogButtonBox()
        self.ok = QPushButton(tr("&Publish"))
        self.ok.setDefault(True)
        self._buttons.addButton(self.ok, QDialogButtonBox.ButtonRole.AcceptRole)
        self._buttons.addButton(QPushButton(tr("Cancel")), QDialogButtonBox.ButtonRole.RejectRole)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(10)
        where = tr("Files are recorded where they lie, below {folders}.").format(
            folders=", ".join(self._roots) or tr("the folder of {site}").format(site=self._site)
        )
        column.addWidget(PlainLabel(where, Tone.DIM))
        files = QHBoxLayout()
        files.setSpacing(10)
        files.addWidget(self._choose)
        files.addWidget(self._count, 1)
        column.addLayout(files)
        column.addWidget(self._files)
        form = QGridLayout()
        form.setHorizontalSpacing(12)
        form.setVerticalSpacing(8)
        form.setColumnStretch(1, 1)
        rows: tuple[tuple[str, QWidget], ...] = (
            (tr("&Asset"), self.asset),
            (tr("&Subset"), self.subset),
            (tr("&Version"), self.version),
            (tr("&Representation"), self.representation),
        )
        for number, (title, field) in enumerate(rows):
            label = QLabel(title)
            label.setBuddy(field)
            form.addWidget(label, number, 0)
            form.addWidget(field, number, 1)
        column.addLayout(form)
        column.addWidget(self._state)
        column.addStretch(1)
        column.addWidget(self._buttons)
        self.resize(_WIDTH, column.totalHeightForWidth(_WIDTH))

    # -- what happens --------------------------------------------------------------------------------

    def browse(self) -> None:
        """Let the files be chosen."""
        dialog = QFileDialog(self, tr("Files to publish"), self._roots[0] if self._roots else "")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(self.choose)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _judge(self) -> None:
        named = bool(self.asset.text().strip() and self.subset.text().strip())
        self.ok.setEnabled(named and self._are_right and not self._is_writing)

    def _looked(self, looked_at: tuple[Path, ...]) -> None:
        if list(looked_at) == self._paths:
            self._are_right = True
            self._state.say("")
            self._judge()

    def _publish(self) -> None:
        if not self.ok.isEnabled():
            return
        product = Product(
            self.asset.text().strip(),
            self.subset.text().strip(),
            self.version.value() or None,
            self.representation.text().strip() or None,
        )
        self._is_writing = True
        self._judge()
        self._state.say(tr("Publishing…"), "mdi6.timer-sand", Tone.DIM)
        self._session.do(
            partial(_publish, self._session.application, self._project, tuple(self._paths), product),
            self._done,
            self._refused,
        )

    def _done(self, ids: list[str]) -> None:
        self.published.emit(ids)
        self.accept()

    def _refused(self, error: Exception) -> None:
        self._is_writing = False
        next_step = error.next_step if isinstance(error, PublishRefusedError) else ""
        self._state.say(f"{error}. {next_step}" if next_step else str(error), *_WRONG)
        self._judge()

    def _take_assets(self, names: list[str]) -> None:
        self._assets = frozenset(names)
        _suggest(self.asset, names)
        self._suggest_subsets()

    def _suggest_subsets(self) -> None:
        asset = self.asset.text().strip()
        if asset not in self._assets:
            return
        self._session.ask(
            partial(_subset_names, self._session.application, self._project, asset),
            self._take_subsets,
            _nothing_to_suggest,
            key=f"publish-subsets-{id(self)}",
        )

    def _take_subsets(self, names: list[str]) -> None:
        _suggest(self.subset, names)


# -- in the thread -----------------------------------------------------------------------------------


def _settings(application: Application, project: str) -> ProjectSettings:
    """The settings as they are now: the application's own are those of its start."""
    return application.load_settings().project(project, application.store.project_document(project))


def _look(application: Application, project: str, paths: tuple[Path, ...]) -> tuple[Path, ...]:
    own = _settings(application, project)
    site = own.sites.get(own.active_site)
    links = site.allowed_link_targets if site else ()
    find_files(paths, site.roots if site else {}, site=own.active_site, links=links)
    return paths


def _publish(application: Application, project: str, paths: tuple[Path, ...], product: Product) -> list[str]:
    own = _settings(application, project)
    ids = Publisher(application.store, own, application.user).publish(paths, product)
    application.state.wake()
    return ids


def _asset_names(application: Application, project: str) -> list[str]:
    store = application.store
    document = store.project_document(project)
    parents = (None,) if document is None else (str(document["_id"]), None)
    found = {str(one.get("name")) for parent in parents for one in store.children(project, "asset", parent)}
    return sorted(found)[:_MOST_SUGGESTIONS]


def _subset_names(application: Application, project: str, asset: str) -> list[str]:
    store = application.store
    document = store.project_document(project)
    for parent in () if document is None else (str(document["_id"]), None):
        for one in store.children(project, "asset", parent):
            if one.get("name") == asset:
                subsets = store.children(project, "subset", str(one["_id"]))
                return sorted({str(subset.get("name")) for subset in subsets})[:_MOST_SUGGESTIONS]
    return []


# -- small things ------------------------------------------------------------------------------------


def _suggesting(name: str, placeholder: str) -> QLineEdit:
    field = QLineEdit()
    field.setAccessibleName(name)
    field.setPlaceholderText(placeholder)
    completer = QCompleter(field)
    completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
    completer.setFilterMode(Qt.MatchFlag.MatchContains)
    completer.setModel(QStringListModel(completer))
    field.setCompleter(completer)
    return field


def _suggest(field: QLineEdit, names: list[str]) -> None:
    model = field.completer().model()
    if isinstance(model, QStringListModel):
        model.setStringList(names)


def _nothing_to_suggest(error: Exception) -> None:
    """Suggestions are a convenience: without them the names are typed."""
    del error
