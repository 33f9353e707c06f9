"""`sync` and `status` on a database in which much waits."""

from __future__ import annotations

import signal

from syncgui.engine.first_contact import MOST_BYTES
from tests.commands.program import PublishingStudio
from tests.engine.studio import PATIENCE_S, eventually
from tests.engine.test_first_contact import heap

WAITS = "2 files, 100 GB wait for backup. Nothing is moved until you say so: syncgui sync --yes"


def test_once_moves_nothing_says_why_and_ends_with_1_until_yes(studio: PublishingStudio) -> None:
    heap(studio)
    (small,) = studio.published("a.exr")
    for _ in range(2):
        done = studio.run("sync", "--once")
        assert done.code == 1
        sentence, next_step = WAITS.split(". ")
        assert f"• {sentence}\n  {next_step}\n" in done.err
        assert done.err.count(sentence) == 1
        assert studio.tree("backup") == {}
    assert studio.run("sync", "--once", "--yes").code == 1, "the large file is not as recorded"
    assert studio.is_synced(small)
    done = studio.run("sync", "--once")
    assert "Nothing is moved" not in done.err


def test_status_says_it_as_text_and_as_a_problem_of_each_project(studio: PublishingStudio) -> None:
    heap(studio)
    heap(studio, "zebra", MOST_BYTES)
    for _ in range(2):  # before a sync and after
        done = studio.run("status", "--json")
        assert done.code == 0
        reports = done.json["projects"]
        assert isinstance(reports, list)
        for report in reports:
            problem = report["problems"][0]
            assert problem["code"] == "look_only"
            assert problem["site"] == "backup"
            assert problem["sentence"] == "2 files, 200 GB wait for backup"
            assert problem["next_step"] == "Nothing is moved until you say so: syncgui sync --yes"
        one = studio.run("status", "--project", "zebra")
        assert "2 files, 200 GB wait for backup\n" in one.out
        assert studio.run("sync", "--once").code == 1


def test_a_service_looks_on_and_starts_at_a_yes_of_another_program(studio: PublishingStudio) -> None:
    heap(studio)
    small = studio.publish(["a.exr"])
    running = studio.program.start("sync")
    try:
        assert running.stderr is not None
        assert WAITS in running.stderr.readline()
        assert studio.entry(small) == {"name": "backup"}
        assert running.poll() is None
        other = studio.program.start("sync", "--yes")
        eventually(lambda: studio.is_synced(small), "the start")
        other.send_signal(signal.SIGTERM)
        other.communicate(timeout=PATIENCE_S)
        later = studio.publish(["b.exr"])
        eventually(lambda: studio.is_synced(later), "the service goes on")
    finally:
        running.send_signal(signal.SIGTERM)
        running.communicate(timeout=PATIENCE_S)
    assert running.returncode == 130
