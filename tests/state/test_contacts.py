"""What was answered at a first contact is kept, and nobody's answer is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from syncgui.state import EVERYTHING, Answer, StateFile, Word

PAIR = ("backup", "studio", "")
ONE = ("backup", "studio", "one")
LOOK, ALL = Answer(Word.LOOK), Answer(Word.ALL)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[StateFile]:
    made = StateFile(tmp_path / "state.sqlite")
    yield made
    made.close()


def test_answers_are_kept_for_their_store_over_a_restart(state: StateFile, tmp_path: Path) -> None:
    assert state.contacts("store") == {}
    answers = {PAIR: LOOK, ONE: Answer(Word.NEW, 12.5)}
    state.answer("store", answers)
    state.close()
    again = StateFile(tmp_path / "state.sqlite")
    assert again.contacts("store") == answers
    assert again.contacts("another") == {}
    again.close()


def test_what_a_first_contact_came_to_replaces_no_answer(state: StateFile) -> None:
    state.answer("store", {PAIR: ALL})
    state.meet("store", {PAIR: LOOK, ONE: LOOK})
    assert state.contacts("store") == {PAIR: ALL, ONE: LOOK}
    state.answer("store", {ONE: ALL})
    assert state.contacts("store") == {PAIR: ALL, ONE: ALL}


def test_another_program_sees_that_there_is_an_answer(state: StateFile, tmp_path: Path) -> None:
    other = StateFile(tmp_path / "state.sqlite")
    version = other.data_version()
    state.answer("store", {PAIR: ALL})
    assert other.data_version() != version
    assert other.contacts("store") == {PAIR: ALL}
    other.close()


def test_what_is_asked_for_is_kept_only_while_not_everything_is_moved(state: StateFile) -> None:
    state.note_asked("store", "show", ["5f"])
    assert state.asked("store", "show") == set()
    state.meet("store", {PAIR: LOOK})
    state.note_asked("store", "show", ["5f", "60", "5f"])
    assert state.asked("store", "show") == {"5f", "60"}
    assert state.asked("store", "another") == set()
    assert state.asked("another", "show") == set()
    state.answer("store", {PAIR: ALL})
    assert state.asked("store", "show") == set()


def test_a_file_from_before_there_were_answers_knows_the_stores_of_its_workers(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    first = StateFile(path)
    first.note_worker("w-1", "known")
    first.note_worker("w-2", "known")
    first.close()
    db = apsw.Connection(str(path))
    db.execute("DROP TABLE contact; DROP TABLE asked; PRAGMA user_version = 1")
    db.close()
    again = StateFile(path)
    assert again.contacts("known") == {EVERYTHING: ALL}
    assert again.contacts("another") == {}
    assert again.workers("known") == {"w-1", "w-2"}
    again.close()


def test_workers_of_this_version_are_no_answer(state: StateFile, tmp_path: Path) -> None:
    state.note_worker("w-1", "store")
    state.close()
    again = StateFile(tmp_path / "state.sqlite")
    assert again.contacts("store") == {}
    again.close()
