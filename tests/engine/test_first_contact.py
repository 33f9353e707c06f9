"""The first contact with a database where much waits: nothing moves until a person says so."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import apsw
import pytest
from bson import ObjectId

from syncgui import actions
from syncgui.actions import Action
from syncgui.application import Application
from syncgui.engine.events import Looking
from syncgui.engine.first_contact import (
    MOST_BYTES,
    MOST_FILES,
    Allowance,
    FirstContact,
    answer_of,
    held_back,
    judged,
    key_of,
    sentence_of,
    to_start,
    to_start_new,
    to_start_some,
)
from syncgui.engine.loop import Loop
from syncgui.model.representation import read_representation
from syncgui.model.status import Pair
from syncgui.state import EVERYTHING, Answer, Contacts, Word
from tests.engine.studio import PROJECT, Studio, eventually

PAIR = Pair("studio", "backup")
OLD = datetime(2024, 5, 3, tzinfo=UTC)
HEAP = "heap/old.mov"
LATER = "zebra"


def long_ago() -> ObjectId:
    """An id of then, no other's."""
    return ObjectId(ObjectId.from_datetime(OLD).binary[:4] + ObjectId().binary[4:])


def heap(studio: Studio, project: str = PROJECT, size: int = MOST_BYTES + 1) -> str:
    """Much that waits: a file of which the record says that it is large, and that is small; its id."""
    studio.write(HEAP)
    files = {"files": [studio.file(HEAP, size)]}
    return studio.insert({"_id": long_ago(), **files}, project)


def old(studio: Studio, name: str, project: str = PROJECT) -> str:
    """A small representation that was published long ago; its id."""
    studio.write(name)
    fields = {"_id": long_ago(), "files": [studio.file(name, len(b"pixels"))]}
    return studio.insert(fields, project)


def contacts(studio: Studio) -> Contacts:
    return studio.app.state.contacts(studio.app.store.identity)


def answer(studio: Studio, answers: Contacts) -> None:
    """What another program of this user does."""
    studio.application().state.answer(studio.app.store.identity, answers)


def looks_only(studio: Studio) -> bool:
    told = [one for one in studio.events if isinstance(one, Looking)]
    return bool(told) and any(one.looks_only for one in told[-1].projects.values())


def is_undecided(contact: FirstContact) -> bool:
    """Asked anew each time."""
    return contact.is_undecided


@contextmanager
def looking(studio: Studio) -> Iterator[Loop]:
    """The loop, once it has said that it only looks."""
    with studio.syncing() as loop:
        eventually(lambda: looks_only(studio), "the look")
        yield loop


def test_a_heap_is_not_touched_and_what_waits_is_told(studio: Studio) -> None:
    heap(studio)
    small = studio.publish(["a.exr"])
    studio.sync_once()
    assert studio.tree("backup") == {}
    assert studio.entry(small) == {"name": "backup"}
    (told,) = [one for one in studio.events if isinstance(one, Looking)]
    assert sentence_of(told.projects, PROJECT) == (
        "look_only",
        "2 files, 100 GB wait for backup",
        "Nothing is moved until you say so: syncgui sync --yes",
    )


def test_many_files_are_a_heap_as_well_and_the_limit_itself_is_none(studio: Studio) -> None:
    files = [studio.file(f"{number}.exr", 1) for number in range(MOST_FILES)]
    first = studio.insert({"files": files})
    work = {PROJECT: (MOST_FILES, MOST_BYTES)}
    known = studio.app.projects()
    assert judged({}, known, work) == {key_of(PAIR): Answer(Word.ALL)}
    studio.insert({"files": [studio.file("more.exr", 1)]})
    studio.sync_once()
    assert contacts(studio) == {key_of(PAIR): Answer(Word.LOOK)}
    assert studio.entry(first) == {"name": "backup"}


def test_below_the_limits_it_starts_and_a_later_heap_is_not_asked_about(studio: Studio) -> None:
    one = studio.publish(["a.exr"])
    studio.sync_once()
    assert studio.is_synced(one)
    assert contacts(studio) == {key_of(PAIR): Answer(Word.ALL)}
    heap(studio, "new_project")
    more = studio.publish(["b.exr"])
    studio.sync_once()
    assert studio.is_synced(more)
    assert not looks_only(studio)


def test_what_waits_in_all_projects_is_added_up(studio: Studio) -> None:
    half = MOST_BYTES // 2 + 1
    heap(studio, "one", half)
    heap(studio, "two", half)
    studio.sync_once()
    assert contacts(studio) == {key_of(PAIR): Answer(Word.LOOK)}


def test_nothing_is_judged_nor_moved_before_everything_is_indexed(studio: Studio) -> None:
    studio.publish(["a.exr"])
    app = studio.app
    known = app.projects()
    contact = FirstContact(app.state, app.index, app.store.identity)
    assert contact.look(known, is_caught_up=True) == {}, "no scan has ended"
    assert is_undecided(contact)
    app.catch_up(known)
    assert contact.look(known, is_caught_up=False) == {}, "another program's index is behind"
    assert is_undecided(contact)
    assert contacts(studio) == {}
    assert contact.look(known, is_caught_up=True) == {PROJECT: Allowance()}
    assert not is_undecided(contact)
    assert contact.look(known, is_caught_up=False) == {PROJECT: Allowance()}, "an answer holds"


