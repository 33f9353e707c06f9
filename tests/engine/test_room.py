"""Nothing is begun for which a disk has no room, and what does not fit holds up nothing that does."""

from __future__ import annotations

import os
import threading
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest

from syncgui.engine.environment import real_environment
from syncgui.engine.room import Room, default_reserve_bytes
from syncgui.index.values import LARGE_BYTES
from syncgui.model.errors import DiskFullError, SiteError, TooLargeForRoomError
from syncgui.providers.file_operations import FolderHandle
from syncgui.providers.local_folder import LocalFolder
from tests.engine.disks import SmallDisk
from tests.engine.mover import StudioMover
from tests.engine.studio import Studio, change_settings, eventually

GIB = 2**30


def disk(tmp_path: Path, *, free: int, total: int) -> tuple[LocalFolder, SmallDisk]:
    files = SmallDisk(tmp_path.name, free_bytes=free, total_bytes=total)
    return LocalFolder("backup", str(tmp_path), files), files


def promise(
    room: Room, folder: LocalFolder, size: int, reserve: int | None = 0, there: int = 0
) -> AbstractContextManager[None]:
    return room.promised(folder, path="a.exr", size_bytes=size, reserve_bytes=reserve, there=lambda: there)


@pytest.mark.parametrize(
    ("total", "reserve"), [(0, 0), (GIB, GIB // 20), (100 * GIB, 5 * GIB), (10_000 * GIB, 5 * GIB)]
)
def test_five_gib_stay_free_or_a_twentieth_of_a_small_disk(total: int, reserve: int) -> None:
    assert default_reserve_bytes(total) == reserve


def test_what_fits_to_the_byte_is_begun_and_one_byte_more_is_not(tmp_path: Path) -> None:
    folder, _ = disk(tmp_path, free=1000, total=2000)
    with promise(Room(), folder, 700, reserve=300):
        pass
    with pytest.raises(DiskFullError), promise(Room(), folder, 701, reserve=300):
        pass
    with promise(Room(), folder, 900, reserve=None):  # a twentieth
        pass
    with pytest.raises(DiskFullError), promise(Room(), folder, 901, reserve=None):
        pass


def test_the_sentence_names_what_is_needed_free_promised_and_reserved(tmp_path: Path) -> None:
    folder, _ = disk(tmp_path, free=8_000_000, total=2 * GIB)
    room = Room()
    with (
        promise(room, folder, 1_500_000),
        pytest.raises(DiskFullError) as told,
        promise(room, folder, 40_000_000, reserve=2_000_000),
    ):
        pass
    assert told.value.sentence == (
        "There is no room left on backup: 40 MB are needed, 8.0 MB are free, of which 1.5 MB are promised to"
        " other files on their way, and 2.0 MB are to stay free"
    )
    assert isinstance(told.value, SiteError)


def test_running_transfers_count_with_what_they_have_still_to_write(tmp_path: Path) -> None:
    folder, files = disk(tmp_path, free=1000, total=2000)
    room = Room()
    written = 0
    with room.promised(folder, path="a", size_bytes=800, reserve_bytes=0, there=lambda: written):
        with pytest.raises(DiskFullError), promise(room, folder, 201):
            pass
        written = files.written_bytes = 700  # so much less is promised, and so much less is free
        with promise(room, folder, 200):
            pass
        with pytest.raises(DiskFullError), promise(room, folder, 201):
            pass


def test_a_promise_ends_with_its_transfer_however_that_ends(tmp_path: Path) -> None:
    folder, _ = disk(tmp_path, free=1000, total=2000)
    room = Room()
    for error in (OSError(), KeyboardInterrupt()):
        with pytest.raises(type(error)), promise(room, folder, 1000):
            raise error
    with promise(room, folder, 1000):
        pass


def test_what_an_earlier_try_left_is_not_asked_for_again(tmp_path: Path) -> None:
    folder, _ = disk(tmp_path, free=1000, total=2000)
    with promise(Room(), folder, 1700, there=700):
        pass


def test_a_disk_that_does_not_say_how_large_it_is_is_tried(tmp_path: Path) -> None:
    folder, _ = disk(tmp_path, free=0, total=0)
    with promise(Room(), folder, 1 << 50):
        pass


def test_a_large_file_waits_by_itself_where_small_ones_have_room(tmp_path: Path) -> None:
    folder, _ = disk(tmp_path, free=LARGE_BYTES, total=10 * GIB)
    with pytest.raises(TooLargeForRoomError) as told, promise(Room(), folder, LARGE_BYTES + 1):
        pass
    assert not told.value.costs_try
    with pytest.raises(DiskFullError), promise(Room(), folder, LARGE_BYTES + 1, reserve=LARGE_BYTES):
        pass  # nothing at all has room


def test_many_threads_never_promise_more_than_there_is(tmp_path: Path) -> None:
    class Slow(SmallDisk):
        def free_bytes(self, folder: FolderHandle) -> int:
            threading.Event().wait(0.02)  # whoever does not wait for his turn asks in the meantime
            return super().free_bytes(folder)

    files = Slow(tmp_path.name, free_bytes=1000, total_bytes=2000)
    folder = LocalFolder("backup", str(tmp_path), files)
    room = Room()
    begin, end = threading.Barrier(8), threading.Barrier(8)
    refused: list[DiskFullError] = []

    def take() -> None:
        begin.wait(30)
        try:
            with promise(room, folder, 300):
                end.wait(30)
        except DiskFullError as error:
            refused.append(error)
            end.wait(30)

    threads = [threading.Thread(target=take, name=f"taker-{n}") for n in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert len(refused) == 5


# -- in the engine -----------------------------------------------------------------------------------


def test_a_full_site_waits_without_a_try_while_another_goes_on(tmp_path: Path) -> None:
    third = tmp_path / "sites" / "third"
    third.mkdir(parents=True)
    site: dict[str, object] = {"provider": "local_drive", "root": {"work": str(third)}}
    studio = Studio(tmp_path / "s", sites={"third": site})
    try:
        files = SmallDisk("backup", free_bytes=100, total_bytes=100_000)
        one = studio.publish(["a.exr"], content=bytes(5000))
        app = studio.application("other", files)
        studio.sync_once(app)
        assert [trouble.code for trouble in studio.troubles] == ["disk_full"]
        assert files.written_bytes == 0
        assert studio.tree("backup") == {}
        assert not {"tries", "error", "lease"} & studio.entry(one).keys()
        with studio.syncing(app):
            eventually(lambda: len(studio.troubles) > 1, "the trouble, again")
            files.free = 50_000
            eventually(lambda: studio.is_synced(one), "the file, once there is room")
        assert "tries" not in studio.entry(one)
    finally:
        studio.close()


def test_a_large_file_that_does_not_fit_costs_no_try_and_lets_small_ones_by(studio: Studio) -> None:
    files = SmallDisk("backup", free_bytes=LARGE_BYTES, total_bytes=10 * GIB)
    change_settings(studio, lambda server: server["sites"]["backup"].update(reserve="1MiB"))  # type: ignore[attr-defined]
    large = studio.publish([studio.file("large.exr", LARGE_BYTES)])
    with studio.write("large.exr").open("wb") as stream:
        stream.truncate(LARGE_BYTES)
    small = studio.publish(["small.exr"])
    studio.sync_once(studio.application("other", files))
    assert studio.is_synced(small)
    assert studio.entry(large).get("tries", 0) == 0
    assert "has not enough room for {root[work]}/large.exr: 67 MB are needed" in str(
        studio.entry(large)["error"]
    )
    assert studio.troubles == []


def test_each_file_of_a_group_needs_its_room(studio: Studio) -> None:
    files = SmallDisk("backup", free_bytes=2500, total_bytes=10_000)
    change_settings(studio, lambda server: server["sites"]["backup"].update(reserve="0"))  # type: ignore[attr-defined]
    mover = StudioMover(studio, replace(real_environment(), files=files))
    results = mover.move(studio.publish(["a", "b", "c", "d"], content=bytes(1000)))
    codes = [error.code if error else None for one in results for error in one.errors]
    assert codes == [None, None, "disk_full", "disk_full"]


class Nested(SmallDisk):
    """The small disk is mounted below the root: it has a number of its own."""

    def stat_folder(self, folder: FolderHandle) -> os.stat_result:
        found = super().stat_folder(folder)
        if not folder.path.endswith(self.name):
            return found
        return os.stat_result((found.st_mode, found.st_ino, found.st_dev + 1, *found[3:10]))


def test_a_disk_that_is_mounted_below_the_root_has_room_of_its_own(studio: Studio) -> None:
    files = Nested("/show", free_bytes=1500, total_bytes=10_000)
    change_settings(studio, lambda server: server["sites"]["backup"].update(reserve="0"))  # type: ignore[attr-defined]
    mover = StudioMover(studio, replace(real_environment(), files=files))
    results = mover.move(studio.publish(["show/a", "show/b", "c"], content=bytes(1000)))
    codes = [error.code if error else None for one in results for error in one.errors]
    assert codes == [None, "too_large_for_room", None]


def test_a_large_disk_below_a_full_root_is_written(studio: Studio) -> None:
    files = SmallDisk("backup", free_bytes=0, total_bytes=10_000)
    mover = StudioMover(studio, replace(real_environment(), files=files))
    results = mover.move(studio.publish(["show/a", "c"], content=bytes(1000)))
    codes = [error.code if error else None for one in results for error in one.errors]
    assert codes == [None, "disk_full"]
