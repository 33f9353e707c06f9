"""Carrying projects between databases: complete, comparable, gone on with, and nobody's work is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import bson
import pytest
from bson import ObjectId
from hypothesis import given
from hypothesis import strategies as st

from syncgui.carried_documents import Summing, carried, side_by_side
from syncgui.database_copy import Comparison, ProjectCopy, compare, copy_project, is_empty
from syncgui.model.edits import Edit, Target, Wish
from syncgui.model.representation import Document, read_representation
from syncgui.store.abstract_store import Body, Store
from syncgui.store.opening import open_store
from tests.store.documents import file, present, representation, wanted

PROJECT = "A-Show 2.0"
GENEROUS_S = 60.0


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Store]:
    """An empty SQLite store."""
    store = open_store(f"sqlite:///{tmp_path}/one.sqlite", create=True, busy_timeout_s=GENEROUS_S)
    yield store
    store.close()


@pytest.fixture(params=["sqlite", "mongo"])
def other(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Another empty store, of each kind in turn."""
    if request.param == "sqlite":
        address = f"sqlite:///{tmp_path}/other.sqlite"
    else:
        address = request.getfixturevalue("mongo_address")
    store = open_store(address, create=True, busy_timeout_s=GENEROUS_S, worker_lock_dir=tmp_path / "workers")
    yield store
    store.close()


def ignore(step: str, done: int) -> None:
    """Nobody looks how far it is."""


def kept_nothing(bodies: Sequence[Body]) -> None:
    raise AssertionError("nothing was to be replaced")


def copied(source: Store, target: Store, project: str = PROJECT) -> ProjectCopy:
    return copy_project(source, target, project, ignore, kept_nothing)


def bodies(store: Store, project: str = PROJECT) -> dict[str, bytes]:
    return {one.key: one.bson for chunk in store.every(project) for one in chunk}


class Spoilt:
    """A source of which some documents come otherwise than they are stored."""

    def __init__(self, store: Store, spoil: Callable[[Body], Body]) -> None:
        self._store = store
        self._spoil = spoil

    def every(self, project: str, after: str = "") -> Iterator[Sequence[Body]]:
        for chunk in self._store.every(project, after):
            yield [self._spoil(one) for one in chunk]


def some_documents(number: int = 30) -> list[Document]:
    """Documents of several types, with all forms of `sites`."""
    forms: list[object] = [["studio"], {"studio": {}, "gdrive": {"created_dt": None}}, None]
    representations = [representation(files=[file(sites=forms[n % 3]), file()]) for n in range(number)]
    others = [{"_id": ObjectId(), "type": kind, "name": "v"} for kind in ("project", "version", "asset")]
    return [*representations, *others]


def test_a_project_goes_there_and_back_and_is_the_same(sqlite: Store, other: Store, tmp_path: Path) -> None:
    sqlite.insert(PROJECT, some_documents())
    there = copied(sqlite, other)
    assert there.is_same
    assert there.written == there.target.documents == 33
    back = open_store(f"sqlite:///{tmp_path}/back.sqlite", create=True)
    assert copied(other, back).target == there.source
    assert bodies(back) == bodies(sqlite)
    back.close()


def test_only_the_project_that_was_asked_for_is_copied(sqlite: Store, other: Store) -> None:
    sqlite.insert(PROJECT, some_documents(2))
    sqlite.insert("Other", some_documents(2))
    copied(sqlite, other)
    assert other.projects() == [PROJECT]


def test_leases_and_progress_stay_behind_in_every_form(sqlite: Store, other: Store) -> None:
    busy = {"lease": "w-1:3", "progress": 0.5}
    form_c = [present("studio"), wanted("gdrive", priority=7, **busy)]
    form_b = {"studio": {"created_dt": None}, "gdrive": {"tries": 1, **busy}}
    document = representation(files=[file(sites=form_c), file(sites=form_b)]) | busy
    version = {"_id": ObjectId(), "type": "version", "files": [{"sites": [dict(busy)]}]}
    sqlite.insert(PROJECT, [document, version])
    assert copied(sqlite, other).is_same
    found = bodies(other)
    kept: dict[str, Any] = bson.decode(found[str(document["_id"])])
    assert [entry.keys() for entry in kept["files"][0]["sites"]] == [
        {"name", "created_dt"},
        {"name", "priority"},
    ]
    assert kept["files"][1]["sites"] == {"studio": {"created_dt": None}, "gdrive": {"tries": 1}}
    assert (kept["lease"], kept["progress"]) == ("w-1:3", 0.5)  # those of nobody's entry
    assert found[str(version["_id"])] == bodies(sqlite)[str(version["_id"])]
    assert form_c[1]["lease"] == "w-1:3"


def test_a_copy_that_was_interrupted_goes_on_with_what_is_missing(sqlite: Store, other: Store) -> None:
    documents = some_documents()
    sqlite.insert(PROJECT, documents)
    other.insert(PROJECT, documents[5:20])
    result = copied(sqlite, other)
    assert result.is_same
    assert result.written == len(documents) - 15
    assert copied(sqlite, other).written == 0


