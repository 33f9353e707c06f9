"""The queue of events, and the thread that hosts the loop."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QElapsedTimer, QTimer
from pytestqt.qtbot import QtBot

from syncgui.application import Application, Options
from syncgui.engine.environment import Environment, real_environment
from syncgui.engine.events import Done, Event, Moving, Recorded, Reloaded, Trouble
from syncgui.model.status import Direction
from syncgui.views.event_queue import EVERY_MS, EventQueue
from syncgui.views.loop_thread import LoopThread
from tests.engine.studio import Studio

PATIENCE_MS = 30_000


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """An empty studio."""
    found = Studio(tmp_path)
    yield found
    found.close()


def recorded(number: int) -> Recorded:
    return Recorded("P", number)


def moving(path: str, moved: int) -> Moving:
    return Moving("P", path, Direction.UPLOAD, moved, 100)


# -- the queue -----------------------------------------------------------------------------------------


def test_events_of_other_threads_come_here_all_and_in_order(qtbot: QtBot) -> None:
    queue = EventQueue()
    heard: list[Event] = []
    threads: set[threading.Thread] = set()

    def hear(events: list[Event]) -> None:
        threads.add(threading.current_thread())
        heard.extend(events)

    queue.drained.connect(hear)

    def tell(first: int) -> None:
        for number in range(first, first + 500):
            queue.put([recorded(number)])

    tellers = [threading.Thread(target=tell, args=(first,)) for first in (0, 1_000, 2_000)]
    for one in tellers:
        one.start()
    qtbot.waitUntil(lambda: len(heard) == 1_500, timeout=PATIENCE_MS)
    for one in tellers:
        one.join()
    assert threads == {threading.current_thread()}
    for first in (0, 1_000, 2_000):
        mine = [one for one in heard if isinstance(one, Recorded) and first <= one.entries < first + 500]
        assert mine == [recorded(number) for number in range(first, first + 500)]


def test_of_how_far_a_file_is_only_the_newest_word_is_kept(qtbot: QtBot) -> None:
    queue = EventQueue()
    with qtbot.waitSignal(queue.drained, timeout=PATIENCE_MS) as told:
        queue.put([moving("a", 1), moving("b", 1), recorded(1)])
        queue.put([moving("a", 2)])
    assert told.args == [[moving("b", 1), recorded(1), moving("a", 2)]]


def test_drains_are_not_closer_together_than_they_may_be(qtbot: QtBot) -> None:
    queue = EventQueue()
    watch = QElapsedTimer()
    at_ms: list[int] = []

    def hear(_: list[Event]) -> None:
        at_ms.append(watch.elapsed())
        queue.put([recorded(len(at_ms))])

    queue.drained.connect(hear)
    watch.start()
    queue.put([recorded(0)])
    qtbot.waitUntil(lambda: len(at_ms) >= 6, timeout=PATIENCE_MS)
    assert at_ms[5] - at_ms[0] >= 5 * (EVERY_MS - 2)


def test_a_quiet_queue_has_no_running_timer(qtbot: QtBot) -> None:
    queue = EventQueue()
    timers = queue.findChildren(QTimer)
    assert timers
    with qtbot.waitSignal(queue.drained, timeout=PATIENCE_MS):
        queue.put([recorded(1)])
        queue.put([])
    assert not any(one.isActive() for one in timers)
    queue.put([])
    qtbot.wait(20)
    assert not any(one.isActive() for one in timers)


def test_a_stopped_queue_gives_nothing(qtbot: QtBot) -> None:
    queue = EventQueue()
    heard: list[object] = []
    queue.drained.connect(heard.append)
    queue.put([recorded(1)])
    queue.stop()
    queue.put([recorded(2)])
    queue.drain()
    qtbot.wait(2 * EVERY_MS)
    assert heard == []


# -- the thread ----------------------------------------------------------------------------------------


class Hosted:
    """A loop in its thread, and everything that it tells."""

    def __init__(self, application: Application) -> None:
        self.queue = EventQueue()
        self.events: list[Event] = []
        self.deaths: list[str] = []
        self.opened: list[bool] = []
        self.revived: list[bool] = []
        self.queue.drained.connect(self.events.extend)
        self.thread = LoopThread(application, self.queue, again_s=0.05)
        self.thread.died.connect(self.deaths.append)
        self.thread.opened.connect(lambda: self.opened.append(True))
        self.thread.revived.connect(lambda: self.revived.append(True))

    @property
    def done(self) -> list[str]:
        return [one.path for one in self.events if isinstance(one, Done)]

    @property
    def database(self) -> list[str]:
        return [one.sentence for one in self.events if isinstance(one, Trouble) and not one.site]


@contextmanager
def hosted(application: Application) -> Iterator[Hosted]:
    """Started, and ended at the end."""
    found = Hosted(application)
    found.thread.start()
    try:
        yield found
    finally:
        found.thread.request_stop()
        assert found.thread.wait(PATIENCE_MS)


def odd_application(studio: Studio, environment: Environment) -> Application:
    return Application(
        Options(studio.folder / "odd", studio.settings_dir, studio.database), {}, environment=environment
    )


def test_the_loop_syncs_in_a_thread_of_its_own(studio: Studio, qtbot: QtBot) -> None:
    one = studio.publish(["a.exr"])
    with hosted(studio.application("window")) as host:
        qtbot.waitUntil(lambda: bool(host.done), timeout=PATIENCE_MS)
        assert host.opened == [True]
        assert any(isinstance(event, Reloaded) for event in host.events)
    assert studio.is_synced(one)
    assert (host.deaths, host.database) == ([], [])


def test_a_store_that_can_not_be_opened_is_told_once_and_opened_when_it_is_mended(
    studio: Studio, qtbot: QtBot
) -> None:
    studio.publish(["a.exr"])
    studio.close()
    database, away = studio.folder / "db.sqlite", studio.folder / "away.sqlite"
    database.rename(away)
    database.mkdir()
    with hosted(studio.application("window")) as host:
        qtbot.waitUntil(lambda: bool(host.database), timeout=PATIENCE_MS)
        assert str(database) in host.database[0]
        host.thread.hurry()
        qtbot.wait(300)  # time for another try, which is the same news
        assert (len(host.database), host.opened) == (1, [])
        database.rmdir()
        away.rename(database)
        host.thread.hurry()
        qtbot.waitUntil(lambda: bool(host.done), timeout=PATIENCE_MS)
        assert host.opened == [True]
        assert host.database[1:] == [""]


def test_a_thread_that_waits_for_its_store_ends_at_once(studio: Studio, qtbot: QtBot) -> None:
    (studio.folder / "db.sqlite").unlink(missing_ok=True)
    (studio.folder / "db.sqlite").mkdir()
    with hosted(studio.application("window")) as host:
        qtbot.waitUntil(lambda: bool(host.database), timeout=PATIENCE_MS)
    assert host.opened == []


class FailsOnce:
    """Something that is right but for one call in the loop's thread."""

    def __init__(self) -> None:
        self.is_due = True

    def call(self) -> None:
        if self.is_due and threading.current_thread().name == "syncgui-loop":
            self.is_due = False
            raise ZeroDivisionError("unforeseen")


