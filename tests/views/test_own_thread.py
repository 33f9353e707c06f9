"""The thread of a window that is open before there is a session."""

from __future__ import annotations

import threading

from PySide6.QtCore import QObject, QThread
from pytestqt.qtbot import QtBot

from syncgui.views.own_thread import OwnThread
from syncgui.views.task_thread import TaskThread

PATIENCE_MS = 30_000
PATIENCE_S = 30.0


def thread_of(owner: QObject) -> TaskThread:
    """The one thread that belongs to an object."""
    (found,) = owner.findChildren(TaskThread)
    return found


def test_a_task_is_answered_and_the_thread_ends_with_its_owner(qtbot: QtBot) -> None:
    owner, answers = QObject(), list[int]()
    own = OwnThread("syncgui-test", owner)
    own.ask(lambda: 3, answers.append)
    qtbot.waitUntil(lambda: answers == [3], timeout=PATIENCE_MS)
    thread = thread_of(owner)
    own.end()
    assert thread.isFinished()
    own.end()


def test_a_task_that_hangs_keeps_nobody_waiting(qtbot: QtBot) -> None:
    owner, answers = QObject(), list[bool]()
    own = OwnThread("syncgui-test", owner)
    begun, goes_on = threading.Event(), threading.Event()

    def hangs() -> bool:
        begun.set()
        return goes_on.wait(PATIENCE_S)

    own.ask(hangs, answers.append)
    assert begun.wait(PATIENCE_S)
    thread = thread_of(owner)
    rescue = threading.Timer(5.0, goes_on.set)
    rescue.start()
    try:
        own.end()
        assert not goes_on.is_set(), "it waited for the task"
    finally:
        rescue.cancel()
        goes_on.set()
    assert thread.wait(PATIENCE_MS)
    assert thread.parent() is QThread.currentThread(), "it outlives the window"
    qtbot.wait(1)
    assert answers == [], "nobody wants the answer any more"
