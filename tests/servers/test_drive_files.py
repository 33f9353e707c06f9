"""Files and folders of the Drive server: made, changed, moved, put into the trash, deleted."""

from __future__ import annotations

import pytest

from tests.servers.drive.client import Api
from tests.servers.drive.process import USER, DriveServer
from tests.servers.drive.settings import FOLDER, SHORTCUT

pytest_plugins = ["tests.servers.drive.fixtures"]


@pytest.fixture
def user(server: DriveServer) -> Api:
    """Calls of the user, who manages the shared drive."""
    return Api(server, server.credentials, subject=USER)


def new_id(api: Api) -> str:
    """A fresh id of files.generateIds."""
    ids = api.ask("GET", "/drive/v3/files/generateIds", params={"count": 1}).json["ids"]
    assert isinstance(ids, list)
    return str(ids[0])


@pytest.mark.parametrize(
    "name", ["it's", 'a "b"', "a\\b", "größe_ファイル_😀", "..", ".hidden", "x" * 255, "a/b"]
)
def test_a_name_is_kept_to_the_letter(api: Api, folder: str, name: str) -> None:
    file_id = api.file(name, folder)
    assert api.get(file_id).json["name"] == name
    escaped = name.replace("\\", "\\\\").replace("'", "\\'")
    assert api.names(f"name = '{escaped}' and '{folder}' in parents") == [name]


def test_two_files_of_one_name_are_two_files(api: Api, folder: str) -> None:
    assert api.file("a", folder) != api.file("a", folder)
    assert api.names(f"'{folder}' in parents") == ["a", "a"]


def test_a_generated_id_is_used_once(api: Api, folder: str) -> None:
    file_id = new_id(api)
    asked = {"name": "a", "id": file_id, "parents": [folder]}
    assert api.create(asked, b"x").json["id"] == file_id
    reply = api.create(asked, b"x")
    assert (reply.status, reply.reason) == (409, "fileIdInUse")
    assert api.names(f"'{folder}' in parents") == ["a"]


def test_an_id_that_was_never_generated_is_refused(api: Api, folder: str) -> None:
    reply = api.create({"name": "a", "id": "1" + "x" * 32, "parents": [folder]})
    assert (reply.status, reply.reason) == (400, "invalid")


def test_milliseconds_of_the_time_of_change_are_kept(api: Api, folder: str) -> None:
    asked = {"name": "a", "parents": [folder], "modifiedTime": "2021-05-03T16:02:11.250999+02:00"}
    reply = api.create(asked, b"x", fields="id,modifiedTime")
    assert reply.json["modifiedTime"] == "2021-05-03T14:02:11.250Z"
    changed = api.update(
        str(reply.json["id"]), {"modifiedTime": "1999-01-01T00:00:00.001Z"}, fields="modifiedTime"
    )
    assert changed.json["modifiedTime"] == "1999-01-01T00:00:00.001Z"


def test_a_folder_has_neither_size_nor_checksum(api: Api, folder: str) -> None:
    found = api.get(folder, fields="*").json
    assert found["mimeType"] == FOLDER
    assert not {"size", "md5Checksum", "sha256Checksum", "headRevisionId"} & set(found)


def test_default_fields_are_few(api: Api, folder: str) -> None:
    found = api.get(api.file("a", folder)).json
    assert set(found) == {"kind", "id", "name", "mimeType", "driveId", "teamDriveId"}


def test_fields_choose_down_to_the_last_level(api: Api, folder: str) -> None:
    file_id = api.file("a", folder)
    found = api.get(file_id, fields="name,capabilities(canEdit,canTrash),lastModifyingUser/me").json
    assert found == {
        "name": "a",
        "capabilities": {"canEdit": True, "canTrash": True},
        "lastModifyingUser": {"me": True},
    }


@pytest.mark.parametrize("fields", ["nonsense", "name,", "capabilities(canEdit", "files(id)"])
def test_fields_that_are_not_known_are_refused(api: Api, folder: str, fields: str) -> None:
    reply = api.get(folder, fields=fields)
    assert (reply.status, reply.reason) == (400, "invalidParameter")


def test_a_file_on_a_shared_drive_is_not_found_by_who_does_not_support_them(api: Api, folder: str) -> None:
    reply = api.get(folder, supportsAllDrives=None)
    assert (reply.status, reply.reason, reply.message) == (404, "notFound", f"File not found: {folder}.")
    assert api.create({"name": "a", "parents": [folder]}, supportsAllDrives=None).status == 404


def test_properties_are_merged_and_null_removes(api: Api, folder: str) -> None:
    file_id = str(
        api.create({"name": "a", "parents": [folder], "appProperties": {"a": "1", "b": "2"}}).json["id"]
    )
    api.update(file_id, {"appProperties": {"b": None, "c": "3"}})
    assert api.get(file_id, fields="appProperties").json == {"appProperties": {"a": "1", "c": "3"}}


