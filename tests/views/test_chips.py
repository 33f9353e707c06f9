"""The filter chips: counts, choice, keyboard, room."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from syncgui.index import Totals
from syncgui.model.status import Pair, Status
from syncgui.views.chips import Chip, FilterChips


def totals(available: int = 0, every: int = 0, **counts: int) -> Totals:
    """Sums with these representations by status."""
    return Totals(
        Pair("a", "b"), {Status(name): number for name, number in counts.items()}, {}, {}, available, every
    )


@pytest.fixture
def chips(qtbot: QtBot) -> FilterChips:
    """Shown, 800 wide, all chips in use."""
    made = FilterChips()
    qtbot.addWidget(made)
    made.resize(800, 80)
    made.set_totals(
        totals(4, 1_000_000, in_progress=2, queued=3, failed=0, synced=999_000, retrying=0, partial=7)
    )
    made.show()
    return made


def shown(chips: FilterChips) -> list[str]:
    return [chip.text().replace("  ", " ") for chip in chips.findChildren(Chip) if chip.isVisible()]


def chip_of(chips: FilterChips, status: Status | None) -> Chip:
    return next(chip for chip in chips.findChildren(Chip) if chip.status is status)


def test_chips_of_zero_are_hidden_but_all_and_failed(chips: FilterChips) -> None:
    assert shown(chips) == [
        "All 1,000,000", "In progress 2", "Queued 3", "Failed 0", "Available 4", "Partly asked for 7",
        "Synced 999,000",
    ]  # fmt: skip


def test_a_chosen_chip_stays_when_it_gets_to_zero(chips: FilterChips) -> None:
    QTest.mouseClick(chip_of(chips, Status.QUEUED), Qt.MouseButton.LeftButton)
    chips.set_totals(totals(every=5))
    assert shown(chips) == ["All 5", "Queued 0", "Failed 0"]
    chips.choose(None)
    assert shown(chips) == ["All 5", "Failed 0"]


def test_one_chip_is_chosen_at_a_time_and_told_once(chips: FilterChips) -> None:
    told: list[object] = []
    chips.chosen.connect(told.append)
    for status in (Status.FAILED, Status.FAILED, Status.NOT_REQUESTED, None):
        QTest.mouseClick(chip_of(chips, status), Qt.MouseButton.LeftButton)
        assert [chip.status for chip in chips.findChildren(Chip) if chip.isChecked()] == [status]
    assert told == [frozenset({Status.FAILED}), frozenset({Status.NOT_REQUESTED}), None]


def test_several_statuses_light_no_chip(chips: FilterChips) -> None:
    told: list[object] = []
    chips.chosen.connect(told.append)
    both = frozenset({Status.FAILED, Status.RETRYING})
    chips.choose(both)
    assert told == [both]
    assert not any(chip.isChecked() for chip in chips.findChildren(Chip))


def test_arrows_go_over_visible_chips_and_stop_at_the_ends(chips: FilterChips) -> None:
    chips.activateWindow()
    all_chips = chip_of(chips, None)
    all_chips.setFocus()
    QTest.keyClick(all_chips, Qt.Key.Key_Left)
    chosen = [chips.statuses]
    QTest.keyClick(all_chips, Qt.Key.Key_Right)
    chosen.append(chips.statuses)
    QTest.keyClick(chip_of(chips, Status.QUEUED), Qt.Key.Key_Right)
    chosen.append(chips.statuses)
    QTest.keyClick(chip_of(chips, Status.FAILED), Qt.Key.Key_End)
    chosen.append(chips.statuses)
    assert chosen == [None, {Status.IN_PROGRESS}, {Status.FAILED}, {Status.SYNCED}]


def test_names_for_screen_readers_have_the_count(chips: FilterChips) -> None:
    assert chip_of(chips, Status.QUEUED).accessibleName() == "Queued, 3 representations"
    assert chip_of(chips, None).accessibleName() == "All, 1,000,000 representations"


def test_a_chip_never_becomes_narrower(chips: FilterChips) -> None:
    chip = chip_of(chips, Status.QUEUED)
    chip.set_count(123_456)
    wide = chip.sizeHint().width()
    chip.set_count(1)
    assert chip.sizeHint().width() == wide


def test_with_little_room_chips_go_to_a_second_line(chips: FilterChips, qtbot: QtBot) -> None:
    chips.resize(500, 200)
    qtbot.waitUntil(lambda: chip_of(chips, Status.SYNCED).y() > chip_of(chips, None).y())
    right = max(chip.geometry().right() for chip in chips.findChildren(Chip) if chip.isVisible())
    assert right <= 500


def test_it_says_how_many_are_shown(chips: FilterChips) -> None:
    chips.set_shown(37, 1_000_000)
    assert any(one.property("text") == "37 of 1,000,000" for one in chips.findChildren(type(chips._shown)))
