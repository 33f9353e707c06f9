"""Google Drive, several files of one name; files found again by their id; documents that are no files."""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass

import pytest

from syncgui.model.errors import CancelledError, SourceMissingError
from syncgui.providers.abstract_provider import StoredFile
from tests.providers.contract import RecordedTransfer, Site
from tests.providers.drive_room import HastyTransfer, Room
from tests.servers.drive.process import USER

DOCUMENT = "application/vnd.google-apps.document"
OLD = {"modifiedTime": "2020-01-01T00:00:00.000Z"}
NEW = {"modifiedTime": "2022-01-01T00:00:00.000Z"}


def double(room: Room) -> tuple[str, str]:
    """Two files called "a": the ids of the older and of the newer one, by their times of change."""
    named = {"name": "a", "parents": [room.id]}
    newer = room.user.create({**named, **NEW}, b"newer")
    older = room.user.create({**named, **OLD}, b"older")
    return str(older.json["id"]), str(newer.json["id"])


def test_of_two_files_of_one_name_the_newest_counts(room: Room) -> None:
    _, newer = double(room)
    site = room.site()
    assert stored(site, "a").id == newer
    assert site.get("a") == b"newer"
    assert site.names() == ["a"]


def test_the_recorded_id_decides(room: Room) -> None:
    older, newer = double(room)
    site = room.site()
    (found,) = site.provider.stat_many([site.path("a")], [older])
    assert isinstance(found, StoredFile)
    assert found.id == older
    assert site.get("a") == b"older", "a look is followed by a transfer of the same"
    assert site.get("a", RecordedTransfer(known_id=older)) == b"older"
    assert site.get("a", RecordedTransfer(known_id=newer)) == b"newer"


def test_the_recorded_one_is_replaced_and_the_other_stays(room: Room) -> None:
    older, newer = double(room)
    put = room.site().put("a", b"replaced", RecordedTransfer(known_id=older))
    assert put.id == older
    contents = {one.id: one.content.read_bytes() for one in room.server.stored(room.id) if one.content}
    assert contents == {older: b"replaced", newer: b"newer"}


def test_a_recorded_id_of_no_use_leaves_the_newest(room: Room) -> None:
    older, newer = double(room)
    site = room.site()
    room.user.update(older, {"trashed": True})
    assert site.get("a", RecordedTransfer(known_id=older)) == b"newer"
    assert site.get("a", RecordedTransfer(known_id="nobody-has-this-id")) == b"newer"
    del newer


def test_a_double_is_told_once(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    double(room)
    site = room.site()
    with caplog.at_level(logging.DEBUG, logger="syncgui"):
        for _ in range(3):
            site.provider.stat(site.path("a"))
            site.get("a")
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert record.getMessage() == (
        "site gdrive has 2 files called a in one folder: the recorded one counts, else the newest"
    )


def test_deleting_a_double_brings_the_next_one_to_light(room: Room) -> None:
    older, _ = double(room)
    site = room.site()
    site.provider.delete(site.path("a"))
    assert stored(site, "a").id == older


@pytest.mark.parametrize("change", ["renamed", "moved"])
def test_a_recorded_file_is_found_again_wherever_it_went(room: Room, change: str) -> None:
    site = room.site()
    put = site.put("project/a", b"content")
    target = room.server.make_folder(room.id, "elsewhere")
    (parent,) = [one.id for one in room.server.stored(room.id) if one.path == "project"]
    if change == "renamed":
        reply = room.user.update(put.id, {"name": "b"})
    else:
        reply = room.user.update(put.id, {}, addParents=target, removeParents=parent)
    assert reply.status == 200, reply.body
    assert site.provider.stat(site.path("project/a")) is None
    (found,) = site.provider.stat_many([site.path("project/a")], [put.id])
    assert isinstance(found, StoredFile)
    assert found.id == put.id
    assert site.get("project/a", RecordedTransfer(known_id=put.id)) == b"content"


@pytest.mark.parametrize("root", ["", "/My Drive"])
def test_an_id_of_something_outside_the_root_finds_nothing(room: Room, root: str) -> None:
    outside = room.user.file("private.doc", room.server.drive_id, b"not ours")
    site = room.site(root)
    assert site.provider.stat_many([site.path("a")], [outside]) == [None]
    with pytest.raises(SourceMissingError):
        site.get("a", RecordedTransfer(known_id=outside))


def test_a_recorded_file_in_my_drive_is_found_wherever_it_went(room: Room) -> None:
    site = room.site("/My Drive", subject=USER)
    name = uuid.uuid4().hex
    put = site.put(f"{name}/a", b"content")
    assert room.user.update(put.id, {"name": "b"}).status == 200
    assert site.get(f"{name}/a", RecordedTransfer(known_id=put.id)) == b"content"


def test_what_somebody_moved_away_or_what_never_was_ours_is_not_replaced(room: Room) -> None:
    put = room.site().put("project/a", b"version 1")
    assert room.user.update(put.id, {"name": "a_my_backup"}).status == 200
    room.site().put("project/a", b"version 2", RecordedTransfer(known_id=put.id))
    assert room.contents() == {"project/a_my_backup": b"version 1", "project/a": b"version 2"}
    outside = room.user.file("private.doc", room.server.drive_id, b"not ours")
    room.site().put("project/b", b"version 1", RecordedTransfer(known_id=outside))
    assert room.contents()["project/b"] == b"version 1"
    assert room.user.read(outside).body == b"not ours"


def test_a_retry_of_what_came_there_unheard_makes_no_double_in_a_new_folder(room: Room) -> None:
    site = room.site()
    room.server.fail("upload.multipart", nth=1, lose_answer=True)
    with pytest.raises(CancelledError):
        site.put("project/a", b"content", _CancelledAgain())
    site.put("project/a", b"content")
    assert room.paths() == ["project", "project/a"]


@dataclass(slots=True)
class _CancelledAgain(HastyTransfer):
    """Stopped when it is asked for the second time."""

    def confirm(self) -> None:
        HastyTransfer.confirm(self)
        if len(self.confirmed) > 1:
            raise CancelledError


def test_a_recorded_file_that_was_trashed_is_not_there(room: Room) -> None:
    site = room.site()
    put = site.put("a", b"content")
    room.user.update(put.id, {"trashed": True})
    assert site.provider.stat_many([site.path("a")], [put.id]) == [None]
    again = site.put("a", b"anew", HastyTransfer(known_id=put.id))
    assert again.id != put.id
    assert room.contents() == {"a": b"anew"}


def test_what_is_one_name_to_drive_and_two_to_us_is_told_apart_by_case(room: Room) -> None:
    site = room.site()
    site.put("a.EXR", b"big")
    site.put("a.exr", b"small")
    assert (site.get("a.EXR"), site.get("a.exr")) == (b"big", b"small")
    assert site.provider.stat(site.path("A.exr")) is None


def test_documents_of_drive_are_passed_over(room: Room) -> None:
    for _ in range(2):
        reply = room.user.create({"name": "a", "mimeType": DOCUMENT, "parents": [room.id]})
        assert reply.status == 200, reply.body
    site = room.site()
    assert site.provider.stat(site.path("a")) is None
    assert site.names() == []
    site.put("a", b"content")
    assert site.get("a") == b"content"
    assert site.names() == ["a"]
    assert len(room.paths()) == 3


def stored(site: Site, name: str) -> StoredFile:
    """What lies under a name."""
    found = site.provider.stat(site.path(name))
    assert found is not None
    return found
