"""What was done for a representation: a line each, folded until somebody asks."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from syncgui.state import Attempt
from syncgui.views.history_fold import HistoryFold, attempt_text

NOW = 1_800_000_000.0
DONE = Attempt(
    at=NOW - 180,
    project="Test",
    representation="r1",
    path="{root[work]}/show/a.1001.exr",
    source="studio",
    target="gdrive",
    size_bytes=12_300_000,
    moved_bytes=12_300_000,
    seconds=0.44,
    checksum=None,
    flush="",
    result="done",
    sentence="",
)


@pytest.mark.parametrize(
    ("attempt", "text"),
    [
        (DONE, "3 min: a.1001.exr to gdrive, 12.3 MB in 0.4 s"),
        (replace(DONE, result="already there"), "3 min: a.1001.exr was on gdrive already"),
        (
            replace(DONE, result="disk_full", sentence="There is no room left"),
            "3 min: a.1001.exr not to gdrive: There is no room left",
        ),
    ],
)
def test_an_attempt_is_a_line(attempt: Attempt, text: str) -> None:
    assert attempt_text(attempt, NOW) == text


def test_it_is_folded_until_it_is_opened_and_stays_as_it_is(qtbot: QtBot) -> None:
    fold = HistoryFold()
    qtbot.addWidget(fold)
    fold.show_attempts([], NOW)
    assert not fold.isVisible()
    fold.show_attempts([DONE, DONE], NOW)
    fold.show()
    assert fold.button.text() == "History (2)"
    assert not fold.label.isVisible()
    fold.button.click()
    assert fold.label.isVisible()
    fold.show_attempts([DONE], NOW)
    assert fold.label.text() == attempt_text(DONE, NOW)
    assert fold.label.isVisible()
