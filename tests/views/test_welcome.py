"""The first page: three ways to begin, each told by a signal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from syncgui.application import Application, Options
from syncgui.views.first_start import FirstStart
from syncgui.views.welcome import WelcomePage

PATIENCE_MS = 30_000


@pytest.fixture
def page(qtbot: QtBot) -> Iterator[WelcomePage]:
    """The page, shown."""
    found = WelcomePage()
    qtbot.addWidget(found)
    found.show()
    yield found
    found.close()


def settings_folder(folder: Path) -> Path:
    """A folder that holds settings."""
    (folder / "studio" / "project_settings").mkdir(parents=True)
    return folder / "studio"


def test_the_demo_and_a_new_set_up_are_one_click_each(page: WelcomePage, qtbot: QtBot) -> None:
    with qtbot.waitSignal(page.demo_requested):
        QTest.mouseClick(page.demo, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(page.set_up_requested):
        QTest.mouseClick(page.set_up, Qt.MouseButton.LeftButton)


def test_the_keyboard_goes_through_the_three_ways(page: WelcomePage, qtbot: QtBot) -> None:
    page.activateWindow()
    page.demo.setFocus()
    QTest.keyClick(page.demo, Qt.Key.Key_Tab)
    assert page.focusWidget() is page.settings
    QTest.keyClick(page.settings, Qt.Key.Key_Tab)
    assert page.focusWidget() is page.set_up
    with qtbot.waitSignal(page.set_up_requested):
        QTest.keyClick(page.set_up, Qt.Key.Key_Return)
    assert page.set_up.accessibleName() == "Set up new"


def test_a_folder_with_settings_is_taken_with_the_database_that_is_named(
    page: WelcomePage, tmp_path: Path, qtbot: QtBot
) -> None:
    folder = settings_folder(tmp_path)
    page.choose_settings(str(folder))
    qtbot.waitUntil(page.use.isVisible, timeout=PATIENCE_MS)
    QTest.keyClicks(page.database, " sqlite:////data/db.sqlite ")
    with qtbot.waitSignal(page.settings_chosen) as told:
        QTest.keyClick(page.database, Qt.Key.Key_Return)
    assert told.args == [folder, "sqlite:////data/db.sqlite"]


@pytest.fixture
def first_start(tmp_path: Path, qtbot: QtBot) -> Iterator[FirstStart]:
    """The whole first start of a user who has nothing yet."""
    found = FirstStart(Application(Options(home=tmp_path / "home"), {}))
    yield found
    if isValid(found.page):  # once it is ready, the page is gone
        found.page.close()


def test_a_studios_server_is_kept_for_this_and_later_starts(
    first_start: FirstStart, tmp_path: Path, qtbot: QtBot
) -> None:
    page = first_start.page
    folder = settings_folder(tmp_path)
    page.choose_settings(str(folder))
    qtbot.waitUntil(page.use.isVisible, timeout=PATIENCE_MS)
    address = "mongodb://anna:pw-hidden@db1:27017,db2:27017/avalon?replicaSet=rs0"
    QTest.keyClicks(page.database, address)
    with qtbot.waitSignal(first_start.ready, timeout=PATIENCE_MS) as told:
        QTest.keyClick(page.database, Qt.Key.Key_Return)
    application, demo = told.args
    assert application.database == address
    assert application.places.settings_dir == folder
    assert demo is None
    later = Application(Options(home=tmp_path / "home"), {})
    assert later.named_database == address
    kept = tmp_path / "home" / "config" / "start.json"
    assert kept.stat().st_mode & 0o077 == 0
    application.close()
    later.close()


def test_a_server_whose_address_is_wrong_is_refused_on_the_page_without_its_password(
    first_start: FirstStart, tmp_path: Path, qtbot: QtBot
) -> None:
    page = first_start.page
    page.choose_settings(str(settings_folder(tmp_path)))
    qtbot.waitUntil(page.use.isVisible, timeout=PATIENCE_MS)
    QTest.keyClicks(page.database, "mongodb://anna:pw-hidden@db1:port")
    QTest.keyClick(page.database, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "MongoDB" in page.said, timeout=PATIENCE_MS)
    assert "pw-hidden" not in page.said
    assert page.use.isVisible()
    assert page.use.isEnabled()


def test_the_database_may_be_left_out(page: WelcomePage, tmp_path: Path, qtbot: QtBot) -> None:
    folder = settings_folder(tmp_path)
    page.choose_settings(str(folder))
    qtbot.waitUntil(page.use.isVisible, timeout=PATIENCE_MS)
    with qtbot.waitSignal(page.settings_chosen) as told:
        QTest.mouseClick(page.use, Qt.MouseButton.LeftButton)
    assert told.args == [folder, ""]


def test_a_folder_without_settings_is_refused_with_a_sentence(
    page: WelcomePage, tmp_path: Path, qtbot: QtBot
) -> None:
    page.choose_settings(str(tmp_path))
    qtbot.waitUntil(lambda: "holds neither" in page.said, timeout=PATIENCE_MS)
    assert str(tmp_path) in page.said
    assert page.settings.isVisible()
    assert page.settings.isEnabled()


def test_back_leads_to_the_three_ways(page: WelcomePage, tmp_path: Path, qtbot: QtBot) -> None:
    page.choose_settings(str(settings_folder(tmp_path)))
    qtbot.waitUntil(page.back.isVisible, timeout=PATIENCE_MS)
    QTest.mouseClick(page.back, Qt.MouseButton.LeftButton)
    assert page.demo.isVisible()


def test_while_something_goes_on_no_other_way_is_taken(page: WelcomePage, qtbot: QtBot) -> None:
    page.set_busy("Making the demo…")
    assert page.said == "Making the demo…"
    with qtbot.assertNotEmitted(page.demo_requested):
        QTest.mouseClick(page.demo, Qt.MouseButton.LeftButton)
    page.show_problem("The disk is full.", "Make room.")
    assert page.said == "The disk is full. Make room."
    with qtbot.waitSignal(page.demo_requested):
        QTest.mouseClick(page.demo, Qt.MouseButton.LeftButton)


def test_the_button_for_settings_asks_for_a_folder(page: WelcomePage, qtbot: QtBot) -> None:
    QTest.mouseClick(page.settings, Qt.MouseButton.LeftButton)
    (dialog,) = page.findChildren(QFileDialog)
    assert dialog.fileMode() is QFileDialog.FileMode.Directory
    dialog.reject()


def test_closing_is_told(page: WelcomePage, qtbot: QtBot) -> None:
    with qtbot.waitSignal(page.closed):
        page.close()
