"""The rows of the table: what they say, how they are sorted and found."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from bson import ObjectId, json_util

from syncgui.index.table import SORTS
from syncgui.model.status import Direction, Pair, Status
from tests.index.conftest import NOW, PROJECT, Bench, view
from tests.index.documents import WHEN, file, ids_of, present, representation, to_upload, wish

CASES = json_util.loads((Path(__file__).parents[1] / "model" / "representations.json").read_text("utf-8"))[
    "cases"
]


@pytest.mark.parametrize("case", CASES, ids=[case["title"] for case in CASES])
def test_a_rows_status_is_that_of_the_data_model(bench: Bench, case: dict[str, dict[str, object]]) -> None:
    document = case["document"]
    bench.put(document)
    row = bench.row(document)
    assert (row.status.value if row.status else None) == case["expect"]["status"]
    files = case["expect"]["files"]
    assert isinstance(files, list)
    assert row.available_files == sum(status == "not_requested" for status, _ in files)
    assert sum(row.files_by_status.values()) == row.files


def found(bench: Bench, **question: object) -> list[str]:
    ids = bench.index.representation_ids(PROJECT, **question)  # type: ignore[arg-type]
    return [row.representation for row in bench.index.rows(ids)]


def test_a_row_says_what_the_table_shows(bench: Bench) -> None:
    document = representation(
        file("1.exr", present("studio"), present("gdrive"), size=300),
        file("2.exr", present("studio"), wish("gdrive", tries=3, error="gone", priority=90), size=100),
        file("3.exr", present("gdrive"), present("home"), size=600),
        asset="sh020", subset="lookMain", version=7, task={"name": "comp"},
    )  # fmt: skip
    bench.put(document)
    row = bench.row(document)
    assert (row.asset, row.subset, row.version, row.hero, row.name) == ("sh020", "lookMain", 7, False, "exr")
    assert (row.task, row.username, row.hierarchy) == ("comp", "anna", "shots/sq01")
    assert (row.files, row.size_bytes) == (3, 1000)
    assert (row.status, row.count, row.of) == (Status.FAILED, 1, 2)
    assert row.files_by_status == {Status.SYNCED: 1, Status.FAILED: 1, Status.NOT_REQUESTED: 1}
    assert row.bytes_by_status == {Status.SYNCED: 300, Status.FAILED: 100, Status.NOT_REQUESTED: 600}
    assert (row.active_share, row.remote_share) == (0.4, 0.9)
    assert (row.priority, row.error, row.available_files) == (90, "gone", 1)
    assert row.changed == max(WHEN.timestamp(), ObjectId(row.representation).generation_time.timestamp())
    assert {site: (tally.files, tally.size_bytes) for site, tally in row.sites.items()} == {
        "studio": (2, 400),
        "gdrive": (2, 900),
        "home": (1, 600),
    }
    assert row.sites["home"].newest == WHEN.timestamp()


def test_a_row_says_what_its_status_text_needs(bench: Bench) -> None:
    retry_at = datetime.fromtimestamp(NOW + 60, UTC)
    upload = to_upload(tries=1, error="x", retry_at=retry_at)
    download = representation(file("d", wish("studio"), present("gdrive")))
    paused = to_upload(paused=True, paused_by="anna")
    waiting = representation(file("w", wish("studio"), wish("gdrive"), present("home"), present("cloud")))
    bench.put(upload, download, paused, waiting)
    assert bench.row(upload).direction is Direction.UPLOAD
    assert bench.row(upload).next_try == NOW + 60
    assert bench.row(download).direction is Direction.DOWNLOAD
    assert bench.row(paused).paused_by == "anna"
    assert bench.row(waiting).waits_for == ("cloud", "home")


def test_a_zero_byte_file_counts_in_the_shares(bench: Bench) -> None:
    document = representation(file("z", present("studio"), wish("gdrive"), size=0))
    bench.put(document)
    assert (bench.row(document).active_share, bench.row(document).remote_share) == (1.0, 0.0)


def test_a_hero_version_is_known_by_its_parent(bench: Bench) -> None:
    parent = ObjectId()
    bench.store.put(PROJECT, {"_id": parent, "type": "hero_version"})
    hero = representation(file("h", present("studio"), wish("gdrive")), parent=parent)
    bench.put(hero, to_upload())
    assert bench.row(hero).hero
    assert found(bench, search="hero") == ids_of([hero])


def test_the_default_order_is_trouble_first_then_newest(bench: Bench) -> None:
    def made(second: int, **more: object) -> dict[str, object]:
        there = {"name": "studio", "created_dt": datetime.fromtimestamp(NOW + second, UTC)}
        entry = {"name": "gdrive", **more}
        identifier = ObjectId("0" * 23 + str(second))
        return representation(file("a", there, entry), identifier=identifier)

    bench.alive.add("w-1")
    failed, retrying = made(1, tries=3, error="x"), made(2, tries=1, error="x")
    moving, queued = made(3, lease="w-1:1"), made(4)
    older, newer = made(5, created_dt=WHEN), made(6, created_dt=WHEN)
    bench.put(older, queued, newer, moving, failed, retrying)
    order = [failed, retrying, moving, queued, newer, older]
    assert found(bench) == ids_of(order)
    assert found(bench, descending=True) == ids_of(order[::-1])


@pytest.mark.parametrize("sort", sorted(SORTS))
def test_every_column_sorts_both_ways(bench: Bench, sort: str) -> None:
    documents = [
        representation(
            *[file(f"{n}", present("studio"), wish("gdrive", priority=number * 10), size=number)] * number,
            asset=f"a{number}", subset=f"s{number}", version=number, name=f"n{number}", task=f"t{number}",
            username=f"u{number}",
        )
        for n, number in enumerate((3, 1, 2))
    ]  # fmt: skip
    bench.put(*documents)
    up, down = found(bench, sort=sort), found(bench, sort=sort, descending=True)
    assert sorted(up) == sorted(down) == sorted(ids_of(documents))
    if sort in {"asset", "subset", "version", "name", "task", "username", "files", "size", "priority"}:
        assert up == ids_of([documents[1], documents[2], documents[0]]) == down[::-1]


def test_text_columns_sort_without_case(bench: Bench) -> None:
    documents = [representation(asset=asset) for asset in ("b", "A", "C", "a")]
    bench.put(*documents)
    rows = bench.index.rows(bench.index.representation_ids(PROJECT, sort="asset"))
    assert [row.asset.casefold() for row in rows] == ["a", "a", "b", "c"]


def test_a_column_that_does_not_exist_is_refused_by_name(bench: Bench) -> None:
    with pytest.raises(ValueError, match="asset"):
        bench.index.representation_ids(PROJECT, sort="nonsense")


def test_rows_are_filtered_by_status_and_by_what_is_available(bench: Bench) -> None:
    queued, failed = to_upload(), to_upload(tries=3)
    there = representation(file("t", present("gdrive")))
    nobody = representation(file("n", wish("home")))
    bench.put(queued, failed, there, nobody)
    assert found(bench, statuses=[Status.FAILED]) == ids_of([failed])
    assert sorted(found(bench, statuses={Status.FAILED, Status.QUEUED})) == sorted(ids_of([failed, queued]))
    assert found(bench, statuses=[Status.NOT_REQUESTED]) == ids_of([there])
    assert sorted(found(bench, statuses=[Status.NOT_REQUESTED, Status.QUEUED])) == sorted(
        ids_of([there, queued])
    )
    assert found(bench, statuses=[]) == []
    assert len(found(bench)) == 4


def test_words_are_plain_text_and_all_of_them_must_be_there(bench: Bench) -> None:
    first = representation(
        *[file(f"sh010_v001.{n}.exr", present("studio")) for n in (1001, 1002)], asset="sh010"
    )
    odd = representation(
        file("(100%_new).ma", present("studio"), wish("gdrive", error="Disk full")),
        asset="Größe",
        task="Comp",
    )
    bench.put(first, odd)
    for search in (
        "SH010",
        "exr rendermain sh010",
        "sh010_v001.####.exr",
        "sh010_v001.1002.exr",
        "v001.1001.EXR sq01",
    ):
        assert found(bench, search=search) == ids_of([first]), search
    for search in ("(", "100%", "_new", "GRÖSSE", "größe comp", "disk full", "gdrive"):
        assert found(bench, search=search) == ids_of([odd]), search
    assert found(bench, search="sh010 comp") == []
    assert found(bench, search=".*") == []
    assert len(found(bench, search="  ")) == 2
    assert found(bench, search="studio", statuses=[Status.QUEUED]) == []


def test_a_folder_is_found_with_either_slash(bench: Bench) -> None:
    document = representation(file("shots/sq01/a.ma", present("studio")))
    bench.put(document, representation(file("assets/b.ma", present("studio"))))
    for search in ("show/shots/sq01", "show\\shots\\sq01\\a.ma", "{work}/show/shots"):
        assert found(bench, search=search) == ids_of([document]), search


def test_a_pasted_path_in_any_systems_form_finds_its_row(bench: Bench) -> None:
    frames = representation(*[file(f"my shots/f.{n}.exr", present("studio")) for n in (1001, 1002)])
    bench.put(frames, representation(file("my shots/g.1001.exr", present("studio"))))
    for path in (
        "P:\\projects\\show\\my shots\\f.1002.exr",
        '"/mnt/p/show/my shots/f.1001.exr"',
        "{root[work]}/show/my shots/f.1001.exr",
        "X:\\elsewhere\\show\\my shots\\f.1001.exr",
        "\\\\server\\share\\show\\my shots\\f.1002.exr",
        "/Volumes/projects/show/my shots/f.1001.exr",
    ):
        assert found(bench, search=path) == ids_of([frames]), path


def test_ids_that_are_gone_are_left_out_of_a_page(bench: Bench) -> None:
    first, second = to_upload(), to_upload()
    bench.put(first, second)
    ids = bench.index.representation_ids(PROJECT)
    bench.store.delete(PROJECT, ids_of([first]))
    bench.catch_up()
    assert [row.representation for row in bench.index.rows(ids)] == ids_of([second])
    assert bench.index.rows([10**9]) == []


def test_another_pair_changes_the_columns_in_the_background(bench: Bench) -> None:
    documents = [
        representation(file("a", present("studio"), wish("gdrive"), present("home"))) for _ in range(450)
    ]
    bench.put(*documents)
    ids = list(bench.index.representation_ids(PROJECT))
    bench.indexer.set_views({PROJECT: view(Pair("home", "studio"))})
    while bench.indexer.work(0.01):
        pass
    assert bench.row(documents[-1]).status is Status.SYNCED
    totals = bench.index.totals(PROJECT)
    assert totals.representations[Status.SYNCED] == 450
    assert totals.representations[Status.QUEUED] == 0
    assert totals.pair == Pair("home", "studio")
    assert sorted(bench.index.representation_ids(PROJECT)) == sorted(ids)


def test_the_work_after_a_change_goes_on_in_the_next_session(bench: Bench) -> None:
    documents = [to_upload(tries=3) for _ in range(900)]
    bench.put(*documents)
    bench.indexer.set_views({PROJECT: view(retry_cnt=5)})
    assert bench.indexer.work(0.0)
    bench.index.close()
    bench.open()
    bench.indexer.set_views({PROJECT: view(retry_cnt=5)})
    while bench.indexer.work(10.0):
        pass
    assert bench.index.totals(PROJECT).representations[Status.RETRYING] == 900


def test_a_view_that_changes_during_the_scan_reaches_every_row(bench: Bench) -> None:
    bench.store.put(PROJECT, *[to_upload(tries=3) for _ in range(9_000)])
    assert bench.indexer.catch_up().more
    bench.indexer.set_views({PROJECT: view(retry_cnt=5)})
    bench.catch_up()
    while bench.indexer.work(10.0):
        pass
    assert bench.index.totals(PROJECT).representations[Status.RETRYING] == 9_000


def test_without_a_change_of_view_there_is_no_work(bench: Bench) -> None:
    bench.put(to_upload())
    bench.indexer.set_views({PROJECT: view()})
    assert not bench.indexer.work(1.0)


def test_the_files_that_lie_on_a_site_are_counted_whatever_the_pair_is(bench: Bench) -> None:
    two = representation(
        file("a.exr", present("studio"), present("home")),
        file("b.exr", present("studio"), present("home"), root="cache"),
    )
    bench.put(two, representation(file("c.exr", present("studio"), wish("home"))))
    assert bench.index.entries_of(PROJECT, "home") == 2
    assert bench.index.entries_of(PROJECT, "studio") == 3
    assert bench.index.entries_of(PROJECT, "nowhere") == 0
    assert bench.index.entries_of("other", "home") == 0


def test_all_cases_are_carried() -> None:
    assert len(CASES) == 26
