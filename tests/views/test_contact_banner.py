"""The question of a first contact: what it says, its three answers, and what follows in a real window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from syncgui.engine.first_contact import HeldBack, key_of, wait_sentence
from syncgui.model.status import Pair
from syncgui.state import Answer, Word
from syncgui.views import headline
from syncgui.views.contact_banner import ContactBanner
from syncgui.views.figures import rough_size_text
from syncgui.views.headline import Shape
from syncgui.views.main_window import MainWindow
from tests.engine.studio import PROJECT, Studio
from tests.engine.test_first_contact import heap, old
from tests.views.windows import PATIENCE_MS, window_on

PAIR = Pair("studio", "gdrive")
HELD = {
    "amber": HeldBack(PAIR, 18_000, 40 * 10**12),
    "birch": HeldBack(PAIR, 402, 10**12),
    "cedar": HeldBack(Pair("studio", "nas"), 5, 5),
    "done": HeldBack(PAIR, only_before=5.0),
}


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    found = Studio(tmp_path)
    yield found
    found.close()


@pytest.fixture
def banner(qtbot: QtBot) -> ContactBanner:
    made = ContactBanner()
    qtbot.addWidget(made)
    return made


def test_it_says_what_waits_in_all_projects_of_the_pair(banner: ContactBanner) -> None:
    assert banner.isHidden()
    banner.show_held(HELD, "birch")
    assert banner.text == "18,402 files, 41 TB wait for gdrive"
    assert banner.accessibleName().startswith(banner.text)
    banner.show_held(HELD, "cedar")
    assert banner.text == "5 files, 5 B wait for nas"
    banner.show_held({"a": HeldBack(PAIR)}, "a")
    assert banner.text == "Nothing waits for gdrive at the moment"


@pytest.mark.parametrize("project", ["done", "unknown", ""])
def test_it_asks_nothing_about_a_project_that_may_move(banner: ContactBanner, project: str) -> None:
    banner.show_held(HELD, "amber")
    banner.show_held(HELD, project)
    assert banner.isHidden()
    assert banner.text == ""


@pytest.mark.parametrize("place", [0, 1, 2])
def test_each_answer_is_given_by_the_keyboard(qtbot: QtBot, banner: ContactBanner, place: int) -> None:
    banner.show_held(HELD, "amber")
    button = banner.buttons[place]
    told = (banner.start_requested, banner.only_new_requested, banner.choose_requested)[place]
    assert button.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert "&" in button.text()
    with qtbot.waitSignal(told) as asked:
        QTest.keyClick(button, Qt.Key.Key_Space)
    assert asked.args == [PAIR]


@pytest.mark.parametrize("size", [0, 999, 1000, 9_949, 9_950, 999_499, 999_500, 41 * 10**12, 10**17, 10**19])
def test_a_size_is_said_as_the_command_line_says_it(size: int) -> None:
    held = {"a": HeldBack(PAIR, 2, size)}
    assert wait_sentence(held, PAIR) == f"2 files, {rough_size_text(size)} wait for gdrive"


def _asks(window: MainWindow) -> bool:
    return window.contact.isVisible()


def test_a_window_on_a_heap_looks_only_until_start_is_pressed(studio: Studio, qtbot: QtBot) -> None:
    heap(studio)
    small = studio.publish(["a.exr"])
    with window_on(studio, qtbot) as window:
        qtbot.waitUntil(lambda: _asks(window), timeout=PATIENCE_MS)
        assert window.contact.text == "2 files, 100 GB wait for backup"
        standing = window._session.standing
        assert headline.shape(standing) is Shape.WAITING
        line = "Looking only: 2 files, 100 GB wait for backup"
        assert headline.tooltip(standing, 0.0) == line
        assert headline.project_sentence(standing, PROJECT, 0.0) == line
        assert studio.entry(small) == {"name": "backup"}
        QTest.mouseClick(window.contact.start, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: studio.is_synced(small), timeout=PATIENCE_MS)
        qtbot.waitUntil(lambda: not _asks(window), timeout=PATIENCE_MS)
    known = studio.app.state.contacts(studio.app.store.identity)
    assert known == {key_of(Pair("studio", "backup")): Answer(Word.ALL)}


def test_only_new_ones_are_synced_after_that_answer(studio: Studio, qtbot: QtBot) -> None:
    heap(studio)
    before = old(studio, "old.exr")
    with window_on(studio, qtbot) as window:
        qtbot.waitUntil(lambda: _asks(window), timeout=PATIENCE_MS)
        QTest.keyClick(window.contact.only_new, Qt.Key.Key_Space)
        qtbot.waitUntil(lambda: not _asks(window), timeout=PATIENCE_MS)
        new = studio.publish(["new.exr"])
        qtbot.waitUntil(lambda: studio.is_synced(new), timeout=PATIENCE_MS)
        assert studio.entry(before) == {"name": "backup"}


def test_the_projects_that_are_chosen_start_and_the_others_are_still_asked_about(
    studio: Studio, qtbot: QtBot
) -> None:
    heap(studio, "zebra")
    small = studio.publish(["a.exr"])
    with window_on(studio, qtbot) as window:
        qtbot.waitUntil(lambda: _asks(window), timeout=PATIENCE_MS)
        QTest.keyClick(window.contact.choose, Qt.Key.Key_Space)
        dialog = window.contact_dialog
        assert dialog is not None
        assert dialog.names == [PROJECT, "zebra"]
        QTest.keyClick(dialog.list, Qt.Key.Key_Space)
        QTest.keyClick(dialog.list, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: studio.is_synced(small), timeout=PATIENCE_MS)
        qtbot.waitUntil(lambda: not _asks(window), timeout=PATIENCE_MS)
        window.show_project("zebra")
        qtbot.waitUntil(lambda: _asks(window), timeout=PATIENCE_MS)
        assert window.contact.text == "1 file, 100 GB waits for backup"
