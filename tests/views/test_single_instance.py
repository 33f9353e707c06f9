"""One window per user: who is first, how a second one reaches it, and what a killed one leaves behind."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from syncgui.views.single_instance import SingleInstance, address_in

FIRST = """
import sys
from pathlib import Path
from PySide6.QtWidgets import QApplication
from syncgui.views.single_instance import SingleInstance
qt = QApplication([])
one = SingleInstance(Path(sys.argv[1]))
one.raise_requested.connect(lambda: print("raised", flush=True))
print(one.claim(), flush=True)
qt.exec()
"""

SECOND = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from syncgui.views.single_instance import SingleInstance
qt = QCoreApplication([])
one = SingleInstance(Path(sys.argv[1]))
print(one.claim() or one.raise_first())
"""


def started(program: str, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", program, str(folder)], stdout=subprocess.PIPE, text=True)


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def ended(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait(30)
    if process.stdout is not None:
        process.stdout.close()


def test_the_first_is_asked_to_come_forward_by_the_second(qtbot: QtBot, tmp_path: Path) -> None:
    first = SingleInstance(tmp_path)
    assert first.claim()
    raised: list[bool] = []
    first.raise_requested.connect(lambda: raised.append(True))
    second = started(SECOND, tmp_path)
    qtbot.waitUntil(lambda: second.poll() is not None, timeout=30_000)
    assert line(second) == "True"
    assert raised == [True]
    ended(second)
    first.release()


def test_there_is_one_first_at_a_time(qtbot: QtBot, tmp_path: Path) -> None:
    first, second = SingleInstance(tmp_path), SingleInstance(tmp_path)
    assert first.claim()
    assert not second.claim()
    first.release()
    assert second.claim()
    second.release()


def test_one_that_was_killed_blocks_nobody_and_its_socket_is_taken_over(qtbot: QtBot, tmp_path: Path) -> None:
    killed = started(FIRST, tmp_path)
    assert line(killed) == "True"
    killed.send_signal(signal.SIGKILL)
    ended(killed)
    assert Path(address_in(tmp_path)).exists()
    next_one = started(FIRST, tmp_path)
    assert line(next_one) == "True"
    assert SingleInstance(tmp_path).raise_first(timeout_ms=30_000)
    assert line(next_one) == "raised"
    ended(next_one)


def test_nobody_answers_where_nobody_is(qtbot: QtBot, tmp_path: Path) -> None:
    assert not SingleInstance(tmp_path).raise_first(timeout_ms=500)


@pytest.mark.parametrize("depth", [1, 6])
def test_a_folder_may_lie_deep(qtbot: QtBot, tmp_path: Path, depth: int) -> None:
    folder = tmp_path.joinpath(*["ordner" + "x" * 20] * depth)
    address = address_in(folder)
    assert len(address.encode()) <= 104
    assert address != address_in(folder / "other")
    first = SingleInstance(folder)
    assert first.claim()
    assert Path(address).exists()
    assert Path(address).stat().st_mode & 0o077 == 0
    first.release()
    assert not Path(address).exists()


def test_a_second_with_a_token_is_understood(qtbot: QtBot, tmp_path: Path) -> None:
    process = started(FIRST, tmp_path)
    assert line(process) == "True"
    second = SingleInstance(tmp_path)
    assert second.raise_first(timeout_ms=30_000, environ={"XDG_ACTIVATION_TOKEN": "abc/def 12"})
    assert line(process) == "raised"
    ended(process)
