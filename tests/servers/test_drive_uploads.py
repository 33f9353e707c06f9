"""Uploads in one call, revisions, and downloads of the Drive server."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator

import pytest

from tests.servers.drive.client import Api
from tests.servers.drive.process import DriveServer

pytest_plugins = ["tests.servers.drive.fixtures"]
MIB = 1 << 20


@pytest.mark.parametrize("size", [0, 1, MIB - 1, MIB, MIB + 1, 5 * MIB])
def test_a_content_comes_back_as_it_was(api: Api, folder: str, size: int) -> None:
    content = os.urandom(size)
    reply = api.create(
        {"name": "a", "parents": [folder]}, content, fields="id,size,md5Checksum,sha1Checksum,sha256Checksum"
    )
    assert reply.json == {
        "id": reply.json["id"],
        "size": str(size),
        "md5Checksum": hashlib.md5(content).hexdigest(),
        "sha1Checksum": hashlib.sha1(content).hexdigest(),
        "sha256Checksum": hashlib.sha256(content).hexdigest(),
    }
    assert api.read(str(reply.json["id"])).body == content


def test_a_content_that_holds_parts_of_the_boundary_is_not_cut(api: Api, folder: str) -> None:
    content = (b"\r\n--a bound" + b"\r\n--" * 3 + b"x" * 97) * 20_000
    assert api.read(api.file("a", folder, content)).body == content


def test_a_multipart_upload_may_come_in_chunks_of_unknown_number(api: Api, folder: str) -> None:
    content = os.urandom(3 * MIB)

    def body() -> Iterator[bytes]:
        head = '--x\r\nContent-Type: application/json\r\n\r\n{"name":"a","parents":["' + folder + '"]}'
        yield head.encode()
        yield b"\r\n--x\r\nContent-Type: image/x-exr\r\n\r\n"
        for start in range(0, len(content), 70_001):
            yield content[start : start + 70_001]
        yield b"\r\n--x--"

    reply = api.ask(
        "POST",
        "/upload/drive/v3/files",
        params={"uploadType": "multipart", "supportsAllDrives": "true"},
        data=body(),
        headers={"Content-Type": "multipart/related; boundary=x"},
    )
    assert reply.json["mimeType"] == "image/x-exr"
    assert api.read(str(reply.json["id"])).body == content


def test_a_multipart_body_without_an_end_is_a_bad_request(api: Api, folder: str) -> None:
    headers = {"Content-Type": "multipart/related; boundary=x"}
    metadata = b'{"parents": ["' + folder.encode() + b'"]}'
    data = b"--x\r\nContent-Type: application/json\r\n\r\n" + metadata + b"\r\n--x\r\n\r\ncontent"
    asked = {"uploadType": "multipart", "supportsAllDrives": "true"}
    reply = api.ask("POST", "/upload/drive/v3/files", params=asked, data=data, headers=headers)
    assert (reply.status, reply.reason) == (400, "badRequest")


def test_a_content_alone_makes_a_file_without_a_name(server: DriveServer) -> None:
    user = Api(server, server.credentials, subject="artist@studio.example")
    headers = {"Content-Type": "text/plain"}
    asked = {"uploadType": "media"}
    reply = user.ask("POST", "/upload/drive/v3/files", params=asked, data=b"hello", headers=headers)
    assert (reply.json["name"], reply.json["mimeType"]) == ("Untitled", "text/plain")


def test_a_file_made_without_a_content_is_empty(api: Api, folder: str) -> None:
    reply = api.create({"name": "a", "parents": [folder]}, fields="size,md5Checksum,mimeType")
    assert reply.json == {
        "size": "0",
        "md5Checksum": hashlib.md5(b"").hexdigest(),
        "mimeType": "application/octet-stream",
    }


def test_replacing_keeps_the_id_and_the_old_content_as_a_revision(api: Api, folder: str) -> None:
    file_id = api.file("a", folder, b"first")
    assert api.update(file_id, {}, b"second").json["id"] == file_id
    assert api.read(file_id).body == b"second"
    revisions = api.ask(
        "GET", f"/drive/v3/files/{file_id}/revisions", params={"fields": "revisions(id,size,keepForever)"}
    ).json["revisions"]
    assert isinstance(revisions, list)
    assert [(one["size"], one["keepForever"]) for one in revisions] == [("5", False), ("6", False)]
    old = api.ask("GET", f"/drive/v3/files/{file_id}/revisions/{revisions[0]['id']}", params={"alt": "media"})
    assert old.body == b"first"
    assert api.get(file_id, fields="headRevisionId").json == {"headRevisionId": revisions[1]["id"]}


def test_replacing_moves_and_renames_in_the_same_call(api: Api, folder: str) -> None:
    file_id, target = api.file("a", folder), api.folder("target", folder)
    asked = {"addParents": target, "removeParents": folder, "fields": "name,parents,size"}
    assert api.update(file_id, {"name": "b"}, b"xx", **asked).json == {
        "name": "b",
        "parents": [target],
        "size": "2",
    }


def test_checksums_can_be_left_out(server: DriveServer, api: Api, folder: str) -> None:
    server.configure(checksums=["md5"])
    found = api.get(api.file("a", folder), fields="*").json
    assert "md5Checksum" in found
    assert not {"sha1Checksum", "sha256Checksum"} & set(found)


@pytest.mark.parametrize(
    ("ranged", "part", "said"),
    [
        ("bytes=0-3", b"0123", "bytes 0-3/10"),
        ("bytes=4-", b"456789", "bytes 4-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=8-100", b"89", "bytes 8-9/10"),
        ("bytes=-100", b"0123456789", "bytes 0-9/10"),
    ],
)
def test_a_range_is_a_part(api: Api, folder: str, ranged: str, part: bytes, said: str) -> None:
    reply = api.read(api.file("a", folder, b"0123456789"), ranged)
    assert (reply.status, reply.body, reply.headers["Content-Range"]) == (206, part, said)


@pytest.mark.parametrize(
    ("content", "ranged"), [(b"0123", "bytes=4-"), (b"", "bytes=0-"), (b"0123", "bytes=-0")]
)
def test_a_range_that_is_not_there_is_416(api: Api, folder: str, content: bytes, ranged: str) -> None:
    reply = api.read(api.file("a", folder, content), ranged)
    assert (reply.status, reply.reason) == (416, "requestedRangeNotSatisfiable")


def test_a_range_that_is_none_is_ignored(api: Api, folder: str) -> None:
    reply = api.read(api.file("a", folder, b"0123"), "lines=1-2")
    assert (reply.status, reply.body) == (200, b"0123")


def test_a_large_range_of_a_large_file_is_right(api: Api, folder: str) -> None:
    content = os.urandom(3 * MIB)
    file_id = api.file("a", folder, content)
    assert api.read(file_id, f"bytes=100-{2 * MIB}").body == content[100 : 2 * MIB + 1]


def test_a_folder_has_nothing_to_download(api: Api, folder: str) -> None:
    reply = api.read(folder)
    assert (reply.status, reply.reason) == (403, "fileNotDownloadable")


def test_a_connection_serves_many_calls(api: Api, folder: str) -> None:
    connection = api.connection()
    headers = {"Authorization": f"Bearer {api.token}"}
    try:
        for _ in range(3):
            connection.request("GET", f"/drive/v3/files/{folder}?supportsAllDrives=true", headers=headers)
            response = connection.getresponse()
            assert (response.status, len(response.read()) > 0) == (200, True)
            assert connection.sock is not None
    finally:
        connection.close()


def test_a_client_that_waits_for_100_continue_gets_it(api: Api, folder: str) -> None:
    connection = api.connection()
    connection.connect()
    try:
        body = b'{"name": "a", "parents": ["' + folder.encode() + b'"]}'
        head = (
            "POST /drive/v3/files?supportsAllDrives=true HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
            f"Authorization: Bearer {api.token}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        connection.sock.sendall(head.encode())
        assert connection.sock.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sock.sendall(body)
        assert connection.sock.recv(100).startswith(b"HTTP/1.1 200 OK\r\n")
    finally:
        connection.close()
