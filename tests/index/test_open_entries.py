"""What the planner is given: the right entries, in the right order, at the right time."""

from __future__ import annotations

from datetime import UTC, datetime

from bson import ObjectId

from syncgui.index.values import LARGE_BYTES
from syncgui.model.status import Pair, Status
from tests.index.conftest import NOW, PAIR, PROJECT, Bench, view
from tests.index.documents import entry_of, file, ids_of, present, representation, to_upload, wish

HOUR = 3600.0


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def aged(seconds: int, **more: object) -> dict[str, object]:
    """A representation to upload, published so many seconds after the epoch."""
    identifier = ObjectId(f"{seconds:08x}" + "0" * 16)
    return representation(file("a.exr", present("studio"), wish("gdrive", **more)), identifier=identifier)


def test_an_entry_says_all_that_a_claim_needs(bench: Bench) -> None:
    document = to_upload(priority=70, tries=1, error="boom")
    bench.put(document)
    (entry,) = bench.entries()
    assert entry.project == PROJECT
    assert entry.representation == str(document["_id"])
    assert entry.file.path == "{root[work]}/show/a.exr"
    assert entry.path_key == "{work}/show/a.exr"
    assert (entry.wanting, entry.holding) == ("gdrive", "studio")
    assert (entry.size_bytes, entry.priority, entry.tries) == (100, 70, 1)
    assert (entry.error, entry.lease) == ("boom", None)


def test_the_highest_priority_comes_first_and_among_equals_the_oldest(bench: Bench) -> None:
    young, old, urgent = aged(3000), aged(2000), aged(4000, priority=90)
    tried = aged(1000, tries=1, error="x")
    bench.put(young, old, urgent, tried)
    assert bench.open_ids() == ids_of([urgent, tried, old, young])


def test_a_page_goes_on_after_the_key_of_the_page_before(bench: Bench) -> None:
    documents = [aged(1000 + number, priority=50 + number % 3, tries=number % 2) for number in range(20)]
    bench.put(*documents)
    whole = bench.open_ids()
    pages: list[str] = []
    after = None
    while page := bench.entries(limit=3, after=after):
        pages.extend(entry.representation for entry in page)
        after = page[-1].key
    assert pages == whole
    assert len(whole) == 20


def test_each_direction_and_each_holder_has_its_own_entries(bench: Bench) -> None:
    upload = to_upload()
    download = representation(file("b", wish("studio"), present("gdrive"), present("home")))
    bench.put(upload, download)
    assert bench.open_ids("gdrive", "studio") == ids_of([upload])
    assert bench.open_ids("studio", "gdrive") == ids_of([download])
    assert bench.open_ids("studio", "home") == ids_of([download])
    assert bench.open_ids("studio", None) == []


def test_a_wish_that_no_site_can_serve_is_listed_without_a_holder(bench: Bench) -> None:
    document = representation(file("b", wish("studio"), wish("gdrive")))
    bench.put(document)
    assert bench.open_ids("studio", None) == ids_of([document])
    assert bench.open_ids("gdrive", None) == ids_of([document])
    assert bench.open_ids("studio", "gdrive") == []


def test_large_and_small_files_are_in_lanes_of_their_own(bench: Bench) -> None:
    large = representation(file("l", present("studio"), wish("gdrive"), size=LARGE_BYTES))
    small = representation(file("s", present("studio"), wish("gdrive"), size=LARGE_BYTES - 1))
    bench.put(large, small)
    assert [one.representation for one in bench.entries(large=True)] == ids_of([large])
    assert [one.representation for one in bench.entries(large=False)] == ids_of([small])
    assert len(bench.entries(large=None)) == 2


def test_paused_entries_are_left_out_until_they_are_resumed(bench: Bench) -> None:
    document = to_upload(paused=True)
    bench.put(document)
    assert bench.open_ids() == []
    del entry_of(document, "gdrive")["paused"]
    bench.put(document)
    assert bench.open_ids() == ids_of([document])


