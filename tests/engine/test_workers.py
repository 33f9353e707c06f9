"""Many workers, dead workers, and a database that is away for a while."""

from __future__ import annotations

import errno
import threading
from contextlib import closing
from datetime import UTC, datetime

import apsw
from bson import ObjectId

from syncgui.application import Application, Options
from syncgui.engine.environment import SystemClock, real_environment
from syncgui.engine.recovery import Recovery
from syncgui.engine.site_access import SiteAccesses
from syncgui.model.edits import Claim, Outcome, Result, Target
from syncgui.model.representation import FileRef
from syncgui.providers.file_operations import FolderHandle
from syncgui.providers.local_folder import partial_name
from syncgui.providers.posix_files import PosixFileOperations
from syncgui.state import Partial
from syncgui.store.schema import ADD_WORKER
from tests.engine.files import Held, Interrupted
from tests.engine.studio import PROJECT, Studio, eventually

DEAD = "w-0000000000000dead"


def reference(studio: Studio, representation: str) -> FileRef:
    """The representation's first file."""
    return FileRef(str(studio.document(representation)["files"][0]["_id"]), "")  # type: ignore[index]


def bury(studio: Studio) -> None:
    """A worker of another user of this machine that was killed: its record is all that is left."""
    database = apsw.Connection(str(studio.folder / "db.sqlite"))
    database.execute(ADD_WORKER, (DEAD, "host", "user", "local", 1, "", "2026-01-01"))
    database.close()


def claim_as_dead(studio: Studio, representation: str) -> Target:
    """A lease of a worker of this user that is gone."""
    studio.app.state.note_worker(DEAD, studio.app.store.identity)
    target = Target(representation, reference(studio, representation), "backup")
    studio.app.store.claim(PROJECT, [Claim(target, f"{DEAD}:1")])
    assert studio.entry(representation)["lease"] == f"{DEAD}:1"
    return target


def test_two_programs_on_one_database_record_each_entry_once(studio: Studio) -> None:
    ids = [studio.publish([f"{n}.exr"]) for n in range(150)]
    files = [Interrupted(), Interrupted()]
    first, second = (studio.application(f"home{n}", one) for n, one in enumerate(files))
    with studio.syncing(first), studio.syncing(second):
        eventually(lambda: all(studio.is_synced(one) for one in ids), "all files")
    assert sum(one.renames for one in files) == 150
    assert len({done.path for done in studio.done}) == len(studio.done) == 150


def test_what_a_dead_worker_had_is_taken_over_and_its_partial_removed(studio: Studio) -> None:
    one = studio.publish(["show/a.exr"])
    claim_as_dead(studio, one)
    left = partial_name("a.exr", DEAD, 1)
    studio.write(f"show/{left}", b"half", "backup")
    studio.app.state.note_partials(DEAD, [Partial("backup", str(studio.root("backup")), "show/a.exr", left)])
    studio.sync_once()
    assert studio.is_synced(one)
    assert studio.tree("backup") == {"show/a.exr": b"show/a.exr"}
    assert studio.app.state.partials() == {}


def test_a_partial_that_no_state_file_knows_is_removed_too(studio: Studio) -> None:
    studio.write(f"show/{partial_name('b.exr', DEAD, 7)}", b"half", "backup")
    studio.publish(["show/a.exr"])
    bury(studio)
    studio.sync_once()
    assert studio.tree("backup") == {"show/a.exr": b"show/a.exr"}


def test_a_folder_is_looked_at_again_when_another_worker_has_died(studio: Studio) -> None:
    with studio.syncing():
        first = studio.publish(["show/a.exr"])
        eventually(lambda: studio.is_synced(first), "the first file, into a clean folder")
        studio.write(f"show/{partial_name('b.exr', DEAD, 7)}", b"half", "backup")
        bury(studio)
        second = studio.publish(["show/c.exr"])
        eventually(lambda: studio.is_synced(second), "the second file")
    assert studio.tree("backup") == studio.tree("studio")


def test_a_partial_of_a_worker_that_this_database_does_not_know_is_left(studio: Studio) -> None:
    left = f"show/{partial_name('b.exr', 'w-of-another-database', 7)}"
    studio.write(left, b"half", "backup")
    studio.publish(["show/a.exr"])
    studio.sync_once()
    assert left in studio.tree("backup")


