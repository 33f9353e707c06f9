"""What is sent to a server, as plain values: by which guards, in which order, in how many pieces."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from bson import ObjectId

from syncgui.model.edits import Claim, Outcome, Result, Target
from syncgui.model.representation import Document, FileRef
from syncgui.store.mongo_updates import (
    Change,
    Update,
    claim_changes,
    document_changes,
    result_changes,
    update_of,
    updates_of,
)
from tests.store.documents import file, present, representation, wanted
from tests.store.update_shapes import check_update

NOW = datetime(2024, 5, 6, tzinfo=UTC)
SITES: tuple[object, ...] = (
    [present("studio"), wanted("gdrive")],
    {"studio": {}, "gdrive": {}},
    ["studio"],
    [],
    None,
    7,
)


def target(identifier: str | None = "id", path: str = "{root}/a", site: str = "gdrive") -> Target:
    return Target("one", FileRef(identifier, path), site)


def checked(update: Update) -> Update:
    """The update, which has one of the shapes that may be sent."""
    check_update(
        {
            "q": {"_id": 1, "type": "representation"},
            "u": update.operators,
            "arrayFilters": list(update.filters),
        }
    )
    return update


def with_sites(document: Document, *sites: object) -> Document:
    """The same document with other `sites`; a text "absent" is none."""
    new = deepcopy(dict(document))
    for one, other in zip(cast("list[dict[str, object]]", new["files"]), sites, strict=True):
        one["sites"] = other
        if other == "absent":
            del one["sites"]
    return new


def only_change(before: object, after: object) -> Change:
    document = with_sites(representation(), before)
    (change,) = document_changes(document, with_sites(document, after))
    checked(update_of([change]))
    return change


class TestUnread:
    """Claims and results that need no look at the document."""

    def test_each_claim_has_filters_of_its_own(self) -> None:
        claims = [Claim(target(path=f"{{root}}/{at}"), f"w:{at}") for at in range(3)]
        update = checked(update_of(claim_changes(claims)))
        assert update.operators == {
            "$set": {f"files.$[f{at}].sites.$[s{at}].lease": f"w:{at}" for at in range(3)}
        }
        assert len(update.filters) == 6

    def test_of_two_claims_of_one_entry_the_first_counts(self) -> None:
        claims = [Claim(target(), "w:1"), Claim(target(), "w:2"), Claim(target(site="backup"), "w:3")]
        assert [one.writes[0][2] for one in claim_changes(claims)] == ["w:1", "w:3"]

    def test_an_id_without_a_path_is_left_to_whoever_reads_the_document(self) -> None:
        assert list(claim_changes([Claim(target(path=""), "w:1")])) == []
        assert len(list(claim_changes([Claim(target(None, ""), "w:1")]))) == 1

    @pytest.mark.parametrize(
        ("text", "values"),
        [
            ("0" * 24, [ObjectId("0" * 24), "0" * 24]),
            ("A" * 24, ["A" * 24]),
            ("5", ["5"]),
        ],
    )
    def test_a_text_stands_for_every_id_that_it_is_the_text_of(self, text: str, values: list[object]) -> None:
        (change,) = claim_changes([Claim(target(text), "w:1")])
        assert cast("dict[str, object]", change.file["_id"])["$in"] == values

    @pytest.mark.parametrize(
        "result",
        [
            Result(target(), "w:1", Outcome.DONE, "id", "xxh3:1"),
            Result(target(), "w:1", Outcome.DONE),
            Result(target(), "w:1", Outcome.FAILED, error="E", costs_try=True, retry_after_s=5.0),
            Result(target(), "w:1", Outcome.FAILED, error="E"),
            Result(target(), "w:1", Outcome.RELEASED),
        ],
    )
    def test_what_the_filter_looks_at_is_written_last(self, result: Result) -> None:
        update = checked(update_of(result_changes([result], NOW)))
        assert list(update.operators)[-1] == "$unset"
        assert list(update.operators["$unset"])[-1] == "files.$[f0].sites.$[s0].lease"

    def test_no_field_is_both_written_and_removed(self) -> None:
        for checksum in (None, "xxh3:1"):
            result = Result(target(), "w:1", Outcome.DONE, None, checksum)
            operators = update_of(result_changes([result], NOW)).operators
            paths = [path for fields in operators.values() for path in fields]
            assert len(paths) == len(set(paths))

    def test_a_failure_waits_from_the_servers_time_on(self) -> None:
        result = Result(target(), "w:1", Outcome.FAILED, error="E", retry_after_s=5.0)
        update = update_of(result_changes([result], NOW))
        assert update.operators["$set"]["files.$[f0].sites.$[s0].retry_at"] == NOW + timedelta(seconds=5)
        assert "$inc" not in update.operators


class TestFromADocument:
    """From what was read to what it is to be."""

    def test_nothing_changed_is_nothing_to_write(self) -> None:
        document = representation(files=[file(sites=sites) for sites in SITES])
        assert document_changes(document, deepcopy(document)) == []

    def test_an_entry_of_a_list_is_replaced_where_it_still_stands_so(self) -> None:
        old, new = wanted("gdrive", tries=1), wanted("gdrive")
        change = only_change([present("studio"), old], [present("studio"), new])
        assert cast("dict[str, object]", change.entry)[""] == {"$eq": old, "$not": {"$type": "array"}}
        assert list(change.writes) == [("$set", "", new)]

    def test_a_keyed_entry_is_replaced_where_it_still_stands_so(self) -> None:
        change = only_change({"studio": {}, "gdrive": {"tries": 1}}, {"studio": {}, "gdrive": {}})
        assert change.file["sites.gdrive"] == {"$eq": {"tries": 1}, "$not": {"$type": "array"}}
        assert list(change.writes) == [("$set", "gdrive", {})]

    def test_a_keyed_null_is_not_taken_for_a_missing_entry(self) -> None:
        assert only_change({"gdrive": None}, {"gdrive": {}}).file["sites.gdrive"] == {"$type": "null"}
        assert only_change({}, {"gdrive": {}}).file["sites.gdrive"] == {"$exists": False}

    def test_a_new_entry_is_pushed_unless_there_is_one(self) -> None:
        change = only_change([present("studio")], [present("studio"), wanted("gdrive")])
        assert list(change.writes) == [("$push", "", wanted("gdrive"))]

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            (["studio"], [present("studio"), wanted("gdrive")]),
            ({"my.site": {}}, {"my.site": {"lease": "w:1"}}),
            ({"$odd": {}}, {"$odd": {"lease": "w:1"}}),
            ({"": {}}, {"": {"lease": "w:1"}}),
            ({"my.site": {}}, [wanted("my.site")]),
            ([wanted("gdrive"), wanted("gdrive")], [wanted("gdrive", a=1), wanted("gdrive", a=1)]),
            ([wanted("gdrive"), wanted("gdrive")], [wanted("gdrive", a=1), wanted("gdrive")]),
            ({"a": {}, "b": {}}, {"a": {"c": 1}, "b": {"c": 1}}),
            ([], [wanted("a"), wanted("b")]),
            (None, [wanted("gdrive")]),
            ("absent", [wanted("gdrive")]),
        ],
    )
    def test_everything_else_is_one_replacement_of_all_sites(self, before: object, after: object) -> None:
        change = only_change(before, after)
        assert list(change.writes) == [("$set", "", after)]
        guard = cast("dict[str, object]", change.file["sites"])
        if before == "absent":
            assert guard == {"$exists": False}
        else:
            assert guard == {"$type": "null"} if before is None else guard["$eq"] == before

    def test_a_file_that_is_listed_twice_is_guarded_by_all_its_sites_and_written_once(self) -> None:
        one = file(sites=[wanted("gdrive")])
        document = representation(files=[one, deepcopy(one)])
        new = [wanted("gdrive", lease="w:1")]
        (change,) = document_changes(document, with_sites(document, new, new))
        assert list(change.writes) == [("$set", "", new)]
        (change,) = document_changes(document, with_sites(document, new, [wanted("gdrive")]))
        assert cast("dict[str, object]", change.file["sites"])["$eq"] == [wanted("gdrive")]

    def test_many_changes_come_in_pieces(self) -> None:
        files = [file(f"{{root}}/{at}", sites=[wanted("gdrive")]) for at in range(25)]
        document = representation(files=files)
        changes = document_changes(document, with_sites(document, *[[wanted("gdrive", a=1)]] * 25))
        assert [len(checked(one).filters) // 2 for one in updates_of(changes, 10)] == [10, 10, 5]
        large = document_changes(document, with_sites(document, *[[wanted("gdrive", a="x" * 2**20)]] * 25))
        assert max(len(one.filters) // 2 for one in updates_of(large)) <= 4
