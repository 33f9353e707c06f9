"""Two programs of one user on one database: only one of them writes the index, and both tell the same."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from syncgui.model.status import Status
from syncgui.views.headline import Shape, shape
from tests.engine.studio import PROJECT, Studio
from tests.views.sessions import PATIENCE_MS, Watched, session_of


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """An empty studio."""
    found = Studio(tmp_path)
    yield found
    found.close()


def have(status: Status, files: int, *sessions: Watched) -> bool:
    return all(one.files(status) == files for one in sessions)


def test_both_show_the_same_totals_in_the_end(studio: Studio, qtbot: QtBot) -> None:
    for number in range(30):
        studio.publish([f"{number}/{part}.exr" for part in range(4)])
    with session_of(studio.application("window")) as one, session_of(studio.application("window")) as other:
        qtbot.waitUntil(lambda: have(Status.SYNCED, 120, one, other), timeout=PATIENCE_MS)
        assert [watched.session.application.index.is_writer for watched in (one, other)].count(True) == 1
        late = studio.publish(["late/1.exr", "late/2.exr"])
        qtbot.waitUntil(lambda: have(Status.SYNCED, 122, one, other), timeout=PATIENCE_MS)
        qtbot.waitUntil(
            lambda: shape(one.standing) is shape(other.standing) is Shape.SYNCED, timeout=PATIENCE_MS
        )
        assert one.standing.totals == other.standing.totals
        for watched in (one, other):
            assert any(project == PROJECT and (late in ids or not ids) for project, ids in watched.rows)
    assert studio.tree("backup") == studio.tree("studio")


def test_when_the_one_that_writes_ends_the_other_goes_on(studio: Studio, qtbot: QtBot) -> None:
    studio.publish(["a.exr"])
    with session_of(studio.application("window")) as one:
        qtbot.waitUntil(lambda: have(Status.SYNCED, 1, one), timeout=PATIENCE_MS)
        with session_of(studio.application("window")) as other:
            qtbot.waitUntil(lambda: have(Status.SYNCED, 1, other), timeout=PATIENCE_MS)
            assert one.session.stop()
            studio.publish(["b.exr"])
            qtbot.waitUntil(lambda: have(Status.SYNCED, 2, other), timeout=PATIENCE_MS)
            assert other.session.application.index.is_writer


def test_a_pause_in_one_is_seen_in_the_other_and_so_is_its_end(studio: Studio, qtbot: QtBot) -> None:
    with session_of(studio.application("window")) as one, session_of(studio.application("window")) as other:
        qtbot.waitUntil(lambda: other.standing.checked is not None, timeout=PATIENCE_MS)
        one.session.pause()
        qtbot.waitUntil(lambda: other.standing.health.paused_until == math.inf, timeout=PATIENCE_MS)
        held = studio.publish(["a.exr"])
        qtbot.waitUntil(lambda: have(Status.QUEUED, 1, one, other), timeout=PATIENCE_MS)
        assert not studio.is_synced(held)
        other.session.resume()
        qtbot.waitUntil(lambda: one.standing.health.paused_until is None, timeout=PATIENCE_MS)
        qtbot.waitUntil(lambda: have(Status.SYNCED, 1, one, other), timeout=PATIENCE_MS)