class FailingChance(random.Random, FailsOnce):
    """Chance that fails once: no loop can be made."""

    def __init__(self) -> None:
        random.Random.__init__(self)
        FailsOnce.__init__(self)

    def getrandbits(self, k: int, /) -> int:
        self.call()
        return super().getrandbits(k)


class FailingWaits(FailsOnce):
    """Makes signals, one of which fails once when told to: the loop's own wait, which nothing guards."""

    def __init__(self) -> None:
        super().__init__()
        self.is_due = False

    def signal(self) -> threading.Event:
        return _FailingSignal(self)


class _FailingSignal(threading.Event):
    def __init__(self, fails: FailsOnce) -> None:
        super().__init__()
        self._fails = fails

    def wait(self, timeout: float | None = None) -> bool:
        self._fails.call()
        return super().wait(timeout)


def test_a_loop_that_can_not_be_made_is_told_and_made_again(studio: Studio, qtbot: QtBot) -> None:
    studio.publish(["a.exr"])
    environment = replace(real_environment(), random=FailingChance())
    with hosted(odd_application(studio, environment)) as host:
        qtbot.waitUntil(lambda: bool(host.done), timeout=PATIENCE_MS)
    assert host.deaths == ["ZeroDivisionError: unforeseen"]
    assert host.revived == [True]


def test_a_loop_that_dies_in_the_middle_is_told_and_another_goes_on(studio: Studio, qtbot: QtBot) -> None:
    waits = FailingWaits()
    first = studio.publish(["a.exr"])
    with hosted(odd_application(studio, replace(real_environment(), signal=waits.signal))) as host:
        qtbot.waitUntil(lambda: studio.is_synced(first), timeout=PATIENCE_MS)
        waits.is_due = True
        second = studio.publish(["b.exr"])
        qtbot.waitUntil(lambda: studio.is_synced(second), timeout=PATIENCE_MS)
        qtbot.waitUntil(lambda: bool(host.revived), timeout=PATIENCE_MS)
    assert host.deaths == ["ZeroDivisionError: unforeseen"]


@pytest.mark.parametrize("command", ["pause", "sync_now"])
def test_what_is_ordered_while_there_is_no_loop_is_kept(studio: Studio, command: str) -> None:
    application = studio.application("window")
    thread = LoopThread(application, EventQueue())
    orders: dict[str, Callable[[], None]] = {
        "pause": lambda: thread.pause(9e9),
        "sync_now": thread.sync_now,
    }
    orders[command]()
    control = application.state.control()
    assert (control.paused_until, control.wakes) == ((9e9, 0) if command == "pause" else (None, 1))
    thread.resume()
    assert application.state.control().paused_until is None


_STUCK = """
import os, sys
from PySide6.QtCore import QCoreApplication, QTimer
from syncgui.views.loop_thread import leave_behind
from syncgui.views.task_thread import TaskThread
application = QCoreApplication([])
reading, writing = os.pipe()
thread = TaskThread("stuck")
thread.start()
thread.submit(lambda: os.read(reading, 1), print)
QTimer.singleShot(100, application.quit)
application.exec()
if not thread.stop(0.1):
    leave_behind([thread])
print("at the end")
"""


def test_a_thread_that_is_stuck_does_not_keep_the_process_from_ending_well() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _STUCK], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stdout) == (0, "at the end\n")
    assert "stuck is blocked" in ended.stderr
    assert "Destroyed" not in ended.stderr
