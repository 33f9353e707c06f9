"""Google Drive, roots: where they may lie, how they are found, and that they are never made."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from syncgui.model.errors import PathRefusedError, RemoteRootMissingError
from tests.providers.drive_room import HastyTransfer, Room
from tests.servers.drive.process import OLDER, USER

SHORTCUT = "application/vnd.google-apps.shortcut"


def test_a_folder_of_ones_own_my_drive_is_a_root(room: Room) -> None:
    credentials = room.server.service_account_file(OLDER)
    name = room.root.rpartition("/")[2]
    room.server.make_folder(OLDER, f"{name}/b")
    site = room.site(f"/My Drive/{name}/b", credentials=credentials)
    site.put("project/a.exr", b"content")
    assert site.get("project/a.exr") == b"content"
    assert f"{name}/b/project/a.exr" in room.server.tree(OLDER)


def test_my_drive_itself_is_a_root(room: Room) -> None:
    name = room.root.rpartition("/")[2]
    site = room.site("/My Drive", subject=USER)
    site.put(f"{name}/a.exr", b"content")
    assert f"{name}/a.exr" in room.server.tree(USER)


def test_a_shared_drive_itself_is_a_root(room: Room) -> None:
    site = room.site(f"/{room.server.drive}")
    name = room.root.rpartition("/")[2]
    site.put(f"{name}/a.exr", b"content")
    assert room.contents() == {"a.exr": b"content"}


def test_an_older_account_writes_into_a_folder_that_a_user_shared_with_it(room: Room) -> None:
    name = room.root.rpartition("/")[2]
    shared = room.server.make_folder(USER, name)
    room.server.make_folder(USER, f"{name}/inside")
    room.server.share(shared, OLDER, "writer")
    site = room.site(f"/My Drive/{name}/inside", credentials=room.server.service_account_file(OLDER))
    site.put("project/a.exr", b"content")
    assert site.get("project/a.exr") == b"content"
    assert f"{name}/inside/project/a.exr" in room.server.tree(USER)


@pytest.mark.parametrize(
    "name", ["v1.2 final", "it's ours", "back\\slash", "grüße_ファイル_😀", "  spaces  ", '100 % "q" {x}']
)
def test_a_shared_drive_is_found_by_its_exact_name(room: Room, name: str) -> None:
    email, credentials = room.new_account("")
    wanted = room.server.add_drive(name, {email: "fileOrganizer", USER: "organizer"})
    for other in (f"{name}2", f"x{name}", name[:-1], name.upper() + "_"):
        room.server.add_drive(other, {email: "fileOrganizer"})
    site = room.site(f"/{name}", credentials=credentials)
    site.put("a.exr", b"content")
    assert room.server.tree(wanted).keys() == {"a.exr"}


def test_drives_that_differ_in_case_only_are_told_apart(room: Room) -> None:
    email, credentials = room.new_account("")
    drives = {
        name: room.server.add_drive(name, {email: "fileOrganizer"}) for name in ("CASE", "case", "Case")
    }
    for name in drives:
        room.site(f"/{name}", credentials=credentials).put(f"in {name}", b"x")
    for name, drive in drives.items():
        assert room.server.tree(drive).keys() == {f"in {name}"}
    with pytest.raises(RemoteRootMissingError):
        room.site("/cAsE", credentials=credentials).get("a")


def test_a_drive_is_found_behind_a_hundred_others(room: Room) -> None:
    email, credentials = room.new_account("")
    for number in range(101):
        room.server.add_drive(f"many {number:03}", {email: "fileOrganizer"})
    room.site("/many 100", credentials=credentials).put("a", b"x")
    room.site("/many 000", credentials=credentials).put("a", b"x")
    assert room.server.count("drives.list") == 3


def test_several_roots_of_one_site_lie_apart(room: Room) -> None:
    room.server.make_folder(room.id, "work")
    room.server.make_folder(room.id, "work/publish")
    roots = {"work": f"{room.root}/work", "publish": f"{room.root}/work/publish"}
    site = room.site(roots=roots)
    site.put("work/a", b"in work")
    site.put("work/publish/b", b"in publish")
    assert room.contents() == {"work/a": b"in work", "work/publish/b": b"in publish"}
    with pytest.raises(PathRefusedError):
        site.put("elsewhere/c", b"x")


def test_a_slash_at_the_end_of_a_root_changes_nothing(room: Room) -> None:
    site = room.site(roots={"work": f"{room.root}/"})
    site.put("a", b"x")
    assert room.contents() == {"a": b"x"}


@pytest.mark.parametrize("name", ["../a", "a//b", "./a", "a/..", "a\0b"])
def test_a_name_that_leads_nowhere_is_refused(room: Room, name: str) -> None:
    site = room.site()
    for call in (
        lambda: site.put(name, b"x"),
        lambda: site.get(name),
        lambda: site.provider.delete(site.path(name)),
    ):
        with pytest.raises(PathRefusedError):
            call()
    assert room.paths() == []


def test_a_shortcut_on_the_way_to_a_root_is_followed(room: Room) -> None:
    target = room.server.make_folder(room.id, "really here")
    shortcut = {"name": "as it is called", "mimeType": SHORTCUT, "parents": [room.id]}
    assert room.user.create({**shortcut, "shortcutDetails": {"targetId": target}}).status == 200
    site = room.site(f"{room.root}/as it is called")
    site.put("a", b"x")
    assert site.get("a") == b"x"
    assert room.contents() == {"really here/a": b"x"}


def test_a_shortcut_to_what_is_no_more_is_a_missing_root(room: Room) -> None:
    target = room.server.make_folder(room.id, "away")
    shortcut = {"name": "link", "mimeType": SHORTCUT, "parents": [room.id]}
    assert room.user.create({**shortcut, "shortcutDetails": {"targetId": target}}).status == 200
    room.user.update(target, {"trashed": True})
    with pytest.raises(RemoteRootMissingError):
        room.site(f"{room.root}/link").put("a", b"x")
    room.user.delete(target)
    with pytest.raises(RemoteRootMissingError):
        room.site(f"{room.root}/link").put("a", b"x")


@pytest.mark.parametrize(
    ("root", "said"),
    [
        (
            "/My Drive/nowhere/b",
            'no folder /My Drive/nowhere/b: "nowhere" is neither its own nor shared with it',
        ),
        ("/Studi", "there is no shared drive of exactly that name that the account is a member of"),
        ("/Studio/nowhere/b", 'no folder /Studio/nowhere/b: there is no "nowhere" in /Studio'),
        ("/", 'it begins with "/My Drive" or "/NAME OF A SHARED DRIVE"'),
    ],
)
def test_a_missing_root_is_said_and_never_made(room: Room, root: str, said: str) -> None:
    site = room.site(root)
    before = len(room.server.stored())
    calls: list[Callable[[], object]] = [
        lambda: site.put("project/a", b"x"),
        lambda: site.get("project/a"),
        lambda: site.provider.stat(site.path("project/a")),
        lambda: site.provider.list_folder(site.path("project")),
        lambda: site.provider.create_folder(site.path("project")),
    ]
    for call in calls:
        with pytest.raises(RemoteRootMissingError) as caught:
            call()
        assert said in caught.value.sentence
    assert len(room.server.stored()) == before
    assert room.server.count("files.create") == 0


def test_a_root_that_was_thrown_away_meanwhile_is_missing_and_not_made_again(room: Room) -> None:
    site = room.site()
    site.put("project/a", b"x")
    room.user.update(room.id, {"trashed": True})
    for size in (1, 5_000_001):
        with pytest.raises(RemoteRootMissingError):
            site.put("project/b", bytes(size), HastyTransfer())
    assert room.server.stored(room.id) == [] or all(
        "b" not in one.path for one in room.server.stored(room.id)
    )


def test_a_root_that_was_deleted_meanwhile_is_missing(room: Room) -> None:
    site = room.site()
    site.put("project/a", b"x")
    room.user.delete(room.id)
    with pytest.raises(RemoteRootMissingError):
        site.put("project/b", b"x", HastyTransfer())
    with pytest.raises(RemoteRootMissingError):
        site.provider.stat(site.path("project/a"))


def test_a_drive_that_the_account_was_taken_out_of_is_missing(room: Room) -> None:
    email, credentials = room.new_account()
    site = room.site(credentials=credentials)
    site.put("project/a", b"x")
    room.server.add_drive(room.server.drive, {email: ""})
    site.provider.close()
    with pytest.raises(RemoteRootMissingError):
        site.put("project/a", b"y", HastyTransfer())