def test_a_program_beside_the_one_that_writes_the_index_looks_only_as_well(studio: Studio) -> None:
    heap(studio)
    small = studio.publish(["a.exr"])
    with looking(studio):
        studio.events.clear()
        studio.sync_once(studio.application())
        assert looks_only(studio)
        assert studio.entry(small) == {"name": "backup"}


def test_an_answer_of_another_program_starts_everything_at_once(studio: Studio) -> None:
    heap(studio)
    small = studio.publish(["a.exr"])
    with looking(studio):
        assert studio.tree("backup") == {}
        answer(studio, to_start(contacts(studio), PAIR))
        eventually(lambda: studio.is_synced(small), "the start")
        eventually(lambda: not looks_only(studio), "the word that it started")


def test_a_restart_in_between_still_only_looks(studio: Studio) -> None:
    heap(studio)
    small = studio.publish(["a.exr"])
    studio.sync_once()
    studio.sync_once(studio.application())
    assert studio.entry(small) == {"name": "backup"}


def test_an_agreed_loop_starts_everything_and_says_so_for_good(studio: Studio) -> None:
    heap(studio)
    small = studio.publish(["a.exr"])
    studio.app.loop(studio.events.extend, agreed=True).run(once=True)
    assert studio.is_synced(small)
    assert contacts(studio) == {key_of(PAIR): Answer(Word.ALL)}
    assert not looks_only(studio)


def test_agreeing_starts_what_another_loop_looked_at(studio: Studio) -> None:
    heap(studio)
    studio.sync_once()
    small = studio.publish(["a.exr"])
    studio.app.loop(studio.events.extend, agreed=True).run(once=True)
    assert studio.is_synced(small)


def test_the_same_two_sites_the_other_way_round_are_no_first_contact(studio: Studio) -> None:
    studio.publish(["a.exr"])
    studio.sync_once()
    heap(studio)
    studio.sync_once(active_site="backup", remote_site="studio")
    assert not looks_only(studio)


def test_another_pair_is_a_first_contact_of_its_own(tmp_path: Path) -> None:
    attic: dict[str, object] = {
        "provider": "local_drive",
        "root": {"work": str(tmp_path / "sites" / "attic")},
    }
    studio = Studio(tmp_path, sites={"attic": attic})
    studio.root("attic").mkdir()
    first = studio.publish(["a.exr"])
    studio.sync_once()
    studio.write(HEAP)
    studio.insert({"files": [studio.file(HEAP, MOST_BYTES + 1, wanted="attic")]})
    small = studio.publish(["b.exr"], wanted="attic")
    studio.sync_once(active_site="studio", remote_site="attic")
    assert looks_only(studio)
    assert studio.entry(small, "attic") == {"name": "attic"}
    assert studio.is_synced(first)
    studio.close()


def test_only_new_ones_leaves_the_old_and_moves_what_is_published_from_then_on(studio: Studio) -> None:
    heap(studio)
    before = old(studio, "old.exr")
    with looking(studio):
        answer(studio, to_start_new(contacts(studio), PAIR, time.time()))
        new = studio.publish(["new.exr"])
        eventually(lambda: studio.is_synced(new), "the new one")
        assert studio.entry(before) == {"name": "backup"}
    studio.sync_once(studio.application())
    assert studio.entry(before) == {"name": "backup"}
    assert set(studio.tree("backup")) == {"new.exr"}


@pytest.mark.parametrize("action", [Action.DOWNLOAD, Action.RETRY])
def test_what_a_person_asks_for_counts_as_new(studio: Studio, action: Action) -> None:
    heap(studio)
    name = "asked.exr"
    if action is Action.DOWNLOAD:
        studio.write(name, site="backup")
        record = studio.file(name, len(b"pixels"), present="backup", wanted="studio")
        site = "studio"
    else:
        studio.write(name)
        record = studio.file(name, len(b"pixels"))
        entries = record["sites"]
        assert isinstance(entries, list)
        entries[1] |= {"tries": 1, "error": "odd"}
        site = "backup"
    fields = {"_id": long_ago(), "files": [record]}
    asked, left = studio.insert(fields), old(studio, "left.exr")
    with looking(studio):
        answer(studio, to_start_new(contacts(studio), PAIR, time.time()))
        eventually(lambda: not looks_only(studio), "the answer")
        other: Application = studio.application()
        assert actions.act(other, other.projects()[PROJECT], [asked], action) == 1
        eventually(lambda: studio.is_synced(asked, site), "what was asked for")
    studio.sync_once(studio.application())
    assert studio.entry(left) == {"name": "backup"}


