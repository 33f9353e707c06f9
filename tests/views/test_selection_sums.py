"""Several rows added up: those that were read at once, the others in chunks elsewhere."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from syncgui.application import Application
from syncgui.index import Row
from syncgui.model.status import Direction, Status
from syncgui.views import selection_sums
from syncgui.views.detail_texts import counts_text, sum_text
from syncgui.views.selection_sums import SelectionSums, Sums, sums_of
from syncgui.views.task_thread import TaskThread
from tests.engine.studio import PROJECT, Studio

PATIENCE_S = 30.0


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """Seven files of 6 bytes that are on their way."""
    found = Studio(tmp_path)
    for number in range(7):
        found.publish([f"{number}.mov"], content=b"123456")
    found.app.catch_up(found.app.projects())
    yield found
    found.close()


@pytest.fixture
def reader(qtbot: QtBot) -> Iterator[TaskThread]:
    """The thread that reads."""
    found = TaskThread("reader")
    found.start()
    yield found
    assert found.stop()


@pytest.fixture
def heard(studio: Studio, reader: TaskThread, monkeypatch: pytest.MonkeyPatch) -> Iterator[Heard]:
    """Sums in chunks of three rows, without a pause."""
    monkeypatch.setattr(selection_sums, "ROWS_AT_ONCE", 3)
    monkeypatch.setattr(selection_sums, "_AGAIN_MS", 0)
    yield Heard(SelectionSums(lambda: studio.app, reader.submit))


class Heard:
    """What came out."""

    def __init__(self, sums: SelectionSums) -> None:
        self.of = sums
        self.all: list[Sums] = []
        sums.summed.connect(self.all.append)


def ids(studio: Studio) -> list[int]:
    return list(studio.app.index.representation_ids(PROJECT))


def rows(studio: Studio) -> list[Row]:
    return studio.app.index.rows(ids(studio))


def test_counts_and_sizes_of_rows_are_added(studio: Studio) -> None:
    found = sums_of(rows(studio))
    assert found == Sums(7, 42, {(Status.QUEUED, None): 7})
    assert (sum_text(found), counts_text(found)) == ("7 files · 42 B", "7 queued")


def test_what_moves_is_told_by_its_direction() -> None:
    moving = (Status.IN_PROGRESS, Direction.UPLOAD), (Status.IN_PROGRESS, Direction.DOWNLOAD)
    found = Sums(0, 0, {(Status.FAILED, None): 1, moving[0]: 2}) + Sums(0, 0, {moving[0]: 1, moving[1]: 1200})
    assert counts_text(found) == "1 failed · 3 uploading · 1,200 downloading"


def test_all_chunks_are_added_up_elsewhere(studio: Studio, heard: Heard, qtbot: QtBot) -> None:
    assert heard.of.read(ids(studio))
    qtbot.waitUntil(lambda: bool(heard.all))
    assert heard.all == [sums_of(rows(studio))]


def test_another_selection_ends_the_reading_of_the_one_before(
    studio: Studio, reader: TaskThread, qtbot: QtBot
) -> None:
    every = ids(studio)
    begun, gate = threading.Event(), threading.Event()

    def slow() -> Application:
        begun.set()
        assert gate.wait(PATIENCE_S)
        return studio.app

    sums = SelectionSums(slow, reader.submit)
    slowly = Heard(sums)
    assert sums.read(every[2:])
    assert begun.wait(PATIENCE_S)
    assert sums.read(every[:2])  # while the other one is being read
    gate.set()
    qtbot.waitUntil(lambda: bool(slowly.all))
    assert [one.files for one in slowly.all] == [2]
    sums.forget()
    assert sums.read(every[:2])
    qtbot.waitUntil(lambda: len(slowly.all) == 2)


def test_the_same_selection_is_added_up_again_when_something_changed(
    studio: Studio, heard: Heard, qtbot: QtBot
) -> None:
    every = ids(studio)
    heard.of.read(every)
    qtbot.waitUntil(lambda: bool(heard.all))
    studio.sync_once()
    studio.app.catch_up(studio.app.projects())
    assert not heard.of.read(list(every))
    qtbot.waitUntil(lambda: len(heard.all) == 2)
    assert [counts_text(one) for one in heard.all] == ["7 queued", "7 synced"]