def test_used_up_tries_are_left_out_and_another_retry_cnt_takes_effect_at_once(bench: Bench) -> None:
    document = to_upload(tries=3, error="x")
    bench.put(document)
    assert bench.open_ids() == []
    bench.indexer.set_views({PROJECT: view(retry_cnt=4)})
    assert bench.open_ids() == ids_of([document])
    bench.indexer.set_views({PROJECT: view(retry_cnt=3)})
    assert bench.open_ids() == []


def test_someone_deletes_only_the_tries_and_the_entry_is_taken_again(bench: Bench) -> None:
    document = to_upload(tries=3, error="x")
    bench.put(document)
    del entry_of(document, "gdrive")["tries"]
    bench.put(document)
    assert bench.open_ids() == ids_of([document])


def test_an_entry_in_backoff_comes_when_its_time_has_come(bench: Bench) -> None:
    document = to_upload(tries=1, error="x", retry_at=at(NOW + 100))
    bench.put(document)
    assert bench.open_ids() == []
    assert bench.index.next_due(PROJECT, "gdrive", "studio", bench.now) == NOW + 100
    assert bench.entries(ignore_backoff=True)[0].next_try == NOW + 100
    bench.now = NOW + 100
    assert bench.open_ids() == ids_of([document])  # without the indexer
    bench.catch_up()
    assert bench.open_ids() == ids_of([document])  # and with it
    assert bench.index.next_due(PROJECT, "gdrive", "studio", bench.now) is None


def test_the_order_holds_across_backoff_that_has_ended(bench: Bench) -> None:
    first = aged(1000, priority=90, tries=1, error="x", retry_at=at(NOW + 10))
    second, third = aged(2000), aged(3000, tries=2, error="x", retry_at=at(NOW + 5))
    bench.put(second, third, first)
    assert bench.open_ids() == ids_of([second])
    bench.now = NOW + 20
    assert bench.open_ids() == ids_of([first, second, third])


def test_a_retry_at_more_than_a_day_ahead_is_not_believed(bench: Bench) -> None:
    document = to_upload(tries=1, error="x", retry_at=at(NOW + 25 * HOUR))
    bench.put(document)
    assert bench.open_ids() == ids_of([document])


def test_a_retry_at_in_the_past_and_none_at_all_are_ready(bench: Bench) -> None:
    past, none = aged(1000, tries=1, error="x", retry_at=at(NOW - 1)), aged(2000, tries=1, error="x")
    bench.put(past, none)
    assert bench.open_ids() == ids_of([past, none])


def test_used_up_entries_in_backoff_are_never_due(bench: Bench) -> None:
    bench.put(to_upload(tries=3, error="x", retry_at=at(NOW + 100)))
    assert bench.index.next_due(PROJECT, "gdrive", "studio", bench.now) is None
    assert bench.entries(ignore_backoff=True) == []


def test_a_live_workers_entry_is_left_out_and_shown_as_in_progress(bench: Bench) -> None:
    bench.alive.add("w-1")
    document = to_upload(lease="w-1:1")
    bench.put(document)
    assert bench.open_ids() == []
    assert bench.row(document).status is Status.IN_PROGRESS
    assert bench.index.leased_workers() == {"w-1"}


def test_a_dead_workers_entries_become_ready_when_it_is_found_dead(bench: Bench) -> None:
    bench.alive.update(("w-1", "w-2"))
    documents = [to_upload(lease=f"w-{1 + number % 2}:{number}") for number in range(6)]
    bench.put(*documents)
    assert bench.indexer.recheck_workers() == 0
    bench.alive.remove("w-1")
    assert bench.indexer.recheck_workers() == 3
    assert sorted(bench.open_ids()) == sorted(ids_of(documents[0::2]))
    assert bench.row(documents[0]).status is Status.QUEUED
    assert bench.index.leased_workers() == {"w-2"}


def test_the_lease_of_a_dead_worker_and_a_text_that_is_no_lease_are_free(bench: Bench) -> None:
    dead, odd = to_upload(lease="w-gone:7"), to_upload(lease="somebody else")
    bench.put(dead, odd)
    assert sorted(bench.open_ids()) == sorted(ids_of([dead, odd]))