def test_a_worker_whose_result_is_recorded_late_is_forgotten_all_the_same(studio: Studio) -> None:
    one = studio.publish(["a.exr"])
    target = claim_as_dead(studio, one)
    studio.write("a.exr", b"a.exr", "backup")
    done = Result(target, f"{DEAD}:1", Outcome.DONE, provider_id="x", checksum="xxh3_128:1")
    studio.app.state.keep_results(DEAD, PROJECT, [done])
    recovery = Recovery(studio.app.store, studio.app.state, SiteAccesses(real_environment()), _Passing())
    assert recovery.ended_workers() == {DEAD}
    recovery.forget_workers()
    assert [recovery.is_waiting for _ in range(2)] == [False, True]  # the second a minute later
    studio.app.state.drop_results([1])
    assert recovery.ended_workers() == set()
    recovery.forget_workers()
    recovery.ended_workers()
    recovery.forget_workers()
    assert studio.app.state.workers(studio.app.store.identity) == set()
    assert not recovery.is_waiting


def test_a_program_that_is_just_beginning_is_not_taken_for_an_ended_one(studio: Studio) -> None:
    studio.app.state.note_worker(DEAD, studio.app.store.identity)
    recovery = Recovery(studio.app.store, studio.app.state, SiteAccesses(real_environment()), _Passing())
    assert recovery.ended_workers() == set()
    recovery.forget_workers()
    assert studio.app.state.workers(studio.app.store.identity) == {DEAD}


def test_a_program_that_begins_while_it_is_judged_is_not_forgotten(studio: Studio) -> None:
    studio.app.state.note_worker(DEAD, studio.app.store.identity)
    recovery = Recovery(studio.app.store, studio.app.state, SiteAccesses(real_environment()), _Passing())
    assert recovery.ended_workers() == set()
    with closing(studio.app.open_store(create=False)) as beginning:
        now = datetime.now(UTC)
        beginning.join(DEAD, host="host", user="user", local_id="local", pid=1, now=now)
        recovery.forget_workers()
        assert studio.app.state.workers(studio.app.store.identity) == {DEAD}


def test_partials_are_not_looked_for_in_another_folder_than_they_were_left_in(studio: Studio) -> None:
    root = studio.root("backup")
    kept = root.with_name("kept")
    studio.publish(["first.exr"])
    studio.sync_once()
    one = studio.publish(["show/a.exr"])
    claim_as_dead(studio, one)
    left = partial_name("a.exr", DEAD, 1)
    studio.write(f"show/{left}", b"half", "backup")
    studio.app.state.note_partials(DEAD, [Partial("backup", str(root), "show/a.exr", left)])
    root.rename(kept)
    root.mkdir()
    studio.sync_once()
    assert [part.name for part in studio.app.state.partials()[DEAD]] == [left]
    root.rmdir()
    kept.rename(root)
    studio.sync_once()
    assert studio.app.state.partials() == {}
    assert sorted(studio.tree("backup")) == ["first.exr", "show/a.exr"]


def test_a_partial_that_can_not_be_removed_stays_noted(studio: Studio) -> None:
    class Stubborn(PosixFileOperations):
        def rename(self, folder: FolderHandle, old: str, new: str) -> None:
            del folder, old, new
            raise OSError(errno.EROFS, "read-only")

        def unlink(self, folder: FolderHandle, name: str) -> None:
            del folder, name
            raise OSError(errno.EROFS, "read-only")

    studio.publish(["a.exr"])
    stubborn = studio.application("home", Stubborn())
    studio.sync_once(stubborn)
    stubborn.close()
    (partials,) = studio.app.state.partials().values()
    assert {one.name for one in partials} >= set(studio.tree("backup"))
    studio.sync_once()
    assert sorted(studio.tree("backup")) == ["a.exr"]


def test_a_partial_whose_new_name_may_be_lost_stays_noted(studio: Studio) -> None:
    class Forgetful(PosixFileOperations):
        def sync_folder(self, folder: FolderHandle) -> None:
            raise OSError(errno.EIO, "gone", folder.path)

    studio.publish(["a.exr"])
    forgetful = studio.application("home", Forgetful())
    studio.sync_once(forgetful)
    forgetful.close()
    assert sorted(studio.tree("backup")) == ["a.exr"]
    assert studio.app.state.partials()
    studio.sync_once()
    assert studio.app.state.partials() == {}


class _Passing(SystemClock):
    """A steady clock of which each look is 40 s later than the one before."""

    def __init__(self) -> None:
        self._looks = 0

    def steady_s(self) -> float:
        self._looks += 1
        return 40.0 * self._looks


def test_a_result_that_a_dead_worker_kept_is_recorded_without_moving_it_again(studio: Studio) -> None:
    one = studio.publish(["a.exr"])
    target = claim_as_dead(studio, one)
    studio.write("a.exr", b"a.exr", "backup")
    studio.app.state.keep_results(
        DEAD, PROJECT, [Result(target, f"{DEAD}:1", Outcome.DONE, provider_id="p", checksum="xxh3_128:0")]
    )
    studio.sync_once()
    assert studio.entry(one)["id"] == "p"
    assert studio.done == []
    assert studio.app.state.kept_results() == []


