"""Google Drive: which refusal is which error, and what it says to the person who reads it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from syncgui.model.errors import (
    ApiDisabledError,
    DiskFullError,
    DownloadQuotaError,
    FileForbiddenError,
    LoginError,
    NoStorageError,
    SiteForbiddenError,
    SyncError,
)
from syncgui.providers.drive_answers import refusal
from syncgui.providers.drive_items import read_item
from tests.providers.drive_room import LARGE, HastyTransfer, Room
from tests.servers.drive.process import OLDER, SERVICE, USER

EITHER = pytest.mark.parametrize("size", [10, LARGE], ids=["small", "large"])


def told(room: Room, root: str = "", *, size: int = 10, **site: object) -> SyncError:
    """What an upload raises."""
    with pytest.raises(SyncError) as caught:
        room.site(root, **site).put("a", bytes(size), HastyTransfer())  # type: ignore[arg-type]
    return caught.value


@EITHER
def test_a_service_account_without_storage_is_told_what_to_do(room: Room, size: int) -> None:
    error = told(room, "/My Drive/Shared projects", size=size)
    assert isinstance(error, NoStorageError)
    assert "owns no storage to put files into" in error.sentence
    assert "shared drive" in error.next_step
    assert "subject" in error.next_step


@EITHER
def test_a_full_account_is_a_full_disk(room: Room, size: int) -> None:
    email, credentials = room.new_account("", storage_bytes=5)
    room.server.make_folder(email, "mine")
    error = told(room, "/My Drive/mine", size=size, credentials=credentials)
    assert isinstance(error, DiskFullError)
    assert error.sentence == (
        "There is no room left on gdrive: The user's Drive storage quota has been exceeded"
    )


@EITHER
def test_a_shared_drive_that_holds_as_many_items_as_it_may_is_full(room: Room, size: int) -> None:
    room.server.add_drive("full", {SERVICE: "fileOrganizer"}, item_limit=0)
    error = told(room, "/full", size=size)
    assert isinstance(error, DiskFullError)
    assert "the shared drive holds as many items as it can" in error.sentence


@EITHER
def test_who_may_only_read_is_not_allowed(room: Room, size: int) -> None:
    _, credentials = room.new_account("reader")
    error = told(room, size=size, credentials=credentials)
    assert isinstance(error, SiteForbiddenError)
    assert "Content manager" in error.next_step
    assert ".." not in error.sentence


def test_who_may_only_read_a_shared_folder_is_not_allowed(room: Room) -> None:
    name = room.root.rpartition("/")[2]
    room.server.share(room.server.make_folder(USER, name), OLDER, "reader")
    error = told(room, f"/My Drive/{name}", credentials=room.server.service_account_file(OLDER))
    assert isinstance(error, SiteForbiddenError)


@EITHER
def test_a_file_that_may_not_be_written_is_no_trouble_of_a_site_that_may(room: Room, size: int) -> None:
    room.server.fail("upload.*", status=403, reason="insufficientFilePermissions", message="Not this one.")
    error = told(room, size=size)
    assert isinstance(error, FileForbiddenError)
    assert (
        error.sentence == f"The account of gdrive is not allowed to do that with {room.root}/a: Not this one"
    )


def test_a_folder_that_may_not_be_made_is_no_trouble_of_a_site_that_may_be_written(room: Room) -> None:
    room.server.fail("files.create", status=403, reason="insufficientParentPermissions")
    with pytest.raises(FileForbiddenError):
        room.site().put("closed/a", b"x", HastyTransfer())


def test_a_root_that_may_not_even_be_looked_at_is_the_sites_trouble(room: Room) -> None:
    room.server.fail("upload.*", status=403, reason="insufficientFilePermissions")
    room.server.fail("files.get", status=403, reason="insufficientFilePermissions")
    assert isinstance(told(room), SiteForbiddenError)


def test_a_file_that_was_fetched_too_often_waits_alone(room: Room) -> None:
    site = room.site()
    site.put("a", b"x")
    room.server.fail("files.media", status=403, reason="downloadQuotaExceeded", message="Too often.")
    with pytest.raises(DownloadQuotaError) as caught:
        site.get("a", HastyTransfer())
    assert caught.value.sentence == f"gdrive gives {room.root}/a out no more for a while: Too often"


def test_files_of_a_folder_that_may_not_be_looked_into_are_each_told_of_by_name(room: Room) -> None:
    site = room.site()
    room.user.folder("closed", room.id)
    paths = [site.path("closed/a"), site.path("closed/b")]
    assert site.provider.stat_many(paths) == [None, None]
    room.server.fail("files.list", status=403, reason="insufficientFilePermissions")
    found = site.provider.stat_many(paths)
    assert [(type(one), getattr(one, "path", "")) for one in found] == [
        (FileForbiddenError, path) for path in paths
    ]


def test_an_interface_that_is_not_enabled_is_said_with_its_project(room: Room) -> None:
    room.server.configure(api_enabled=False)
    error = told(room)
    assert isinstance(error, ApiDisabledError)
    assert "studio-project" in error.sentence or "123456789012" in error.sentence
    assert "Enable the Google Drive API" in error.next_step


def test_a_disabled_key_holds_no_more(room: Room) -> None:
    email, credentials = room.new_account()
    room.server.enable_keys(email, enabled=False)
    error = told(room, credentials=credentials)
    assert isinstance(error, LoginError)
    assert (
        f"the key of {email} holds no more: it was deleted or has expired; make a new one" in error.sentence
    )


@pytest.mark.parametrize("skew_s", [7200.0, -7200.0])
def test_a_wrong_clock_is_said_to_be_wrong(room: Room, skew_s: float) -> None:
    _, credentials = room.new_account()
    room.server.configure(clock_skew_s=skew_s)
    error = told(room, credentials=credentials)
    assert isinstance(error, LoginError)
    assert "this machine's clock is wrong" in error.sentence


def test_a_delegation_that_the_domain_has_not_made_is_said(room: Room) -> None:
    error = told(room, credentials=room.server.service_account_file(OLDER), subject=USER)
    assert isinstance(error, LoginError)
    assert f"{OLDER} may not work in the name of {USER}: its domain has not delegated" in error.sentence


def test_a_subject_that_nobody_knows_is_said(room: Room) -> None:
    room.server.add_account(SERVICE, kind="service", storage_bytes=0, acts_for=[USER, "gone@studio.example"])
    try:
        error = told(room, subject="gone@studio.example")
    finally:
        room.server.add_account(SERVICE, kind="service", storage_bytes=0, acts_for=[USER])
    assert isinstance(error, LoginError)
    assert "gone@studio.example is not known there" in error.sentence


def test_a_users_login_that_was_revoked_is_said(room: Room) -> None:
    email = f"u{room.id[:8]}@studio.example"
    room.server.add_account(email)
    credentials = room.server.authorized_user_file(email)
    room.server.revoke(email)
    error = told(room, credentials=credentials)
    assert isinstance(error, LoginError)
    assert "the login has expired or was revoked: log in anew" in error.sentence


def test_an_account_that_is_no_more_is_said(room: Room) -> None:
    email, credentials = room.new_account()
    room.server.control("remove_account", email=email)
    error = told(room, credentials=credentials)
    assert isinstance(error, LoginError)
    assert f"{email} does not exist any more" in error.sentence


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "is not there"),
        (b"", "is no JSON"),
        (b"{", "is no JSON"),
        (b"\xff\xfe\x00", "it is no text"),
        (b"[]", "holds no account"),
        (b"{}", "neither the key of a service account nor the identity of an installed program"),
        (b'{"type": "service_account"}', "lacks client_email, private_key, token_uri"),
        (b'{"type": "authorized_user"}', "lacks client_id, client_secret, refresh_token"),
        (b'{"installed": {"client_id": "x"}}', "lacks client_secret, auth_uri, token_uri"),
    ],
)
def test_a_credentials_file_that_is_of_no_use_says_why(
    room: Room, tmp_path: Path, content: bytes | None, said: str
) -> None:
    path = tmp_path / "key.json"
    if content is not None:
        path.write_bytes(content)
    error = told(room, credentials=path)
    assert isinstance(error, LoginError)
    assert str(path) in error.sentence
    assert said in error.sentence


def test_a_folder_in_the_place_of_the_credentials_file_says_so(room: Room, tmp_path: Path) -> None:
    error = told(room, credentials=tmp_path)
    assert isinstance(error, LoginError)
    assert "can not be read" in error.sentence


@pytest.mark.parametrize("how", ["cut", "no key", "other key"])
def test_a_damaged_key_is_said(room: Room, tmp_path: Path, how: str) -> None:
    content = json.loads(room.server.credentials.read_text())
    key = content["private_key"]
    content["private_key"] = {"cut": key[:200], "no key": "x", "other key": key.replace("PRIVATE", "PUBLIC")}[
        how
    ]
    path = tmp_path / "key.json"
    path.write_text(json.dumps(content))
    error = told(room, credentials=path)
    assert isinstance(error, LoginError)
    assert f"the key in {path} is damaged: load it down once more" in error.sentence


def test_a_credentials_file_with_the_mark_of_windows_editors_is_read(room: Room, tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    path.write_bytes(b"\xef\xbb\xbf" + room.server.credentials.read_bytes())
    room.site(credentials=path).put("a", b"x")
    assert room.contents() == {"a": b"x"}


def test_a_credentials_file_that_is_mended_serves_after_the_next_check(room: Room, tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    site = room.site(credentials=path)
    with pytest.raises(LoginError):
        site.put("a", b"x")
    path.write_bytes(room.server.credentials.read_bytes())
    site.put("a", b"x")


@pytest.mark.parametrize(
    ("status", "error", "code"),
    [
        (403, {"status": "PERMISSION_DENIED", "details": [{"reason": "SERVICE_DISABLED"}]}, "api_disabled"),
        (403, {"status": "PERMISSION_DENIED", "message": "No."}, "site_forbidden"),
        (403, {"errors": [{"reason": "cannotDownloadAbusiveFile"}]}, "source_unreadable"),
        (403, {"errors": [{"reason": "numChildrenInNonRootLimitExceeded"}]}, "folder_full"),
        (403, {"errors": [{"reason": "myDriveHierarchyDepthLimitExceeded"}]}, "folder_full"),
        (403, {"errors": [{"reason": "teamDriveHierarchyTooDeep"}]}, "folder_full"),
        (403, {"errors": [{"reason": "teamDriveFileLimitExceeded"}]}, "disk_full"),
        (403, {"errors": [{"reason": "storageQuotaExceeded"}]}, "disk_full"),
        (403, {"errors": [{"reason": "downloadQuotaExceeded"}]}, "download_quota"),
        (403, {"errors": [{"reason": "dailyLimitExceeded"}]}, "daily_limit"),
        (403, {"errors": [{"reason": "insufficientFilePermissions"}]}, "file_forbidden"),
        (403, {"errors": [{"reason": "insufficientParentPermissions"}]}, "file_forbidden"),
        (403, {"errors": [{"reason": "cannotAddParent"}]}, "file_forbidden"),
        (403, {"errors": [{"reason": "insufficientPermissions"}]}, "site_forbidden"),
        (403, {"errors": [{"reason": "teamDriveMembershipRequired"}]}, "site_forbidden"),
        (403, {}, "site_forbidden"),
        (401, {}, "login"),
        (302, {}, "site_trouble"),
        (503, {}, "site_trouble"),
        (418, {}, "unforeseen"),
    ],
)
def test_refusals_of_every_form_are_understood(status: int, error: dict[str, object], code: str) -> None:
    found = refusal(status, {}, json.dumps({"error": error}).encode()).as_error("gdrive", "a")
    assert found.code == code
    assert found.sentence


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"5", b'{"error": null}', b'{"error": "words"}'])
def test_an_answer_of_no_form_is_understood_by_its_status(body: bytes) -> None:
    assert refusal(500, {"Retry-After": "soon"}, body).as_error("gdrive").code == "site_trouble"


def test_a_document_of_drive_is_no_file_though_it_has_a_size() -> None:
    document = {"id": "1", "mimeType": "application/vnd.google-apps.document", "size": "1024"}
    assert not read_item(document).is_binary
    assert read_item({"id": "1", "mimeType": "image/x-exr", "size": "0"}).is_binary