def test_a_strangers_moving_entry_is_left_until_it_stood_still(bench: Bench) -> None:
    document = to_upload()
    bench.put(document)
    assert bench.open_ids() == ids_of([document])
    entry_of(document, "gdrive")["progress"] = 0.25
    bench.store.put(PROJECT, document)
    assert sum(one.strangers for one in bench.catch_up()) == 1
    assert bench.open_ids() == []
    assert bench.entries(ignore_backoff=True) == []
    assert bench.row(document).status is Status.IN_PROGRESS
    bench.now += 59
    bench.catch_up()
    assert bench.row(document).status is Status.IN_PROGRESS
    bench.now += 1
    bench.catch_up()
    assert bench.row(document).status is Status.QUEUED  # half done and nobody at it
    assert bench.open_ids() == []
    bench.now += 60
    bench.catch_up()
    assert bench.open_ids() == ids_of([document])


def test_a_stranger_that_moves_on_starts_the_time_again(bench: Bench) -> None:
    document = to_upload(progress=0.1)
    bench.put(document)
    for progress in (0.2, 0.3, 0.4):
        bench.now += 50
        entry_of(document, "gdrive")["progress"] = progress
        bench.put(document)
        assert bench.row(document).status is Status.IN_PROGRESS
    bench.now += 119
    bench.catch_up()
    assert bench.open_ids() == []
    bench.now += 1
    bench.catch_up()
    assert bench.open_ids() == ids_of([document])


def test_a_progress_that_was_there_at_the_first_look_stands_still(bench: Bench) -> None:
    document = to_upload(progress=0.4)
    bench.put(document)
    assert bench.open_ids() == ids_of([document])
    assert bench.row(document).status is Status.QUEUED


def test_a_quick_loop_takes_a_strangers_entry_after_two_delays(bench: Bench) -> None:
    bench.indexer.set_views({PROJECT: view(loop_delay_s=5)})
    document = to_upload()
    bench.put(document)
    entry_of(document, "gdrive")["progress"] = 0.25
    bench.put(document)
    assert bench.index.next_due(PROJECT, "gdrive", "studio", bench.now) == NOW + 10
    bench.now += 10
    bench.catch_up()
    assert bench.open_ids() == ids_of([document])


def test_our_own_workers_progress_is_no_strangers(bench: Bench) -> None:
    bench.alive.add("w-1")
    document = to_upload(lease="w-1:1", progress=0.1)
    bench.put(document)
    entry_of(document, "gdrive")["progress"] = 0.2
    bench.store.put(PROJECT, document)
    assert sum(one.strangers for one in bench.catch_up()) == 0
    bench.alive.clear()
    bench.indexer.recheck_workers()
    assert bench.open_ids() == ids_of([document])


def test_entries_of_one_path_are_found_in_all_representations(bench: Bench) -> None:
    shared = [representation(file("t.tx", present("studio"), wish("gdrive")), name="ma") for _ in range(3)]
    spelled = representation(
        {**file("x", present("studio"), wish("gdrive")), "path": "P:\\projects\\show\\t.tx"}
    )
    other = representation(file("u.tx", present("studio"), wish("gdrive")))
    paused = representation(file("t.tx", present("studio"), wish("gdrive", paused=True)))
    bench.put(*shared, spelled, other, paused)
    found = bench.index.same_path(PROJECT, "gdrive", "studio", ["{work}/show/t.tx"], bench.now)
    assert sorted(entry.representation for entry in found) == sorted(ids_of([*shared, spelled]))


def test_open_files_counts_any_pair(bench: Bench) -> None:
    bench.put(
        representation(
            file("1", present("studio"), wish("gdrive"), wish("home"), size=1),
            file("2", present("studio"), wish("gdrive", tries=9), size=2),
            file("3", present("studio"), wish("gdrive", paused=True), size=4),
            file("4", wish("studio", tries=1), present("gdrive"), size=8),
            file("5", wish("studio"), wish("gdrive"), size=16),
            file("6", wish("studio", tries=3), wish("gdrive"), size=32),
            file("7", present("studio"), present("gdrive"), size=64),
        )
    )
    assert bench.index.open_files(PROJECT, PAIR) == 4  # 1, 2, 4, and 6: both want it, trying failed
    assert bench.index.open_size(PROJECT, PAIR) == (2, 9)
    assert bench.index.open_files(PROJECT, Pair("gdrive", "studio")) == 4
    assert bench.index.open_files(PROJECT, Pair("studio", "home")) == 1
    assert bench.index.open_files(PROJECT, Pair("studio", None)) == 0
    assert bench.index.open_files(PROJECT, Pair("studio", "studio")) == 0


