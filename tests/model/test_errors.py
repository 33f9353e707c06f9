"""The one table of errors: complete, without doubles, and the page that is made from it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from syncgui.model.errors import (
    DatabaseUnsupportedError,
    Scope,
    SourceMissingError,
    SyncError,
    UnforeseenError,
    every_error,
)
from tests.model.error_page import error_page

PAGE = Path(__file__).parents[2] / "docs" / "errors.md"
TEXTS = ("title_text", "cause_text", "next_text", "remedy_text")


def descendants(error: type[SyncError]) -> set[type[SyncError]]:
    children = set(error.__subclasses__())
    return children.union(*(descendants(child) for child in children))


@pytest.mark.parametrize("error", every_error(), ids=lambda error: error.code)
def test_an_error_has_four_texts_that_can_be_filled(error: type[SyncError]) -> None:
    made = error(site="gdrive", path="{root[work]}/a {b}.exr", detail="it {said} so")
    for text in (made.title, made.sentence, made.happens_next, made.next_step):
        assert text.strip() == text
        assert text
    for name in TEXTS:
        assert set(re.findall(r"\{(.*?)\}", getattr(error, name))) <= {"site", "path", "detail"}
    assert str(made) == made.sentence


@pytest.mark.parametrize("error", every_error(), ids=lambda error: error.code)
def test_an_error_is_consistent(error: type[SyncError]) -> None:
    assert isinstance(error.scope, Scope)
    assert re.fullmatch(r"[a-z_]+", error.code)
    if error.scope is not Scope.FILE:
        assert not error.costs_try, "only a failure that belongs to the file costs a try"
    if error.scope is Scope.SITE:
        assert "{site}" in error.cause_text, "a site's sentence names the site"


def test_every_code_is_unique_and_every_class_is_in_the_table() -> None:
    errors = [one for one in descendants(SyncError) if one.__module__ == SyncError.__module__]
    codes = [one.code for one in errors]
    assert len(codes) == len(set(codes))
    assert set(codes) == {one.code for one in every_error()}
    assert SyncError.code == UnforeseenError.code


def test_braces_of_a_path_are_plain_text() -> None:
    error = SourceMissingError(site="studio", path="{root[work].__class__}/x")
    assert error.sentence == "{root[work].__class__}/x is not on studio, though the record says so"


def test_a_special_error_is_caught_as_its_kind() -> None:
    error = DatabaseUnsupportedError(detail="No MongoDB yet")
    assert isinstance(error, SyncError)
    assert error.scope is Scope.DATABASE
    assert error.sentence == "No MongoDB yet"


def test_the_page_of_errors_is_the_one_that_the_table_gives() -> None:
    made = "python -m tests.model.error_page > docs/errors.md"
    assert PAGE.read_text("utf-8") == error_page(), f"make it again: {made}"
