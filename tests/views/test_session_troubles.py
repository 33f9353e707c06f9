"""What a session tells of trouble, and that it goes on by itself; real engine, real files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import apsw
import pytest
from pytestqt.qtbot import QtBot

from syncgui.actions import Action
from syncgui.engine.environment import real_environment
from syncgui.model.errors import DatabaseUnreachableError, SettingsError, SyncError
from syncgui.model.status import Status
from syncgui.views.headline import Shape, shape
from tests.engine.files import Held
from tests.engine.studio import PROJECT, Studio, change_settings
from tests.views.sessions import PATIENCE_MS, session_of
from tests.views.test_loop_thread import FailingChance, odd_application


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """An empty studio."""
    found = Studio(tmp_path)
    yield found
    found.close()


def test_broken_settings_are_told_and_that_ends_when_they_are_mended(studio: Studio, qtbot: QtBot) -> None:
    studio.publish(["a.exr"])
    path = studio.settings_dir / "project_settings" / "global.json"
    good = path.read_text()
    with session_of(studio.application("window")) as watched:
        qtbot.waitUntil(lambda: watched.files(Status.SYNCED) == 1, timeout=PATIENCE_MS)
        path.write_text(good[:-20])
        watched.session.sync_now()
        qtbot.waitUntil(lambda: PROJECT in watched.standing.health.idle, timeout=PATIENCE_MS)
        assert str(path) in watched.standing.health.idle[PROJECT].sentence
        assert shape(watched.standing) is Shape.ERROR
        path.write_text(good)
        watched.session.sync_now()
        qtbot.waitUntil(lambda: shape(watched.standing) is Shape.SYNCED, timeout=PATIENCE_MS)
        assert watched.standing.health.idle == {}


def test_a_locked_database_is_told_and_that_ends_by_itself(studio: Studio, qtbot: QtBot) -> None:
    files = Held()
    one = studio.publish(["b.exr"])
    with session_of(studio.application("window", files)) as watched:
        qtbot.waitUntil(files.reached.is_set, timeout=PATIENCE_MS)
        locker = apsw.Connection(str(studio.folder / "db.sqlite"))
        locker.set_busy_timeout(30_000)
        locker.execute("BEGIN EXCLUSIVE")
        files.let_go.set()
        qtbot.waitUntil(lambda: watched.standing.health.database is not None, timeout=PATIENCE_MS)
        assert shape(watched.standing) is Shape.ERROR
        locker.execute("ROLLBACK")
        locker.close()
        qtbot.waitUntil(lambda: watched.standing.health.database is None, timeout=PATIENCE_MS)
        qtbot.waitUntil(lambda: watched.files(Status.SYNCED) == 1, timeout=PATIENCE_MS)
    assert studio.is_synced(one)


def test_a_store_that_can_not_be_opened_is_told_and_what_was_asked_waits(
    studio: Studio, qtbot: QtBot
) -> None:
    studio.publish(["a.exr"])
    studio.close()
    database, away = studio.folder / "db.sqlite", studio.folder / "away.sqlite"
    database.rename(away)
    database.mkdir()
    with session_of(studio.application("window")) as watched:
        answers: list[str] = []
        application = watched.session.application
        watched.session.ask(lambda: application.store.identity, answers.append)
        qtbot.waitUntil(lambda: watched.standing.health.database is not None, timeout=PATIENCE_MS)
        assert answers == []
        database.rmdir()
        away.rename(database)
        watched.session.sync_now()
        qtbot.waitUntil(lambda: watched.files(Status.SYNCED) == 1, timeout=PATIENCE_MS)
        qtbot.waitUntil(lambda: bool(answers), timeout=PATIENCE_MS)
        assert watched.standing.health.database is None


def test_commands_work_before_the_store_can_be_opened(studio: Studio, qtbot: QtBot) -> None:
    studio.publish(["a.exr"])
    studio.close()
    database, away = studio.folder / "db.sqlite", studio.folder / "away.sqlite"
    database.rename(away)
    database.mkdir()
    with session_of(studio.application("window")) as watched:
        session, answers, errors = watched.session, list[int](), list[Exception]()
        session.pause()
        qtbot.waitUntil(lambda: watched.standing.health.paused_until is not None, timeout=PATIENCE_MS)
        session.look(lambda: 1, answers.append)
        session.do(lambda: 2, answers.append)
        qtbot.waitUntil(lambda: sorted(answers) == [1, 2], timeout=PATIENCE_MS)
        session.do(lambda: session.application.store.identity, print, errors.append)
        session.retry_failed(PROJECT)
        qtbot.waitUntil(lambda: bool(errors and watched.refused), timeout=PATIENCE_MS)
        assert {type(one) for one in (*errors, *watched.refused)} == {DatabaseUnreachableError}
        session.resume()
        qtbot.waitUntil(lambda: watched.standing.health.paused_until is None, timeout=PATIENCE_MS)
        database.rmdir()
        away.rename(database)
        session.sync_now()
        qtbot.waitUntil(lambda: watched.files(Status.SYNCED) == 1, timeout=PATIENCE_MS)


def test_a_loop_that_dies_is_shown_and_replaced(studio: Studio, qtbot: QtBot) -> None:
    one = studio.publish(["a.exr"])
    environment = replace(real_environment(), random=FailingChance())
    with session_of(odd_application(studio, environment), again_s=1.0) as watched:
        qtbot.waitUntil(lambda: bool(watched.standing.health.stopped), timeout=PATIENCE_MS)
        assert "ZeroDivisionError: unforeseen" in watched.standing.health.stopped
        assert shape(watched.standing) is Shape.ERROR
        qtbot.waitUntil(lambda: watched.files(Status.SYNCED) == 1, timeout=PATIENCE_MS)
        assert watched.standing.health.stopped == ""
    assert studio.is_synced(one)


def test_a_site_that_is_gone_is_told_until_it_is_back(studio: Studio, qtbot: QtBot) -> None:
    first = studio.publish(["a.exr"])
    backup, away = studio.root("backup"), studio.root("away")
    with session_of(studio.application("window")) as watched:
        qtbot.waitUntil(lambda: watched.files(Status.SYNCED) == 1, timeout=PATIENCE_MS)
        backup.rename(away)
        second = studio.publish(["b.exr"])
        qtbot.waitUntil(lambda: "backup" in watched.standing.health.sites, timeout=PATIENCE_MS)
        qtbot.waitUntil(lambda: shape(watched.standing) is Shape.WAITING, timeout=PATIENCE_MS)
        away.rename(backup)
        watched.session.sync_now()
        qtbot.waitUntil(lambda: watched.standing.health.sites == {}, timeout=PATIENCE_MS)
        qtbot.waitUntil(lambda: watched.files(Status.SYNCED) == 2, timeout=PATIENCE_MS)
    assert studio.is_synced(first)
    assert studio.is_synced(second)


def test_a_new_project_does_not_hide_that_its_site_is_in_trouble(studio: Studio, qtbot: QtBot) -> None:
    studio.publish(["a.exr"])
    studio.root("backup").rmdir()
    with session_of(studio.application("window")) as watched:
        qtbot.waitUntil(lambda: "backup" in watched.standing.health.sites, timeout=PATIENCE_MS)
        studio.publish(["b.exr"], project="Later")
        qtbot.waitUntil(lambda: "Later" in watched.standing.projects, timeout=PATIENCE_MS)
        qtbot.waitUntil(lambda: shape(watched.standing) is Shape.WAITING, timeout=PATIENCE_MS)
        assert "backup" in watched.standing.health.sites


def test_a_site_that_is_no_longer_used_is_no_longer_in_trouble(studio: Studio, qtbot: QtBot) -> None:
    studio.publish(["a.exr"])
    studio.root("backup").rmdir()

    def use_nobody(server: dict[str, dict[str, object]]) -> None:
        server["config"]["remote_site"] = ""

    with session_of(studio.application("window")) as watched:
        qtbot.waitUntil(lambda: "backup" in watched.standing.health.sites, timeout=PATIENCE_MS)
        change_settings(studio, use_nobody)
        watched.session.sync_now()
        qtbot.waitUntil(lambda: watched.standing.health.sites == {}, timeout=PATIENCE_MS)


def test_a_failure_is_told_with_its_reason_and_retried(studio: Studio, qtbot: QtBot) -> None:
    change_settings(studio, lambda server: server["config"].update(retry_cnt=1))
    studio.publish(["other.exr"])
    one = studio.publish(["a.exr"])
    (studio.root("studio") / "a.exr").unlink()
    with session_of(studio.application("window")) as watched:
        qtbot.waitUntil(lambda: watched.files(Status.FAILED) == 1, timeout=PATIENCE_MS)
        assert [failure.representations for failure in watched.failed] == [(one,)]
        assert watched.standing.reasons == {PROJECT: "source file is gone"}
        qtbot.waitUntil(lambda: shape(watched.standing) is Shape.ATTENTION, timeout=PATIENCE_MS)
        studio.write("a.exr", b"a.exr")
        watched.session.retry_failed(None)
        qtbot.waitUntil(lambda: watched.files(Status.SYNCED) == 2, timeout=PATIENCE_MS)
        assert watched.standing.reasons == {}


def test_what_is_refused_is_told(studio: Studio, qtbot: QtBot) -> None:
    one = studio.publish(["a.exr"])
    with session_of(studio.application("window")) as watched:
        watched.session.act(Action.PAUSE, "Nobody", [one])
        assert [type(error) for error in watched.refused] == [SettingsError]
        qtbot.waitUntil(lambda: watched.files(Status.SYNCED) == 1, timeout=PATIENCE_MS)
        (studio.folder / "db.sqlite").rename(studio.folder / "away.sqlite")
        watched.session.act(Action.PAUSE, PROJECT, [one])
        qtbot.waitUntil(lambda: len(watched.refused) == 2, timeout=PATIENCE_MS)
        own: list[Exception] = []
        watched.session.act(Action.PAUSE, PROJECT, [one], None, own.append)
        qtbot.waitUntil(lambda: bool(own), timeout=PATIENCE_MS)
        (studio.folder / "away.sqlite").rename(studio.folder / "db.sqlite")
    assert isinstance(watched.refused[1], DatabaseUnreachableError)
    assert len(watched.refused) == 2
    assert isinstance(own[0], SyncError)
