"""The index proposes, the store decides: what changed since it was indexed is not moved."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from syncgui.engine.first_contact import Allowance
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
        app = self.studio.app
        (route,) = (one for one in self.project.routes if one.direction is Direction.UPLOAD)
        request = Request(
            route=route,
            project=self.project,
            roots={},
            large=False,
            files=10,
            size_bytes=1_000,
            once=False,
            allowed=Allowance(),
        )
        return Planner(app.index, app.store, ME, Random(1)).plan(request, time.time())

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
