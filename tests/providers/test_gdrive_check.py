"""Google Drive, the check: what it says when all is well, and for the mistakes that everybody makes."""

from __future__ import annotations

import time

import pytest

from syncgui.providers.abstract_provider import CheckReport
from syncgui.providers.drive_check import check_site
from syncgui.providers.drive_site import DriveSite
from syncgui.providers.gdrive import GDriveSettings
from tests.providers.drive_room import Room
from tests.servers.drive.process import OLDER, SERVICE, USER


def report(room: Room, root: str = "", **site: object) -> CheckReport:
    """What is found; nothing of it stays on the drive."""
    before = sorted(one.path for one in [*room.server.stored(), *room.server.stored(USER)])
    found = room.site(root, **site).provider.check()  # type: ignore[arg-type]
    assert sorted(one.path for one in [*room.server.stored(), *room.server.stored(USER)]) == before
    return found


def sentences(found: CheckReport) -> list[str]:
    return [line.sentence for line in found.lines]


def trouble(found: CheckReport) -> str:
    """The only bad line."""
    assert not found.good
    (line,) = [one for one in found.lines if not one.good]
    assert ".." not in line.sentence
    assert line.sentence.endswith(".")
    return line.sentence


def test_a_site_on_a_shared_drive_is_described(room: Room) -> None:
    found = report(room)
    assert found.good
    who, clock, where, tried, space = sentences(found)
    assert who == f"Logged in as the service account {SERVICE}."
    assert clock == "This machine's clock is right."
    assert where == f"{room.root} is there, on a shared drive."
    assert tried.startswith("Files can be written, read and removed there")
    assert space == "Its room is that of the shared drive; Drive does not say how much is left."


def test_a_site_in_my_drive_is_described_with_its_room(room: Room) -> None:
    found = report(room, "/My Drive/Shared projects", credentials=room.server.service_account_file(OLDER))
    assert found.good
    assert f"Logged in as the service account {OLDER}." in sentences(found)
    assert "Its My Drive has 15.0 GB left of 15 GB." in sentences(found)
    assert "/My Drive/Shared projects is there, in My Drive." in sentences(found)


def test_working_in_somebodys_name_is_said(room: Room) -> None:
    found = report(room, "/My Drive/Shared projects", subject=USER)
    assert found.good
    assert f"Logged in: {SERVICE} works in the name of {USER}." in sentences(found)


def test_a_users_own_login_is_said(room: Room) -> None:
    found = report(room, "/My Drive/Shared projects", credentials=room.server.authorized_user_file(USER))
    assert found.good
    assert f"Logged in as {USER}." in sentences(found)


def test_every_root_is_tried(room: Room) -> None:
    found = report(room, roots={"work": room.root, "publish": f"/{room.server.drive}", "same": room.root})
    assert found.good
    assert sum("is there, on a shared drive" in one for one in sentences(found)) == 2


def test_a_site_without_a_root_is_told(room: Room) -> None:
    settings = GDriveSettings(credentials_url=room.server.credentials, endpoint=room.server.endpoint)
    drive = DriveSite("gdrive", settings, {})
    said = trouble(check_site("gdrive", settings, {}, lambda: drive))
    drive.close()
    assert said == "Site gdrive has no folder: give it a root such as /My Drive/projects."


def test_a_folder_that_is_not_shared_with_the_account(room: Room) -> None:
    name = room.root.rpartition("/")[2]
    room.server.make_folder(USER, name)
    assert trouble(report(room, f"/My Drive/{name}")) == (
        f'Site gdrive has no folder /My Drive/{name}: "{name}" is neither its own nor shared with it, or its'
        f' account does not see it. Create the folder in Drive, and share it with {SERVICE} as "Editor".'
    )


def test_an_interface_that_is_not_enabled(room: Room) -> None:
    room.server.configure(api_enabled=False)
    said = trouble(report(room))
    assert "may not use the interface of site gdrive" in said
    assert "Enable the Google Drive API in the account's project" in said