def test_a_finished_file_leaves_no_entry(bench: Bench) -> None:
    document = to_upload()
    bench.put(document)
    entry_of(document, "gdrive")["created_dt"] = at(NOW)
    bench.put(document)
    assert bench.open_ids() == []
    assert bench.index.open_files(PROJECT, PAIR) == 0


def test_failed_targets_names_every_wish_with_an_error_once(bench: Bench) -> None:
    failed = representation(
        file("1", present("studio"), present("home"), wish("gdrive", error="x")),
        file("2", present("studio"), wish("gdrive", tries=3)),
        file("3", present("studio"), wish("gdrive", error="x", paused=True)),
        file("4", present("studio"), wish("gdrive")),
        file("5", wish("studio", error="x"), wish("gdrive", tries=3)),
    )
    bench.put(failed, *[to_upload(tries=1, error="x") for _ in range(700)])
    targets = [target for chunk in bench.index.failed_targets(PROJECT) for target in chunk]
    assert len(targets) == len(set(targets)) == 705
    mine = {(one.file.path[-1], one.site) for one in targets if one.representation == str(failed["_id"])}
    assert mine == {("1", "gdrive"), ("2", "gdrive"), ("3", "gdrive"), ("5", "studio"), ("5", "gdrive")}


def test_problems_lists_failed_files_first_then_retrying_then_odd_records(bench: Bench) -> None:
    retrying = to_upload(tries=1, error="again")
    failed = to_upload(tries=3, error="gone")
    stuck = representation(file("s", wish("studio", tries=5, error="stuck"), wish("gdrive")))
    odd = representation()
    paused = to_upload(tries=3, error="hidden", paused=True)
    elsewhere = representation(file("e", present("studio"), wish("home", tries=3, error="other pair")))
    bench.put(retrying, failed, stuck, odd, paused, elsewhere)
    total, first = bench.index.problems(PROJECT, 100)
    assert total == 4
    assert [(one.error, one.status, one.site) for one in first] == [
        ("stuck", Status.FAILED, "studio"),
        ("gone", Status.FAILED, "gdrive"),
        ("again", Status.RETRYING, "gdrive"),
        ("its list of files is empty", None, None),
    ]
    assert first[-1].path is None
    assert bench.index.problems(PROJECT, 1) == (4, first[:1])
    assert bench.index.problems(PROJECT, 0) == (4, [])


def test_a_sample_of_what_is_present_is_spread_and_knows_roots(bench: Bench) -> None:
    documents = [to_upload() for _ in range(50)]
    textures = representation(file("t", present("studio"), wish("gdrive"), root="textures"))
    bench.put(*documents, textures)
    sample = bench.index.present_sample(PROJECT, "studio", ["work"], 5)
    places = [ids_of(documents).index(key) for key in sample]
    assert len(places) == 5
    assert max(places) - min(places) == 49
    assert bench.index.present_sample(PROJECT, "studio", ["textures"], 5) == ids_of([textures])
    assert len(bench.index.present_sample(PROJECT, "studio", None, 10)) == 10
    assert bench.index.present_sample(PROJECT, "gdrive") == []
    assert bench.index.present_sample(PROJECT, "studio", ["other"]) == []


def test_a_project_that_is_not_indexed_has_nothing(bench: Bench) -> None:
    bench.catch_up()
    assert bench.index.next_entries("other", "a", "b", large=None, now=NOW, limit=5) == []
    assert bench.index.same_path("other", "a", "b", ["x"]) == []
    assert bench.index.next_due("other", "a", "b") is None
    assert bench.index.open_files("other", PAIR) == 0
    assert bench.index.problems("other", 5) == (0, [])
    assert list(bench.index.failed_targets("other")) == []
    assert list(bench.index.representation_ids("other")) == []
    assert bench.index.totals("other").pair is None
