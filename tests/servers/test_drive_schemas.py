"""The Drive server's answers are of the shapes that Google's discovery document names."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers.drive.client import Api, Reply
from tests.servers.drive.discovery import answer_schema, faults_of, properties_of
from tests.servers.drive.fields import FILE_FIELDS
from tests.servers.drive.file_fields import FILE_VALUES
from tests.servers.drive.process import SERVICE, USER, DriveServer
from tests.servers.drive.settings import FOLDER, SHORTCUT

pytest_plugins = ["tests.servers.drive.fixtures"]
CALLS = (
    "about.get",
    "changes.getStartPageToken",
    "drives.get",
    "drives.list",
    "files.copy",
    "files.create",
    "files.generateIds",
    "files.get",
    "files.list",
    "files.update",
    "permissions.create",
    "permissions.list",
    "revisions.get",
    "revisions.list",
)


def replies(user: Api, root: str, method: str, fields: str | None) -> Iterator[Reply]:
    """Answers of a method about all kinds of things, below a shared drive or in My Drive."""
    folder = user.folder("f", root)
    file_id = user.file("a.exr", folder, b"one")
    user.update(file_id, {"appProperties": {"a": "b"}, "properties": {"c": "d"}, "description": "e"}, b"two")
    share: dict[str, object] = {"type": "user", "role": "reader", "emailAddress": SERVICE}
    all_drives: dict[str, object] = {"supportsAllDrives": "true", "fields": fields}
    calls: dict[str, tuple[str, str, dict[str, object] | None, dict[str, object]]] = {
        "about.get": ("GET", "about", None, {"fields": fields or "*"}),
        "changes.getStartPageToken": ("GET", "changes/startPageToken", None, {"fields": fields}),
        "drives.list": ("GET", "drives", None, {"fields": fields}),
        "files.copy": ("POST", f"files/{file_id}/copy", {"name": "b"}, all_drives),
        "files.generateIds": ("GET", "files/generateIds", None, {"fields": fields}),
        "permissions.create": ("POST", f"files/{folder}/permissions", share, all_drives),
        "permissions.list": ("GET", f"files/{folder}/permissions", None, all_drives),
        "revisions.get": ("GET", f"files/{file_id}/revisions/head", None, {"fields": fields}),
        "revisions.list": ("GET", f"files/{file_id}/revisions", None, {"fields": fields}),
    }
    if method in calls:
        verb, path, body, params = calls[method]
        yield user.ask(verb, f"/drive/v3/{path}", fields=body, params=params)
    elif method == "drives.get":
        yield user.ask("GET", f"/drive/v3/drives/{user.server.drive_id}", params={"fields": fields})
    elif method == "files.get":
        for one in (file_id, folder, root):
            yield user.get(one, fields=fields)
    elif method == "files.list":
        yield user.search("trashed = false", fields=fields, pageSize=2)
    elif method == "files.create":
        parents = {"parents": [folder]}
        shortcut = {"mimeType": SHORTCUT, "shortcutDetails": {"targetId": file_id}} | parents
        for made in (parents, {"mimeType": FOLDER} | parents, shortcut):
            yield user.create(made, fields=fields)
        yield user.create(parents, b"x", fields=fields)
        session = user.begin(parents, 1, fields=fields)
        yield user.put(session.headers["Location"], b"x")
    elif method == "files.update":
        yield user.update(file_id, {}, b"three", fields=fields)
        yield user.update(file_id, {"trashed": True}, fields=fields)


@pytest.mark.parametrize("where", ["shared drive", "My Drive"])
@pytest.mark.parametrize("fields", ["*", None])
@pytest.mark.parametrize("method", CALLS)
def test_an_answer_is_of_its_schema(server: DriveServer, method: str, fields: str | None, where: str) -> None:
    user = Api(server, server.credentials, subject=USER)
    root = server.drive_id if where == "shared drive" else "root"
    answered = list(replies(user, root, method, fields))
    assert answered
    for reply in answered:
        assert reply.status == 200, reply.body
        assert reply.json
        assert faults_of(reply.json, answer_schema(method)) == []


def test_fields_that_may_be_asked_for_are_those_of_the_schema() -> None:
    assert properties_of("File") == FILE_FIELDS
    assert set(FILE_VALUES) <= FILE_FIELDS


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ({"id": 1}, "File.id: 1 is no string"),
        ({"size": "much"}, "File.size: 'much' is no int64"),
        ({"modifiedTime": "yesterday"}, "File.modifiedTime: 'yesterday' is no date-time"),
        ({"nonsense": 1}, "File: nonsense is not in the schema"),
        ({"owners": [{"me": "yes"}]}, "File.owners[0].me: 'yes' is no boolean"),
        ({"capabilities": {"canFly": True}}, "File.capabilities: canFly is not in the schema"),
        ({"appProperties": {"a": 1}}, "File.appProperties.a: 1 is no string"),
        ([], "File: [] is no object"),
    ],
)
def test_the_judge_finds_what_is_wrong(value: object, fault: str) -> None:
    assert faults_of(value, "File") == [fault]
