"""Reading documents, by the cases of the data model and by anything that a database can hold."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest
from bson import Int64, ObjectId, json_util
from hypothesis import given

from syncgui.model.representation import (
    Document,
    FileRef,
    Representation,
    file_ref,
    is_representation,
    read_representation,
)
from syncgui.model.status import Direction, FileState, Pair, Status, file_states, representation_state
from tests.model.bson_values import documents

Case = dict[str, object]
CASES: list[Case] = json_util.loads((Path(__file__).parent / "representations.json").read_text("utf-8"))[
    "cases"
]
PAIR = Pair("studio", "gdrive")


def case(title: str) -> Document:
    return cast("Document", next(one["document"] for one in CASES if one["title"] == title))


def states_of(document: Document, pair: Pair = PAIR) -> list[FileState]:
    return file_states(read_representation(document).files, pair, retry_cnt=3)


def shown(state: FileState) -> list[str | None]:
    text = "not asked for gdrive" if state.status is Status.NOT_ASKED else state.status.value
    return [text, state.direction.value if state.direction else None]


@pytest.mark.parametrize("one", CASES, ids=[str(one["title"]) for one in CASES])
def test_a_document_has_the_states_of_the_data_model(one: Case) -> None:
    expect = cast("dict[str, object]", one["expect"])
    states = states_of(cast("Document", one["document"]))
    assert [shown(state) for state in states] == expect["files"]
    state = representation_state(state.status for state in states)
    assert (state.status.value if state else None) == expect["status"]


def test_all_cases_are_carried() -> None:
    assert len(CASES) == 26
    assert len({str(one["title"]) for one in CASES}) == 26


def test_waiting_names_the_third_site_or_none() -> None:
    (third,) = states_of(case("both wishes, a third site has it"))
    (nobody,) = states_of(case("both wishes, nobody has it"))
    assert third.waits_for == ("anna_home",)
    assert nobody.waits_for == ()


def test_a_partly_asked_representation_says_how_many_of_all() -> None:
    state = representation_state(state.status for state in states_of(case("partly asked for")))
    assert state is not None
    assert (state.count, state.of) == (4, 5)


def test_a_failed_file_counts_among_the_files_with_both_entries() -> None:
    states = states_of(case("one of three failed"))
    state = representation_state(state.status for state in states)
    assert state is not None
    assert (state.status, state.count, state.of) == (Status.FAILED, 1, 3)
    assert states[2].direction is Direction.UPLOAD


def test_a_dotted_site_is_queued_for_its_own_pair() -> None:
    (state,) = states_of(case("dotted site name in B"), Pair("studio", "gdrive.v2"))
    assert shown(state) == ["queued", "upload"]


@pytest.mark.parametrize("progress", ["", 0.4, 100, None, float("nan")])
def test_a_progress_that_nobody_moves_leaves_the_file_queued(progress: object) -> None:
    document = json_util.loads(json_util.dumps(case("stray progress without a worker")))
    document["files"][0]["sites"][1]["progress"] = progress
    assert shown(states_of(document)[0]) == ["queued", "upload"]


@pytest.mark.parametrize(
    ("entry", "status"),
    [
        ({"paused": True}, Status.PAUSED),
        ({"tries": 3}, Status.FAILED),
        ({"error": "x"}, Status.RETRYING),
        ({}, Status.QUEUED),
    ],
)
def test_an_entry_of_one_field_is_read_in_form_b_as_in_form_c(
    entry: dict[str, object], status: Status
) -> None:
    mapping = {"path": "{root}/a", "sites": {"studio": {"created_dt": datetime.now(UTC)}, "gdrive": entry}}
    listed = {
        "path": "{root}/a",
        "sites": [{"name": "studio", "created_dt": datetime.now(UTC)}, {"name": "gdrive", **entry}],
    }
    states = states_of({"_id": ObjectId(), "files": [mapping, listed]})
    assert [state.status for state in states] == [status, status]


@pytest.mark.parametrize("pair", [Pair("studio", None), Pair("studio", ""), Pair("studio", "studio")])
def test_a_pair_that_is_none_has_nothing_to_do(pair: Pair) -> None:
    assert not pair.works
    assert [state.status for state in states_of(case("C: one file to upload"), pair)] == [Status.NOT_ASKED]


def test_a_held_entry_is_in_progress_unless_it_is_paused() -> None:
    files = read_representation(case("tries used up")).files
    (state,) = file_states(files, PAIR, retry_cnt=3, is_held=lambda _: True)
    assert state.status is Status.IN_PROGRESS
    files = read_representation(case("paused wins over failed")).files
    (state,) = file_states(files, PAIR, retry_cnt=3, is_held=lambda _: True)
    assert state.status is Status.PAUSED


def test_what_can_not_be_read_is_noted() -> None:
    assert read_representation(case("no files key")).notes == ("it has no files",)
    assert read_representation(case("odd shapes inside files")).notes == (
        "files[0] is no file",
        "files[1] is no file",
        "files[2] is no file",
    )
    assert read_representation({"_id": 1, "files": "x"}).notes == ("its files are not a list",)


def test_form_a_takes_the_time_of_the_document() -> None:
    document = case("A: names only")
    (file,) = read_representation(document).files
    identifier = document["_id"]
    assert isinstance(identifier, ObjectId)
    assert file.entries["studio"].created_dt == identifier.generation_time
    assert file.entries["studio"].present


def test_sizes_that_are_none_are_unknown() -> None:
    sizes: list[object] = [0, 5, 5.0, 5.5, -1, "5", True, None, Int64(7), float("inf"), 2**63]
    document = {"_id": 1, "files": [{"path": "{root}/a", "size": size} for size in sizes]}
    read = [file.size_bytes for file in read_representation(document).files]
    assert read == [0, 5, 5, None, None, None, None, None, 7, None, None]


def test_a_task_is_a_text_or_a_mapping() -> None:
    assert read_representation({"_id": 1, "context": {"task": "comp"}}).task == "comp"
    assert read_representation({"_id": 1, "context": {"task": {"name": "comp", "type": "x"}}}).task == "comp"


def test_a_file_is_named_by_its_id_or_its_path() -> None:
    identifier = ObjectId()
    assert file_ref({"_id": identifier, "path": "p"}) == FileRef(str(identifier), "p")
    assert file_ref({"path": "p"}) == FileRef(None, "p")
    assert file_ref({"_id": identifier}) is None


@given(documents)
def test_reading_never_raises_and_its_states_never_do(document: dict[str, object]) -> None:
    representation = read_representation(document)
    assert isinstance(representation, Representation)
    states = file_states(representation.files, PAIR, retry_cnt=3)
    assert len(states) == len(representation.files)
    representation_state(state.status for state in states)
    assert is_representation(document) == (document.get("type") == "representation")
    for file in representation.files:
        for name, entry in file.entries.items():
            assert name == entry.name != ""
            assert entry.tries >= 0
            assert 1 <= entry.priority <= 1000
            assert entry.progress is None or 0 <= entry.progress <= 1
