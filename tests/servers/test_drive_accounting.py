"""Storage, limits and roles of the Drive server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers.drive.client import Api
from tests.servers.drive.first_world import SHARED_FOLDER
from tests.servers.drive.process import OLDER, SERVICE, USER, DriveServer
from tests.servers.drive.settings import FOLDER, GB

pytest_plugins = ["tests.servers.drive.fixtures"]


@pytest.fixture
def user(server: DriveServer) -> Iterator[Api]:
    """Calls of the user, who owns storage and the shared folder."""
    yield Api(server, server.credentials, subject=USER)
    server.set_account(USER, storage_bytes=15 * GB)


@pytest.fixture
def shared_folder(user: Api) -> str:
    """Id of the user's folder that the service accounts may write into."""
    files = user.search(f"name = '{SHARED_FOLDER}' and 'root' in parents").json["files"]
    assert isinstance(files, list)
    return str(files[0]["id"])


def quota(api: Api) -> dict[str, object]:
    """The account's storage."""
    found = api.ask("GET", "/drive/v3/about", params={"fields": "storageQuota"}).json["storageQuota"]
    assert isinstance(found, dict)
    return found


def test_a_service_account_without_storage_can_not_own_files(api: Api, shared_folder: str) -> None:
    for parent in ("root", shared_folder):
        reply = api.create({"name": "a", "parents": [parent]}, b"x")
        assert (reply.status, reply.reason) == (403, "storageQuotaExceeded")
        assert reply.message.startswith("Service Accounts do not have storage quota. Leverage shared drives")


def test_it_may_make_folders_all_the_same(api: Api, shared_folder: str) -> None:
    assert api.create({"name": "f", "mimeType": FOLDER, "parents": [shared_folder]}).status == 200


def test_it_may_replace_a_file_that_somebody_else_owns(api: Api, user: Api, shared_folder: str) -> None:
    file_id = user.file("a", shared_folder)
    assert api.update(file_id, {}, b"new content").status == 200
    assert user.read(file_id).body == b"new content"


def test_its_sessions_are_refused_at_the_start(api: Api, shared_folder: str) -> None:
    assert api.begin({"name": "a", "parents": [shared_folder]}, 5).reason == "storageQuotaExceeded"


def test_an_older_service_account_owns_what_it_makes(server: DriveServer, shared_folder: str) -> None:
    older = Api(server, server.service_account_file(OLDER))
    found = older.create(
        {"name": "a", "parents": [shared_folder]}, b"x", fields="ownedByMe,owners/emailAddress"
    )
    assert found.json == {"ownedByMe": True, "owners": [{"emailAddress": OLDER}]}


def test_about_tells_limit_and_usage(api: Api, user: Api) -> None:
    before = int(str(quota(user)["usage"]))
    user.file("a", "root", b"12345")
    assert int(str(quota(user)["usage"])) - before == 5
    assert quota(user)["limit"] == str(15 * GB)
    assert quota(api)["limit"] == "0"


def test_about_must_be_told_which_fields(api: Api) -> None:
    assert api.ask("GET", "/drive/v3/about").reason == "required"


def test_a_full_storage_takes_nothing_more(server: DriveServer, user: Api) -> None:
    file_id = user.file("a", "root", b"12345")
    server.set_account(USER, storage_bytes=int(str(quota(user)["usage"])) + 3)
    assert user.create({"name": "b"}, b"12345").reason == "storageQuotaExceeded"
    assert user.begin({"name": "b"}, 4).reason == "storageQuotaExceeded"
    assert user.create({"name": "b"}, b"123").status == 200
    assert user.update(file_id, {}, b"54321").status == 200
    assert user.update(file_id, {}, b"543210").reason == "storageQuotaExceeded"


def test_deleting_makes_room(user: Api) -> None:
    before = quota(user)["usage"]
    file_id = user.file("a", "root", b"12345")
    user.update(file_id, {"trashed": True})
    assert quota(user)["usage"] != before
    user.delete(file_id)
    assert quota(user)["usage"] == before


