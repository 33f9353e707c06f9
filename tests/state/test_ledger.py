"""The ledger: what was kept comes back, the newest first, and the oldest goes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import apsw
import pytest

from syncgui.state import Attempt, StateFile, ledger

ONE = Attempt(
    at=1_000.5,
    project="Test",
    representation="r1",
    path="{root[work]}/a b 'ü'.exr",
    source="studio",
    target="gdrive",
    size_bytes=2**40,
    moved_bytes=2**39,
    seconds=1.25,
    checksum="xxh3_128:00",
    flush="syncfs",
    result="done",
    sentence="",
)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[StateFile]:
    found = StateFile(tmp_path / "state.sqlite")
    yield found
    found.close()


def test_what_was_kept_comes_back_newest_first(state: StateFile) -> None:
    two = replace(ONE, at=2_000.0, checksum=None, flush="", result="damaged", sentence="it differs")
    state.keep_results("w-1", "Test", [], attempts=[ONE])
    state.keep_results("w-1", "Test", [], attempts=[two])
    assert state.attempts() == [two, ONE]
    assert state.attempts(limit=1) == [two]


def test_it_is_asked_by_project_representation_and_part_of_a_path(state: StateFile) -> None:
    other = replace(ONE, project="Other", representation="r2", path="{root}/100%_c.exr")
    state.keep_results("w-1", "Test", [], attempts=[ONE, other])
    assert state.attempts(project="Other") == [other]
    assert state.attempts(representation="r1") == [ONE]
    assert state.attempts(path="100%_c") == [other]
    assert state.attempts(path="1__%") == []


def test_the_oldest_are_forgotten() -> None:
    with contextlib.closing(apsw.Connection(":memory:")) as db:
        db.execute(ledger.SCHEMA)
        for number in range(500):
            ledger.keep(db, [replace(ONE, at=float(number))], most=200)
        kept = [one.at for one in ledger.read(db, limit=1_000)]
    assert kept[:200] == [float(number) for number in range(499, 299, -1)]
    assert len(kept) <= 202
