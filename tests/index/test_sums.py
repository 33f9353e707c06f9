"""Sums that are kept by differences are always what counting from scratch gives."""

from __future__ import annotations

import tempfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncgui.index.columns import STATUSES
from syncgui.model.representation import read_representation
from syncgui.model.sites import SiteEntry
from syncgui.model.status import COUNTED, OPEN, Pair, Status, file_states, representation_state
from tests.index.conftest import NOW, PAIR, PROJECT, Bench, view
from tests.index.documents import WHEN, file, files_of, representation

SITES = ("studio", "gdrive", "home")
PAIRS = [Pair(one, other) for one in SITES for other in SITES]
STARTED = (Status.QUEUED, Status.IN_PROGRESS, Status.RETRYING)

absent = st.none()
there = st.just({"created_dt": WHEN})
wishes = st.fixed_dictionaries(
    {},
    optional={
        "tries": st.integers(0, 4),
        "error": st.sampled_from(["boom", "gone"]),
        "paused": st.just(True),
        "priority": st.integers(1, 1000),
        "lease": st.sampled_from(["w-1:1", "w-2:5", "odd"]),
        "retry_at": st.sampled_from([datetime.fromtimestamp(NOW + n, UTC) for n in (-5, 50, 10**6)]),
    },
)
entries = st.fixed_dictionaries(dict.fromkeys(SITES, absent | there | wishes))
files = st.lists(st.tuples(entries, st.integers(0, 200)), max_size=3)
steps = st.lists(
    st.tuples(st.integers(0, 4), files | st.none())
    | st.sampled_from(PAIRS)
    | st.integers(1, 4)
    | st.just("time"),
    max_size=12,
)

DOCUMENTS = [representation(asset=f"a{number}") for number in range(5)]


def document(number: int, made: list[tuple[dict[str, dict[str, object] | None], int]]) -> dict[str, object]:
    made_files = []
    for position, (sites, size) in enumerate(made):
        entries = [{"name": name, **one} for name, one in sites.items() if one is not None]
        made_files.append(file(f"{position}", *entries, size=size))
    return {**DOCUMENTS[number], "files": made_files}


def is_held(entry: SiteEntry) -> bool:
    return (entry.lease or "").startswith("w-1:")


def check_sums(bench: Bench, pair: Pair, retry_cnt: int) -> None:
    read = [read_representation(one) for one in bench.store.documents.get(PROJECT, {}).values()]
    representations: Counter[Status] = Counter()
    counts: Counter[Status] = Counter()
    sizes: Counter[Status] = Counter()
    available = 0
    for one in read:
        states = file_states(one.files, pair, retry_cnt=retry_cnt, is_held=is_held)
        shown = representation_state(state.status for state in states)
        if shown:
            representations[shown.status] += 1
        for state, each in zip(states, one.files, strict=True):
            counts[state.status] += 1
            sizes[state.status] += each.size_bytes or 0
        available += any(state.status is Status.NOT_REQUESTED for state in states)
    totals = bench.index.totals(PROJECT)
    assert totals.pair == pair
    assert totals.representations == {status: representations[status] for status in COUNTED}
    assert totals.files == {status: counts[status] for status in COUNTED}
    assert totals.size_bytes == {status: sizes[status] for status in COUNTED}
    assert (totals.available, totals.every) == (available, len(read))
    for other in PAIRS:
        check_open(bench, other, retry_cnt)
    total, problems = bench.index.problems(PROJECT, 1000)
    assert total == len(problems)
    notes = sum(bool(one.notes) for one in read)
    assert total - notes == counts[Status.FAILED] + counts[Status.RETRYING]
    assert [one.status for one in problems].count(Status.FAILED) == counts[Status.FAILED]


def check_open(bench: Bench, pair: Pair, retry_cnt: int) -> None:
    started: Counter[Status] = Counter()
    size = 0
    ready = 0
    for one in map(read_representation, bench.store.documents.get(PROJECT, {}).values()):
        states = file_states(one.files, pair, retry_cnt=retry_cnt, is_held=is_held)
        for state, each in zip(states, one.files, strict=True):
            started[state.status] += 1
            size += (each.size_bytes or 0) if state.status in STARTED else 0
            waits = state.wish is not None and state.wish.retry_at is not None
            retry_at = state.wish.retry_at.timestamp() if waits and state.wish and state.wish.retry_at else 0
            waiting = bench.now < retry_at <= bench.now + 86_400
            ready += state.status in (Status.QUEUED, Status.RETRYING) and not waiting
    assert bench.index.open_files(PROJECT, pair) == sum(started[status] for status in OPEN)
    assert bench.index.open_size(PROJECT, pair) == (sum(started[status] for status in STARTED), size)
    if pair.works and pair.remote:
        given_out = bench.entries(pair.remote, pair.active) + bench.entries(pair.active, pair.remote)
        assert len(given_out) == ready


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps)
def test_sums_and_open_entries_are_what_counting_from_scratch_gives(done: list[object]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder) / "i.sqlite", alive={"w-1"})
        pair, retry_cnt = PAIR, 3
        for step in ("begin", *done):
            if isinstance(step, tuple):
                number, made = step
                if made is None:
                    bench.store.delete(PROJECT, [str(DOCUMENTS[number]["_id"])])
                else:
                    bench.store.put(PROJECT, document(number, made))
            elif step == "time":
                bench.now += 60
            elif isinstance(step, Pair):
                pair = step
            elif isinstance(step, int):
                retry_cnt = step
            bench.indexer.set_views({PROJECT: view(pair, retry_cnt=retry_cnt)})
            bench.catch_up()
            while bench.indexer.work(10.0):
                pass
        check_sums(bench, pair, retry_cnt)
        bench.index.close()


def test_the_sums_of_a_row_are_those_of_its_files(bench: Bench) -> None:
    made = document(0, [({"studio": {"created_dt": WHEN}, "gdrive": {}, "home": None}, 7)])
    bench.put(made)
    row = bench.row(made)
    assert row.files_by_status == {Status.QUEUED: 1}
    assert row.bytes_by_status == {Status.QUEUED: 7}
    assert len(files_of(made)) == row.files == 1


def test_every_status_has_a_number_of_its_own_in_the_file() -> None:
    assert sorted(STATUSES) == sorted(Status)
