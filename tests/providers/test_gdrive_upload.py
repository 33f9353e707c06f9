"""Google Drive, files on their way up: sizes, replacing, what must not become visible, lost answers."""

from __future__ import annotations

import hashlib
import io
import threading
import time

import pytest

from syncgui.model.errors import CancelledError, DamagedError, LeaseLostError, SyncError
from tests.providers.contract import MTIME, RecordedTransfer
from tests.providers.drive_room import LARGE, HastyTransfer, Room, StruckTransfer, content_of

CHUNK = 256 * 1024
EITHER = pytest.mark.parametrize("size", [1000, LARGE], ids=["small", "large"])
OLD = pytest.mark.parametrize("old", [None, b"old content"], ids=["new", "existing"])


@pytest.mark.parametrize(
    ("size", "kinds"),
    [(5_000_000, ["upload.multipart"]), (5_000_001, ["upload.start", "upload.put"])],
)
def test_up_to_five_million_bytes_go_up_in_one_call(room: Room, size: int, kinds: list[str]) -> None:
    content = content_of(size)
    stored = room.site().put("a", content)
    assert [one for one in room.calls() if one.startswith("upload")] == kinds
    assert room.contents() == {"a": content}
    assert stored.checksum == f"md5:{hashlib.md5(content, usedforsecurity=False).hexdigest()}"
    assert stored.more_checksums == (f"sha256:{hashlib.sha256(content).hexdigest()}",)
    assert stored.mtime == MTIME


@pytest.mark.parametrize("size", [20 * CHUNK, 20 * CHUNK - 1, 20 * CHUNK + 1, 7 << 20])
def test_sizes_about_a_multiple_of_the_chunk_go_up_whole(room: Room, size: int) -> None:
    content = content_of(size)
    room.site().put("a", content)
    assert room.contents() == {"a": content}


def test_a_drive_that_gives_md5_alone_is_enough(room: Room) -> None:
    room.server.configure(checksums=["md5"])
    assert room.site().put("a", b"x").checksums == (f"md5:{hashlib.md5(b'x').hexdigest()}",)


@EITHER
def test_replacing_keeps_the_id_and_leaves_a_revision(room: Room, size: int) -> None:
    site = room.site()
    first = site.put("a", b"old content")
    content = content_of(size)
    second = site.put("a", content)
    assert second.id == first.id
    assert room.contents() == {"a": content}
    revisions = room.user.ask("GET", f"/drive/v3/files/{first.id}/revisions").json["revisions"]
    assert isinstance(revisions, list)
    assert len(revisions) == 2


@EITHER
@OLD
def test_a_checksum_that_differs_is_damage_and_nothing_stays_under_the_name(
    room: Room, size: int, old: bytes | None
) -> None:
    site = room.site()
    if old is not None:
        site.put("a", old)
    for kind in ("upload.multipart", "upload.put"):
        room.server.fail(kind, wrong_md5=True)
    with pytest.raises(DamagedError) as caught:
        site.put("a", content_of(size))
    assert "the checksums differ" in caught.value.sentence
    assert room.contents() == {}


@EITHER
@OLD
def test_nothing_becomes_visible_that_is_not_confirmed(room: Room, size: int, old: bytes | None) -> None:
    site = room.site()
    if old is not None:
        site.put("a", old)
    transfer = RecordedTransfer(refuse=LeaseLostError())
    with pytest.raises(LeaseLostError):
        site.put("a", content_of(size), transfer)
    assert transfer.confirmed == [size], "it was asked for when all was read, once"
    assert room.contents() == ({} if old is None else {"a": old})
    assert all(one["kept"] != one["total"] for one in room.server.sessions() if one["state"] == "open")


@EITHER
def test_what_is_refused_once_is_sent_again_and_confirmed_before_each_try(room: Room, size: int) -> None:
    for kind in ("upload.multipart", "upload.start", "upload.put"):
        room.server.fail(kind, nth=1, status=503)
    transfer = HastyTransfer()
    content = content_of(size)
    room.site().put("a", content, transfer)
    assert room.contents() == {"a": content}
    assert transfer.confirmed in ([size], [size, size]), "again, where the first try had come so far"
    assert sum(transfer.moved) == size


@EITHER
@pytest.mark.parametrize("difference", [-1, 1])
def test_a_source_that_is_not_what_was_promised_is_refused(room: Room, size: int, difference: int) -> None:
    with pytest.raises(DamagedError) as caught:
        room.site().put("a", content_of(size + difference), promised=size)
    assert f"has not the {size} bytes" in caught.value.sentence
    assert room.contents() == {}


def test_a_lost_answer_of_a_create_makes_no_second_file(room: Room) -> None:
    room.server.fail("upload.multipart", nth=1, lose_answer=True)
    stored = room.site().put("a", b"content", HastyTransfer())
    assert room.server.count("upload.multipart", status=409) == 1
    assert room.paths() == ["a"]
    assert [one.id for one in room.server.stored(room.id)] == [stored.id]


def test_a_lost_answer_of_a_folders_create_makes_no_second_folder(room: Room) -> None:
    room.server.fail("files.create", nth=1, lose_answer=True)
    room.site().put("new/a", b"content", HastyTransfer())
    assert room.server.count("files.create", status=409) == 1
    assert room.paths() == ["new", "new/a"]


