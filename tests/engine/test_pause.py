"""This machine's pause, its end, and a clean stop."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Sequence
from dataclasses import replace

import apsw

from syncgui.engine.environment import real_environment
from syncgui.index.values import LARGE_BYTES
from syncgui.model.edits import Edit, Target, Wish
from syncgui.model.errors import TargetNotWritableError
from syncgui.model.representation import FileRef
from syncgui.providers.file_operations import Flush
from syncgui.providers.posix_files import PosixFileOperations
from tests.engine.files import Held, Interrupted
from tests.engine.mover import StudioMover
from tests.engine.studio import PROJECT, Studio, eventually
from tests.engine.virtual_time import VirtualTime

BIG = 3 * 2**20


def test_no_byte_moves_while_paused_and_a_resume_goes_on_at_once(studio: Studio) -> None:
    files = Held()
    one = studio.publish(["a.exr"], content=os.urandom(BIG))
    with studio.syncing(studio.application("other", files)) as loop:
        eventually(files.reached.is_set, "the first block")
        loop.pause()
        files.let_go.set()
        eventually(lambda: files.written_bytes > 0, "the block that was under way")
        threading.Event().wait(1)
        assert files.written_bytes <= 2**20
        lease = studio.entry(one)["lease"]
        loop.resume()
        eventually(lambda: studio.is_synced(one), "the rest")
    assert files.written_bytes == BIG, "nothing was sent twice"
    assert str(lease).startswith(loop.worker)


def test_a_pause_outlives_a_restart_and_another_program_can_end_it(studio: Studio) -> None:
    with studio.syncing() as loop:
        loop.pause()
    one = studio.publish(["a.exr"])
    with studio.syncing():
        threading.Event().wait(1)
        assert studio.entry(one) == {"name": "backup"}
        other = studio.application()  # another program of the same user
        other.state.resume()
        eventually(lambda: studio.is_synced(one), "the resume")


def test_a_pause_with_a_time_ends_by_itself(studio: Studio) -> None:
    one = studio.publish(["a.exr"])
    with studio.syncing() as loop:
        loop.pause(until=studio.app.environment.clock.wall_s() + 0.5)
        eventually(lambda: studio.is_synced(one), "the end of the pause")


def test_a_stop_in_the_middle_gives_claims_back_and_leaves_nothing_over(studio: Studio) -> None:
    ids = [studio.publish([f"{n}.exr"], content=os.urandom(BIG)) for n in range(8)]
    reached = threading.Event()
    files = Interrupted(before_write=reached.set)
    with studio.syncing(studio.application("other", files)):
        eventually(reached.is_set, "the first block")
    assert not [name for name in os.listdir(studio.root("backup")) if name.startswith(".syncgui")]
    for one in ids:
        assert set(studio.entry(one)) in ({"name"}, {"name", "created_dt", "id", "checksum"})
    studio.sync_once()
    assert studio.tree("backup") == studio.tree("studio")


def test_a_paused_transfer_can_be_stopped(studio: Studio) -> None:
    files = Held()
    studio.publish(["a.exr"], content=os.urandom(BIG))
    with studio.syncing(studio.application("other", files)) as loop:
        eventually(files.reached.is_set, "the first block")
        loop.pause()
        files.let_go.set()
    assert studio.tree("backup") == {}


def test_a_small_file_does_not_wait_for_large_ones(studio: Studio) -> None:
    large = []
    for number in range(8):  # more than there are slots
        with (studio.root("studio") / f"{number}.abc").open("wb") as sparse:
            sparse.truncate(LARGE_BYTES)
        large.append(studio.publish([studio.file(f"{number}.abc", LARGE_BYTES)]))

    class OnlyLargeIsHeld(Held):
        def write(self, fd: int, data: memoryview) -> None:
            if len(data) < 2**18:
                os.write(fd, data)
            else:
                super().write(fd, data)

    files = OnlyLargeIsHeld()
    with studio.syncing(studio.application("other", files)):
        eventually(files.reached.is_set, "a large file")
        small = studio.publish(["small.exr"])
        eventually(lambda: studio.is_synced(small), "the small file")
        assert not any(studio.is_synced(one) for one in large)
        for number in range(8):
            (studio.root("studio") / f"{number}.abc").unlink()  # nobody needs 512 MiB of zeros
        files.let_go.set()


def test_a_pause_by_another_program_does_not_wait_for_a_locked_database(studio: Studio) -> None:
    files = Held()
    studio.publish(["a.exr"], content=os.urandom(BIG))
    with studio.syncing(studio.application("home", files)) as loop:
        eventually(files.reached.is_set, "the first block")
        locker = apsw.Connection(str(studio.folder / "db.sqlite"))
        locker.set_busy_timeout(30_000)
        locker.execute("BEGIN EXCLUSIVE")
        threading.Event().wait(0.5)  # the loop waits for the database by now
        studio.application("home").state.pause(float("inf"))
        eventually(lambda: loop.is_paused, "the pause")
        files.let_go.set()
        eventually(lambda: files.written_bytes > 0, "the block that was under way")
        threading.Event().wait(1)
        assert files.written_bytes <= 2**20
        locker.execute("ROLLBACK")
        locker.close()


def test_a_pause_with_a_time_that_is_set_while_it_runs_ends_by_itself(studio: Studio) -> None:
    with studio.syncing() as loop:
        first = studio.publish(["a.exr"])
        eventually(lambda: studio.is_synced(first), "the first file")
        loop.pause(until=studio.app.environment.clock.wall_s() + 0.5)
        one = studio.publish(["b.exr"])
        eventually(lambda: studio.is_synced(one), "the end of the pause")


def test_each_pause_and_resume_counts_whoever_says_it(studio: Studio) -> None:
    other = studio.application()
    with studio.syncing() as loop:
        for _ in range(2):
            other.state.pause(float("inf"))
            eventually(lambda: loop.is_paused, "the pause of another program")
            loop.resume()
            assert not loop.is_paused


def test_claims_that_wait_for_a_slot_are_given_back_when_they_are_paused(studio: Studio) -> None:
    files = Held()
    ids = [studio.publish([f"{n}.exr"]) for n in range(80)]
    app = studio.application("other", files)
    loop = app.loop(studio.events.extend, jobs=1)
    thread = threading.Thread(target=loop.run, name="test-loop")
    thread.start()
    try:
        eventually(files.reached.is_set, "the first block")
        claimed = [one for one in ids if "lease" in studio.entry(one)]
        assert len(claimed) > 32, "some wait behind the group in the slot"
        edits = [
            Edit(
                Target(one, FileRef(str(studio.document(one)["files"][0]["_id"]), ""), "backup"),  # type: ignore[index]
                Wish.PAUSE,
                "anna",
            )
            for one in ids
        ]
        studio.app.store.edit(PROJECT, edits)
        eventually(lambda: sum("lease" in studio.entry(one) for one in ids) <= 32, "the releases")
        files.let_go.set()
        eventually(lambda: not any("lease" in studio.entry(one) for one in ids), "the rest")
    finally:
        files.let_go.set()
        loop.stop()
        thread.join(60)
    assert all(studio.entry(one)["paused"] for one in ids)
    assert studio.tree("backup") == {}


def test_a_folder_that_is_moved_during_a_pause_gets_none_of_the_files_that_follow(studio: Studio) -> None:
    time = VirtualTime()

    class PausedBeforeTheNames(PosixFileOperations):
        def sync_files(self, fds: Sequence[int]) -> list[Flush | OSError]:
            moving.gate.pause()
            time.after(3600, move_and_go_on)
            return super().sync_files(fds)

    def move_and_go_on() -> None:
        (studio.root("backup") / "f").rename(studio.root("backup") / "g")
        moving.gate.resume()

    moving = StudioMover(studio, time.environment(PausedBeforeTheNames()))
    _, *following = moving.move(studio.publish([f"f/{n}.exr" for n in range(3)]))  # few: flushed file by file
    assert [type(one.errors[0]) for one in following] == [TargetNotWritableError] * 2
    assert not set(studio.tree("backup")) & {f"g/{n}.exr" for n in (1, 2)}


def test_a_group_whose_first_file_fails_during_a_pause_moves_nothing_of_the_next(studio: Studio) -> None:
    class FailsInAPause(Interrupted):
        """The first write fails, and the pause begins just then."""

        def write(self, fd: int, data: memoryview) -> None:
            super().write(fd, data)
            if self.written_bytes == len(data):
                moving.gate.pause()
                raise OSError(errno.EIO, "Input/output error")

    files = FailsInAPause()
    moving = StudioMover(studio, replace(real_environment(), files=files))
    one = studio.publish([f"f/{n}.exr" for n in range(3)], content=b"four")
    thread = threading.Thread(target=moving.move, args=(one,))
    thread.start()
    eventually(lambda: moving.gate.is_paused, "the pause")
    threading.Event().wait(0.5)
    assert files.written_bytes == 4
    moving.gate.resume()
    thread.join(60)
    assert files.written_bytes == 12
