"""Google Drive, files on their way down: in ranges, from the middle, over broken lines, in little memory."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from syncgui.engine.checksums import Checksums
from syncgui.model.errors import (
    CancelledError,
    DamagedError,
    NetworkError,
    SourceChangedError,
    SourceMissingError,
    SyncError,
)
from tests.providers.contract import MIB, RecordedTransfer, Site
from tests.providers.drive_room import HastyTransfer, Room, StruckTransfer, content_of
from tests.servers.drive.process import DriveServer

BIG = 40 * MIB  # enough for ranges side by side


@pytest.fixture(scope="module")
def made_once(shared_drive_server: DriveServer) -> Iterator[Room]:
    """A room that holds "big"."""
    room = Room(shared_drive_server)
    room.site().put("big", content_of(BIG))
    yield room
    room.close()


@pytest.fixture
def holding(made_once: Room, drive_server: DriveServer) -> Room:
    """It, without the counts and faults of the test before."""
    drive_server.reset()
    return made_once


@pytest.fixture
def big(holding: Room) -> bytes:
    """The content of "big"."""
    return holding.contents()["big"]


def from_middle(site: Site, name: str, content: bytes, start: int, transfer: RecordedTransfer) -> bytes:
    """A download into a target that has the beginning already."""
    target = io.BytesIO(content[:start])
    target.seek(start)
    transfer.start_bytes = start
    site.provider.download(site.path(name), target, transfer)
    return target.getvalue()


def test_a_large_file_comes_in_ranges_side_by_side(holding: Room, big: bytes) -> None:
    holding.server.fail("files.media", delay_s=0.2)
    transfer = RecordedTransfer()
    assert holding.site().get("big", transfer) == big
    assert holding.server.count("files.media", status=206) == 5
    assert int(str(holding.server.counters()["peak_concurrent"])) >= 3
    assert holding.server.bytes_out("files.media") == BIG
    assert sum(transfer.moved) == BIG


def test_a_hundred_mebibytes_come_as_they_are(room: Room) -> None:
    content = bytes(50 * MIB) + content_of(MIB) + bytes(49 * MIB) + b"the end"
    site = room.site()
    site.put("sparse", content)
    target = Hashed()
    stored = site.provider.download(site.path("sparse"), target, RecordedTransfer())
    assert target.sum.hexdigest() == hashlib.sha256(content).hexdigest()
    assert f"sha256:{target.sum.hexdigest()}" in stored.checksums


@pytest.mark.parametrize("start", [1, 8 * MIB, 39 * MIB, BIG - 1, BIG])
def test_what_is_there_already_is_not_sent_again(holding: Room, big: bytes, start: int) -> None:
    transfer = RecordedTransfer()
    assert from_middle(holding.site(), "big", big, start, transfer) == big
    assert holding.server.bytes_out("files.media") == BIG - start == sum(transfer.moved)


def test_more_than_the_file_has_is_refused(room: Room) -> None:
    site = room.site()
    site.put("a", b"content")
    with pytest.raises(DamagedError):
        from_middle(site, "a", b"content and more", 16, RecordedTransfer())


@pytest.mark.parametrize("size", [3 * MIB, BIG], ids=["small", "large"])
def test_connections_that_drop_cost_what_was_on_its_way(room: Room, size: int) -> None:
    content = content_of(size)
    site = room.site()
    site.put("a", content)
    room.server.reset()
    for number in range(1, 5):
        room.server.fail("files.media", nth=number, drop_response_after=300_000)
    transfer = HastyTransfer()
    assert site.get("a", transfer) == content
    assert sum(transfer.moved) == size
    assert room.server.bytes_out("files.media") <= size


@pytest.mark.parametrize("size", [3 * MIB, BIG], ids=["small", "large"])
def test_an_answer_that_ends_early_is_gone_on_with(room: Room, size: int) -> None:
    content = content_of(size)
    site = room.site()
    site.put("a", content)
    room.server.fail("files.media", first=2, truncate_to=100_000)
    assert site.get("a", HastyTransfer()) == content


def test_a_server_that_sends_nothing_again_and_again_is_given_up(room: Room) -> None:
    site = room.site()
    site.put("a", content_of(3 * MIB))
    room.server.fail("files.media", drop_response_after=0)
    with pytest.raises(NetworkError) as caught:
        site.get("a", HastyTransfer())
    assert caught.value.sentence == "No connection to site gdrive: the connection to 127.0.0.1 broke"


def test_content_that_was_damaged_on_its_way_does_not_agree_with_the_checksum(room: Room) -> None:
    site = room.site()
    site.put("a", content_of(MIB))
    room.server.fail("files.media", corrupt_at=70_000)
    target = io.BytesIO()
    stored = site.provider.download(site.path("a"), target, RecordedTransfer())
    checksums = Checksums(site.provider.capabilities.checksums)
    checksums.update(target.getvalue())
    assert stored.size_bytes == checksums.size_bytes
    assert [checksums.agrees(one) for one in stored.checksums] == [False, False]


def test_a_file_deleted_between_look_and_download_is_missing(room: Room) -> None:
    site = room.site()
    stored = site.put("a", b"content")
    assert site.provider.stat(site.path("a")) is not None
    room.user.delete(stored.id)
    with pytest.raises(SourceMissingError):
        site.get("a", HastyTransfer())


def test_a_file_trashed_after_the_look_still_comes_and_is_missing_at_the_next_one(room: Room) -> None:
    site = room.site()
    stored = site.put("a", b"content")
    assert site.provider.stat(site.path("a")) is not None
    room.user.update(stored.id, {"trashed": True})
    assert site.get("a", HastyTransfer()) == b"content", "Drive gives it, and another look would cost a call"
    with pytest.raises(SourceMissingError):
        site.get("a", HastyTransfer())


def test_a_file_that_became_shorter_meanwhile_has_changed(room: Room) -> None:
    site = room.site()
    site.put("a", content_of(MIB))
    assert site.provider.stat(site.path("a")) is not None
    room.site().put("a", b"short")
    with pytest.raises(SourceChangedError):
        from_middle(site, "a", bytes(MIB // 2), MIB // 2, HastyTransfer())


def test_cancel_ends_all_ranges(holding: Room, big: bytes) -> None:
    site = holding.site()
    before = set(threading.enumerate())
    transfer = RecordedTransfer(cancel_after=2 * MIB)
    with pytest.raises(CancelledError):
        site.get("big", transfer)
    site.provider.close()
    for _ in range(1000):
        left = set(threading.enumerate()) - before
        if not [one for one in left if one.name.startswith("syncgui-drive-range")]:
            break
        threading.Event().wait(0.01)
    else:
        pytest.fail("a thread went on")


class Pausing(RecordedTransfer):
    """Is paused as soon as so many pieces were asked for, until `go_on`."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self.after = after
        self.pieces = 0
        self.blocked: set[str] = set()
        self.all_blocked = threading.Event()
        self.is_over = threading.Event()
        self._lock = threading.Lock()

    def piece_bytes(self, most_bytes: int) -> int:
        with self._lock:
            self.pieces += 1
        return most_bytes

    def wait(self, seconds: float) -> None:
        if self.pieces >= self.after and not self.is_over.is_set():
            with self._lock:
                self.blocked.add(threading.current_thread().name)
                if sum("range" in name for name in self.blocked) == 4:
                    self.all_blocked.set()
            assert self.is_over.wait(30)
        threading.Event().wait(seconds)


