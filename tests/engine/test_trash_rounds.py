"""Old versions go when their days are over, from every site, whether anything arrives there or not."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from syncgui.engine.environment import Running, real_environment
from syncgui.engine.gate import Gate
from syncgui.engine.root_guard import RootGuard
from syncgui.engine.site_access import SiteAccesses
from syncgui.engine.trash_rounds import EVERY_S, TrashRounds
from syncgui.providers.file_operations import FolderHandle
from syncgui.providers.posix_files import PosixFileOperations
from syncgui.providers.trash_names import TRASH
from tests.engine.studio import PROJECT, Studio, change_settings, eventually
from tests.engine.test_replacing import SetClock, keep_for, kept, mover, replace_hero, write_something


class _MovedClock(SetClock):
    """Both clocks, moved by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.steady = 0.0

    def steady_s(self) -> float:
        return self.steady

    def advance(self, seconds: float) -> None:
        self.steady += seconds
        self.now += timedelta(seconds=seconds)


class Rounds:
    """Rounds that are over before `look` returns; how many there were."""

    def __init__(self, studio: Studio) -> None:
        self.clock = _MovedClock()
        self.count = 0

        def start(name: str, run: Callable[[], None]) -> Running:
            self.count += 1
            thread = threading.Thread(target=run, name=name)
            thread.start()
            thread.join()
            return thread

        environment = replace(real_environment(), clock=self.clock, start=start)
        app = studio.app
        guard = RootGuard(
            app.state, app.index, app.store, lambda: {PROJECT: app.project(PROJECT)}, self.clock
        )
        self._rounds = TrashRounds(environment, SiteAccesses(environment), guard, Gate(environment))
        self._studio = studio

    def next_day(self) -> None:
        self.clock.advance(24 * 3600)

    def look(self) -> None:
        self._rounds.look(self._studio.app.projects())


def old(studio: Studio, day: str = "2026-05-01") -> Path:
    studio.insert({"files": []})  # the project is there
    return studio.write(f".syncgui-trash/{day}/hero.abc", b"old", "backup")


def test_a_running_program_clears_what_nothing_arrives_at(studio: Studio) -> None:
    keep_for(studio, 7)
    kept = old(studio)
    with studio.syncing():
        eventually(lambda: not kept.exists(), "the end of the old version")


def test_a_trash_is_looked_at_once_a_day(studio: Studio) -> None:
    keep_for(studio, 7)
    kept, rounds = old(studio), Rounds(studio)
    young = old(studio, "2026-05-19")
    rounds.look()
    assert (kept.exists(), young.exists()) == (False, True)
    planted = old(studio)
    rounds.clock.advance(EVERY_S / 4)  # the same day
    rounds.look()
    assert (rounds.count, planted.exists()) == (1, True)
    rounds.next_day()
    rounds.look()
    assert (rounds.count, planted.exists()) == (2, False)


def test_old_versions_go_when_their_days_are_over_and_are_looked_for_once_a_day(studio: Studio) -> None:
    keep_for(studio, 7)
    rounds = Rounds(studio)
    moving = mover(studio, rounds.clock)
    replace_hero(studio, moving)
    assert kept(studio) == ["2026-05-20/hero.abc"]
    for day in range(1, 8):
        rounds.next_day()
        write_something(studio, moving, f"{day}.exr")
        rounds.look()
    assert kept(studio) == ["2026-05-20/hero.abc"]  # seven whole days
    rounds.next_day()
    write_something(studio, moving, "8.exr")
    rounds.look()
    assert kept(studio) == []
    planted = old(studio)
    rounds.look()
    assert planted.exists()  # today it was looked at already
    rounds.next_day()
    rounds.look()
    assert not planted.exists()


def test_a_trash_that_can_not_be_cleared_stops_nothing(studio: Studio, tmp_path: Path) -> None:
    keep_for(studio, 7)
    (studio.root("backup") / ".syncgui-trash").symlink_to(tmp_path)
    one = studio.publish(["a.exr"])
    studio.sync_once()
    assert studio.is_synced(one)
    assert studio.tree("backup") == {"a.exr": b"a.exr"}


class Clearing(PosixFileOperations):
    """Does something of its own before a file in the trash is removed."""

    def __init__(self, before: Callable[[], object]) -> None:
        self._before = before

    def unlink(self, folder: FolderHandle, name: str) -> None:
        if TRASH in folder.path:
            self._before()
        super().unlink(folder, name)


