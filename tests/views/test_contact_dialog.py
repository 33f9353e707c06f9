"""Which projects start: what the dialog lists, adds up and tells."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from syncgui.engine.first_contact import HeldBack
from syncgui.model.status import Pair
from syncgui.views.contact_dialog import ContactDialog

PAIR = Pair("studio", "gdrive")
HELD = {
    "birch": HeldBack(PAIR, 402, 10**12),
    "amber": HeldBack(PAIR, 18_000, 40 * 10**12),
    "cedar": HeldBack(Pair("studio", "nas"), 5, 5),
    "done": HeldBack(PAIR, only_before=5.0),
}


@pytest.fixture
def dialog(qtbot: QtBot) -> ContactDialog:
    made = ContactDialog(HELD, PAIR)
    qtbot.addWidget(made)
    made.open()
    return made


def test_it_lists_the_projects_that_only_look_with_what_waits(dialog: ContactDialog) -> None:
    rows = [dialog.list.topLevelItem(number) for number in range(dialog.list.topLevelItemCount())]
    assert [[row.text(column) for column in range(3)] for row in rows if row is not None] == [
        ["amber", "18,000", "40 TB"],
        ["birch", "402", "1.0 TB"],
    ]


def test_nothing_starts_before_something_is_ticked(dialog: ContactDialog) -> None:
    assert dialog.ticked == []
    assert not dialog.start.isEnabled()
    assert dialog.sum_text == "Nothing is ticked yet."


def test_the_keyboard_ticks_and_starts(qtbot: QtBot, dialog: ContactDialog) -> None:
    QTest.keyClick(dialog.list, Qt.Key.Key_Down)
    QTest.keyClick(dialog.list, Qt.Key.Key_Space)
    assert dialog.ticked == ["birch"]
    assert dialog.sum_text == "402 files, 1.0 TB start"
    with qtbot.waitSignal(dialog.chosen) as told:
        QTest.keyClick(dialog.list, Qt.Key.Key_Return)
    assert told.args == [PAIR, ["amber", "birch"], ["birch"]]
    assert dialog.isHidden()


def test_all_are_ticked_at_once(dialog: ContactDialog) -> None:
    QTest.mouseClick(dialog.all, Qt.MouseButton.LeftButton)
    assert dialog.ticked == dialog.names == ["amber", "birch"]
    assert dialog.sum_text == "18,402 files, 41 TB start"
    assert dialog.isVisible()


def test_leaving_it_answers_nothing(qtbot: QtBot, dialog: ContactDialog) -> None:
    QTest.mouseClick(dialog.all, Qt.MouseButton.LeftButton)
    with qtbot.assertNotEmitted(dialog.chosen):
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.isHidden()