def test_a_pause_holds_in_the_middle_of_all_ranges(holding: Room, big: bytes) -> None:
    site, transfer = holding.site(), Pausing(after=8)
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(site.get, "big", transfer)
        try:
            assert transfer.all_blocked.wait(30), "each of those who fetch asks"
            assert transfer.pieces < 8 + 4, "a piece that was begun is the last"
            assert transfer.moved == []
        finally:
            transfer.is_over.set()
        assert coming.result(30) == big
    assert transfer.pieces >= BIG / MIB * 4


@pytest.mark.parametrize("limit_bytes", [1 << 30, 64 << 10], ids=["unlimited", "limited"])
def test_a_small_file_comes_in_pieces_between_which_a_pause_holds(room: Room, limit_bytes: int) -> None:
    class Limited(RecordedTransfer):
        def piece_bytes(self, most_bytes: int) -> int:
            return min(most_bytes, limit_bytes)

    site, transfer = room.site(), Limited()
    site.put("a", bytes(3 * MIB))
    site.get("a", transfer)
    assert sum(transfer.moved) == 3 * MIB
    assert max(transfer.moved) <= min(256 << 10, limit_bytes)


def test_closing_the_site_in_the_middle_raises_nothing_but_our_errors(holding: Room, big: bytes) -> None:
    site = holding.site()
    holding.server.fail("files.media", bytes_per_s=20 * MIB)
    try:
        assert site.get("big", StruckTransfer(at_bytes=MIB, strike=site.provider.close)) == big
    except SyncError as error:
        assert error.code in ("network", "cancelled")


def test_a_target_that_takes_no_more_is_its_own_error(holding: Room, big: bytes) -> None:
    class Full(io.BytesIO):
        def write(self, data: object, /) -> int:
            del data
            raise OSError(28, "No space left on device")

    site = holding.site()
    with pytest.raises(OSError, match="No space left"):
        site.provider.download(site.path("big"), Full(), RecordedTransfer())


def test_several_large_files_at_once_come_as_they_are(holding: Room, big: bytes) -> None:
    site = holding.site()
    with ThreadPoolExecutor(4, thread_name_prefix="getter") as pool:
        sums = list(pool.map(lambda _: hashlib.sha256(site.get("big")).digest(), range(4)))
    assert set(sums) == {hashlib.sha256(big).digest()}


def test_memory_does_not_grow_with_the_file(room: Room) -> None:
    site = room.site()
    site.put("large", bytes(200 * MIB))
    done = subprocess.run(
        [sys.executable, "-m", "tests.providers.drive_memory"],
        input=json.dumps(
            [str(room.server.credentials), room.server.endpoint, room.root, f"{room.root}/large"]
        ),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    before, after_up, after_down = json.loads(done.stdout)
    assert after_up - before < 40 * MIB, "upload"
    assert after_down - before < 120 * MIB, "download"


class Hashed(io.BytesIO):
    """A target that keeps nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.sum = hashlib.sha256()

    def write(self, data: object, /) -> int:
        assert isinstance(data, bytes | memoryview)
        self.sum.update(data)
        return len(data)
