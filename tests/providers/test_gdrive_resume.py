"""Google Drive: uploads that are gone on with by a later program, by the token that was saved."""

from __future__ import annotations

import json

import pytest

from syncgui.model.errors import CancelledError
from tests.providers.contract import RecordedTransfer
from tests.providers.drive_room import LARGE, HastyTransfer, Room, StruckTransfer, content_of

SIZE = 12 << 20


def broken_off(room: Room, content: bytes, *, at_bytes: int = 8 << 20) -> str:
    """The token of an upload that stopped on its way."""
    transfer = RecordedTransfer(cancel_after=at_bytes)
    with pytest.raises(CancelledError):
        room.site().put("project/a", content, transfer)
    token = transfer.tokens[-1]
    assert token is not None
    return token


def test_another_program_goes_on_where_the_first_one_stopped(room: Room) -> None:
    content = content_of(SIZE)
    transfer = RecordedTransfer(resume=broken_off(room, content))
    stored = room.site().put("project/a", content, transfer)
    assert room.contents() == {"project/a": content}
    assert room.server.count("upload.start") == 1
    assert transfer.kept_bytes >= 4 << 20
    assert room.server.bytes_in("upload.put") <= 1.1 * SIZE
    assert transfer.kept_bytes + sum(transfer.moved) == SIZE
    assert transfer.confirmed == [SIZE - transfer.kept_bytes]
    assert transfer.tokens == [None]
    assert stored.size_bytes == SIZE


def test_a_token_whose_session_is_gone_starts_over(room: Room) -> None:
    content = content_of(SIZE)
    token = broken_off(room, content)
    room.server.lose_sessions()
    room.server.reset()
    transfer = RecordedTransfer(resume=token)
    room.site().put("project/a", content, transfer)
    assert room.contents() == {"project/a": content}
    assert room.server.count("upload.start") == 1
    assert (transfer.kept_bytes, sum(transfer.moved)) == (0, SIZE)
    assert transfer.tokens[-1] is None


def test_a_token_that_is_none_of_ours_starts_over(room: Room) -> None:
    content = content_of(LARGE)
    for token in ("no json", "5", '["one"]'):
        room.site().put("project/a", content, RecordedTransfer(resume=token))
        assert room.contents() == {"project/a": content}


def test_a_session_whose_last_answer_was_lost_is_done(room: Room) -> None:
    content = content_of(LARGE)
    first = RecordedTransfer()
    stored = room.site().put("project/a", content, first)
    token = next(one for one in first.tokens if one)
    room.server.reset()
    transfer = RecordedTransfer(resume=token)
    assert room.site().put("project/a", content, transfer).id == stored.id
    assert room.server.bytes_in("upload.put") == 0
    assert transfer.kept_bytes == LARGE
    assert transfer.confirmed == [0]
    assert room.paths() == ["project", "project/a"]


def test_a_session_whose_file_was_thrown_away_since_starts_over(room: Room) -> None:
    content = content_of(LARGE)
    first = RecordedTransfer()
    stored = room.site().put("project/a", content, first)
    token = next(one for one in first.tokens if one)
    room.user.update(stored.id, {"trashed": True})
    again = room.site().put("project/a", content, RecordedTransfer(resume=token))
    assert again.id != stored.id
    assert room.contents() == {"project/a": content}


def test_a_session_whose_folder_is_thrown_away_while_it_goes_on_starts_over(room: Room) -> None:
    content = content_of(SIZE)
    token = broken_off(room, content, at_bytes=4 << 20)
    (folder,) = [one.id for one in room.server.stored(room.id) if one.path == "project"]
    trash = lambda: room.user.update(folder, {"trashed": True})  # noqa: E731
    transfer = StruckTransfer(resume=token, at_bytes=2 << 20, strike=trash)
    room.site().put("project/a", content, transfer)
    assert room.contents() == {"project/a": content}


def test_a_session_lost_while_it_is_gone_on_with_starts_over(room: Room) -> None:
    content = content_of(SIZE)
    token = broken_off(room, content)
    room.server.fail("upload.put", nth=1, status=404)
    transfer = HastyTransfer(resume=token)
    room.site().put("project/a", content, transfer)
    assert room.contents() == {"project/a": content}
    assert transfer.kept_bytes + sum(transfer.moved) == SIZE, "each byte is told once"