@pytest.mark.parametrize("field", ["size", "md5Checksum", "driveId"])
def test_fields_of_the_server_are_not_writable(api: Api, folder: str, field: str) -> None:
    reply = api.create({"name": "a", "parents": [folder], field: "1"})
    assert (reply.status, reply.reason) == (403, "fieldNotWritable")


def test_parents_change_by_parameters_only(api: Api, folder: str) -> None:
    file_id, target = api.file("a", folder), api.folder("target", folder)
    assert api.update(file_id, {"parents": [target]}).reason == "fieldNotWritable"
    assert api.update(file_id, {}, addParents=target).reason == "cannotAddParent"
    reply = api.update(file_id, {"name": "b"}, addParents=target, removeParents=folder, fields="name,parents")
    assert reply.json == {"name": "b", "parents": [target]}


def test_a_folder_does_not_move_into_itself(api: Api, folder: str) -> None:
    outer = api.folder("outer", folder)
    inner = api.folder("inner", outer)
    assert api.update(outer, {}, addParents=inner, removeParents=folder).reason == "cyclicalParents"


def test_what_lies_in_a_trashed_folder_is_trashed_but_not_explicitly(api: Api, folder: str) -> None:
    inner = api.folder("inner", folder)
    file_id = api.file("a", inner)
    api.update(inner, {"trashed": True})
    assert api.get(file_id, fields="trashed,explicitlyTrashed").json == {
        "trashed": True,
        "explicitlyTrashed": False,
    }
    assert api.get(inner, fields="trashed,explicitlyTrashed").json == {
        "trashed": True,
        "explicitlyTrashed": True,
    }
    assert api.names(f"'{inner}' in parents and trashed = false") == []
    api.update(inner, {"trashed": False})
    assert api.names(f"'{inner}' in parents and trashed = false") == ["a"]


def test_deleting_a_folder_deletes_what_lies_in_it(user: Api, folder: str) -> None:
    inner = user.folder("inner", folder)
    file_id = user.file("a", inner)
    assert user.delete(inner).status == 204
    assert user.get(file_id).status == 404
    assert user.read(file_id).status == 404


def test_emptying_the_trash_deletes_what_is_in_it(user: Api) -> None:
    kept, gone = user.file("kept", "root"), user.file("gone", "root")
    user.update(gone, {"trashed": True})
    assert user.ask("DELETE", "/drive/v3/files/trash").status == 204
    assert (user.get(kept).status, user.get(gone).status) == (200, 404)


def test_a_copy_has_the_content_and_an_id_of_its_own(api: Api, folder: str) -> None:
    source = api.file("a", folder, b"content")
    asked = {"supportsAllDrives": "true", "fields": "id,name,size,parents"}
    reply = api.ask("POST", f"/drive/v3/files/{source}/copy", params=asked, fields={"name": "b"})
    assert (reply.json["name"], reply.json["size"], reply.json["parents"]) == ("b", "7", [folder])
    assert reply.json["id"] != source
    assert api.read(str(reply.json["id"])).body == b"content"


def test_a_shortcut_knows_its_target(api: Api, folder: str) -> None:
    target = api.folder("target", folder)
    asked = {"name": "s", "mimeType": SHORTCUT, "parents": [folder], "shortcutDetails": {"targetId": target}}
    reply = api.create(asked, fields="shortcutDetails")
    assert reply.json == {"shortcutDetails": {"targetId": target, "targetMimeType": FOLDER}}


def test_root_is_the_callers_own_my_drive(user: Api) -> None:
    found = user.get("root", fields="id,name,ownedByMe").json
    assert (found["name"], found["ownedByMe"]) == ("My Drive", True)
    assert user.get(user.file("a", "root"), fields="parents").json == {"parents": [found["id"]]}


def test_a_shared_drive_is_its_own_root(server: DriveServer, api: Api) -> None:
    found = api.get(server.drive_id, fields="id,driveId,mimeType").json
    assert found == {"id": server.drive_id, "driveId": server.drive_id, "mimeType": FOLDER}


def test_the_parent_of_a_shared_folder_is_hidden_from_those_it_is_shared_with(api: Api) -> None:
    found = api.search("sharedWithMe", fields="files(name,parents,ownedByMe)").json
    assert found == {"files": [{"name": "Shared projects", "ownedByMe": False}]}


def test_a_share_by_permissions_create_is_seen_by_the_other(server: DriveServer, user: Api) -> None:
    server.add_account("guest@studio.example", acts_for=[])
    server.set_account(
        "syncgui@studio-project.iam.gserviceaccount.com", acts_for=[USER, "guest@studio.example"]
    )
    guest = Api(server, server.credentials, subject="guest@studio.example")
    inner = user.folder("for a guest", "root")
    asked = {"type": "user", "role": "reader", "emailAddress": "guest@studio.example"}
    assert guest.get(inner).status == 404
    assert user.ask("POST", f"/drive/v3/files/{inner}/permissions", fields=asked).status == 200
    assert guest.names("sharedWithMe = true") == ["for a guest"]
    assert guest.create({"name": "a", "parents": [inner]}).reason == "insufficientParentPermissions"