def test_a_service_account_without_storage(room: Room) -> None:
    said = trouble(report(room, "/My Drive/Shared projects"))
    assert said.startswith("Nothing can be written to /My Drive/Shared projects.")
    assert "The account of site gdrive owns no storage to put files into" in said
    assert "a folder of a shared drive" in said
    assert "subject" in said


def test_a_shared_drives_name_that_is_nearly_right(room: Room) -> None:
    _, credentials = room.new_account()
    said = trouble(report(room, "/studio", credentials=credentials))
    assert "there is no shared drive of exactly that name" in said
    assert 'Did you mean "/Studio"?' in said
    assert 'is a member of: "Studio". Add it to the drive as "Content manager".' in said


def test_an_account_that_is_in_no_shared_drive(room: Room) -> None:
    email, credentials = room.new_account("")
    said = trouble(report(room, credentials=credentials))
    assert f'{email} is a member of: none. Add it to the drive as "Content manager".' in said


def test_a_folder_that_is_not_there_on_the_drive(room: Room) -> None:
    said = trouble(report(room, f"{room.root}/nowhere"))
    assert f'there is no "nowhere" in {room.root}' in said
    assert "Create the folder there; its name is compared to the letter." in said


def test_an_expired_key(room: Room) -> None:
    email, credentials = room.new_account()
    room.server.enable_keys(email, enabled=False)
    assert trouble(report(room, credentials=credentials)) == (
        f"Site gdrive can not be logged in to: the key of {email} holds no more: it was deleted or has"
        " expired; make a new one."
    )


def test_a_clock_so_wrong_that_no_token_is_given(room: Room) -> None:
    _, credentials = room.new_account()
    room.server.configure(clock_skew_s=7200)
    said = trouble(report(room, credentials=credentials))
    assert "this machine's clock is wrong: set it right, best by the network's time" in said


@pytest.mark.parametrize(("off_s", "side"), [(300, "ahead"), (-300, "behind")])
def test_a_clock_that_is_a_little_wrong(room: Room, off_s: float, side: str) -> None:
    settings = GDriveSettings(credentials_url=room.server.credentials, endpoint=room.server.endpoint)
    roots = {"work": room.root}
    drive = DriveSite("gdrive", settings, roots)
    said = trouble(check_site("gdrive", settings, roots, lambda: drive, lambda: time.time() + off_s))
    drive.close()
    assert said.startswith("This machine's clock is ")
    assert said.endswith(f" s {side}: set it by the network's time.")


def test_an_account_that_may_only_read(room: Room) -> None:
    _, credentials = room.new_account("reader")
    said = trouble(report(room, credentials=credentials))
    assert said.startswith(f"Nothing can be written to {room.root}.")
    assert "Give the account the right to write there; on a shared drive: Content manager." in said


def test_a_my_drive_that_is_nearly_full(room: Room) -> None:
    email, credentials = room.new_account("", storage_bytes=500_000_000)
    room.server.make_folder(email, "mine")
    assert trouble(report(room, "/My Drive/mine", credentials=credentials)) == (
        "Its My Drive has 0.5 GB left of 0 GB."
    )


def test_a_credentials_file_that_is_not_there(room: Room) -> None:
    path = room.server.folder / "nowhere.json"
    said = trouble(report(room, credentials=path))
    assert said == f"Site gdrive can not be logged in to: its credentials file {path} is not there."


def test_what_was_remembered_is_looked_at_anew(room: Room) -> None:
    site = room.site(f"{room.root}/later")
    assert not site.provider.check().good
    room.server.make_folder(room.id, "later")
    assert site.provider.check().good


def test_a_probe_that_reads_back_differently_is_told_and_removed(room: Room) -> None:
    room.server.fail("files.media", corrupt_at=3)
    said = trouble(report(room))
    assert said == f"A file that was written to {room.root} reads back differently."


def test_a_probe_is_removed_when_it_can_not_be_read(room: Room) -> None:
    room.server.fail("files.media", status=403, reason="cannotDownloadFile")
    assert "can not be read" in trouble(report(room))