def test_a_shared_drive_is_full_at_its_limit_of_items(server: DriveServer, api: Api) -> None:
    drive_id = server.add_drive("Small", {SERVICE: "writer"}, item_limit=2)
    api.folder("a", drive_id)
    api.file("b", drive_id)
    for reply in (
        api.create({"name": "c", "parents": [drive_id]}, b"x"),
        api.create({"name": "c", "parents": [drive_id], "mimeType": FOLDER}),
        api.begin({"name": "c", "parents": [drive_id]}, 1),
    ):
        assert (reply.status, reply.reason) == (403, "teamDriveFileLimitExceeded")


def test_what_may_be_uploaded_in_a_day_is_limited(server: DriveServer, api: Api, folder: str) -> None:
    server.configure(daily_upload_bytes=100)
    file_id = api.file("a", folder, b"x" * 101)
    for reply in (api.create({"name": "b", "parents": [folder]}, b"x"), api.begin({"parents": [folder]}, 1)):
        assert (reply.status, reply.reason) == (403, "userRateLimitExceeded")
    assert api.read(file_id).status == 200
    server.set_uploaded_today(SERVICE, 0)
    assert api.create({"name": "b", "parents": [folder]}, b"x").status == 200


@pytest.mark.parametrize(
    ("role", "add", "edit", "trash", "delete"),
    [
        ("reader", 403, 403, 403, 403),
        ("commenter", 403, 403, 403, 403),
        ("writer", 200, 200, 403, 403),
        ("fileOrganizer", 200, 200, 200, 403),
        ("organizer", 200, 200, 200, 204),
    ],
)
def test_a_role_on_a_shared_drive_allows_what_google_says(
    server: DriveServer, api: Api, user: Api, role: str, add: int, edit: int, trash: int, delete: int
) -> None:
    drive_id = server.add_drive(f"For a {role}", {SERVICE: role, USER: "organizer"})
    file_id = user.file("a", drive_id)
    replies = (
        api.create({"name": "b", "parents": [drive_id]}, b"x"),
        api.update(file_id, {}, b"y"),
        api.update(file_id, {"trashed": True}),
        api.delete(file_id),
    )
    assert [reply.status for reply in replies] == [add, edit, trash, delete]
    assert {reply.reason for reply in replies if reply.status == 403} <= {"insufficientFilePermissions"}
    assert api.names(f"'{drive_id}' in parents and name = 'a'") == ["a"] * (delete != 204)


def test_who_is_no_member_finds_nothing(server: DriveServer, api: Api, user: Api) -> None:
    drive_id = server.add_drive("Closed", {USER: "organizer"})
    assert api.get(drive_id).status == 404
    assert api.search("trashed = false", corpora="drive", driveId=drive_id).status == 404


def test_a_reader_of_a_my_drive_folder_may_not_add_to_it(server: DriveServer, api: Api, user: Api) -> None:
    inner = user.folder("read only", "root")
    server.share(inner, SERVICE, "reader")
    assert api.create({"name": "f", "mimeType": FOLDER, "parents": [inner]}).reason == (
        "insufficientParentPermissions"
    )


def test_calls_that_come_too_fast_are_refused_and_counted(server: DriveServer, api: Api) -> None:
    server.configure(rate_per_s=0.001, rate_burst=2)
    replies = [api.get("root") for _ in range(3)]
    assert [reply.status for reply in replies] == [200, 200, 403]
    assert replies[2].reason == "userRateLimitExceeded"
    assert server.counters()["rate_limited"] == 1
    assert Api(server, server.credentials, subject=USER).get("root").status == 200


def test_the_rate_limits_answer_can_be_chosen(server: DriveServer, api: Api) -> None:
    server.configure(
        rate_per_s=0.001, rate_burst=1, rate_status=429, rate_reason="rateLimitExceeded", rate_retry_after_s=7
    )
    replies = [api.get("root") for _ in range(2)]
    refused = next(reply for reply in replies if reply.status != 200)
    assert (refused.status, refused.reason, refused.headers["Retry-After"]) == (429, "rateLimitExceeded", "7")
