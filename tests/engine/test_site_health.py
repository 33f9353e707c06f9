"""Sites that back off as one, and files that wait for their next try."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from syncgui.engine.dispatcher import Dispatcher
from syncgui.engine.environment import real_environment
from syncgui.engine.job import Group, Job, JobResult, Wanted
from syncgui.engine.results import failure
from syncgui.engine.route import Route
from syncgui.engine.site_health import SiteHealth
from syncgui.engine.slots import Slots
from syncgui.model.edits import Outcome, Target
from syncgui.model.errors import (
    DiskFullError,
    SiteNotConnectedError,
    SizeDiffersError,
    SourceMissingError,
)
from syncgui.model.paths import PlacedPath
from syncgui.model.representation import FileRef
from syncgui.model.status import Direction


@dataclass
class HandClock:
    """A clock that is moved by hand."""

    now_s: float = 1000.0

    def wall_s(self) -> float:
        return self.now_s

    def steady_s(self) -> float:
        return self.now_s


def test_a_site_waits_longer_after_each_failed_probe_up_to_a_minute() -> None:
    clock = HandClock()
    health = SiteHealth(clock)
    waits: list[float] = []
    for _ in range(9):
        health.failed("backup", DiskFullError(site="backup"))
        wait_s = health.next_look_s()
        assert wait_s is not None
        waits.append(wait_s)
        clock.now_s += wait_s
        assert health.may_start("backup") == 1
        health.probing("backup")
        assert health.may_start("backup") == 0
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_the_echo_of_transfers_under_way_does_not_prolong_the_wait() -> None:
    health = SiteHealth(HandClock())
    assert health.failed("backup", DiskFullError(site="backup"))
    assert not health.failed("backup", DiskFullError(site="backup"))
    assert health.next_look_s() == 1


def test_a_folder_that_is_gone_is_looked_for_every_few_seconds() -> None:
    clock = HandClock()
    health = SiteHealth(clock)
    for _ in range(6):
        health.failed("backup", SiteNotConnectedError(site="backup"))
        clock.now_s += health.next_look_s() or 0
        health.probing("backup")
    health.failed("backup", SiteNotConnectedError(site="backup"))
    assert health.next_look_s() == 4


def test_one_success_makes_a_site_whole_and_other_sites_never_wait() -> None:
    health = SiteHealth(HandClock())
    health.failed("backup", DiskFullError(site="backup"))
    assert health.may_start("studio") is None
    assert health.worked("backup")
    assert health.may_start("backup") is None
    assert not health.worked("backup")


def test_a_forgiven_site_is_probed_at_once() -> None:
    health = SiteHealth(HandClock())
    health.failed("backup", DiskFullError(site="backup"))
    health.forgive()
    assert health.may_start("backup") == 1


def test_a_site_whose_time_has_come_needs_no_timer() -> None:
    clock = HandClock()
    health = SiteHealth(clock)
    health.failed("backup", DiskFullError(site="backup"))
    clock.now_s += 1
    assert health.next_look_s() is None
    assert health.may_start("backup") == 1


def test_probes_come_from_every_lane_in_turn() -> None:
    clock = HandClock()
    health = SiteHealth(clock)
    environment = real_environment()
    bell = environment.signal()
    moved: list[str] = []

    def move(group: Group, tell: Callable[[list[JobResult]], None]) -> None:
        moved.extend(job.path for job in group.jobs)
        tell([])

    slots = Slots(environment, 2, move, bell)
    dispatcher = Dispatcher(slots, health, lambda *_: 4, lambda _: False, lambda _, site: site)
    up = Route("Test", "studio", "backup", Direction.UPLOAD)
    down = Route("Test", "backup", "studio", Direction.DOWNLOAD)
    lanes = [(up, False), (up, True), (down, False)]
    for _ in range(2 * len(lanes)):
        health.failed("backup", DiskFullError(site="backup"))
        clock.now_s += 60
        for route, large in lanes:
            assert dispatcher.is_probed(route)
            dispatcher.add(route, [job_of(route, f"to {route.target} {large}")], large=large)
        assert dispatcher.start() == 1
        while slots.under_way:
            bell.wait(10)
            slots.told()
        dispatcher.take_back(lambda _: True)
    slots.close(10)
    assert moved == 2 * [f"to {route.target} {large}" for route, large in lanes]


def job_of(route: Route, path: str) -> Job:
    """A job that nobody looks into."""
    return Job(
        project=route.project,
        number=1,
        lease="l",
        placed=PlacedPath("work", (path,)),
        path=path,
        source=route.source,
        target=route.target,
        direction=route.direction,
        wanted=(wanted(0),),
        size_bytes=1,
        heavy=False,
        source_id=None,
        target_id=None,
        membership=0,
    )


def wanted(tries: int) -> Wanted:
    return Wanted(Target("r", FileRef(None, "p"), "backup"), 1, tries)


def test_a_file_waits_at_most_five_seconds_doubled_with_each_try_and_ten_minutes() -> None:
    chance = Random(1)
    for tries, longest in ((0, 5), (1, 10), (3, 40), (20, 600)):
        found = [failure(wanted(tries), "l", SourceMissingError(), chance) for _ in range(200)]
        waits = [one.retry_after_s or 0 for one in found]
        assert max(waits) <= longest
        assert max(waits) > longest / 2
        assert all(one.costs_try for one in found)


def test_only_the_files_own_failure_is_written_into_its_record() -> None:
    chance = Random(1)
    assert failure(wanted(0), "l", DiskFullError(site="backup"), chance).outcome is Outcome.RELEASED
    waits = failure(wanted(0), "l", SizeDiffersError(), chance)
    assert (waits.outcome, waits.costs_try, waits.retry_after_s) == (Outcome.FAILED, False, 600)
