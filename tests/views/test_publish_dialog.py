"""Publishing by hand, into a real store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from syncgui.application import Application
from syncgui.publishing import Product, Publisher
from syncgui.settings import set_choices
from syncgui.views.publish_dialog import PublishDialog
from syncgui.views.task_thread import Ask, TaskThread
from tests.engine.studio import PROJECT, Studio

PATIENCE_MS = 30_000


class Desk:
    """What the dialog needs of a session: the parts and one thread for all."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.thread = TaskThread("doer")
        self.thread.start()

    @property
    def ask(self) -> Ask:
        return self.thread.submit

    @property
    def look(self) -> Ask:
        return self.thread.submit

    @property
    def do(self) -> Ask:
        return self.thread.submit


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """A studio in which something is published already."""
    found = Studio(tmp_path)
    publisher = Publisher(found.app.store, found.app.project(PROJECT), "mira")
    publisher.publish([found.write("old.exr")], Product("sh010", "renderMain"))
    yield found
    found.close()


@pytest.fixture
def dialog(studio: Studio, qtbot: QtBot) -> Iterator[PublishDialog]:
    """The dialog, open."""
    desk = Desk(studio.app)
    found = PublishDialog(desk, studio.app.projects()[PROJECT])
    found.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)  # the test looks at it afterwards
    qtbot.addWidget(found)
    found.show()
    yield found
    found.reject()
    assert desk.thread.stop()


def name(dialog: PublishDialog, asset: str = "sh010", subset: str = "renderMain") -> None:
    """Fill in the names. Typed by keys a list of suggestions would open, which offscreen is a warning."""
    dialog.asset.setText(asset)
    dialog.subset.setText(subset)


def test_files_are_published_and_the_loop_brings_them(
    dialog: PublishDialog, studio: Studio, qtbot: QtBot
) -> None:
    paths = [str(studio.write(f"new/b.{frame}.exr")) for frame in (1001, 1002)]
    name(dialog)
    assert not dialog.ok.isEnabled()
    dialog.choose(paths)
    qtbot.waitUntil(dialog.ok.isEnabled, timeout=PATIENCE_MS)
    with qtbot.waitSignal(dialog.published, timeout=PATIENCE_MS) as told:
        QTest.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)
    assert told.args is not None
    (document,) = studio.app.store.read(PROJECT, told.args[0])
    context = document["context"]
    assert isinstance(context, dict)
    assert (context["asset"], context["subset"], context["version"]) == ("sh010", "renderMain", 2)
    studio.sync_once()
    assert {"new/b.1001.exr", "new/b.1002.exr"} <= studio.tree("backup").keys()
    assert not dialog.isVisible()


def test_a_file_outside_the_root_is_said_at_once(
    dialog: PublishDialog, studio: Studio, tmp_path: Path, qtbot: QtBot
) -> None:
    outside = tmp_path / "outside.exr"
    outside.write_bytes(b"x")
    name(dialog)
    dialog.choose([str(outside)])
    qtbot.waitUntil(lambda: "lies under no root of site studio" in dialog.said, timeout=PATIENCE_MS)
    assert "Move it below one of them" in dialog.said
    assert not dialog.ok.isEnabled()
    dialog.choose([str(studio.write("inside.exr"))])
    qtbot.waitUntil(dialog.ok.isEnabled, timeout=PATIENCE_MS)
    assert dialog.said == ""


def test_a_version_that_exists_is_refused_with_what_to_do(
    dialog: PublishDialog, studio: Studio, qtbot: QtBot
) -> None:
    name(dialog)
    dialog.version.setValue(1)
    dialog.choose([str(studio.write("new.exr"))])
    qtbot.waitUntil(dialog.ok.isEnabled, timeout=PATIENCE_MS)
    QTest.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "already" in dialog.said, timeout=PATIENCE_MS)
    assert "Leave the version" in dialog.said
    assert dialog.isVisible()
    dialog.representation.setText("second")
    with qtbot.waitSignal(dialog.published, timeout=PATIENCE_MS):
        QTest.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)


def test_names_that_are_recorded_are_suggested(dialog: PublishDialog, qtbot: QtBot) -> None:
    assets = dialog.asset.completer().model()
    qtbot.waitUntil(lambda: assets.rowCount() == 1, timeout=PATIENCE_MS)
    assert assets.index(0, 0).data() == "sh010"
    dialog.asset.setText("sh010")
    subsets = dialog.subset.completer().model()
    qtbot.waitUntil(lambda: subsets.rowCount() == 1, timeout=PATIENCE_MS)
    assert subsets.index(0, 0).data() == "renderMain"


def test_the_settings_of_this_moment_hold(
    dialog: PublishDialog, studio: Studio, tmp_path: Path, qtbot: QtBot
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "a.exr").write_bytes(b"x")
    set_choices(studio.app.places.user_file, roots={("studio", "work"): str(elsewhere)})
    name(dialog)
    dialog.choose([str(elsewhere / "a.exr")])
    qtbot.waitUntil(dialog.ok.isEnabled, timeout=PATIENCE_MS)


def test_files_are_chosen_below_the_active_sites_root(
    dialog: PublishDialog, studio: Studio, qtbot: QtBot
) -> None:
    dialog.browse()
    (chooser,) = dialog.findChildren(QFileDialog)
    assert Path(chooser.directory().path()) == studio.root("studio")
    chooser.reject()
