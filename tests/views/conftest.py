"""Views are tested offscreen, with real threads, files and databases.

A warning of Qt fails a test, and so does a test that leaves a QThread running. Where Qt's libraries are
missing this folder is not collected at all.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
import shiboken6
from PySide6.QtCore import QThread

# Said by the offscreen platform of every window that asks for what it has not.
_KNOWN_NOISE = [r"This plugin does not support propagateSizeHints\(\)", "This plugin does not support raise"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Qt warnings fail every test here."""
    for item in items:
        if "tests/views/" in item.nodeid:
            item.add_marker(pytest.mark.qt_log_level_fail("WARNING"))
            item.add_marker(pytest.mark.qt_log_ignore(*_KNOWN_NOISE))


@pytest.fixture(autouse=True)
def garbage_is_collected_in_the_main_thread() -> Iterator[None]:
    """As in the program: a cycle of Qt objects must not be destroyed by whichever thread comes along."""
    gc.disable()
    yield
    gc.collect()
    gc.enable()


@pytest.fixture(autouse=True)
def no_thread_is_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail a test that leaves a QThread running."""
    started: list[QThread] = []
    start = QThread.start

    def noted(thread: QThread) -> None:
        started.append(thread)
        start(thread)

    monkeypatch.setattr(QThread, "start", noted)
    yield
    running = [one.objectName() for one in started if shiboken6.isValid(one) and one.isRunning()]
    assert not running, f"threads left running: {running}"
