"""The sums that every view shows: what they are, and when they are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar, cast

import pytest
from PySide6.QtCore import QElapsedTimer, QTimer
from pytestqt.qtbot import QtBot

from syncgui.application import Application
from syncgui.model.status import Pair, Status
from syncgui.views.sums import Sums, SumsWatch, read_sums
from tests.engine.studio import PROJECT, Studio, change_settings

T = TypeVar("T")
PATIENCE_MS = 30_000
_Task = tuple[Callable[[], object], Callable[[object], None], Callable[[Exception], None] | None]


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """An empty studio."""
    found = Studio(tmp_path)
    yield found
    found.close()


def read(application: Application) -> Sums:
    """The sums of all projects, read now."""
    return read_sums(application, list(application.projects().values()))


def fail(studio: Studio) -> str:
    """A representation whose only file failed for good."""
    change_settings(studio, lambda server: server["config"].update(retry_cnt=1))
    studio.publish(["other.exr"])
    one = studio.publish(["gone.exr"])
    (studio.root("studio") / "gone.exr").unlink()
    studio.sync_once()
    return one


# -- what is read --------------------------------------------------------------------------------------


def test_sums_have_totals_open_work_and_the_reason_of_a_failure(studio: Studio) -> None:
    fail(studio)
    studio.publish(["a.exr", "b.exr"], content=bytes(10))
    studio.app.catch_up(studio.app.projects())
    sums = read(studio.app)
    assert sums.totals[PROJECT].pair == Pair("studio", "backup")
    assert (sums.totals[PROJECT].files[Status.FAILED], sums.totals[PROJECT].files[Status.QUEUED]) == (1, 2)
    assert sums.open_work == {PROJECT: (2, 20)}  # what failed is not waited for
    assert sums.reasons == {PROJECT: "source file is gone"}
    assert sums.checked is not None
    assert sums.is_reached


def test_what_tries_again_is_no_failure_yet(studio: Studio) -> None:
    studio.insert({"files": [{**studio.file("a.exr", 1), "sites": [{"name": "studio", "created_dt": True}]}]})
    sites = [dict(one) for one in cast("list[dict[str, object]]", studio.file("b.exr", 1)["sites"])]
    sites[1].update(tries=1, error="it broke")
    studio.insert({"files": [{**studio.file("b.exr", 1), "sites": sites}]})
    studio.app.catch_up(studio.app.projects())
    sums = read(studio.app)
    assert sums.totals[PROJECT].files[Status.RETRYING] == 1
    assert sums.reasons == {}


def test_an_index_of_another_program_is_known_to_be_late(studio: Studio) -> None:
    studio.publish(["a.exr"])
    studio.app.catch_up(studio.app.projects())
    beside = studio.application()
    assert read(beside).is_reached
    studio.publish(["b.exr"])
    late = read(beside)
    assert (late.is_reached, late.totals[PROJECT].files[Status.QUEUED]) == (False, 1)
    studio.app.catch_up(studio.app.projects())
    assert read(beside).is_reached


# -- when it is read -----------------------------------------------------------------------------------


class Reader:
    """Reads when the test says so, as a reader's thread that has much else to do."""

    def __init__(self) -> None:
        self.waiting: list[_Task] = []

    def ask(
        self,
        task: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[Exception], None] | None = None,
        *,
        key: str = "",
    ) -> None:
        """Keep it."""
        del key
        self.waiting.append((task, cast("Callable[[object], None]", done), failed))

    def answer(self) -> None:
        """Read what was asked for first."""
        task, done, failed = self.waiting.pop(0)
        try:
            found = task()
        except Exception as error:  # noqa: BLE001 - as the thread does
            assert failed is not None
            failed(error)
        else:
            done(found)


class Bench:
    """A watch on one studio, its reader in hand."""

    def __init__(self, application: Application, qtbot: QtBot) -> None:
        self.application = application
        self.reader = Reader()
        self.watch = SumsWatch(application, self.reader.ask)
        self.rows: list[tuple[str, frozenset[str]]] = []
        self.sums: list[Sums] = []
        self._qtbot = qtbot
        self.watch.rows_changed.connect(self._row)
        self.watch.read.connect(self.sums.append)

    def _row(self, project: str, ids: frozenset[str]) -> None:
        self.rows.append((project, ids))

    @property
    def is_resting(self) -> bool:
        """Whether no timer runs but the one of half a minute."""
        running = [one.interval() for one in self.watch.findChildren(QTimer) if one.isActive()]
        return not self.reader.waiting and running == [30_000]

    def step(self) -> None:
        """Wait until it wants to read, and read."""
        self._qtbot.waitUntil(lambda: bool(self.reader.waiting), timeout=PATIENCE_MS)
        self.reader.answer()

    def settle(self) -> int:
        """Read until it rests; how often that was."""
        steps = 0
        while not self.is_resting:
            self.step()
            steps += 1
        return steps


@pytest.fixture
def bench(studio: Studio, qtbot: QtBot) -> Iterator[Bench]:
    """One file waits, the index knows it, the sums were read."""
    studio.publish(["a.exr"])
    studio.app.catch_up(studio.app.projects())
    found = Bench(studio.app, qtbot)
    found.watch.start()
    found.watch.use_projects(studio.app.projects())
    found.settle()
    found.rows.clear()
    yield found
    found.watch.stop()


def test_new_projects_are_read_until_they_stand_still_and_then_it_rests(studio: Studio, bench: Bench) -> None:
    bench.watch.use_projects(studio.app.projects())
    assert bench.settle() == 3
    bench.watch.use_projects(studio.app.projects())
    bench.step()
    studio.publish(["b.exr"])
    studio.app.catch_up(studio.app.projects())
    assert bench.settle() == 1 + 3  # begun anew by what moved
    assert bench.sums[-1].totals[PROJECT].files[Status.QUEUED] == 2


