"""One open studio behind the windows: real engine, real files, real threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from syncgui.actions import Action
from syncgui.model.status import Pair, Status
from syncgui.views.event_queue import EVERY_MS
from syncgui.views.headline import Shape, project_sentence, shape
from syncgui.views.session import Session
from syncgui.views.standing import Flow
from tests.engine.files import Held
from tests.engine.studio import PROJECT, Studio, change_settings
from tests.views.sessions import PATIENCE_MS, session_of


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """An empty studio."""
    found = Studio(tmp_path)
    yield found
    found.close()


def test_what_it_tells_comes_in_the_thread_of_the_windows(studio: Studio, qtbot: QtBot) -> None:
    one = studio.publish(["a.exr"])
    with session_of(studio.application("window")) as watched:
        qtbot.waitUntil(lambda: watched.files(Status.SYNCED) == 1, timeout=PATIENCE_MS)
        qtbot.waitUntil(lambda: shape(watched.standing) is Shape.SYNCED, timeout=PATIENCE_MS)
        assert [(done.path, done.representations) for done in watched.arrived] == [
            ("{root[work]}/a.exr", (one,))
        ]
        assert (PROJECT, frozenset([one])) in watched.rows
        assert watched.projects == 1
        assert watched.standing.projects[PROJECT].pair == Pair("studio", "backup")
        assert watched.standing.checked is not None
        # What changes in the very last moment is not told any more, so it is looked at before.
        qtbot.waitUntil(lambda: watched.standings[-1] == watched.standing, timeout=PATIENCE_MS)
    assert watched.threads == {threading.current_thread()}


def test_totals_follow_a_publish_of_another_program(studio: Studio, qtbot: QtBot) -> None:
    studio.publish(["a.exr"])
    with session_of(studio.application("window")) as watched:
        qtbot.waitUntil(lambda: watched.files(Status.SYNCED) == 1, timeout=PATIENCE_MS)
        two = studio.publish(["b.exr", "c.exr"])
        qtbot.waitUntil(lambda: watched.files(Status.SYNCED) == 3, timeout=PATIENCE_MS)
        assert any(two in ids for _, ids in watched.rows)


def test_a_database_without_a_project_says_so(studio: Studio, qtbot: QtBot) -> None:
    with session_of(studio.application("window")) as watched:
        qtbot.waitUntil(lambda: watched.standing.checked is not None, timeout=PATIENCE_MS)
        assert project_sentence(watched.standing, "", time.time()) == "No project yet"
        studio.publish(["a.exr"], project="Later")
        qtbot.waitUntil(lambda: list(watched.standing.projects) == ["Later"], timeout=PATIENCE_MS)


def test_rows_of_an_index_that_another_program_writes_are_told_once_it_has_them(
    studio: Studio, qtbot: QtBot
) -> None:
    studio.publish(["a.exr"])
    writer = studio.application("window")
    assert writer.index.become_writer()
    writer.state.pause(float("inf"))  # what is synced is told anyway
    with session_of(studio.application("window")) as watched:
        qtbot.waitUntil(lambda: PROJECT in watched.standing.totals, timeout=PATIENCE_MS)
        assert not watched.session.application.index.is_writer
        assert watched.standing.totals[PROJECT].pair is None
        watched.rows.clear()
        writer.catch_up(writer.projects())
        qtbot.waitUntil(lambda: watched.standing.totals[PROJECT].pair is not None, timeout=PATIENCE_MS)
        qtbot.waitUntil(lambda: PROJECT in [name for name, _ in watched.rows], timeout=PATIENCE_MS)
        two = studio.publish(["b.exr"])
        qtbot.waitUntil(lambda: any(two in ids for _, ids in watched.rows), timeout=PATIENCE_MS)
        watched.rows.clear()  # too early: the index does not have it
        writer.catch_up(writer.projects())
        qtbot.waitUntil(lambda: any(two in ids for _, ids in watched.rows), timeout=PATIENCE_MS)


def test_a_pause_holds_at_once_and_outlives_the_session(studio: Studio, qtbot: QtBot) -> None:
    until = time.time() + 3600
    with session_of(studio.application("window")) as watched:
        watched.session.pause(until)  # before the parts are open
        qtbot.waitUntil(lambda: watched.standing.health.paused_until == until, timeout=PATIENCE_MS)
        assert shape(watched.standing) in (Shape.PAUSED, Shape.WAITING)
    one = studio.publish(["a.exr"])
    with session_of(studio.application("window")) as watched:
        qtbot.waitUntil(lambda: watched.files(Status.QUEUED) == 1, timeout=PATIENCE_MS)
        qtbot.waitUntil(lambda: shape(watched.standing) is Shape.PAUSED, timeout=PATIENCE_MS)
        assert not studio.is_synced(one)
        watched.session.resume()
        qtbot.waitUntil(lambda: watched.files(Status.SYNCED) == 1, timeout=PATIENCE_MS)
        qtbot.waitUntil(lambda: shape(watched.standing) is Shape.SYNCED, timeout=PATIENCE_MS)
    assert studio.is_synced(one)


def test_a_pause_by_another_program_is_seen(studio: Studio, qtbot: QtBot) -> None:
    with session_of(studio.application("window")) as watched:
        qtbot.waitUntil(lambda: watched.standing.checked is not None, timeout=PATIENCE_MS)
        studio.application("window").state.pause(float("inf"))
        qtbot.waitUntil(lambda: watched.standing.health.paused_until == float("inf"), timeout=PATIENCE_MS)


def test_another_choice_of_sites_is_seen_with_its_totals(studio: Studio, qtbot: QtBot) -> None:
    studio.root("third").mkdir()
    studio.publish(["a.exr"])
    root = str(studio.root("third"))

    def add_third(server: dict[str, dict[str, object]]) -> None:
        server["sites"]["third"] = {"provider": "local_drive", "root": {"work": root}}
        server["config"]["remote_site"] = "third"

    with session_of(studio.application("window")) as watched:
        qtbot.waitUntil(lambda: watched.files(Status.SYNCED) == 1, timeout=PATIENCE_MS)
        watched.rows.clear()
        change_settings(studio, add_third)
        watched.session.sync_now()
        pair = Pair("studio", "third")
        qtbot.waitUntil(lambda: watched.standing.projects[PROJECT].pair == pair, timeout=PATIENCE_MS)
        qtbot.waitUntil(lambda: watched.files(Status.SYNCED) == 0, timeout=PATIENCE_MS)
        assert watched.standing.totals[PROJECT].pair == pair
        # The loop says nothing of rows that only look different now.
        qtbot.waitUntil(lambda: (PROJECT, frozenset()) in watched.rows, timeout=PATIENCE_MS)


def test_an_action_is_done_and_its_number_told(studio: Studio, qtbot: QtBot) -> None:
    change_settings(studio, lambda server: server["config"].update(retry_cnt=1))
    one = studio.publish(["a.exr", "b.exr"])
    (studio.root("studio") / "a.exr").unlink()
    with session_of(studio.application("window")) as watched:
        qtbot.waitUntil(lambda: watched.files(Status.FAILED) == 1, timeout=PATIENCE_MS)
        studio.write("a.exr", b"a.exr")
        numbers: list[int] = []
        watched.session.act(Action.RETRY, PROJECT, [one], numbers.append)
        qtbot.waitUntil(lambda: watched.files(Status.SYNCED) == 2, timeout=PATIENCE_MS)
        assert numbers == [1]
    assert watched.refused == []


def test_a_pause_does_not_wait_for_a_disk_that_hangs(studio: Studio, qtbot: QtBot) -> None:
    gate = threading.Event()
    with session_of(studio.application("window")) as watched:
        watched.session.do(gate.wait, lambda _: None)
        watched.session.pause()
        qtbot.waitUntil(lambda: watched.standing.health.paused_until is not None, timeout=PATIENCE_MS)
        gate.set()


def test_a_look_that_hangs_keeps_no_command_waiting(studio: Studio, qtbot: QtBot) -> None:
    change_settings(studio, lambda server: server["config"].update(retry_cnt=1))
    studio.publish(["other.exr"])
    one = studio.publish(["a.exr"])
    (studio.root("studio") / "a.exr").unlink()
    gate = threading.Event()
    with session_of(studio.application("window")) as watched:
        watched.session.look(gate.wait, lambda _: None)
        qtbot.waitUntil(lambda: watched.files(Status.FAILED) == 1, timeout=PATIENCE_MS)
        numbers: list[int] = []
        watched.session.act(Action.RETRY, PROJECT, [one], numbers.append)
        watched.session.pause()
        qtbot.waitUntil(lambda: numbers == [1], timeout=PATIENCE_MS)
        qtbot.waitUntil(lambda: watched.standing.health.paused_until is not None, timeout=PATIENCE_MS)
        gate.set()


def test_how_many_files_are_tried_again_is_told(studio: Studio, qtbot: QtBot) -> None:
    change_settings(studio, lambda server: server["config"].update(retry_cnt=1))
    studio.publish(["a.exr", "b.exr"])
    (studio.root("studio") / "a.exr").unlink()
    numbers: list[int] = []
    with session_of(studio.application("window")) as watched:
        watched.session.retry_failed(None, numbers.append)  # nothing is known yet
        qtbot.waitUntil(lambda: numbers == [0], timeout=PATIENCE_MS)
        qtbot.waitUntil(lambda: watched.files(Status.FAILED) == 1, timeout=PATIENCE_MS)
        studio.write("a.exr", b"a.exr")
        watched.session.retry_failed(PROJECT, numbers.append)
        qtbot.waitUntil(lambda: watched.files(Status.SYNCED) == 2, timeout=PATIENCE_MS)
        watched.session.retry_failed(None, numbers.append)
        qtbot.waitUntil(lambda: numbers == [0, 1, 0], timeout=PATIENCE_MS)


def test_nobody_to_exchange_with_is_a_choice_and_no_error(studio: Studio, qtbot: QtBot) -> None:
    studio.publish(["a.exr"])
    change_settings(studio, lambda server: server["config"].update(remote_site=""))
    with session_of(studio.application("window")) as watched:
        qtbot.waitUntil(lambda: PROJECT in watched.standing.health.idle, timeout=PATIENCE_MS)
        assert shape(watched.standing) is Shape.WAITING
        hitch = watched.standing.health.idle[PROJECT]
        assert (hitch.sentence, hitch.next_step) == (
            f"{PROJECT} exchanges with nobody.",
            "Choose a partner: Sites…",
        )


def running_timers_ms(session: Session) -> list[int]:
    """How often the session's running timers ring."""
    return sorted(one.interval() for one in session.findChildren(QTimer) if one.isActive())


