"""Google Drive: how many calls things cost, counted at the server."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from syncgui.providers.abstract_provider import StoredFile
from syncgui.providers.drive_calls import Wait
from syncgui.providers.drive_ids import DriveIds
from tests.providers.contract import RecordedTransfer, Site
from tests.providers.drive_room import LARGE, Room, content_of


def known_folder(room: Room, *, files: int = 0) -> Site:
    """A site that knows the folder "project", with some files in it."""
    site = room.site()
    site.provider.create_folder(site.path("project"))
    for number in range(files):
        site.put(f"project/{number}", b"x")
    site.put("project/first", b"x")
    room.server.reset()
    return site


def test_a_small_file_costs_two_calls_up(room: Room) -> None:
    site = known_folder(room)
    site.put("project/a", b"content")
    assert room.calls() == ["files.list", "upload.multipart"]
    room.server.reset()
    site.put("project/a", b"another")
    assert room.calls() == ["files.list", "upload.multipart"]


def test_a_small_file_costs_two_calls_down(room: Room) -> None:
    site = known_folder(room, files=1)
    site.get("project/0")
    assert room.calls() == ["files.list", "files.media"]
    room.server.reset()
    site.get("project/0", RecordedTransfer(known_id="another id"))
    assert room.calls() == ["files.list", "files.media"]


def test_files_that_were_looked_up_together_cost_one_call_each(room: Room) -> None:
    site = known_folder(room, files=32)
    paths = [site.path(f"project/{number}") for number in range(32)]
    found = site.provider.stat_many(paths)
    assert all(isinstance(one, StoredFile) for one in found)
    assert room.calls() == ["files.list"], "one call for 32 files of one folder"
    for number in range(32):
        site.get(f"project/{number}")
    assert room.calls()[1:] == ["files.media"] * 32
    new = [f"project/new {number}" for number in range(32)]
    room.server.reset()
    assert site.provider.stat_many([site.path(one) for one in new]) == [None] * 32
    for one in new:
        site.put(one, b"y")
    calls = room.calls()
    assert calls.count("files.generateIds") <= 1
    assert [one for one in calls if one != "files.generateIds"] == ["files.list"] + ["upload.multipart"] * 32


def test_files_of_several_folders_cost_one_call_a_folder(room: Room) -> None:
    site = room.site()
    names = [f"folder {number % 4}/{number}" for number in range(32)]
    for one in names:
        site.put(one, b"x")
    room.server.reset()
    found = site.provider.stat_many([site.path(one) for one in names])
    assert all(isinstance(one, StoredFile) for one in found)
    assert room.calls() == ["files.list"] * 4


def test_a_page_that_is_full_is_followed_by_the_next(room: Room) -> None:
    site = known_folder(room, files=9)
    room.server.configure(largest_page=4)
    found = site.provider.stat_many([site.path(f"project/{number}") for number in range(9)])
    assert all(isinstance(one, StoredFile) for one in found)
    assert len(site.provider.list_folder(site.path("project"))) == 10


def test_long_names_are_asked_for_in_portions(room: Room) -> None:
    site = room.site()
    names = [f"project/{'n' * 240}{number:03}" for number in range(32)]
    for one in names:
        site.put(one, b"x")
    room.server.reset()
    found = site.provider.stat_many([site.path(one) for one in names])
    assert all(isinstance(one, StoredFile) for one in found)
    assert room.calls().count("files.list") == 3


def test_no_call_asks_for_the_folders_of_the_whole_drive(room: Room) -> None:
    for number in range(5):
        room.server.make_folder(room.id, f"not ours {number}/below")
    site = room.site()
    site.put("ours/a", b"x")
    site.get("ours/a")
    site.provider.stat(site.path("ours/b"))
    listed = [str(one["target"]) for one in room.server.calls() if one["kind"] == "files.list"]
    assert listed
    assert all("in+parents" in one and "name+%3D" in one for one in listed)


def test_a_folders_way_is_asked_for_once(room: Room) -> None:
    room.site().put("one/two/three/a", b"x")
    site = room.site()
    room.server.reset()
    site.get("one/two/three/a")
    # the drive, the room, three folders, the file, its content
    assert room.calls() == ["drives.list"] + ["files.list"] * 5 + ["files.media"]
    room.server.reset()
    site.put("one/two/b", b"x")
    assert room.calls() == ["files.list", "files.generateIds", "upload.multipart"]


def test_one_token_serves_all_threads(room: Room) -> None:
    site = known_folder(room, files=8)
    site.provider.close()
    with ThreadPoolExecutor(8, thread_name_prefix="getter") as pool:
        list(pool.map(lambda number: site.get(f"project/{number}"), range(8)))
    assert room.server.count("token") == 1


def test_nothing_is_fetched_between_the_engines_word_and_the_bytes(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_after: list[list[str]] = []

    class Asked(RecordedTransfer):
        def confirm(self) -> None:
            RecordedTransfer.confirm(self)
            asked_after.append([str(one["kind"]) for one in room.server.calls()])

    def take(ids: DriveIds, wait: Wait) -> str:
        found = real(ids, wait)
        ids._calls.account.forget()  # the token has run out by now
        return found

    real = DriveIds.take
    monkeypatch.setattr(DriveIds, "take", take)
    site = known_folder(room)
    site.put("project/a", b"content", Asked())
    (before,) = asked_after
    assert before[-1] == "token"
    assert room.calls()[-1] == "upload.multipart"
    assert room.server.count("token") == before.count("token")


def test_a_large_file_costs_three_calls_up(room: Room) -> None:
    site = known_folder(room)
    site.put("project/a", content_of(LARGE))
    assert room.calls() == ["files.list", "upload.start", "upload.put"]


def test_connections_are_kept(room: Room) -> None:
    site = known_folder(room, files=10)
    before = int(str(room.server.counters()["connections"]))
    for number in range(10):
        site.get(f"project/{number}")
        site.put(f"project/{number}", b"y")
    controls = 2
    assert int(str(room.server.counters()["connections"])) - before <= controls
