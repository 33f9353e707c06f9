"""What the planner is given where only new work is moved: the same, in the same order, without the old."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from syncgui.index import OpenEntry
from syncgui.index.values import LARGE_BYTES
from syncgui.model.edits import DOWNLOAD_PRIORITY
from tests.index.conftest import NOW, PROJECT, Bench
from tests.index.documents import files_of
from tests.index.test_open_entries import aged

SINCE = 1050.0


def new_entries(
    bench: Bench,
    asked: frozenset[str] = frozenset(),
    *,
    since: float = SINCE,
    limit: int = 1000,
    after: tuple[int, float, int] | None = None,
    large: bool | None = None,
    ignore_backoff: bool = False,
) -> list[OpenEntry]:
    return bench.index.next_entries(
        PROJECT,
        "gdrive",
        "studio",
        large=large,
        now=bench.now,
        limit=limit,
        after=after,
        ignore_backoff=ignore_backoff,
        since=since,
        asked=asked,
    )


def mixed(bench: Bench) -> list[dict[str, object]]:
    """Old and new ones of every priority, lane, number of tries, and with a later try."""
    chance = random.Random(5)
    documents = []
    for number in range(120):
        more: dict[str, object] = {"priority": chance.choice((1, 49, 50, 50, 50, 89, 90, 100))}
        if chance.random() < 0.3:
            more |= {"tries": chance.randrange(1, 4), "error": "odd"}
        if chance.random() < 0.3:
            more["retry_at"] = datetime.fromtimestamp(NOW + chance.choice((-50, 500)), UTC)
        document = aged(1000 + number, **more)
        files_of(document)[0]["size"] = chance.choice((100, LARGE_BYTES))
        documents.append(document)
    bench.put(*documents)
    return documents


def wanted(entry: OpenEntry, asked: frozenset[str]) -> bool:
    return entry.since >= SINCE or entry.priority >= DOWNLOAD_PRIORITY or entry.representation in asked


@pytest.mark.parametrize("ignore_backoff", [False, True])
@pytest.mark.parametrize("large", [None, False, True])
def test_old_ones_are_left_out_and_the_order_stays(
    bench: Bench, large: bool | None, ignore_backoff: bool
) -> None:
    documents = mixed(bench)
    for asked in (frozenset[str](), frozenset(str(one["_id"]) for one in documents[:60:3])):
        whole = bench.entries(large=large, limit=1000, ignore_backoff=ignore_backoff)
        expected = [entry for entry in whole if wanted(entry, asked)]
        found = new_entries(bench, asked, large=large, ignore_backoff=ignore_backoff)
        assert found == expected
        assert 0 < len(expected) < len(whole)


def test_pages_go_on_where_the_page_before_ended(bench: Bench) -> None:
    asked = frozenset(str(one["_id"]) for one in mixed(bench)[:60:3])
    whole = new_entries(bench, asked)
    pages: list[OpenEntry] = []
    after = None
    while page := new_entries(bench, asked, limit=4, after=after):
        pages.extend(page)
        after = page[-1].key
    assert pages == whole
    assert len(whole) > 40


def test_the_moment_itself_is_new_and_the_second_before_is_not(bench: Bench) -> None:
    before, then = aged(1049), aged(1050)
    bench.put(before, then)
    assert [entry.representation for entry in new_entries(bench)] == [str(then["_id"])]


def test_ids_that_are_gone_are_no_trouble(bench: Bench) -> None:
    bench.put(aged(1000))
    assert new_entries(bench, frozenset({"f" * 24, 'od"d', ""})) == []


def test_a_project_is_scanned_when_its_scan_has_ended(bench: Bench) -> None:
    assert not bench.index.is_scanned(PROJECT)
    bench.put(aged(1000))
    assert bench.index.is_scanned(PROJECT)
    assert not bench.index.is_scanned("unknown")
