"""What claims, results and a person's edits change in a document, and that they change nothing else."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest
from bson import json_util
from hypothesis import given
from hypothesis import strategies as st

from syncgui.model.edits import (
    DOWNLOAD_PRIORITY,
    Edit,
    MutableDocument,
    Outcome,
    Result,
    Target,
    Wish,
    apply_edit,
    apply_result,
    claim,
    find_files,
    names_as_entries,
)
from syncgui.model.representation import FileRef, file_ref, read_representation
from syncgui.model.sites import SiteEntry, read_sites
from tests.model import bson_values

Case = dict[str, object]
CASES: list[Case] = json_util.loads((Path(__file__).parent / "representations.json").read_text("utf-8"))[
    "cases"
]
LEASE = "w-1:7"
NOW = datetime(2026, 5, 3, 12, tzinfo=UTC)
TARGET = Target("r", FileRef(None, "p"), "gdrive")


def first_file(title: str) -> dict[str, object]:
    document = deepcopy(next(one["document"] for one in CASES if one["title"] == title))
    return cast("dict[str, object]", cast("dict[str, list[object]]", document)["files"][0])


def nobody(lease: str) -> bool:
    del lease
    return True


def someone(lease: str) -> bool:
    del lease
    return False


def done(site: str = "gdrive") -> Result:
    target = Target("r", FileRef(None, "p"), site)
    return Result(target, LEASE, Outcome.DONE, provider_id="id1", checksum="xxh3:00")


def succeed(file: dict[str, object], site: str = "gdrive") -> None:
    assert claim(file, site, LEASE, someone)
    assert apply_result(file, done(site), NOW, None)


def edit(wish: Wish, value: str | int | None = None, site: str = "gdrive") -> Edit:
    return Edit(Target("r", FileRef(None, "p"), site), wish, value)


def sites(file: dict[str, object]) -> list[dict[str, object]]:
    return cast("list[dict[str, object]]", file["sites"])


SUCCESS = {"created_dt": NOW, "id": "id1", "checksum": "xxh3:00"}


def test_success_in_form_c_sets_three_fields_and_nothing_else() -> None:
    file = first_file("C: one file to upload")
    before = deepcopy(file)
    succeed(file)
    assert sites(file)[1] == {"name": "gdrive", **SUCCESS}
    assert sites(file)[0] == sites(before)[0]
    assert {**file, "sites": None} == {**before, "sites": None}


def test_success_in_form_b_keeps_the_mapping() -> None:
    file = first_file("B: mapping, empty skeleton from the old shell recipe")
    before = deepcopy(file)
    succeed(file)
    assert file["sites"] == {**cast("dict[str, object]", before["sites"]), "gdrive": SUCCESS}


def test_success_on_a_null_of_form_b_makes_an_entry() -> None:
    file = first_file("B: null as an entry")
    succeed(file, "studio")
    assert cast("dict[str, object]", file["sites"])["studio"] == SUCCESS


def test_success_removes_a_stray_progress() -> None:
    file = first_file("stray progress without a worker")
    succeed(file)
    assert sites(file)[1] == {"name": "gdrive", **SUCCESS}


def test_success_writes_all_of_a_doubled_entry() -> None:
    file = first_file("doubled wish")
    succeed(file)
    assert sites(file)[1:] == [{"name": "gdrive", **SUCCESS}] * 2


def test_a_doubled_entry_of_which_one_is_there_is_not_claimed() -> None:
    file = first_file("doubled entry of the old race")
    assert not claim(file, "gdrive", LEASE, nobody)


def test_a_dotted_site_name_turns_this_files_mapping_into_a_list() -> None:
    file = first_file("dotted site name in B")
    created = cast("dict[str, dict[str, object]]", file["sites"])["studio"]["created_dt"]
    succeed(file, "gdrive.v2")
    assert file["sites"] == [{"name": "studio", "created_dt": created}, {"name": "gdrive.v2", **SUCCESS}]


def test_a_mapping_that_becomes_a_list_keeps_each_sites_name_and_odd_values() -> None:
    file: dict[str, object] = {
        "sites": {"a.b": {}, "home": {"name": "other", "x": 1}, "odd": 7, "null": None}
    }
    before = read_sites(file["sites"], published=None).entries
    assert claim(file, "a.b", LEASE, nobody)
    after = read_sites(file["sites"], published=None).entries
    assert {**after, "a.b": None} == {**before, "a.b": None}
    assert {"odd": 7} in sites(file)


def test_a_leased_entry_is_claimed_only_when_its_lease_is_free() -> None:
    file: dict[str, object] = {"sites": [{"name": "gdrive", "lease": "w-2:1"}]}
    assert not claim(file, "gdrive", LEASE, someone)
    assert claim(file, "gdrive", LEASE, nobody)
    assert sites(file) == [{"name": "gdrive", "lease": LEASE}]


def test_a_file_that_is_there_and_a_site_without_entry_are_not_claimed() -> None:
    for title, site in (("C: synced", "gdrive"), ("A: names only", "studio"), ("C: synced", "home")):
        file = first_file(title)
        before = deepcopy(file)
        assert not claim(file, site, LEASE, nobody)
        assert file == before


def test_a_result_under_a_lost_lease_changes_nothing() -> None:
    file: dict[str, object] = {"sites": [{"name": "gdrive", "lease": "w-2:1"}]}
    before = deepcopy(file)
    assert not apply_result(file, done(), NOW, None)
    assert file == before


@pytest.mark.parametrize(
    ("tries", "after"), [(None, 1), (2, 3), ("x", 1), (float("nan"), 1), (float("inf"), 1), (True, 1)]
)
def test_a_failure_counts_a_try_whatever_stood_there(tries: object, after: int) -> None:
    file: dict[str, object] = {"sites": [{"name": "gdrive", "lease": LEASE, "tries": tries, "progress": 0.5}]}
    result = Result(TARGET, LEASE, Outcome.FAILED, error="boom", costs_try=True)
    assert apply_result(file, result, NOW, NOW)
    expected = {"name": "gdrive", "tries": after, "error": "boom", "last_failed_dt": NOW, "retry_at": NOW}
    assert sites(file) == [expected]


def test_tries_stay_a_number_that_a_database_holds() -> None:
    file: dict[str, object] = {"sites": [{"name": "gdrive", "lease": LEASE, "tries": 2**63 - 1}]}
    apply_result(file, Result(TARGET, LEASE, Outcome.FAILED, costs_try=True), NOW, None)
    assert 0 < cast("int", sites(file)[0]["tries"]) < 2**63


def test_a_failure_without_a_try_leaves_tries_alone() -> None:
    file: dict[str, object] = {"sites": [{"name": "gdrive", "lease": LEASE, "tries": 1, "retry_at": NOW}]}
    assert apply_result(file, Result(TARGET, LEASE, Outcome.FAILED, error="boom"), NOW, None)
    assert sites(file) == [{"name": "gdrive", "tries": 1, "error": "boom", "last_failed_dt": NOW}]


def test_a_release_takes_away_lease_and_progress_only() -> None:
    file: dict[str, object] = {
        "sites": [{"name": "gdrive", "lease": LEASE, "tries": 1, "error": "x", "progress": 0.1}]
    }
    assert apply_result(file, Result(TARGET, LEASE, Outcome.RELEASED), NOW, None)
    assert sites(file) == [{"name": "gdrive", "tries": 1, "error": "x"}]


def test_retry_leaves_priority_and_unknown_fields() -> None:
    file = first_file("priority and unknown fields stay")
    assert apply_edit(file, edit(Wish.RETRY), nobody)
    assert sites(file)[1] == {"name": "gdrive", "priority": 90, "note": "keep"}
    assert not apply_edit(file, edit(Wish.RETRY), nobody)


def test_retry_does_not_touch_what_is_there() -> None:
    file = first_file("C: synced")
    assert not apply_edit(file, edit(Wish.RETRY), nobody)


def test_retry_takes_a_lease_from_the_dead_only() -> None:
    entry = {"name": "gdrive", "tries": 2, "error": "x", "lease": LEASE, "progress": 0.1}
    file: dict[str, object] = {"sites": [dict(entry)]}
    assert not apply_edit(file, edit(Wish.RETRY), someone)
    assert sites(file) == [entry]
    assert apply_edit(file, edit(Wish.RETRY), nobody)
    assert sites(file) == [{"name": "gdrive"}]


def test_sync_again_takes_away_presence_and_checksum() -> None:
    file: dict[str, object] = {
        "sites": [{"name": "gdrive", "created_dt": NOW, "checksum": "c", "id": "i", "tries": 1}]
    }
    assert apply_edit(file, edit(Wish.SYNC_AGAIN), nobody)
    assert sites(file) == [{"name": "gdrive", "id": "i"}]


def test_pause_and_resume_touch_paused_only() -> None:
    file = first_file("tries left after an error")
    before = deepcopy(file)
    assert apply_edit(file, edit(Wish.PAUSE, "anna"), nobody)
    assert sites(file)[1] == {**sites(before)[1], "paused": True, "paused_by": "anna"}
    assert not apply_edit(file, edit(Wish.PAUSE, "bert"), nobody)
    assert apply_edit(file, edit(Wish.RESUME), nobody)
    assert file == before


def test_a_priority_is_set_where_there_is_an_entry() -> None:
    file = first_file("C: one file to upload")
    assert apply_edit(file, edit(Wish.SET_PRIORITY, 80), nobody)
    assert sites(file)[1]["priority"] == 80
    assert not apply_edit(file, edit(Wish.SET_PRIORITY, 80), nobody)
    assert not apply_edit(file, edit(Wish.SET_PRIORITY, 80, site="home"), nobody)


def test_download_adds_an_urgent_wish_for_the_active_site() -> None:
    file = first_file("not on this machine")
    before = deepcopy(sites(file))
    assert apply_edit(file, edit(Wish.ADD, DOWNLOAD_PRIORITY, site="studio"), nobody)
    assert sites(file) == [*before, {"name": "studio", "priority": 90}]
    assert not apply_edit(file, edit(Wish.ADD, site="studio"), nobody)


def test_a_site_is_added_in_each_form() -> None:
    mapping = first_file("B: mapping, empty skeleton from the old shell recipe")
    assert apply_edit(mapping, edit(Wish.ADD, site="home"), nobody)
    assert cast("dict[str, object]", mapping["sites"])["home"] == {}
    assert apply_edit(mapping, edit(Wish.ADD, site="a.b"), nobody)
    assert sites(mapping)[-1] == {"name": "a.b"}
    absent: dict[str, object] = {}
    assert apply_edit(absent, Edit(TARGET, Wish.ADD, present_since=NOW), nobody)
    assert absent == {"sites": [{"name": "gdrive", "created_dt": NOW}]}
    names = first_file("A: names only")
    names_as_entries(names, NOW)
    assert apply_edit(names, edit(Wish.ADD), nobody)
    assert sites(names) == [{"name": "studio", "created_dt": NOW}, {"name": "gdrive"}]


def test_sites_of_an_odd_type_stay_as_they_are() -> None:
    file: dict[str, object] = {"sites": "x"}
    assert not apply_edit(file, edit(Wish.ADD), nobody)
    assert file == {"sites": "x"}


def test_a_file_without_id_is_found_by_its_path() -> None:
    document: dict[str, object] = {"files": [{"path": "p"}, {"_id": 5, "path": "p"}, 7, {"path": "q"}]}
    assert find_files(document, FileRef(None, "p")) == [{"path": "p"}]
    assert find_files(document, FileRef("5", "p")) == [{"_id": 5, "path": "p"}]
    assert find_files({"files": 3}, FileRef("5", "p")) == []


def test_files_with_one_id_are_told_apart_by_their_path() -> None:
    document: dict[str, object] = {"files": [{"_id": 5, "path": "p"}, {"_id": "5", "path": "q"}]}
    assert find_files(document, FileRef("5", "p")) == [{"_id": 5, "path": "p"}]
    assert find_files(document, FileRef("5", "q")) == [{"_id": "5", "path": "q"}]
    assert find_files(document, FileRef("5", "elsewhere")) == []
    assert find_files(document, FileRef(None, "p")) == []


def test_each_of_two_files_with_one_id_gets_its_own_lease() -> None:
    document: dict[str, object] = {
        "files": [{"_id": 5, "path": path, "sites": [{"name": "gdrive"}]} for path in ("p", "q")]
    }
    for path, lease in (("p", "w-1:7"), ("q", "w-1:8")):
        assert [claim(one, "gdrive", lease, someone) for one in find_files(document, FileRef("5", path))] == [
            True
        ]
    for one in find_files(document, FileRef("5", "p")):
        assert apply_result(one, done(), NOW, None)
    first, second = cast("list[dict[str, object]]", document["files"])
    assert sites(first) == [{"name": "gdrive", **SUCCESS}]
    assert sites(second) == [{"name": "gdrive", "lease": "w-1:8"}]


def test_an_id_without_a_path_means_every_path_with_that_id() -> None:
    files = [{"_id": 5, "path": "p"}, {"_id": 6, "path": "p"}, {"_id": 5, "path": "q"}, {"_id": 5}]
    assert find_files({"files": files}, FileRef("5", "")) == [files[0], files[2]]


def test_a_file_whose_path_is_empty_is_meant_before_others_with_its_id() -> None:
    document: dict[str, object] = {"files": [{"_id": 5, "path": "p"}, {"_id": 5, "path": ""}]}
    assert find_files(document, FileRef("5", "")) == [{"_id": 5, "path": ""}]


@pytest.mark.parametrize("fields", [{"path": "p"}, {"_id": 5, "path": "p"}])
def test_a_file_listed_twice_is_meant_twice(fields: dict[str, object]) -> None:
    document: dict[str, object] = {"files": [{**fields}, {"_id": 5, "path": "q"}, {**fields}]}
    ref = file_ref(fields)
    assert ref is not None
    assert find_files(document, ref) == [fields, fields]


def others(file: dict[str, object], site: str) -> dict[str, SiteEntry]:
    read = read_sites(file.get("sites"), published=NOW).entries
    return {name: entry for name, entry in read.items() if name != site}


def same(one: object, other: object) -> bool:
    """Equal, also where both hold a NaN."""
    return repr(one) == repr(other)


edits = st.builds(
    edit,
    st.sampled_from(Wish),
    st.sampled_from([None, 80]),
    st.sampled_from(["gdrive", "studio", "a.b", "$x"]),
)
results = st.builds(
    Result,
    st.sampled_from([TARGET, Target("r", FileRef(None, "p"), "a.b")]),
    st.just(LEASE),
    st.sampled_from(Outcome),
    costs_try=st.booleans(),
)


@given(bson_values.files, st.lists(edits | results, max_size=5))
def test_nothing_but_the_entries_of_the_site_is_changed(
    file: dict[str, object], steps: list[Edit | Result]
) -> None:
    if any(isinstance(step, Edit) for step in steps):
        names_as_entries(file, NOW)  # as stores do before an edit
    for step in steps:
        site = step.target.site
        before, elsewhere = deepcopy(file), others(file, site)
        if isinstance(step, Edit):
            apply_edit(file, step, nobody)
        else:
            claim(file, site, LEASE, nobody)
            apply_result(file, step, NOW, NOW)
        assert same(others(file, site), elsewhere)
        assert same({**file, "sites": 0}, {**before, "sites": 0})


@given(bson_values.documents, st.lists(edits, max_size=3))
def test_an_edit_of_one_file_never_raises_and_leaves_the_others(
    document: MutableDocument, steps: list[Edit]
) -> None:
    files = read_representation(document).files
    for file in files[:1]:
        meant = {id(one) for one in find_files(document, file.ref)}
        listed = cast("list[object]", document["files"])
        before = [repr(one) for one in listed if id(one) not in meant]
        for step in steps:
            for one in find_files(document, file.ref):
                apply_edit(one, step, nobody)
        assert [repr(one) for one in listed if id(one) not in meant] == before
        assert {file_ref(one) for one in find_files(document, file.ref)} == {file.ref}
