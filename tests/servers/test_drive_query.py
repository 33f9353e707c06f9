"""The query language of files.list, and the masks of `fields`, without a server."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.servers.drive.errors import ApiError
from tests.servers.drive.fields import parse_mask, select
from tests.servers.drive.query import AllOf, AnyOf, Not, Term, begins_a_word, needed, parse_query


def test_and_binds_closer_than_or() -> None:
    a, b, c = (Term("trashed", "=", value) for value in (True, False, True))
    assert parse_query("trashed = true or trashed = false and trashed = true") == AnyOf((a, AllOf((b, c))))


def test_parentheses_and_not_are_obeyed() -> None:
    found = parse_query("not (name = 'a' or mimeType != 'b') and 'x' in parents")
    inner = AnyOf((Term("name", "=", "a"), Term("mimeType", "!=", "b")))
    assert found == AllOf((Not(inner), Term("parents", "in", "x")))


@given(st.text())
def test_any_name_can_be_asked_for_when_it_is_escaped(name: str) -> None:
    escaped = name.replace("\\", "\\\\").replace("'", "\\'")
    assert parse_query(f"name='{escaped}'") == Term("name", "=", name)


def test_a_time_may_have_a_zone_or_none() -> None:
    assert parse_query("modifiedTime > '2012-06-04T12:00:00'") == parse_query(
        "modifiedTime > '2012-06-04T14:00:00+02:00'"
    )


def test_properties_are_a_pair() -> None:
    found = parse_query("appProperties has { key='a' and value='b' }")
    assert found == Term("appProperties", "has", ("a", "b"))


@pytest.mark.parametrize(
    "text",
    [
        "title = 'a'",
        "name = 'a",
        "name = a",
        "name == 'a'",
        "name = 'a' and",
        "(name = 'a'",
        "name = 'a')",
        "name = 'it's'",
        "trashed = 'false'",
        "trashed",
        "modifiedTime > 'yesterday'",
        "name > 'a'",
        "'x' in folders",
        "name = 'a' name = 'b'",
        "name = 'a' && trashed = false",
        "ownedByMe = true",
        "sharedWithMe = false",
    ],
)
def test_a_query_that_is_not_understood_is_an_invalid_q(text: str) -> None:
    with pytest.raises(ApiError) as caught:
        parse_query(text)
    assert (caught.value.status, caught.value.reason, caught.value.location) == (400, "invalid", "q")


def test_the_parents_that_a_query_needs_are_found() -> None:
    assert needed(parse_query("('a' in parents or 'b' in parents) and trashed=false"), "parents") == {
        "a",
        "b",
    }
    assert needed(parse_query("'a' in parents or trashed=false"), "parents") is None
    assert needed(parse_query("not 'a' in parents"), "parents") is None


@pytest.mark.parametrize(
    ("name", "prefix", "matches"),
    [
        ("HelloWorld", "Hello", True),
        ("HelloWorld", "World", False),
        ("plate_v001.exr", "v001", True),
        ("plate_v001.exr", "v002", False),
    ],
)
def test_contains_matches_beginnings_of_words(name: str, prefix: str, matches: bool) -> None:
    assert begins_a_word(name, prefix) is matches


@pytest.mark.parametrize(
    ("mask", "left"),
    [
        ("a", {"a": 1}),
        ("b/c", {"b": [{"c": 2}, {"c": 3}]}),
        ("a,b(d)", {"a": 1, "b": [{"d": 4}, {}]}),
        ("*", {"a": 1, "b": [{"c": 2, "d": 4}, {"c": 3}]}),
        ("b/c,b/d", {"b": [{"c": 2, "d": 4}, {"c": 3}]}),
        ("b(*)", {"b": [{"c": 2, "d": 4}, {"c": 3}]}),
        ("*/c", {"a": 1, "b": [{"c": 2}, {"c": 3}]}),
    ],
)
def test_a_mask_leaves_what_it_names(mask: str, left: object) -> None:
    assert select({"a": 1, "b": [{"c": 2, "d": 4}, {"c": 3}]}, parse_mask(mask)) == left


@pytest.mark.parametrize("mask", ["a(", "a(b", "a)", ",a", "a,,b", "a//b", "a()"])
def test_a_mask_that_is_not_well_formed_is_refused(mask: str) -> None:
    with pytest.raises(ApiError) as caught:
        parse_mask(mask)
    assert caught.value.location == "fields"
