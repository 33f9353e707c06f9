"""files.list and drives.list of the Drive server."""

from __future__ import annotations

import pytest

from tests.servers.drive.client import Api
from tests.servers.drive.process import OLDER, SERVICE, USER, DriveServer

pytest_plugins = ["tests.servers.drive.fixtures"]


def ids(reply_files: object) -> list[str]:
    """Ids of a page."""
    assert isinstance(reply_files, list)
    return [str(one["id"]) for one in reply_files]


def test_names_are_found_whatever_their_case(api: Api, folder: str) -> None:
    for name in ("Plate", "PLATE", "plates"):
        api.file(name, folder)
    assert api.names(f"'{folder}' in parents and name = 'plate'") == ["PLATE", "Plate"]


def test_names_can_be_told_apart_by_case_where_a_test_wants_it(
    server: DriveServer, api: Api, folder: str
) -> None:
    server.configure(exact_names=True)
    for name in ("Plate", "PLATE"):
        api.file(name, folder)
    assert api.names(f"'{folder}' in parents and name = 'Plate'") == ["Plate"]


def test_types_are_told_apart(api: Api, folder: str) -> None:
    api.folder("inner", folder)
    api.file("a", folder)
    folders = "mimeType = 'application/vnd.google-apps.folder'"
    assert api.names(f"'{folder}' in parents and {folders}") == ["inner"]
    assert api.names(f"'{folder}' in parents and not {folders}") == ["a"]


def test_times_are_compared(api: Api, folder: str) -> None:
    for name, time in (("old", "2001-01-01T00:00:00Z"), ("new", "2021-01-01T00:00:00Z")):
        api.create({"name": name, "parents": [folder], "modifiedTime": time})
    assert api.names(f"'{folder}' in parents and modifiedTime > '2010-01-01T00:00:00'") == ["new"]
    assert api.names(f"'{folder}' in parents and modifiedTime <= '2001-01-01T00:00:00Z'") == ["old"]


def test_several_parents_are_asked_for_at_once(api: Api, folder: str) -> None:
    first, second = api.folder("first", folder), api.folder("second", folder)
    api.file("a", first)
    api.file("b", second)
    assert api.names(f"('{first}' in parents or '{second}' in parents) and trashed=false") == ["a", "b"]


def test_an_unknown_term_is_an_invalid_q(api: Api) -> None:
    reply = api.search("title = 'a'")
    assert (reply.status, reply.reason) == (400, "invalid")


def test_a_folder_that_is_not_there_is_an_error(api: Api) -> None:
    reply = api.search("'1nothing' in parents")
    assert (reply.status, reply.message) == (404, "File not found: .")


def test_pages_give_everything_once(api: Api, folder: str) -> None:
    made = [api.file(f"{number}", folder) for number in range(7)]
    found: list[str] = []
    asked: dict[str, object] = {"pageSize": 3}
    pages = 0
    while True:
        page = api.search(f"'{folder}' in parents", **asked).json
        found += ids(page["files"])
        pages += 1
        if "nextPageToken" not in page:
            break
        asked["pageToken"] = page["nextPageToken"]
    assert pages == 3
    assert sorted(found) == sorted(made)


def test_pages_are_smaller_than_asked_for_where_the_server_wants(
    server: DriveServer, api: Api, folder: str
) -> None:
    server.configure(largest_page=2)
    for number in range(3):
        api.file(f"{number}", folder)
    page = api.search(f"'{folder}' in parents", pageSize=1000, fields="files(name),nextPageToken").json
    assert len(ids_of(page)) == 2
    assert page["nextPageToken"]


def ids_of(page: dict[str, object]) -> list[object]:
    """Files of a page."""
    files = page["files"]
    assert isinstance(files, list)
    return files


def test_a_page_token_of_another_query_is_refused(api: Api, folder: str) -> None:
    for number in range(2):
        api.file(f"{number}", folder)
    token = api.search(f"'{folder}' in parents", pageSize=1).json["nextPageToken"]
    assert api.search("trashed = false", pageToken=token).reason == "invalid"


def test_a_page_token_is_given_only_where_fields_ask_for_it(api: Api, folder: str) -> None:
    for number in range(2):
        api.file(f"{number}", folder)
    assert set(api.search(f"'{folder}' in parents", pageSize=1, fields="files(id)").json) == {"files"}