def test_a_single_pass_clears_to_the_end(studio: Studio) -> None:
    keep_for(studio, 7)
    old(studio)
    old(studio, "2026-05-02")
    one = studio.publish(["a.exr"])

    def linger() -> None:
        eventually(lambda: studio.is_synced(one), "the file")
        threading.Event().wait(0.3)  # the pass has nothing else to do by now

    studio.sync_once(studio.application("other", Clearing(linger)))
    assert studio.tree("backup") == {"a.exr": b"a.exr"}


def test_what_arrives_waits_for_no_clearing(studio: Studio) -> None:
    keep_for(studio, 7)
    let_go = threading.Event()
    kept = old(studio)
    with studio.syncing(studio.application("other", Clearing(lambda: let_go.wait(60)))):
        one = studio.publish(["a.exr"])
        eventually(lambda: studio.is_synced(one), "the file")
        assert kept.exists()
        let_go.set()
        eventually(lambda: not kept.exists(), "the end of the old version")


def test_an_unforeseen_failure_of_the_clearing_is_none_of_what_arrives(studio: Studio) -> None:
    keep_for(studio, 7)

    def fail() -> None:
        raise ZeroDivisionError

    kept, one = old(studio), studio.publish(["a.exr"])
    studio.sync_once(studio.application("other", Clearing(fail)))
    assert (studio.is_synced(one), studio.failures, kept.exists()) == (True, [], True)


@pytest.mark.parametrize("spelt", ["{root}", "{root}/."])
def test_who_wants_to_keep_longest_is_obeyed_in_a_folder_of_several(studio: Studio, spelt: str) -> None:
    keep_for(studio, 7)
    other = studio.settings_dir / "project_settings" / "Other"
    other.mkdir()
    root = {"work": spelt.format(root=studio.root("backup"))}
    sites = {"backup": {"provider": "local_drive", "root": root, "trash_days": 30}}
    (other / "global.json").write_text(json.dumps({"sync_server": {"sites": sites}}))
    studio.insert({"files": []}, project="Other")
    kept, rounds = old(studio), Rounds(studio)
    gone = old(studio, "2026-04-01")
    rounds.look()
    assert (kept.exists(), gone.exists()) == (True, False)


def test_a_site_of_the_same_folder_is_obeyed_though_nothing_is_moved_there(studio: Studio) -> None:
    keep_for(studio, 7)

    def add_archive(server: dict[str, dict[str, object]]) -> None:
        same = server["sites"]["backup"]
        assert isinstance(same, dict)
        server["sites"]["archive"] = {**same, "trash_days": 30}

    change_settings(studio, add_archive)
    kept, rounds = old(studio), Rounds(studio)
    rounds.look()
    assert (rounds.count, kept.exists()) == (1, True)


def test_a_site_that_keeps_from_now_on_is_looked_at_now(studio: Studio) -> None:
    kept, rounds = old(studio), Rounds(studio)
    rounds.look()
    keep_for(studio, 7)
    rounds.look()
    assert (rounds.count, kept.exists()) == (1, False)


def test_a_root_that_is_away_is_tried_again_in_an_hour(studio: Studio) -> None:
    keep_for(studio, 7)
    old(studio)
    rounds = Rounds(studio)
    rounds.clock.now -= timedelta(hours=5)
    away = studio.folder / "away"
    studio.root("backup").rename(away)
    rounds.look()
    away.rename(studio.root("backup"))
    rounds.look()
    assert rounds.count == 1
    rounds.clock.advance(EVERY_S)
    rounds.look()
    assert (rounds.count, studio.tree("backup")) == (2, {})


def test_another_folder_in_place_of_the_root_is_left_alone(studio: Studio) -> None:
    keep_for(studio, 7)
    studio.publish(["a.exr"])
    studio.sync_once()
    (studio.root("backup") / "a.exr").unlink()  # nothing of what is recorded is there
    kept = old(studio)
    Rounds(studio).look()
    assert kept.exists()


def test_sites_of_other_pairs_are_left_alone(studio: Studio) -> None:
    keep_for(studio, 7)
    kept, rounds = old(studio), Rounds(studio)
    change_settings(studio, lambda server: server["config"].update(remote_site="studio"))
    rounds.look()
    assert (rounds.count, kept.exists()) == (0, True)


def test_nothing_is_begun_where_no_site_keeps_anything(studio: Studio) -> None:
    kept, rounds = old(studio), Rounds(studio)
    rounds.look()
    assert (rounds.count, kept.exists()) == (0, True)
