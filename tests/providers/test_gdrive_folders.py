"""Google Drive, folders: made once whoever asks, found anew when they are no more where they were."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from syncgui.providers.drive_folders import DriveFolders
from syncgui.providers.drive_site import DriveSite
from syncgui.providers.gdrive import GDriveSettings
from tests.providers.drive_room import LARGE, HastyTransfer, Room, StruckTransfer, content_of
from tests.servers.drive.process import SERVICE

LONG = "ü" * 125 + ".exr."  # 255 bytes


@pytest.mark.parametrize("name", ["it's", "back\\slash", "\\'", "v1.2", "ファイル_😀", LONG, "name = 'x' or"])
def test_a_folder_of_an_odd_name_is_made_once_and_found_again(room: Room, name: str) -> None:
    room.site().put(f"{name}/a", b"a")
    room.site().put(f"{name}/b", b"b")
    site = room.site()
    assert (site.get(f"{name}/a"), site.get(f"{name}/b")) == (b"a", b"b")
    assert room.paths() == sorted([name, f"{name}/a", f"{name}/b"])


def test_names_that_differ_in_case_are_two_folders(room: Room) -> None:
    site = room.site()
    site.put("Shot/a", b"big")
    site.put("shot/a", b"small")
    assert room.contents() == {"Shot/a": b"big", "shot/a": b"small"}


def test_sixteen_threads_that_need_a_new_chain_make_it_once(room: Room) -> None:
    site = room.site()
    at_once(*(partial(site.put, f"one/two/three/{number}", b"x") for number in range(16)))
    folders = [path for path in room.paths() if not path[-1].isdigit()]
    assert folders == ["one", "one/two", "one/two/three"]
    assert room.server.count("files.create") == 3
    assert len(room.contents()) == 16


def test_two_machines_that_make_the_same_folder_end_in_one(room: Room) -> None:
    _, credentials = room.new_account()
    sites = (room.site(), room.site(credentials=credentials))
    for site in sites:
        site.provider.list_folder(site.root)  # both are connected
    room.server.fail("files.list", delay_s=0.1)  # time enough for both to look and find nothing
    for number in range(20):
        before = room.server.count("files.create")
        puts = [partial(site.put, f"new {number}/{n}", b"x", HastyTransfer()) for n, site in enumerate(sites)]
        at_once(*puts)
        assert len([one for one in room.paths() if one == f"new {number}"]) == 1
        assert len([one for one in room.paths() if one.startswith(f"new {number}/")]) == 2
        if room.server.count("files.create") - before == 2:
            break  # they have met
    else:
        pytest.fail("they never met")


def test_a_folder_made_behind_its_back_between_look_and_create_is_taken(room: Room) -> None:
    site = room.site()
    site.provider.list_folder(site.root)
    behind = threading.Event()
    room.server.fail("files.create", nth=1, account=SERVICE, delay_s=0.5)

    def make() -> None:
        while not room.server.counters()["running"] and not behind.wait(0.01):
            pass
        room.server.make_folder(room.id, "new")

    thread = threading.Thread(target=make, name="artist")
    thread.start()
    site.put("new/a", b"x", HastyTransfer())
    behind.set()
    thread.join(30)
    assert room.paths() == ["new", "new/a"]


def test_of_two_folders_of_one_name_the_older_counts_for_everybody(room: Room) -> None:
    room.user.folder("twice", room.id)
    older = room.user.file("a", room.user.folder("thrice", room.id), b"x")
    room.user.folder("thrice", room.id)
    room.user.folder("twice", room.id)
    for site in (room.site(), room.site()):
        found = site.provider.stat(site.path("thrice/a"))
        assert found is not None
        assert found.id == older
        site.put("twice/a", b"y")
    assert room.paths() == ["thrice", "thrice", "thrice/a", "twice", "twice", "twice/a"]


@pytest.mark.parametrize("size", [10, LARGE])
@pytest.mark.parametrize("how", ["trashed", "deleted"])
def test_a_remembered_folder_that_is_no_more_is_made_anew(room: Room, how: str, size: int) -> None:
    site = room.site()
    site.put("one/two/a", b"a")
    throw_away(room, "one", how)
    assert site.provider.stat(site.path("one/two/a")) is None
    content = content_of(size)
    site.put("one/two/b", content, HastyTransfer())
    assert room.contents() == {"one/two/b": content}
    assert site.get("one/two/b") == content


@pytest.mark.parametrize("how", ["trashed", "deleted"])
def test_a_new_folder_below_a_remembered_one_that_is_no_more_is_made_anew(room: Room, how: str) -> None:
    site = room.site()
    site.put("one/two/a", b"a")
    throw_away(room, "one", how)
    site.put("one/three/b", b"b", HastyTransfer())
    assert room.contents() == {"one/three/b": b"b"}


def test_a_folder_thrown_away_while_a_large_file_goes_up_is_made_anew(room: Room) -> None:
    site = room.site()
    site.put("one/a", b"a")
    content = content_of(LARGE)
    transfer = StruckTransfer(at_bytes=2 << 20, strike=lambda: throw_away(room, "one", "trashed"))
    stored = site.put("one/b", content, transfer)
    assert room.contents() == {"one/b": content}
    found = site.provider.stat(site.path("one/b"))
    assert found is not None
    assert found.id == stored.id
    assert sum(transfer.moved) == LARGE


def test_what_others_put_into_a_folder_that_was_made_here_is_seen(room: Room) -> None:
    site = room.site()
    site.provider.create_folder(site.path("new"))
    room.site().put("new/a", b"by another machine")
    site.put("new/b", b"b")
    assert site.get("new/a") == b"by another machine"


def test_a_folder_that_was_made_here_is_taken_to_be_empty_for_some_seconds_only(room: Room) -> None:
    settings = GDriveSettings(credentials_url=room.server.credentials, endpoint=room.server.endpoint)
    site = DriveSite("gdrive", settings, {"work": room.root})
    now = [100.0]
    folders = DriveFolders(site.calls, site.ids, lambda: now[0])
    made = folders.ensure(room.root, ("new",), site.pause)
    assert folders.is_empty(made)
    now[0] += 15
    assert not folders.is_empty(made), "somebody else may have put something into it"
    room.server.reset()
    assert folders.find(room.root, ("new",), site.pause) == made
    assert room.calls() == []
    now[0] += 1000
    assert folders.find(room.root, ("new",), site.pause) != made
    assert room.calls(), "after some minutes it is looked up again"
    site.close()


def test_a_file_of_the_folders_name_is_in_nobodys_way(room: Room) -> None:
    site = room.site()
    site.put("name", b"a file")
    site.put("name/a", b"below")
    assert site.get("name") == b"a file"
    assert site.get("name/a") == b"below"


def at_once(*calls: Callable[[], object]) -> None:
    """Make calls at the same moment."""
    together = threading.Barrier(len(calls))

    def run(call: Callable[[], object]) -> None:
        together.wait(30)
        call()

    with ThreadPoolExecutor(len(calls), thread_name_prefix="machine") as pool:
        list(pool.map(run, calls))


def throw_away(room: Room, path: str, how: str) -> None:
    """Trash or delete a folder behind everybody's back."""
    (folder,) = [one.id for one in room.server.stored(room.id) if one.path == path]
    reply = room.user.update(folder, {"trashed": True}) if how == "trashed" else room.user.delete(folder)
    assert reply.status in (200, 204), reply.body