@pytest.mark.parametrize("size", ["0", "1001", "x"])
def test_a_page_size_out_of_range_is_refused(api: Api, size: str) -> None:
    assert api.search("trashed = false", pageSize=size).status == 400


@pytest.mark.parametrize(
    ("order", "names"),
    [
        ("name", ["a", "b", "inner"]),
        ("name desc", ["inner", "b", "a"]),
        ("folder,name desc", ["inner", "b", "a"]),
        ("modifiedTime", ["b", "a", "inner"]),
        ("modifiedTime desc,name", ["inner", "a", "b"]),
    ],
)
def test_files_come_in_the_order_asked_for(api: Api, folder: str, order: str, names: list[str]) -> None:
    api.folder("inner", folder)
    for name, year in (("a", 2002), ("b", 2001)):
        api.create({"name": name, "parents": [folder], "modifiedTime": f"{year}-01-01T00:00:00Z"})
    reply = api.search(f"'{folder}' in parents", orderBy=order)
    assert [one["name"] for one in reply.json["files"]] == names  # type: ignore[attr-defined]


def test_an_unknown_order_is_refused(api: Api) -> None:
    assert api.search("trashed = false", orderBy="size").reason == "invalid"


def test_one_drive_is_listed_with_its_id_and_corpora(server: DriveServer, api: Api, folder: str) -> None:
    api.file("a", folder)
    asked = {"corpora": "drive", "driveId": server.drive_id}
    assert api.names(f"'{folder}' in parents", **asked) == ["a"]
    other = server.add_drive("Other", {SERVICE: "writer"})
    assert api.names(f"'{folder}' in parents", **(asked | {"driveId": other})) == []


@pytest.mark.parametrize(
    ("params", "status", "word"),
    [
        ({"corpora": "drive"}, 403, "driveId"),
        ({"driveId": "DRIVE"}, 403, "driveId"),
        ({"corpora": "drive", "driveId": "DRIVE", "includeItemsFromAllDrives": None}, 403, "includeItems"),
        ({"supportsAllDrives": None}, 403, "supportsAllDrives"),
        ({"corpora": "drive", "driveId": "0Anothing"}, 404, "Shared drive not found: 0Anothing"),
        ({"corpora": "everything"}, 400, "Invalid"),
    ],
)
def test_parameters_that_do_not_fit_together_are_refused(
    server: DriveServer, api: Api, params: dict[str, object], status: int, word: str
) -> None:
    asked = {name: server.drive_id if one == "DRIVE" else one for name, one in params.items()}
    reply = api.search("trashed = false", **asked)
    assert reply.status == status
    assert word in reply.message


def test_shared_drives_are_left_out_unless_asked_for(server: DriveServer, api: Api, folder: str) -> None:
    api.file("only here", folder)
    assert api.names("name = 'only here'") == ["only here"]
    assert api.names("name = 'only here'", includeItemsFromAllDrives=None, supportsAllDrives=None) == []


def test_nobody_finds_what_he_may_not_see(server: DriveServer) -> None:
    Api(server, server.credentials, subject=USER).file("private", "root")
    assert Api(server, server.service_account_file(OLDER)).names("name = 'private'") == []


def test_a_drive_is_found_by_its_exact_name(server: DriveServer, api: Api) -> None:
    drive_id = server.add_drive("It's \\ ours", {SERVICE: "reader"})
    reply = api.ask("GET", "/drive/v3/drives", params={"q": "name = 'It\\'s \\\\ ours'"})
    assert reply.json["drives"] == [{"kind": "drive#drive", "id": drive_id, "name": "It's \\ ours"}]


def test_a_drive_of_others_is_not_listed(server: DriveServer, api: Api) -> None:
    drive_id = server.add_drive("Theirs", {USER: "organizer"})
    listed = api.ask("GET", "/drive/v3/drives", params={"pageSize": 100}).json["drives"]
    assert drive_id not in ids(listed)
    assert api.ask("GET", f"/drive/v3/drives/{drive_id}").status == 404


def test_a_long_query_may_come_as_a_form(api: Api, folder: str) -> None:
    api.file("a", folder)
    headers = {"X-HTTP-Method-Override": "GET", "Content-Type": "application/x-www-form-urlencoded"}
    asked = (
        f"q='{folder}'+in+parents&supportsAllDrives=true&includeItemsFromAllDrives=true&fields=files(name)"
    )
    reply = api.ask("POST", "/drive/v3/files", data=asked.encode(), headers=headers)
    assert reply.json == {"files": [{"name": "a"}]}