def test_rows_that_change_without_a_word_are_told(studio: Studio, bench: Bench) -> None:
    studio.publish(["b.exr"])
    studio.app.catch_up(studio.app.projects())
    bench.watch.touch([PROJECT])
    bench.settle()
    assert bench.rows == [(PROJECT, frozenset())]


def test_rows_that_the_loop_told_of_are_not_told_again(studio: Studio, bench: Bench) -> None:
    two = studio.publish(["b.exr"])
    studio.app.catch_up(studio.app.projects())
    bench.watch.changed(PROJECT, [two])
    bench.settle()
    assert bench.rows == []
    assert bench.sums[-1].totals[PROJECT].files[Status.QUEUED] == 2


def test_many_changes_are_one_reading_and_two_are_a_quarter_of_a_second_apart(bench: Bench) -> None:
    watch = QElapsedTimer()
    for number in range(100):
        bench.watch.changed(PROJECT, [str(number)])
    bench.step()
    watch.start()
    bench.watch.changed(PROJECT, ["x"])
    bench.step()
    assert watch.elapsed() >= 225
    bench.watch.changed(PROJECT, ["y"])
    bench.settle()
    assert len(bench.sums) == 3 + 3


def test_nothing_is_asked_while_an_answer_is_awaited(bench: Bench, qtbot: QtBot) -> None:
    bench.watch.changed(PROJECT, ["x"])
    qtbot.waitUntil(lambda: len(bench.reader.waiting) == 1, timeout=PATIENCE_MS)
    bench.watch.changed(PROJECT, ["y"])
    qtbot.wait(300)
    assert len(bench.reader.waiting) == 1
    bench.reader.answer()
    assert bench.settle() == 1


def test_what_the_index_of_another_program_does_not_show_yet_is_told_once_it_does(
    studio: Studio, qtbot: QtBot
) -> None:
    studio.publish(["a.exr"])
    studio.app.catch_up(studio.app.projects())
    bench = Bench(studio.application(), qtbot)
    bench.watch.use_projects(studio.app.projects())
    bench.watch.start()
    bench.settle()
    two = studio.publish(["b.exr"])
    bench.watch.changed(PROJECT, [two])
    bench.step()
    bench.step()
    assert bench.rows == []
    studio.app.catch_up(studio.app.projects())
    bench.settle()
    assert bench.rows == [(PROJECT, frozenset([two]))]
    bench.watch.stop()


def test_a_reading_that_fails_is_made_again_and_forgets_no_row(studio: Studio, qtbot: QtBot) -> None:
    studio.publish(["a.exr"])
    studio.app.catch_up(studio.app.projects())
    bench = Bench(studio.application(), qtbot)
    bench.watch.use_projects(studio.app.projects())
    bench.watch.start()
    bench.settle()
    two = studio.publish(["b.exr"])
    bench.watch.changed(PROJECT, [two])
    database, away = studio.folder / "db.sqlite", studio.folder / "away.sqlite"
    database.rename(away)
    read_before = len(bench.sums)
    bench.step()
    bench.step()
    assert len(bench.sums) == read_before
    away.rename(database)
    studio.app.catch_up(studio.app.projects())
    bench.rows.clear()
    bench.settle()
    assert bench.sums[-1].totals[PROJECT].files[Status.QUEUED] == 2
    assert bench.rows == [(PROJECT, frozenset([two]))]
    bench.watch.stop()


def test_after_readings_that_fail_it_asks_ever_more_seldom_until_it_is_told_that_all_is_well(
    studio: Studio, qtbot: QtBot
) -> None:
    studio.publish(["a.exr"])
    studio.app.catch_up(studio.app.projects())
    waits: list[int] = []
    database, away = studio.folder / "db.sqlite", studio.folder / "away.sqlite"
    other = Bench(studio.application(), qtbot)  # does not write the index, so it asks the store
    (timer,) = [one for one in other.watch.findChildren(QTimer) if one.isSingleShot()]
    other.watch.use_projects(studio.app.projects())
    other.step()
    database.rename(away)
    for _ in range(7):
        timer.start(0)  # as if the time were over
        other.step()
        other.watch.changed(PROJECT, ["x"])  # what the loop tells does not make it ask earlier
        waits.append(timer.interval())
    assert [round(wait / 1000) for wait in waits] == [1, 2, 4, 8, 16, 30, 30]
    away.rename(database)
    other.watch.retry()
    assert timer.interval() <= 250
    other.step()
    other.watch.changed(PROJECT, ["y"])
    assert timer.interval() <= 250
    other.watch.stop()


def test_a_database_without_projects_is_looked_at_until_it_was_once_read_to_its_end(
    studio: Studio, qtbot: QtBot
) -> None:
    bench = Bench(studio.app, qtbot)
    bench.watch.start()
    for _ in range(4):
        bench.step()
    assert {one.checked for one in bench.sums} == {None}
    studio.app.catch_up({})
    bench.settle()
    assert bench.sums[-1].checked is not None
    bench.watch.stop()


def test_projects_that_are_gone_are_not_read(studio: Studio, bench: Bench) -> None:
    bench.watch.changed(PROJECT, ["x"])
    bench.watch.use_projects({})
    bench.settle()
    assert bench.sums[-1].totals == {}


def test_after_the_end_nothing_is_read(bench: Bench, qtbot: QtBot) -> None:
    bench.watch.changed(PROJECT, ["x"])
    bench.watch.stop()
    bench.watch.changed(PROJECT, ["y"])
    qtbot.wait(300)
    assert bench.reader.waiting == []
    assert not any(one.isActive() for one in bench.watch.findChildren(QTimer))