def test_a_source_that_became_shorter_is_not_gone_on_with(room: Room) -> None:
    content = content_of(SIZE)
    token = broken_off(room, content)
    shorter = content[:LARGE]
    room.site().put("project/a", shorter, RecordedTransfer(resume=token))
    assert room.contents() == {"project/a": shorter}


def test_programs_that_die_again_and_again_send_little_twice(room: Room) -> None:
    content = content_of(SIZE)
    token: str | None = None
    died = 0
    while True:
        transfer = RecordedTransfer(resume=token, cancel_after=3 << 20)
        try:
            room.site().put("project/a", content, transfer)
            break
        except CancelledError:
            died += 1
        token = next((one for one in reversed(transfer.tokens) if one), token)
    assert died >= 3
    assert room.contents() == {"project/a": content}
    assert room.server.bytes_in("upload.put") <= 1.1 * SIZE
    assert room.server.count("upload.start") == 1


def test_a_session_into_a_folder_that_has_another_name_now_starts_over(room: Room) -> None:
    content = content_of(SIZE)
    token = broken_off(room, content)
    (folder,) = [one.id for one in room.server.stored(room.id) if one.path == "project"]
    assert room.user.update(folder, {"name": "project_old"}).status == 200
    site = room.site()
    stored = site.put("project/a", content, RecordedTransfer(resume=token))
    assert room.contents() == {"project/a": content}
    found = site.provider.stat(site.path("project/a"))
    assert found is not None
    assert found.id == stored.id


def test_a_session_for_a_new_file_that_somebody_else_made_meanwhile_starts_over(room: Room) -> None:
    content = content_of(SIZE)
    token = broken_off(room, content)
    other = room.site().put("project/a", content_of(LARGE))
    assert room.site().put("project/a", content, RecordedTransfer(resume=token)).id == other.id
    assert room.paths() == ["project", "project/a"]
    assert room.contents() == {"project/a": content}


def test_a_session_for_a_file_that_is_gone_makes_a_new_one(room: Room) -> None:
    first = room.site().put("project/a", content_of(LARGE))
    content = content_of(SIZE)
    token = broken_off(room, content)  # it would change the first
    assert room.user.update(first.id, {"name": "my_backup"}).status == 200
    again = room.site().put("project/a", content, RecordedTransfer(resume=token))
    assert again.id != first.id
    assert room.contents()["project/a"] == content
    assert len(room.contents()["project/my_backup"]) == LARGE


def test_a_finished_session_whose_file_holds_something_newer_replaces_it(room: Room) -> None:
    content = content_of(LARGE)
    first = RecordedTransfer()
    stored = room.site().put("project/a", content, first)
    token = next(one for one in first.tokens if one)
    room.site().put("project/a", content_of(LARGE))
    transfer = RecordedTransfer(resume=token)
    again = room.site().put("project/a", content, transfer)
    assert again.id == stored.id, "what was not sent now is not thrown away either"
    assert room.contents() == {"project/a": content}
    assert (transfer.kept_bytes, sum(transfer.moved)) == (0, LARGE)


@pytest.mark.parametrize("change", ["renamed", "moved"])
def test_a_finished_session_whose_file_was_moved_away_starts_over(room: Room, change: str) -> None:
    content = content_of(LARGE)
    first = RecordedTransfer()
    stored = room.site().put("project/a", content, first)
    token = next(one for one in first.tokens if one)
    elsewhere = room.server.make_folder(room.id, "elsewhere")
    (parent,) = [one.id for one in room.server.stored(room.id) if one.path == "project"]
    if change == "renamed":
        room.user.update(stored.id, {"name": "b"})
    else:
        room.user.update(stored.id, {}, addParents=elsewhere, removeParents=parent)
    again = room.site().put("project/a", content, RecordedTransfer(resume=token))
    assert again.id != stored.id
    assert room.contents()["project/a"] == content


def test_a_session_that_is_refused_starts_over(room: Room) -> None:
    content = content_of(SIZE)
    token = broken_off(room, content)
    room.server.fail("upload.ask", nth=1, status=403, reason="forbidden")
    room.site().put("project/a", content, RecordedTransfer(resume=token))
    assert room.contents() == {"project/a": content}


def test_the_token_holds_an_address_that_is_never_shown(room: Room) -> None:
    token = broken_off(room, content_of(SIZE))
    address, file_id, *_ = json.loads(token)
    assert "upload_id=" in address
    assert file_id