def test_a_file_that_a_person_accepts_as_it_is_counts_as_new(studio: Studio) -> None:
    heap(studio)
    studio.write("asked.exr")
    asked = studio.insert({"_id": long_ago(), "files": [studio.file("asked.exr", 4)]})
    with looking(studio):
        answer(studio, to_start_new(contacts(studio), PAIR, time.time()))
        eventually(lambda: not looks_only(studio), "the answer")
        other = studio.application()
        project, found = other.projects()[PROJECT], read_representation(studio.document(asked))
        with actions.accepting(other, project) as accepting:
            offers = accepting.look((found, file) for file in found.files).offers
        assert actions.accept(other, project, offers) == (1, [])
        eventually(lambda: studio.is_synced(asked), "what was accepted")


def test_only_the_chosen_projects_start_until_the_others_are_chosen(studio: Studio) -> None:
    heap(studio, LATER)
    chosen, waits = old(studio, "a.exr"), old(studio, "z.exr", LATER)
    with looking(studio):
        answer(studio, to_start_some(contacts(studio), PAIR, [PROJECT, LATER], [PROJECT]))
        eventually(lambda: studio.is_synced(chosen), "the chosen project")
        fresh = studio.publish(["n.exr"], project="born_later")
        eventually(lambda: is_synced(studio, fresh, "born_later"), "a project that came later")
        assert not is_synced(studio, waits, LATER)
        answer(studio, to_start_some(contacts(studio), PAIR, [LATER], [LATER]))
        eventually(lambda: is_synced(studio, waits, LATER), "the other project")


def is_synced(studio: Studio, representation: str, project: str) -> bool:
    (document,) = studio.app.store.read(project, [representation])
    files = document["files"]
    assert isinstance(files, list)
    return any(one["name"] == "backup" and "created_dt" in one for one in files[0]["sites"])


def test_a_program_for_one_project_answers_for_that_one_only(studio: Studio) -> None:
    heap(studio, LATER)
    small = studio.publish(["a.exr"])
    studio.app.loop(studio.events.extend, names=[PROJECT]).run(once=True)
    assert studio.is_synced(small)
    assert contacts(studio) == {key_of(PAIR, PROJECT): Answer(Word.ALL)}
    studio.sync_once(studio.application())
    assert looks_only(studio)
    assert studio.app.state.contacts(studio.app.store.identity)[key_of(PAIR)] == Answer(Word.LOOK)


def test_a_machine_from_before_this_knows_its_database_and_another_one_not(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    heap(studio)
    small = studio.publish(["a.exr"])
    identity = studio.app.store.identity
    state = studio.app.state_dir / "state.sqlite"
    studio.app.state.note_worker("w-old", identity)
    studio.close()
    db = apsw.Connection(str(state))
    db.execute("DROP TABLE contact; DROP TABLE asked; PRAGMA user_version = 1")
    db.close()
    again = studio.app = studio.application()
    studio.sync_once(again)
    assert studio.is_synced(small)
    assert again.state.contacts("another") == {}
    studio.close()


def test_a_look_before_the_first_sync_does_not_count_as_having_met(studio: Studio) -> None:
    heap(studio)
    small = studio.publish(["a.exr"])
    other = studio.application()
    other.catch_up(other.projects())
    other.close()
    studio.sync_once()
    assert studio.entry(small) == {"name": "backup"}


def test_doctor_says_what_the_loop_says_before_and_after_it_ran(studio: Studio) -> None:
    heap(studio)
    for _ in range(2):
        known = studio.app.projects()
        studio.app.catch_up(known)
        (report,) = studio.app.doctor().report(known)
        problem = report.problems[0]
        assert (problem.code, problem.sentence) == ("look_only", "1 file, 100 GB waits for backup")
        studio.sync_once()
    answer(studio, to_start_new(contacts(studio), PAIR, 1.0))
    (report,) = studio.app.doctor().report(known)
    assert report.problems[0].code == "only_new"
    answer(studio, to_start(contacts(studio), PAIR))
    (report,) = studio.app.doctor().report(known)
    assert not [one for one in report.problems if one.code in ("look_only", "only_new")]


def test_the_nearest_answer_holds(studio: Studio) -> None:
    known = {EVERYTHING: Answer(Word.ALL)}
    assert answer_of(known, PAIR, PROJECT) == Answer(Word.ALL)
    assert answer_of({**known, key_of(PAIR): Answer(Word.LOOK)}, PAIR, PROJECT) == Answer(Word.LOOK)
    near = {key_of(PAIR, PROJECT): Answer(Word.NEW, 5.0), key_of(PAIR): Answer(Word.LOOK)}
    assert answer_of(near, Pair("backup", "studio"), PROJECT) == Answer(Word.NEW, 5.0)
    assert answer_of({}, PAIR, PROJECT) is None
    studio.publish(["a.exr"])
    held = held_back(near, studio.app.projects(), {})
    assert held[PROJECT].only_before == 5.0


def test_only_new_ones_after_a_choice_leaves_the_chosen_projects_as_they_are() -> None:
    chosen = to_start_some({key_of(PAIR): Answer(Word.LOOK)}, PAIR, ["a", "b"], ["a"])
    after = {**chosen, **to_start_new(chosen, PAIR, timedelta(hours=1).total_seconds() + 0.7)}
    assert after[key_of(PAIR, "a")] == after[key_of(PAIR)] == Answer(Word.ALL)
    assert after[key_of(PAIR, "b")] == Answer(Word.NEW, 3600.0)