def test_a_kept_result_whose_entry_another_worker_has_changes_nothing(studio: Studio) -> None:
    one = studio.publish(["a.exr"])
    target = Target(one, reference(studio, one), "backup")
    studio.app.state.note_worker(DEAD, studio.app.store.identity)
    studio.app.state.keep_results(
        DEAD, PROJECT, [Result(target, f"{DEAD}:1", Outcome.DONE, provider_id="wrong")]
    )
    studio.sync_once()
    assert studio.entry(one)["id"] != "wrong"
    assert studio.tree("backup") == {"a.exr": b"a.exr"}


def test_a_locked_database_is_waited_for_and_costs_nothing(studio: Studio) -> None:
    files = Held()
    one = studio.publish(["b.exr"])
    with studio.syncing(studio.application("other", files)):
        eventually(files.reached.is_set, "the first block")
        locker = apsw.Connection(str(studio.folder / "db.sqlite"))
        locker.set_busy_timeout(30_000)
        locker.execute("BEGIN EXCLUSIVE")
        files.let_go.set()  # what follows is a record, which the lock holds up
        eventually(lambda: any(not trouble.site for trouble in studio.troubles), "the sentence")
        locker.execute("ROLLBACK")
        locker.close()
        eventually(lambda: studio.is_synced(one), "the rest")
    assert studio.troubles[0].code == "database_unreachable"
    assert "tries" not in studio.entry(one)


def test_a_database_that_goes_away_and_comes_back_is_used_again(studio: Studio) -> None:
    database, away = studio.folder / "db.sqlite", studio.folder / "away.sqlite"
    with studio.syncing():
        first = studio.publish(["a.exr"])
        eventually(lambda: studio.is_synced(first), "the first file")
        database.rename(away)
        eventually(lambda: any(not trouble.site for trouble in studio.troubles), "the sentence")
        away.rename(database)
        one = studio.publish(["b.exr"])
        eventually(lambda: studio.is_synced(one), "the rest")


def test_two_programs_of_one_user_share_an_index(studio: Studio) -> None:
    ids = [studio.publish([f"{n}.exr"]) for n in range(60)]
    other = studio.application()
    assert other.index.become_writer()
    with studio.syncing(other):
        studio.sync_once()
        eventually(lambda: all(studio.is_synced(one) for one in ids), "all files")
        late = studio.publish(["late.exr"])
        studio.sync_once()
        eventually(lambda: studio.is_synced(late), "the late file")


def test_a_program_takes_over_the_index_of_one_that_ended(studio: Studio) -> None:
    other = studio.application()
    assert other.index.become_writer()
    with studio.syncing():
        one = studio.publish(["a.exr"])
        threading.Event().wait(0.5)
        assert not studio.is_synced(one), "nobody writes the index"
        other.index.close()
        eventually(lambda: studio.is_synced(one), "the file")


def test_a_program_for_other_projects_finds_them_in_a_shared_index(studio: Studio) -> None:
    studio.publish(["a.exr"], project="A")
    one = studio.publish(["b.exr"], project="B")
    other = studio.application()
    loop = other.loop(studio.events.extend, names=["A"])
    thread = threading.Thread(target=loop.run, name="test-loop")
    thread.start()
    try:
        eventually((studio.root("backup") / "a.exr").exists, "the first project")
        studio.app.loop(studio.events.extend, names=["B"]).run(once=True)
    finally:
        loop.stop()
        thread.join(30)
    assert studio.document(one, "B")["files"][0]["sites"][1].get("created_dt")  # type: ignore[index]


def test_programs_of_one_user_on_two_databases_leave_each_other_alone(studio: Studio) -> None:
    files = Held()
    one = studio.publish(["show/a.exr"])
    second = Application(
        Options(studio.folder / "home", studio.settings_dir, f"sqlite:///{studio.folder / 'second.sqlite'}"),
        {},
    )
    studio.write("show/b.exr", b"b")
    record = {**studio.document(one), "_id": ObjectId(), "files": [studio.file("show/b.exr", 1)]}
    second.store.insert(PROJECT, [record])
    try:
        with studio.syncing(studio.application("home", files)):
            eventually(files.reached.is_set, "the first block")
            second.loop(studio.events.extend).run(once=True)
            assert (studio.root("backup") / "show" / "b.exr").exists()
            files.let_go.set()
            eventually(lambda: studio.is_synced(one), "the first database's file")
    finally:
        second.close()
    assert studio.failures == []
    assert studio.tree("backup") == studio.tree("studio")
