"""`sync`: its exit codes, its end by a signal, and what it says."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from syncgui.engine.events import Paused
from tests.commands.program import PublishingStudio
from tests.engine.studio import PATIENCE_S, PROJECT, change_settings, eventually


def test_once_brings_everything_and_ends_with_0(studio: PublishingStudio) -> None:
    studio.published("a.exr", "b/c.exr", "b/leer.exr")
    done = studio.run("sync", "--once")
    assert (done.code, done.out) == (0, "")
    assert "3 files" in done.err
    assert studio.tree("backup") == studio.tree("studio")


def test_once_again_moves_nothing(studio: PublishingStudio) -> None:
    studio.published("a.exr")
    assert studio.run("sync", "--once").code == 0
    done = studio.run("sync", "--once")
    assert done.code == 0
    assert "0 files" in done.err


def test_once_ends_with_1_and_names_what_failed_and_what_to_do(studio: PublishingStudio) -> None:
    studio.published("a.exr", "b.exr")
    (studio.root("backup") / "b.exr").mkdir()
    done = studio.run("sync", "--once")
    assert done.code == 1
    assert "1 file, 5 B, 1 failed" in done.err
    assert "{root[work]}/b.exr" in done.err
    assert "Retry" in done.err


def test_once_tries_a_file_that_waits_for_a_later_try(studio: PublishingStudio) -> None:
    studio.published("a.exr")
    (studio.root("backup") / "a.exr").mkdir()
    assert studio.run("sync", "--once").code == 1
    (studio.root("backup") / "a.exr").rmdir()
    assert studio.run("sync", "--once").code == 0


def test_once_ends_with_1_while_a_site_is_not_connected(studio: PublishingStudio) -> None:
    studio.published("a.exr")
    studio.root("backup").rename(studio.folder / "away")
    done = studio.run("sync", "--once")
    assert done.code == 1
    assert "backup is not connected" in done.err


def test_a_failure_that_used_up_its_tries_is_still_named(studio: PublishingStudio) -> None:
    studio.published("a.exr")
    (studio.root("backup") / "a.exr").mkdir()
    for _ in range(4):
        done = studio.run("sync", "--once")
    assert done.code == 1
    assert "a.exr" in done.err
    assert studio.counts() == {"failed": 1}


def test_a_pair_that_idles_is_wrong_usage_with_its_sentence(studio: PublishingStudio) -> None:
    studio.published("a.exr")
    change_settings(studio, lambda server: server["config"].update(remote_site=""))
    for command in (("sync", "--once"), ("sync",)):
        done = studio.run(*command)
        assert done.code == 2
        assert "remote_site" in done.err


def test_without_settings_it_says_what_is_missing(studio: PublishingStudio) -> None:
    studio.published("a.exr")
    (studio.settings_dir / "project_settings" / "global.json").unlink()
    done = studio.run("sync", "--once")
    assert done.code == 2
    assert "settings" in done.err


def test_half_a_pair_is_wrong_usage(studio: PublishingStudio) -> None:
    assert studio.run("sync", "--once", "--active-site", "studio").code == 2


def test_an_unknown_site_of_a_pair_is_wrong_usage(studio: PublishingStudio) -> None:
    studio.published("a.exr")
    done = studio.run("sync", "--once", "--active-site", "studio", "--remote-site", "bakcup")
    assert done.code == 2
    assert "bakcup" in done.err


def test_another_pair_is_served_and_judged(studio: PublishingStudio) -> None:
    third = studio.folder / "sites" / "third"
    third.mkdir()
    change_settings(
        studio,
        lambda server: server["sites"].update(
            third={"provider": "local_drive", "root": {"work": str(third)}}
        ),
    )
    studio.publish(["a.exr"], wanted="third")
    pair = ("--active-site", "studio", "--remote-site", "third")
    (third / "a.exr").mkdir()
    done = studio.run("sync", "--once", *pair)
    assert done.code == 1
    assert "On third something is in the way" in done.err
    (third / "a.exr").rmdir()
    assert studio.run("sync", "--once", *pair).code == 0
    assert (third / "a.exr").read_bytes() == b"a.exr"


def test_only_the_projects_that_are_named_are_synced(studio: PublishingStudio) -> None:
    here = studio.publish(["a.exr"])
    there = studio.publish(["b.exr"], project="Other")
    assert studio.run("sync", "--once", "--project", PROJECT).code == 0
    assert studio.is_synced(here)
    assert not studio.document(there, "Other")["files"][0]["sites"][1].get("created_dt")  # type: ignore[index]
    assert studio.run("sync", "--once", "--project", "Nowhere").code == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(studio: PublishingStudio, number: signal.Signals) -> None:
    first = studio.publish(["a.exr"])
    running = studio.program.start("sync")
    eventually(lambda: studio.is_synced(first))
    running.send_signal(number)
    out, err = running.communicate(timeout=PATIENCE_S)
    assert running.returncode == 130
    assert out == ""
    assert "Traceback" not in err
    assert not [one for one in studio.app.store.workers() if one.alive]


def test_a_signal_while_files_move_leaves_no_lease_and_nothing_half_done(studio: PublishingStudio) -> None:
    block = bytes(2**20)
    ids = []
    for number in range(40):
        ids.append(studio.publish([f"{number}.bin"], content=block * 8))
    running = studio.program.start("sync", "--jobs", "1")
    eventually(lambda: any(studio.is_synced(one) for one in ids))
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=PATIENCE_S)
    assert running.returncode == 130
    assert not any("lease" in studio.entry(one) for one in ids)
    on_disk = set(studio.tree("backup"))
    assert on_disk == {f"{n}.bin" for n, one in enumerate(ids) if studio.is_synced(one)}
    assert studio.run("sync", "--once").code == 0
    assert studio.tree("backup") == studio.tree("studio")


def test_a_second_signal_ends_it_at_once() -> None:
    code = (
        "import threading\n"
        "from syncgui.commands import interrupts\n"
        "with interrupts.stopping(lambda: print('stopping', flush=True)):\n"
        "    print('ready', flush=True)\n"
        "    threading.Event().wait(120)\n"
    )
    running = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, encoding="utf-8")
    assert running.stdout is not None
    for line in ("ready", "stopping"):
        assert running.stdout.readline().strip() == line
        running.send_signal(signal.SIGINT)
    running.communicate(timeout=PATIENCE_S)
    assert running.returncode == 130


def test_before_the_first_publish_it_waits_and_then_syncs(studio: PublishingStudio) -> None:
    assert studio.app.store.projects() == []
    running = studio.program.start("sync")
    try:
        eventually(lambda: any(one.alive for one in studio.app.store.workers()))
        (identifier,) = studio.published("a.exr")
        eventually(lambda: studio.is_synced(identifier))
    finally:
        running.send_signal(signal.SIGTERM)
        _, err = running.communicate(timeout=PATIENCE_S)
    assert "publish" in err


def test_it_makes_the_default_database_and_waits(studio: PublishingStudio) -> None:
    studio.program.options = studio.options()[:4]
    running = studio.program.start("sync")
    database = studio.folder / "home" / "syncgui.sqlite"
    try:
        eventually(database.exists)
    finally:
        running.send_signal(signal.SIGTERM)
        running.communicate(timeout=PATIENCE_S)
    assert running.returncode == 130


def test_a_pause_outlives_the_program_and_moves_nothing(studio: PublishingStudio) -> None:
    studio.published("a.exr")
    assert studio.run("pause").code == 0
    done = studio.run("sync", "--once")
    assert done.code == 1
    assert "paused" in done.err
    assert studio.tree("backup") == {}
    assert studio.run("resume").code == 0
    assert studio.run("sync", "--once").code == 0
    assert studio.tree("backup") == studio.tree("studio")


def test_a_running_loop_obeys_pause_and_resume_of_another_process(studio: PublishingStudio) -> None:
    first = studio.publish(["a.exr"])
    with studio.syncing():
        eventually(lambda: studio.is_synced(first))
        assert studio.run("pause").code == 0
        eventually(lambda: any(isinstance(one, Paused) and one.until for one in studio.events))
        second = studio.publish(["b.exr"])
        assert studio.run("resume").code == 0
        eventually(lambda: studio.is_synced(second))


def test_what_fails_in_a_running_loop_is_said_at_once(studio: PublishingStudio) -> None:
    (studio.root("backup") / "a.exr").mkdir()
    studio.publish(["a.exr"])
    running = studio.program.start("sync")
    assert running.stderr is not None
    line = running.stderr.readline()
    running.send_signal(signal.SIGTERM)
    running.communicate(timeout=PATIENCE_S)
    assert "something is in the way of {root[work]}/a.exr" in line