def test_what_moves_is_shown_with_its_speed_and_falls_to_rest(studio: Studio, qtbot: QtBot) -> None:
    files = Held()
    one = studio.publish(["a.exr"], content=bytes(9_000_000))
    with session_of(studio.application("window", files)) as watched:
        qtbot.waitUntil(files.reached.is_set, timeout=PATIENCE_MS)
        files.let_go.set()
        qtbot.waitUntil(lambda: watched.files(Status.SYNCED) == 1, timeout=PATIENCE_MS)
        qtbot.waitUntil(lambda: watched.standing.flow == Flow(), timeout=PATIENCE_MS)
        flows = [standing.flow for standing in watched.standings]
        assert max(flow.up_bytes_per_s for flow in flows) > 1_000_000
        assert any((PROJECT, one) in flow.moving for flow in flows)
        qtbot.waitUntil(lambda: running_timers_ms(watched.session) == [30_000], timeout=PATIENCE_MS)


def test_standing_and_rows_are_told_at_most_twelve_times_a_second(studio: Studio, qtbot: QtBot) -> None:
    for number in range(60):
        studio.publish([f"{number}/{part}.exr" for part in range(5)])
    with session_of(studio.application("window")) as watched:
        qtbot.waitUntil(lambda: watched.files(Status.SYNCED) == 300, timeout=PATIENCE_MS)
    for told_s in (watched.told_s, watched.rows_s):
        gaps = [after - before for before, after in pairwise(told_s)]
        assert min(gaps) >= (EVERY_MS - 10) / 1000
    assert all(one != other for one, other in pairwise(watched.standings))
