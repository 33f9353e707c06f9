"""When the index is held against the store: gently, in turn, and never in the way."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import pytest

from syncgui.engine.reconciliation import Reconciliation
from syncgui.index import Index, Indexer
from tests.index.conftest import view
from tests.index.documents import to_upload
from tests.index.memory_store import MemoryStore


class DeafStore(MemoryStore):
    """A store that may miss changes, as one on a MongoDB."""

    edits_are_missed = True

    @property
    def misses_nothing(self) -> bool:
        return False

    @property
    def misses_edits(self) -> bool:
        return self.edits_are_missed


class Day:
    """A store, an index and a clock that is moved."""

    def __init__(self, folder: Path, sizes: dict[str, int], *, edits_are_missed: bool = True) -> None:
        self.now_s = 1_000.0
        self.store = DeafStore()
        self.store.edits_are_missed = edits_are_missed
        for project, size in sizes.items():
            self.store.put(project, *(to_upload() for _ in range(size)))
        self.index = Index(folder / "index.sqlite", identity=self.store.identity)
        self.indexer = Indexer(
            self.index, self.store, is_alive=lambda _: False, wall_clock=lambda: self.now_s
        )
        views = {project: view() for project in sizes}
        self.indexer.set_views(views)
        while self.indexer.catch_up().more:
            pass
        self.reconciliation = Reconciliation(self.index, self.store, self.indexer, lambda: self.now_s)
        self.reconciliation.set_views(views)

    def edit_unseen(self, project: str) -> str:
        """Another program changes the last document; its id."""
        key = list(self.store.documents[project])[-1]
        document = deepcopy(self.store.documents[project][key])
        document["name"] = f"{document.get('name')}2"
        self.store.documents[project][key] = document
        return key

    def passes(self, seconds: float) -> dict[str, list[str]]:
        """Let time pass, with a step whenever one is due; what was found."""
        end_s = self.now_s + seconds
        found: dict[str, list[str]] = {}
        while True:
            wait_s = self.reconciliation.next_due_s()
            if self.now_s + wait_s > end_s:
                self.now_s = end_s
                return found
            self.now_s += wait_s
            for project, ids in self.reconciliation.step(is_busy=False).items():
                found.setdefault(project, []).extend(ids)

    def close(self) -> None:
        self.index.close()


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    """A large and a small project on a server that tells nothing of edits."""
    made = Day(tmp_path, {"large": 5_000, "small": 20})
    yield made
    made.close()


def test_a_small_project_is_right_again_within_a_loop_delay(day: Day) -> None:
    day.passes(90.0)
    key = day.edit_unseen("small")
    assert day.passes(75.0) == {"small": [key]}


def test_a_large_project_is_gone_through_at_the_stated_rate(day: Day) -> None:
    key = day.edit_unseen("large")
    assert "large" in day.passes(60.0)
    begin_s = day.now_s
    other = day.edit_unseen("large")
    found = day.passes(5_000 / 100_000 * 15 * 60 + 60)
    assert found == {"large": [other]}
    assert (key, begin_s) != (other, day.now_s)


def test_a_large_projects_steps_are_seconds_apart(tmp_path: Path) -> None:
    day = Day(tmp_path, {"large": 5_000})
    try:
        waits = []
        for _ in range(3):
            day.reconciliation.step(is_busy=False)
            waits.append(day.reconciliation.next_due_s())
            day.now_s += waits[-1]
        assert waits == pytest.approx([1_000 / 140] * 3)
    finally:
        day.close()


def test_work_that_waits_goes_first_but_not_for_ever(day: Day) -> None:
    day.edit_unseen("small")
    assert day.reconciliation.step(is_busy=True) == {}
    day.now_s += 31.0
    assert day.reconciliation.step(is_busy=True) != {}


def test_where_a_stream_tells_nearly_everything_the_first_round_waits(tmp_path: Path) -> None:
    day = Day(tmp_path, {"small": 20}, edits_are_missed=False)
    try:
        key = day.edit_unseen("small")
        assert day.passes(500.0) == {}
        assert day.passes(200.0) == {"small": [key]}
    finally:
        day.close()


def test_a_project_that_is_gone_is_not_asked_for_any_more(day: Day) -> None:
    day.passes(1.0)
    day.reconciliation.set_views({"small": view()})
    day.passes(300.0)
    day.reconciliation.set_views({})
    assert day.reconciliation.next_due_s() == float("inf")
    assert day.passes(300.0) == {}
