"""The index proposes, the store decides: what changed since it was indexed is not moved."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from syncgui.engine.first_contact import Allowance
from syncgui.engine.job import Job
from syncgui.engine.planner import Plan, Planner, Request
from syncgui.model.edits import Claim, Edit, Outcome, Result, Target, Wish
from syncgui.model.representation import FileRef
from syncgui.model.status import Direction
from syncgui.store.abstract_store import Store
from tests.engine.studio import PROJECT, Studio
from tests.store.other_process import join

ME, OTHER = "w-me", "w-other"


class Stale:
    """An index that knows one open file, and a store in which another worker goes on."""

    def __init__(self, folder: Path) -> None:
        self.studio = Studio(folder)
        self.representation = self.studio.publish(["a.exr"])
        app = self.studio.app
        self.project = app.projects()[PROJECT]
        app.catch_up({PROJECT: self.project})
        self.other: Store = self.studio.application("other").store
        join(app.store, ME)
        join(self.other, OTHER)

    @property
    def target(self) -> Target:
        return self.entry("backup")

    def entry(self, site: str) -> Target:
        files = self.studio.document(self.representation)["files"]
        assert isinstance(files, list)
        return Target(self.representation, FileRef(str(files[0]["_id"]), str(files[0]["path"])), site)

    def plan(self) -> Plan:
        return self.planner().plan(self.request(), time.time())

    def planner(self) -> Planner:
        app = self.studio.app
        return Planner(app.index, app.store, ME, Random(1))

    def request(self, *, files: int = 10, is_probe: bool = False) -> Request:
        (route,) = (one for one in self.project.routes if one.direction is Direction.UPLOAD)
        return Request(
            route=route,
            project=self.project,
            roots={"work": ()},
            large=False,
            files=files,
            size_bytes=1_000,
            once=False,
            allowed=Allowance(),
            is_probe=is_probe,
        )

    def publish(self, *names: str) -> None:
        for name in names:
            self.studio.publish([name])
        self.studio.app.catch_up({PROJECT: self.project})

    def give_back(self, job: Job) -> None:
        released = [Result(one.target, job.lease, Outcome.RELEASED) for one in job.wanted]
        self.studio.app.store.write_results(PROJECT, released)
        self.studio.app.catch_up({PROJECT: self.project})

    # -- what the other does -------------------------------------------------------------------------

    def claim(self, lease: str = f"{OTHER}:1") -> None:
        self.other.claim(PROJECT, [Claim(self.target, lease)])

    def bring(self) -> None:
        self.claim()
        self.other.write_results(PROJECT, [Result(self.target, f"{OTHER}:1", Outcome.DONE)])

    def fail_often(self) -> None:
        for number in range(3):
            lease = f"{OTHER}:{number}"
            self.claim(lease)
            failure = Result(self.target, lease, Outcome.FAILED, error="It broke", costs_try=True)
            self.other.write_results(PROJECT, [failure])

    def pause(self) -> None:
        self.other.edit(PROJECT, [Edit(self.target, Wish.PAUSE, "anna")])

    def lose_the_source(self) -> None:
        self.other.edit(PROJECT, [Edit(self.entry("studio"), Wish.SYNC_AGAIN)])

    def delete(self) -> None:
        self.other.delete(PROJECT, [self.representation])


@pytest.fixture
def stale(tmp_path: Path) -> Iterator[Stale]:
    one = Stale(tmp_path)
    yield one
    one.studio.close()


def test_what_is_as_it_was_indexed_becomes_a_job_under_our_lease(stale: Stale) -> None:
    (job,) = stale.plan().jobs
    assert job.lease == stale.studio.entry(stale.representation)["lease"] == f"{ME}:1"


@pytest.mark.parametrize("what", [Stale.claim, Stale.bring, Stale.delete])
def test_what_another_worker_took_brought_or_deleted_meanwhile_is_not_moved(
    stale: Stale, what: Callable[[Stale], None]
) -> None:
    what(stale)
    assert stale.plan() == Plan()


@pytest.mark.parametrize("what", [Stale.pause, Stale.fail_often, Stale.lose_the_source])
def test_what_is_not_to_be_moved_any_more_is_claimed_and_given_back(
    stale: Stale, what: Callable[[Stale], None]
) -> None:
    what(stale)
    plan = stale.plan()
    assert plan.jobs == ()
    assert [one.outcome for one in plan.released] == [Outcome.RELEASED]


# -- what failed with its site -------------------------------------------------------------------------


def fail_with_site(stale: Stale, planner: Planner, now: float, *, is_probe: bool = True) -> str:
    """The file that is proposed alone, after it failed."""
    (job,) = planner.plan(stale.request(files=1, is_probe=is_probe), now).jobs
    planner.failed_with_site(job, now)
    stale.give_back(job)
    return job.path.rpartition("/")[2]


def test_probes_of_a_site_take_turns(stale: Stale) -> None:
    stale.publish("b.exr", "c.exr")
    planner, now = stale.planner(), time.time()
    first = [fail_with_site(stale, planner, now, is_probe=False)]
    first += [fail_with_site(stale, planner, now + 3600.0 * hour) for hour in range(1, 3)]
    assert sorted(first) == ["a.exr", "b.exr", "c.exr"]
    assert [fail_with_site(stale, planner, now + 10_000.0) for _ in range(6)] == first * 2


def test_a_new_file_is_the_probe_before_those_that_failed(stale: Stale) -> None:
    planner, now = stale.planner(), time.time()
    stale.studio.app.store.edit(PROJECT, [Edit(stale.target, Wish.SET_PRIORITY, 99)])
    assert fail_with_site(stale, planner, now) == "a.exr"
    assert fail_with_site(stale, planner, now) == "a.exr", "it waits alone"
    stale.publish("b.exr")
    assert fail_with_site(stale, planner, now) == "b.exr"


def test_what_failed_with_its_site_lets_others_pass_for_a_moment_when_it_works(stale: Stale) -> None:
    planner, now = stale.planner(), time.time()
    assert fail_with_site(stale, planner, now) == "a.exr"
    stale.publish("b.exr")
    (job,) = planner.plan(stale.request(), now + 1).jobs
    assert job.path.endswith("b.exr")
    planner.finished(job, tried=False)
    stale.give_back(job)
    assert len(planner.plan(stale.request(), now + 11).jobs) == 2


def test_what_failed_for_a_reason_of_its_own_waits_like_all_others(stale: Stale) -> None:
    planner, now = stale.planner(), time.time()
    fail_with_site(stale, planner, now)
    stale.studio.app.store.edit(PROJECT, [Edit(stale.target, Wish.SET_PRIORITY, 99)])
    (job,) = planner.plan(stale.request(files=1), now).jobs
    planner.finished(job)
    stale.give_back(job)
    stale.publish("b.exr")
    assert fail_with_site(stale, planner, now) == "a.exr", "it is the more urgent one"


def test_as_much_as_is_wanted_is_proposed_of_what_failed_if_nothing_else_waits(stale: Stale) -> None:
    stale.publish(*(f"{number}.exr" for number in range(9)))
    planner, now = stale.planner(), time.time()
    for _ in range(10):
        fail_with_site(stale, planner, now)
    assert len(planner.plan(stale.request(files=4), now).jobs) == 4
