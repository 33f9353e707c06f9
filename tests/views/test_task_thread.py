"""The thread that answers questions."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial

import pytest
import shiboken6
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from syncgui.views.task_thread import TaskThread


@pytest.fixture
def thread(qtbot: QtBot) -> Iterator[TaskThread]:
    """A running thread."""
    found = TaskThread("asked")
    found.start()
    yield found
    assert found.stop()


class _Listener(QObject):
    def __init__(self) -> None:
        super().__init__()
        self.heard: list[tuple[object, threading.Thread]] = []

    def hear(self, value: object) -> None:
        self.heard.append((value, threading.current_thread()))


def test_an_answer_comes_in_the_thread_that_asked(thread: TaskThread, qtbot: QtBot) -> None:
    listener = _Listener()
    thread.submit(threading.current_thread, listener.hear)
    qtbot.waitUntil(lambda: bool(listener.heard))
    (where, heard_in), *_ = listener.heard
    assert heard_in is threading.current_thread()
    assert where is not threading.current_thread()


def test_of_waiting_tasks_of_one_key_only_the_newest_is_run(thread: TaskThread, qtbot: QtBot) -> None:
    gate = threading.Event()
    heard: list[str] = []
    thread.submit(gate.wait, lambda _: None)
    for text in ("first", "second", "third"):
        thread.submit(partial(str, text), heard.append, key="rows")
    thread.submit(lambda: "other", heard.append)
    gate.set()
    qtbot.waitUntil(lambda: len(heard) == 2)
    assert heard == ["third", "other"]


def test_a_task_that_raises_is_told_and_stops_nothing(thread: TaskThread, qtbot: QtBot) -> None:
    told: list[Exception] = []
    heard: list[int] = []
    thread.submit(lambda: 1 // 0, heard.append, told.append)
    thread.submit(lambda: 1 // 0, heard.append)
    thread.submit(lambda: 7, heard.append)
    qtbot.waitUntil(lambda: heard == [7])
    assert [type(one) for one in told] == [ZeroDivisionError]


def test_an_answer_for_an_object_that_is_gone_is_dropped(thread: TaskThread, qtbot: QtBot) -> None:
    gate = threading.Event()
    listener = _Listener()
    heard: list[bool] = []
    thread.submit(gate.wait, listener.hear)
    thread.submit(lambda: True, heard.append)
    shiboken6.delete(listener)
    gate.set()
    qtbot.waitUntil(lambda: heard == [True])
    assert listener.heard == []


def test_it_ends_with_tasks_still_waiting(qtbot: QtBot) -> None:
    thread = TaskThread("asked")
    gate = threading.Event()
    heard: list[object] = []
    thread.start()
    thread.submit(gate.wait, heard.append)
    thread.submit(lambda: 1, heard.append)
    threading.Timer(0.05, gate.set).start()
    assert thread.stop()
    qtbot.wait(50)
    assert heard == []