def test_a_document_that_differs_is_kept_then_replaced(sqlite: Store, other: Store) -> None:
    documents = some_documents(3)
    sqlite.insert(PROJECT, documents)
    copied(sqlite, other)
    one = read_representation(documents[1])
    other.edit(PROJECT, [Edit(Target(one.id, one.files[1].ref, "gdrive"), Wish.PAUSE, "anna")])
    edited = bodies(other)[one.id]
    kept: list[Body] = []

    def keep(replaced: Sequence[Body]) -> None:
        assert bodies(other)[one.id] == edited  # it is still there while it is being kept
        kept.extend(replaced)

    result = copy_project(sqlite, other, PROJECT, ignore, keep)
    assert result.is_same
    assert result.written == 1
    assert [(body.key, body.bson) for body in kept] == [(one.id, edited)]


def test_where_the_old_document_can_not_be_kept_nothing_is_replaced(sqlite: Store, other: Store) -> None:
    document = representation()
    sqlite.insert(PROJECT, [document])
    other.insert(PROJECT, [document | {"name": "newer"}])
    before = bodies(other)

    def keep(_: Sequence[Body]) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        copy_project(sqlite, other, PROJECT, ignore, keep)
    assert bodies(other) == before


def test_a_comparison_tells_what_is_foreign_missing_and_differs(sqlite: Store, other: Store) -> None:
    documents = sorted(some_documents(4), key=lambda one: str(one["_id"]))
    foreign = [representation(), representation()]
    sqlite.insert(PROJECT, documents)
    other.insert(PROJECT, [*documents[2:], *foreign])
    other.delete(PROJECT, [str(documents[3]["_id"])])
    other.insert(PROJECT, [{**documents[3], "name": "newer"}])
    first = min(str(one["_id"]) for one in foreign)
    assert compare(sqlite, other, PROJECT, ignore) == Comparison(2, 2, 1, first, str(documents[3]["_id"]))
    assert bodies(other).keys() == {str(one["_id"]) for one in [*documents[2:], *foreign]}


def test_a_lease_alone_makes_no_difference(sqlite: Store, other: Store) -> None:
    document = representation(files=[file(sites=[wanted("gdrive", lease="w-1:1")])])
    sqlite.insert(PROJECT, [document])
    copied(sqlite, other)
    assert compare(sqlite, other, PROJECT, ignore) == Comparison(0, 0, 0, "", "")


def test_a_document_that_nobody_can_read_is_told_and_stops_no_other(sqlite: Store, other: Store) -> None:
    def spoil(one: Body) -> Body:
        return Body(one.key, one.bson[:-3] + b"\xff\xff\0") if one.key == odd else one

    documents = some_documents(3)
    odd = str(documents[1]["_id"])
    sqlite.insert(PROJECT, documents)
    result = copy_project(Spoilt(sqlite, spoil), other, PROJECT, ignore, kept_nothing)
    assert not result.is_same
    (problem,) = result.problems
    assert odd in problem
    assert bodies(other).keys() == {str(one["_id"]) for one in documents} - {odd}


def test_a_document_that_the_target_refuses_stops_no_other(sqlite: Store, other: Store) -> None:
    doubled = ObjectId()
    documents = [*some_documents(3), {"_id": doubled, "type": "version"}]

    def spoil(one: Body) -> Body:
        return Body(one.key[:-1] + "x", one.bson) if one.key == first else one

    # One `_id` under two keys: the second is refused.
    first = str(doubled)
    sqlite.insert(PROJECT, documents)
    other.insert(PROJECT, [documents[-1]])
    result = copy_project(Spoilt(sqlite, spoil), other, PROJECT, ignore, kept_nothing)
    assert [first in problem or first[:-1] in problem for problem in result.problems] == [True]
    assert len(bodies(other)) == len(documents)
    assert not result.is_same


def test_what_comes_to_the_target_meanwhile_is_no_equal_copy(sqlite: Store, other: Store) -> None:
    sqlite.insert(PROJECT, some_documents(1))
    other.insert(PROJECT, [representation()])
    result = copied(sqlite, other)
    assert not result.is_same
    assert result.target.documents == result.source.documents + 1


def test_emptiness_is_seen(sqlite: Store, other: Store) -> None:
    assert is_empty(other, PROJECT)
    other.insert(PROJECT, [{"_id": ObjectId(), "type": "version"}])
    assert not is_empty(other, PROJECT)


def test_a_sum_tells_every_difference_of_key_content_and_cut() -> None:
    def sum_of(*pairs: tuple[str, int]) -> str:
        summing = Summing()
        for key, value in pairs:
            summing.add(carried(Body(key, bson.encode({"_id": key, "v": value}))))
        return summing.sum().digest

    sums = {
        sum_of(),
        sum_of(("a", 1)),
        sum_of(("a", 2)),
        sum_of(("b", 1)),
        sum_of(("a", 1), ("b", 1)),
        sum_of(("b", 1), ("a", 1)),
    }
    assert len(sums) == 6
    assert sum_of(("a", 1)) == sum_of(("a", 1))


@given(st.sets(st.text()), st.sets(st.text()), st.integers(1, 4))
def test_two_sorted_rows_of_documents_are_paired_by_key(one: set[str], other: set[str], size: int) -> None:
    def chunks(keys: set[str]) -> list[list[Body]]:
        found = [Body(key, b"") for key in sorted(keys)]
        return [found[first : first + size] for first in range(0, len(found), size)]

    pairs = list(side_by_side(chunks(one), chunks(other)))
    keys = [(here or there or Body("", b"")).key for here, there in pairs]
    assert keys == sorted(one | other)
    assert {here.key for here, _ in pairs if here} == one
    assert {there.key for _, there in pairs if there} == other
    assert all(here.key == there.key for here, there in pairs if here and there)
