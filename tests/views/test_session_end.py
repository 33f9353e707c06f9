"""The end of a session, at any moment."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from syncgui.model.status import Status
from syncgui.views.session import Session
from tests.engine.studio import Studio
from tests.views.sessions import PATIENCE_MS, session_of


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """An empty studio."""
    found = Studio(tmp_path)
    yield found
    found.close()


def test_answers_after_the_end_are_dropped(studio: Studio, qtbot: QtBot) -> None:
    gate, reached = threading.Event(), threading.Event()
    answers: list[object] = []

    def slow() -> int:
        reached.set()
        gate.wait()
        return 1

    with session_of(studio.application("window")) as watched:
        watched.session.ask(slow, answers.append)
        watched.session.do(slow, answers.append)
        qtbot.waitUntil(reached.is_set, timeout=PATIENCE_MS)
        threading.Timer(0.05, gate.set).start()
    told = len(watched.standings)
    watched.session.ask(lambda: 2, answers.append)
    watched.session.sync_now()
    qtbot.wait(50)
    assert (answers, len(watched.standings)) == ([], told)


def test_it_can_be_stopped_before_it_began_and_twice(studio: Studio, qtbot: QtBot) -> None:
    session = Session(studio.application("window"))
    assert session.stop()
    assert session.stop()


def is_all_synced(studio: Studio, ids: Sequence[str], parts: int) -> bool:
    return all(studio.is_synced(one, position=part) for one in ids for part in range(parts))


def test_stopped_at_any_moment_nothing_is_lost_and_no_thread_is_left(studio: Studio, qtbot: QtBot) -> None:
    moments = random.Random(3)
    content = bytes(range(256)) * 200
    ids: list[str] = []
    interrupted = 0
    for turn in range(20):
        ids += [
            studio.publish([f"{turn}/{number}/{part}.exr" for part in range(5)], content=content)
            for number in range(10)
        ]
        with session_of(studio.application("window")):
            qtbot.wait(moments.randrange(0, 120))
        interrupted += not is_all_synced(studio, ids, 5)
        # Python keeps a stand-in for a thread that Qt made until the next one comes.
        left = [one.name for one in threading.enumerate() if not isinstance(one, threading._DummyThread)]
        assert not [name for name in left if name.startswith("syncgui")]
    assert interrupted, "the work was done before it could be stopped"
    with session_of(studio.application("window")) as watched:
        qtbot.waitUntil(lambda: watched.files(Status.SYNCED) == 1_000, timeout=2 * PATIENCE_MS)
    assert is_all_synced(studio, ids, 5)
    assert studio.tree("backup") == studio.tree("studio")
    assert all("tries" not in studio.entry(one, position=part) for one in ids for part in range(5))
    assert studio.application("window").state.kept_results() == []


_STUCK = """
import os, sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication, QTimer
from syncgui.application import Application, Options
from syncgui.views.session import Session
home, settings, database = sys.argv[1:]
qt = QCoreApplication([])
session = Session(Application(Options(Path(home), Path(settings), database), {}))
never, _ = os.pipe()
session.WHO(lambda: os.read(never, 1), print)
session.opened.connect(lambda: QTimer.singleShot(100, qt.quit))
session.start()
qt.exec()
print(session.stop(2.0), session.stop())
"""


@pytest.mark.parametrize(("who", "name"), [("ask", "reader"), ("look", "looker")])
def test_a_thread_that_hangs_for_ever_does_not_keep_the_process_from_ending_well(
    studio: Studio, who: str, name: str
) -> None:
    one = studio.publish(["a.exr"])
    given = (str(studio.folder / "window"), str(studio.settings_dir), studio.database)
    command = [sys.executable, "-c", _STUCK.replace("WHO", who), *given]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout) == (0, "False False\n")
    assert f"syncgui-{name} is blocked" in ended.stderr
    assert "Destroyed" not in ended.stderr
    studio.sync_once(studio.application("window"))  # nothing that it left is in the way
    assert studio.is_synced(one)
