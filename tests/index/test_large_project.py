"""A hundred thousand representations: the same work for an answer as at a thousand, and few objects."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from syncgui.index import Index, OpenEntry, Row
from syncgui.model.status import Status
from tests.index.conftest import NOW, PAIR, Bench
from tests.index.documents import entry_of
from tests.index.generated_store import PROJECT, GeneratedStore

COUNT = 100_000
RETRY_AT = datetime.fromtimestamp(NOW + 999, UTC)
# Of ten: one ready, seven in front of it that may not be taken, two complete.
WISHES: dict[int, dict[str, object]] = {
    0: {},
    **{number: {"paused": True, "priority": 900} for number in (1, 2)},
    **{number: {"tries": 3, "error": "gone", "priority": 800} for number in (3, 4, 5)},
    **{number: {"tries": 1, "error": "x", "priority": 700, "retry_at": RETRY_AT} for number in (6, 7)},
}


def made(path: Path, count: int) -> Bench:
    bench = Bench(path, GeneratedStore(count, WISHES, every=10))
    bench.catch_up()
    return bench


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    bench = made(tmp_path_factory.mktemp("large") / "i.sqlite", COUNT)
    yield bench
    bench.index.close()


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    bench = made(tmp_path_factory.mktemp("small") / "i.sqlite", 1_000)
    yield bench
    bench.index.close()


def steps(index: Index, question: Callable[[], object]) -> int:
    """How many hundreds of instructions of the database an answer takes."""
    counted = 0

    def count() -> bool:
        nonlocal counted
        counted += 1
        return False

    question()
    index.file.read(lambda db: db.set_progress_handler(count, 100))
    question()
    index.file.read(lambda db: db.set_progress_handler(None))
    return counted


def next_entries(bench: Bench, ignore_backoff: bool = False) -> list[OpenEntry]:
    return bench.entries(limit=100, ignore_backoff=ignore_backoff)


QUESTIONS: dict[str, Callable[[Bench], object]] = {
    "next_entries": next_entries,
    "next_entries without backoff": lambda bench: next_entries(bench, ignore_backoff=True),
    "same_path": lambda bench: bench.index.same_path(
        PROJECT, "gdrive", "studio", [entry.path_key for entry in next_entries(bench)], NOW
    ),
    "next_due": lambda bench: bench.index.next_due(PROJECT, "gdrive", "studio", NOW),
    "totals": lambda bench: bench.index.totals(PROJECT),
    "open_files": lambda bench: bench.index.open_files(PROJECT, PAIR),
    "open_size": lambda bench: bench.index.open_size(PROJECT, PAIR),
    "problems": lambda bench: bench.index.problems(PROJECT, 100),
    "a chunk of failed_targets": lambda bench: next(bench.index.failed_targets(PROJECT)),
    "present_sample": lambda bench: bench.index.present_sample(PROJECT, "studio", ["work"], 20),
    "rows": lambda bench: bench.index.rows(range(300, 428)),
    "leased_workers": lambda bench: bench.index.leased_workers(),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_an_answer_takes_the_same_work_in_a_large_project(small: Bench, large: Bench, name: str) -> None:
    question = QUESTIONS[name]
    in_small = steps(small.index, lambda: question(small))
    in_large = steps(large.index, lambda: question(large))
    assert in_large <= 1.5 * in_small + 5


def test_the_large_project_is_all_there(large: Bench) -> None:
    totals = large.index.totals(PROJECT)
    assert totals.every == COUNT
    assert totals.representations[Status.FAILED] == 30_000
    assert totals.representations[Status.PAUSED] == 20_000
    assert totals.representations[Status.RETRYING] == 20_000
    assert totals.representations[Status.QUEUED] == 10_000
    assert large.index.open_files(PROJECT, PAIR) == 60_000
    assert large.index.problems(PROJECT, 1)[0] == 50_000


def test_few_objects_live_while_everything_is_walked(large: Bench) -> None:
    def alive() -> int:
        # By type: to ask a proxy of something that is gone for its class is an error.
        return sum(type(one) in (Row, OpenEntry) for one in gc.get_objects())

    most = 0
    after = None
    walked = 0
    while page := large.entries(limit=1_000, after=after):
        walked += len(page)
        after = page[-1].key
        most = max(most, alive())
    assert walked == 10_000
    del page
    ids = large.index.representation_ids(PROJECT, sort="size", descending=True)
    assert len(ids) == COUNT
    for start in range(0, COUNT, 10_000):
        rows = large.index.rows(ids[start : start + 128])
        assert len(rows) == 128
        most = max(most, alive())
    large.index.problems(PROJECT, 1_000)
    assert 0 < max(most, alive()) <= 2_000


def test_a_change_in_a_large_project_writes_a_few_rows(large: Bench) -> None:
    store = large.store
    assert isinstance(store, GeneratedStore)
    document = dict(store.read(PROJECT, [store.key(77_777)])[0])
    entry_of(document, "gdrive")["priority"] = 910
    before = large.index.file.write(lambda db: db.total_changes())
    store.put(PROJECT, document)
    caught = large.catch_up()
    assert caught[0].changed == {PROJECT: [store.key(77_777)]}
    assert large.index.file.write(lambda db: db.total_changes()) - before <= 12
