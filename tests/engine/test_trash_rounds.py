"""Old versions go from sites on which nothing arrives any more, too."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from syncgui.engine.environment import Running, real_environment
from syncgui.engine.gate import Gate
from syncgui.engine.root_guard import RootGuard
from syncgui.engine.site_access import SiteAccesses
from syncgui.engine.trash_rounds import EVERY_S, TrashRounds
from tests.engine.studio import PROJECT, Studio, change_settings, eventually
from tests.engine.test_replacing import SetClock, keep_for


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

    def look(self) -> None:
        self._rounds.look(self._studio.app.projects().values())


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
    rounds.clock.advance(24 * 3600)
    rounds.look()
    assert (rounds.count, planted.exists()) == (2, False)


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
