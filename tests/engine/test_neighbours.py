"""Machines of one name, and other sync programs on the same data."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from bson import ObjectId
from pymongo import MongoClient

from syncgui.application import Application
from syncgui.engine.events import Notice
from syncgui.engine.neighbours import changed_names, shared_names
from syncgui.engine.strangers import AGAIN_S, OVER_S, Strangers, known_strangers
from syncgui.index import Movement
from syncgui.model.errors import LocalIdSharedError
from syncgui.store.abstract_store import Worker
from tests.engine.mongo_studio import MongoStudio, machine, mongo_studio
from tests.engine.studio import PROJECT, Studio, change_settings, eventually

__all__ = ["machine", "mongo_studio"]

HERE = "ws1"


def nobody_confirmed(_: str) -> bool:
    """Whether a name is shared on purpose."""
    return False


def worker(host: str, local_id: str = "ws", *, alive: bool = True) -> Worker:
    """A program of anna's on some machine."""
    return Worker(f"w-{host}", host, "anna", local_id, 1, alive)


def test_a_live_machine_of_the_same_name_is_named_with_its_host_and_user() -> None:
    found = shared_names([worker("ws2"), worker("ws3", "other")], HERE, ["ws"], nobody_confirmed)
    assert list(found) == ["ws"]
    assert "ws2 (anna)" in found["ws"].sentence
    assert "ws3" not in found["ws"].sentence


def test_programs_of_one_machine_may_share_its_name() -> None:
    assert shared_names([worker(HERE), worker(HERE)], HERE, ["ws"], nobody_confirmed) == {}


def test_a_dead_machine_disturbs_nobody() -> None:
    assert shared_names([worker("ws2", alive=False)], HERE, ["ws"], nobody_confirmed) == {}


def test_a_name_that_is_shared_on_purpose_disturbs_nobody() -> None:
    assert shared_names([worker("ws2")], HERE, ["ws"], lambda name: name == "ws") == {}


def test_a_name_is_told_of_when_its_sharers_change_and_when_that_is_over() -> None:
    one, two = LocalIdSharedError(site="ws", detail="a"), LocalIdSharedError(site="ws", detail="b")
    assert changed_names({}, {"ws": one}) == ([one], [])
    assert changed_names({"ws": one}, {"ws": one}) == ([], [])
    assert changed_names({"ws": one}, {"ws": two}) == ([two], [])
    assert changed_names({"ws": one}, {}) == ([], ["ws"])


# -- in the loop -------------------------------------------------------------------------------------


@pytest.fixture(params=["sqlite", "mongodb"])
def at_home(request: pytest.FixtureRequest) -> Studio:
    """A studio in which this machine works on its own site, ws."""
    found: Studio = request.getfixturevalue("studio" if request.param == "sqlite" else "mongo_studio")
    change_settings(found, lambda server: be_named(server, found, "ws"))
    found.app.host = HERE
    return found


def be_named(server: dict[str, dict[str, object]], studio: Studio, name: str) -> None:
    """Give this machine a name, and let it work on its own site, whose disk is that of `studio`."""
    server.get("config", server).update(local_id=name, publish_site="local")  # type: ignore[call-overload]
    server["sites"][name] = {"provider": "local_drive", "root": {"work": str(studio.root("studio"))}}


def come(studio: Studio, host: str, local_id: str = "ws") -> Application:
    """Another machine's program joins; closing its store ends it."""
    other = studio.application(host)
    other.store.join(f"w-{host}", host=host, user="anna", local_id=local_id, pid=7, now=datetime.now(UTC))
    return other


def publish(studio: Studio, name: str) -> str:
    """Record a file that lies on this machine's site and is wanted by backup; its id."""
    data = name.encode()
    studio.write(name, data)
    return studio.insert({"files": [studio.file(name, len(data), present="ws")]})


def shared(studio: Studio) -> list[str]:
    """What was told of shared names."""
    return [one.sentence for one in studio.troubles if one.code == LocalIdSharedError.code]


def test_files_wait_while_another_machine_has_this_ones_name_and_go_on_when_it_is_gone(
    at_home: Studio,
) -> None:
    other = come(at_home, "ws2")
    one = publish(at_home, "a.exr")
    with at_home.syncing() as loop:
        eventually(lambda: bool(shared(at_home)), "the sentence")
        assert "ws2 (anna)" in shared(at_home)[0]
        problems = at_home.app.doctor().report(at_home.app.projects())[0].problems
        assert [problem.code for problem in problems] == ["local_id_shared"]
        assert at_home.entry(one) == {"name": "backup"}
        other.store.close()
        loop.sync_now()
        eventually(lambda: at_home.is_synced(one), "the file")
    assert len(shared(at_home)) == 1


def test_once_ends_though_files_wait_for_a_name_of_their_own(at_home: Studio) -> None:
    come(at_home, "ws2")
    one = publish(at_home, "a.exr")
    at_home.sync_once()
    assert at_home.entry(one) == {"name": "backup"}
    assert len(shared(at_home)) == 1


def test_files_go_on_when_a_person_says_that_both_are_right(at_home: Studio) -> None:
    come(at_home, "ws2")
    one = publish(at_home, "a.exr")
    with at_home.syncing() as loop:
        eventually(lambda: bool(shared(at_home)), "the sentence")
        at_home.app.state.confirm_shared("ws")
        loop.sync_now()
        eventually(lambda: at_home.is_synced(one), "the file")


