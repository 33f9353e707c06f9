"""Where cyclic garbage is collected while there are windows."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from syncgui.views.garbage import GarbageInThisThread

MANY = 20_000


class Cycle:
    """Dies by collection only, and notes in which thread."""

    def __init__(self, ends: list[threading.Thread]) -> None:
        self.me = self
        self.ends = ends

    def __del__(self) -> None:
        self.ends.append(threading.current_thread())


@pytest.fixture
def garbage(qtbot: QtBot) -> Iterator[GarbageInThisThread]:
    """On, and off again at the end."""
    gc.enable()  # as where a program begins
    found = GarbageInThisThread()
    yield found
    found.close()


def make_garbage(ends: list[threading.Thread]) -> None:
    """A cycle, and then so many objects that Python would collect."""
    Cycle(ends)
    _alive.append([[number] for number in range(MANY)])


_alive: list[list[list[int]]] = []


@pytest.fixture(autouse=True)
def nothing_is_kept() -> Iterator[None]:
    """What was made to fill the collector goes after each test."""
    yield
    _alive.clear()


def test_another_thread_never_collects(garbage: GarbageInThisThread) -> None:
    ends: list[threading.Thread] = []
    maker = threading.Thread(target=make_garbage, args=(ends,))
    maker.start()
    maker.join()
    assert ends == []
    garbage.look()
    assert ends == [threading.current_thread()]


def test_it_is_done_by_itself(garbage: GarbageInThisThread, qtbot: QtBot) -> None:
    ends: list[threading.Thread] = []
    make_garbage(ends)
    qtbot.waitUntil(lambda: bool(ends), timeout=30_000)
    assert ends == [threading.current_thread()]


def test_a_little_garbage_is_not_worth_a_collection(garbage: GarbageInThisThread) -> None:
    ends: list[threading.Thread] = []
    gc.collect()
    Cycle(ends)
    garbage.look()
    assert ends == []


def test_at_the_end_python_does_it_again(qtbot: QtBot) -> None:
    gc.enable()
    garbage = GarbageInThisThread()
    assert (gc.isenabled(), gc.get_freeze_count() > 0) == (False, True)
    garbage.close()
    assert (gc.isenabled(), gc.get_freeze_count()) == (True, 0)


def test_it_looks_more_seldom_while_there_is_nothing_to_do(garbage: GarbageInThisThread) -> None:
    gc.collect()
    (timer,) = garbage.findChildren(QTimer)
    assert timer.interval() == 500
    for _ in range(9):
        garbage.look()
    assert timer.interval() == 4_000
    make_garbage([])
    garbage.look()
    assert (timer.interval(), timer.isActive()) == (500, True)
