"""The watch over our writes lets pass what is right and fails the test for everything else."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import cast

import pytest

from syncgui.model.edits import Claim, Target
from syncgui.model.representation import FileRef
from syncgui.store.mongo_address import MongoAddress
from syncgui.store.mongo_connection import MongoConnection
from syncgui.store.mongo_updates import claim_changes, update_of
from tests.store.update_shapes import WATCHED, WrongShapeError, check_command

CONCERN = {"w": "majority", "j": True, "wtimeout": 10_000}
Fields = dict[str, object]
Update = dict[str, dict[str, object]]


def update() -> Fields:
    """An update that is right."""
    claims = [Claim(Target("one", FileRef("id", "{root}/a"), "gdrive"), "w:1")]
    made = update_of(claim_changes(claims))
    return {
        "q": {"_id": 1, "type": "representation"},
        "u": {name: dict(fields) for name, fields in made.operators.items()},
        "arrayFilters": [dict(one) for one in made.filters],
    }


def check(one: Fields, **command: object) -> None:
    check_command("avalon", "update", {"update": "p", "updates": [one], "writeConcern": CONCERN, **command})


def path(name: str) -> Callable[[Fields], object]:
    """The update made through another path."""
    return lambda one: one.update(u={"$set": {name: 1}})


def without(number: int, key: str) -> Callable[[Fields], object]:
    """The update with one condition less."""
    return lambda one: cast("list[Fields]", one["arrayFilters"])[number].pop(key)


LEASE = "files.$[f0].sites.$[s0].lease"
WRONG: list[Callable[[Fields], object]] = [
    lambda one: one.update(u=[{"$set": {"a": 1}}]),
    lambda one: one.update(upsert=True),
    lambda one: one.update(multi=True),
    lambda one: one.update(q={"_id": 1}),
    lambda one: one.update(q={"_id": 1, "type": "version"}),
    lambda one: one.update(u={"name": "all of it"}),
    lambda one: one.update(u={"$pull": {LEASE: 1}}),
    lambda one: one.update(u={"$inc": {LEASE: 1}}),
    lambda one: one.update(u={"$set": {LEASE: "w:1", "files.$[f0].sites.$[s0].id": "after"}}),
    path("name"),
    path("files.0.sites.0.lease"),
    path("files.$[].sites.$[].lease"),
    path("files.$[f0].sites.$[s0].priority"),
    path("files.$[f0].size"),
    path("files.$[f0]"),
    path("files.$[f0].sites.gdrive"),
    path("files.$[f0].sites"),
    path("files.$[f1].sites.$[s0].lease"),
    without(0, "f0"),
    without(0, "f0._id"),
    without(0, "f0.path"),
    without(0, "f0.sites"),
    without(1, "s0"),
    without(1, "s0.name"),
    without(1, "s0.lease"),
    lambda one: one.update(arrayFilters=[*cast("list[Fields]", one["arrayFilters"]), {"f9.path": "unused"}]),
    lambda one: cast("list[Fields]", one["arrayFilters"])[0].update({"f0.sites": {"$expr": 1}}),
]


def test_a_claim_is_let_pass() -> None:
    check(update())


@pytest.mark.parametrize("spoil", WRONG)
def test_an_update_of_another_shape_is_refused(spoil: Callable[[Fields], object]) -> None:
    one = update()
    spoil(one)
    with pytest.raises(WrongShapeError):
        check(one)


def test_two_names_for_one_entry_are_refused() -> None:
    one = update()
    filters = cast("list[Fields]", one["arrayFilters"])
    filters += [{key.replace("0", "1", 1): deepcopy(value) for key, value in old.items()} for old in filters]
    cast("Update", one["u"])["$set"][LEASE.replace("0", "1")] = "w:2"
    with pytest.raises(WrongShapeError, match="one entry"):
        check(one)


@pytest.mark.parametrize("concern", [{}, {"w": 1}, {"w": "majority", "j": True}])
def test_a_write_that_nobody_confirms_is_refused(concern: object) -> None:
    with pytest.raises(WrongShapeError, match="concern"):
        check(update(), writeConcern=concern)


@pytest.mark.parametrize(
    ("database", "name", "command"),
    [
        ("avalon", "findAndModify", {"findAndModify": "p"}),
        ("avalon", "delete", {"delete": "p", "deletes": [{"q": {}}], "writeConcern": CONCERN}),
        ("avalon", "drop", {"drop": "p"}),
        ("avalon", "createIndexes", {"createIndexes": "p"}),
        ("avalon", "aggregate", {"aggregate": "p", "pipeline": [{"$match": {}}, {"$merge": "q"}]}),
        ("syncgui", "insert", {"insert": "others"}),
        ("syncgui", "dropDatabase", {"dropDatabase": 1}),
    ],
)
def test_other_commands_that_write_are_refused(database: str, name: str, command: Fields) -> None:
    with pytest.raises(WrongShapeError):
        check_command(database, name, command)


def test_what_a_connection_of_ours_sends_is_seen(mongo_address: str) -> None:
    connection = MongoConnection(MongoAddress.parse(mongo_address, None), steady_s=lambda: 0.0)
    connection.collection("p").update_one({}, {"$set": {"name": 1}})
    connection.close()
    (wrong,) = WATCHED.take_wrong()
    assert "the query" in wrong