def test_a_lost_answer_of_a_replacement_replaces_once_more(room: Room) -> None:
    site = room.site()
    first = site.put("a", b"old")
    room.server.fail("upload.multipart", nth=1, lose_answer=True)
    assert site.put("a", b"new", HastyTransfer()).id == first.id
    assert room.contents() == {"a": b"new"}


def test_a_lost_answer_of_the_last_bytes_costs_a_question(room: Room) -> None:
    room.server.fail("upload.put", nth=1, lose_answer=True)
    content = content_of(LARGE)
    room.site().put("a", content, HastyTransfer())
    assert room.contents() == {"a": content}
    assert (room.server.count("upload.put"), room.server.count("upload.ask")) == (1, 1)


def test_a_session_lost_with_the_answer_of_the_last_bytes_makes_no_second_file(room: Room) -> None:
    site = room.site()
    room.server.fail("upload.put", nth=1, lose_answer=True)
    room.server.fail("upload.ask", nth=1, status=404)
    content = content_of(LARGE)
    site.put("new/a", content, HastyTransfer())
    assert room.paths() == ["new", "new/a"]
    assert room.contents() == {"new/a": content}


@pytest.mark.parametrize("status", [404, 410])
@pytest.mark.parametrize("kind", ["upload.put", "upload.ask"])
def test_a_lost_session_is_begun_anew(room: Room, kind: str, status: int) -> None:
    if kind == "upload.ask":
        room.server.fail("upload.put", nth=1, drop_request_after=1 << 20)
    room.server.fail(kind, nth=1, status=status)
    content = content_of(LARGE)
    transfer = HastyTransfer()
    room.site().put("a", content, transfer)
    assert room.contents() == {"a": content}
    assert room.server.count("upload.start") == 2
    assert sum(transfer.moved) == LARGE, "each byte is told once"
    assert transfer.tokens[-1] is None


def test_a_drive_that_keeps_less_than_was_sent_gets_the_rest(room: Room) -> None:
    room.server.fail("upload.put", first=3, keep_bytes=4 * CHUNK)
    content = content_of(LARGE)
    room.site().put("a", content, HastyTransfer())
    assert room.contents() == {"a": content}
    assert room.server.count("upload.put") == 4


def test_a_drive_that_keeps_nothing_at_all_is_given_up(room: Room) -> None:
    room.server.fail("upload.put", keep_bytes=0)
    with pytest.raises(SyncError) as caught:
        room.site().put("a", content_of(LARGE), HastyTransfer())
    assert "keeps nothing of what is sent to it" in caught.value.sentence
    assert room.contents() == {}


def test_connections_that_drop_cost_little(room: Room) -> None:
    size = 16 << 20
    for number, place in enumerate((4 << 20, 5 << 20, 1 << 20, 3 << 20), start=1):
        room.server.fail("upload.put", nth=number, drop_request_after=place + 12345)
    content = content_of(size)
    transfer = HastyTransfer()
    room.site().put("a", content, transfer)
    assert room.contents() == {"a": content}
    assert room.server.count("upload.put") == 5
    assert room.server.bytes_in("upload.put") <= 1.1 * size
    assert sum(transfer.moved) == size
    assert set(transfer.confirmed) == {size}


def test_cancel_within_a_large_file_stops_and_keeps_the_token(room: Room) -> None:
    transfer = RecordedTransfer(cancel_after=2 << 20)
    with pytest.raises(CancelledError):
        room.site().put("a", content_of(12 << 20), transfer)
    assert room.contents() == {}
    assert room.server.bytes_in("upload.put") <= 4 << 20
    assert transfer.tokens[-1] is not None


def test_cancel_while_waiting_for_the_pace_stops_at_once(room: Room) -> None:
    _, credentials = room.new_account()
    site = room.site(credentials=credentials)
    site.put("before", b"x")
    room.server.fail("upload.multipart", status=429, retry_after_s=120)
    stop = threading.Event()

    class Stopped(RecordedTransfer):
        def wait(self, seconds: float) -> None:
            if stop.wait(seconds):
                raise CancelledError

    begin = time.monotonic()
    threading.Timer(0.3, stop.set).start()
    with pytest.raises(CancelledError):
        site.put("a", b"x", Stopped())
    assert time.monotonic() - begin < 60
    assert "a" not in room.contents()


def test_a_source_that_fails_in_the_middle_is_its_own_error(room: Room) -> None:
    class Failing(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() > 2 << 20:
                raise SyncError(detail="the disk is gone")
            return super().read(size)

    site = room.site()
    for size in (4 << 20, LARGE):
        with pytest.raises(SyncError, match="the disk is gone"):
            site.provider.upload(Failing(bytes(size)), size, MTIME, site.path("a"), RecordedTransfer())
    assert room.contents() == {}


def test_a_file_trashed_while_its_new_content_goes_up_is_made_anew(room: Room) -> None:
    site = room.site()
    first = site.put("a", b"old")
    content = content_of(LARGE)
    trash = lambda: room.user.update(first.id, {"trashed": True})  # noqa: E731
    stored = site.put("a", content, StruckTransfer(at_bytes=2 << 20, strike=trash))
    assert stored.id != first.id
    assert room.contents() == {"a": content}