def test_a_machine_that_is_given_another_name_works_under_it_at_once(at_home: Studio) -> None:
    come(at_home, "ws2")
    with at_home.syncing() as loop:
        publish(at_home, "a.exr")
        eventually(lambda: bool(shared(at_home)), "the sentence")
        change_settings(at_home, lambda server: be_named(server, at_home, "laptop"))
        record = at_home.file("b.exr", 5, present="laptop")
        at_home.write("b.exr", b"b.exr")
        one = at_home.insert({"files": [record]})
        loop.sync_now()
        eventually(lambda: at_home.is_synced(one), "the file")
        names = {one.host: one.local_id for one in at_home.app.store.workers() if one.alive}
    assert names == {HERE: "laptop", "ws2": "ws"}


def test_a_site_that_is_not_this_machines_own_is_moved_all_the_same(studio: Studio) -> None:
    studio.app.host = HERE
    come(studio, "ws2", studio.app.settings.local_id)
    one = studio.publish(["a.exr"])
    studio.sync_once()
    assert studio.is_synced(one)
    assert shared(studio) == []


# -- other sync programs -----------------------------------------------------------------------------


def moving(files: int, at: float, known: Strangers | None = None) -> Strangers:
    """What is known after so many files were seen to have moved just now."""
    return (known or Strangers()).after(Movement(files, at), at)


def test_one_movement_is_not_yet_another_program() -> None:
    known = moving(1, 1000.0)
    assert known.error is None
    assert known.after(Movement(1, 1000.0), 1005.0).error is None, "the same movement, seen again"


def test_a_second_movement_is_another_program_and_counted_again_after_an_hour() -> None:
    known = moving(3, 1010.0, moving(1, 1000.0))
    assert "3 files" in str(known.error)
    times = set()
    for at in range(1015, 1020 + int(AGAIN_S), 5):
        known = moving(4, float(at), known)
        times.add((known.files, known.counted_at))
    assert times == {(3, 1010.0), (4, 1010.0 + AGAIN_S)}


def test_a_program_that_moved_nothing_for_ten_minutes_is_gone() -> None:
    known = moving(1, 1010.0, moving(1, 1000.0))
    assert known.after(Movement(0, 0.0), 1010.0 + OVER_S - 1).error is not None
    assert known.after(Movement(0, 0.0), 1010.0 + OVER_S) == Strangers()
    assert known.after(Movement(1, 1010.0), 1010.0 + OVER_S) == Strangers(), "it only lies there"


def test_what_one_program_saw_of_strangers_another_knows_and_no_follower_changes_it(studio: Studio) -> None:
    studio.sync_once()
    other = studio.application()
    seen = '{"seen": 2, "moved_at": 1000.0, "files": 5, "counted_at": 1000.0}'
    assert studio.app.index.is_writer
    studio.app.index.keep_note("strangers", seen)
    assert "5 files" in str(known_strangers(other.index, 1001.0).error)
    assert known_strangers(other.index, 1000.0 + OVER_S).error is None
    assert other.index.note("strangers") == seen
    other.close()


def test_a_note_that_nobody_can_read_is_forgotten(studio: Studio) -> None:
    studio.sync_once()
    studio.app.index.keep_note("strangers", '{"other": 1}')
    assert known_strangers(studio.app.index, 1.0) == Strangers()


def test_another_program_that_moves_a_file_is_told_and_its_file_left_to_it(
    mongo_studio: MongoStudio,
) -> None:
    studio = mongo_studio
    change_settings(studio, slow_loop)
    theirs = studio.publish(["theirs.exr"])
    studio.app.state.pause(float("inf"))  # else it were ours before they came
    with MongoClient[dict[str, object]](studio.database) as client, studio.syncing() as loop:
        documents = client.get_default_database()[PROJECT]
        eventually(lambda: studio.app.index.find(PROJECT, theirs) is not None, "the first look")
        for progress in (0.1, 0.2, 0.3):
            before = studio.app.index.movement().moved_at
            change = {"$set": {"files.0.sites.1.progress": progress}}
            documents.update_one({"_id": ObjectId(theirs)}, change)
            if progress > 0.1:
                eventually(lambda was=before: studio.app.index.movement().moved_at > was, "the movement")  # type: ignore[misc]
            else:
                eventually(lambda: seen_progress(studio, theirs) == 0.1, "the first progress")
        loop.resume()
        eventually(lambda: bool(told(studio)), "the warning")
        mine = studio.publish(["mine.exr"])
        eventually(lambda: studio.is_synced(mine), "our own file")
        problems = studio.app.doctor().report(studio.app.projects())[0].problems
        assert [problem.code for problem in problems] == ["other_program"]
        assert studio.entry(theirs) == {"name": "backup", "progress": 0.3}
    assert "1 file" in told(studio)[0].sentence


def slow_loop(server: dict[str, dict[str, object]]) -> None:
    """A loop delay as studios have it: so long a stranger's entry is left alone."""
    server.get("config", server).update(loop_delay="60")  # type: ignore[call-overload]


def seen_progress(studio: Studio, representation: str) -> object:
    """The progress of the one open entry, as the index knows it."""
    query = "SELECT progress FROM open AS o JOIN rep AS r ON r.id = o.rep WHERE r.key = ?"
    row = studio.app.index.file.read(lambda db: db.execute(query, (representation,)).fetchone())
    return None if row is None else row[0]


def told(studio: Studio) -> list[Notice]:
    """What was told of other programs."""
    return [one for one in studio.events if isinstance(one, Notice) and one.code == "other_program"]
