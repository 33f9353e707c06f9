"""This machine's pause, its end, and a clean stop."""

from __future__ import annotations

import os
import threading

from syncgui.index.values import LARGE_BYTES
from tests.engine.files import Held, Interrupted
from tests.engine.studio import Studio, eventually

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
            if len(data) < 2**20:
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
