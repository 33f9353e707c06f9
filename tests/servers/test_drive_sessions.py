"""Resumable uploads of the Drive server: what is kept, what is asked, what is lost."""

from __future__ import annotations

import hashlib
import os
import socket
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from tests.servers.drive.client import Api, Reply
from tests.servers.drive.process import DriveServer

pytest_plugins = ["tests.servers.drive.fixtures"]
GRAIN = 256 * 1024
SIZE = 4 * GRAIN + 5
CONTENT = os.urandom(SIZE)


@pytest.fixture
def session(api: Api, folder: str) -> str:
    """Address of a fresh session."""
    return begin(api, folder)


def begin(api: Api, folder: str, size: int | None = SIZE, name: str = "a") -> str:
    """Start a session; gives its address."""
    reply = api.begin({"name": name, "parents": [folder]}, size, fields="id,size,md5Checksum,mimeType")
    assert reply.status == 200, reply.body
    return reply.headers["Location"]


def check_whole(reply: Reply, content: bytes = CONTENT) -> None:
    """The answer of an upload that is complete."""
    assert reply.status in (200, 201), reply.body
    md5 = hashlib.md5(content).hexdigest()
    assert (reply.json["size"], reply.json["md5Checksum"]) == (str(len(content)), md5)


def send_a_part(address: str, api: Api, size: int, ranged: str | None = None) -> None:
    """Begin a PUT of the rest and hang up after so many bytes of it, once they have arrived."""
    parts = urlsplit(address)
    with socket.create_connection((parts.hostname, parts.port)) as connection:
        head = f"PUT {parts.path}?{parts.query} HTTP/1.1\r\nHost: x\r\nContent-Length: {SIZE}\r\n"
        connection.sendall(
            (head + (f"Content-Range: bytes {ranged}\r\n" if ranged else "") + "\r\n").encode()
        )
        connection.sendall(CONTENT[:size])
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1) == b""


def test_one_put_without_a_range_is_the_whole(api: Api, session: str) -> None:
    reply = api.put(session, CONTENT)
    check_whole(reply)
    assert reply.json["mimeType"] == "image/x-exr"
    assert api.read(str(reply.json["id"])).body == CONTENT


def test_chunks_are_added_up(api: Api, session: str) -> None:
    first = api.put(session, CONTENT[:GRAIN], f"0-{GRAIN - 1}/{SIZE}")
    assert (first.status, first.headers["Range"]) == (308, f"bytes=0-{GRAIN - 1}")
    second = api.put(session, CONTENT[GRAIN : 3 * GRAIN], f"{GRAIN}-{3 * GRAIN - 1}/{SIZE}")
    assert (second.status, second.headers["Range"]) == (308, f"bytes=0-{3 * GRAIN - 1}")
    check_whole(api.put(session, CONTENT[3 * GRAIN :], f"{3 * GRAIN}-{SIZE - 1}/{SIZE}"))


def test_nothing_kept_is_told_by_no_range(api: Api, session: str) -> None:
    reply = api.put(session, b"", f"*/{SIZE}")
    assert reply.status == 308
    assert "Range" not in reply.headers


def test_no_token_is_needed_since_the_address_is_a_secret(server: DriveServer, session: str) -> None:
    check_whole(Api(server, None).put(session, CONTENT))


def test_an_expired_token_is_refused_all_the_same(server: DriveServer, api: Api, session: str) -> None:
    server.expire_tokens()
    assert api.put(session, CONTENT).status == 401


def test_a_chunk_that_is_no_multiple_is_refused_and_not_kept(api: Api, session: str) -> None:
    reply = api.put(session, CONTENT[:1000], f"0-999/{SIZE}")
    assert reply.status == 400
    assert "262144" in reply.message
    assert api.kept(session, SIZE) == 0


def test_less_is_kept_than_was_sent(server: DriveServer, api: Api, session: str) -> None:
    server.fail("upload.put", nth=1, keep_bytes=GRAIN + 1)
    reply = api.put(session, CONTENT[: 3 * GRAIN], f"0-{3 * GRAIN - 1}/{SIZE}")
    assert (reply.status, reply.headers["Range"]) == (308, f"bytes=0-{GRAIN - 1}")
    check_whole(api.put(session, CONTENT[GRAIN:], f"{GRAIN}-{SIZE - 1}/{SIZE}"))


def test_nothing_is_kept_of_a_chunk(server: DriveServer, api: Api, session: str) -> None:
    server.fail("upload.put", nth=1, keep_bytes=0)
    reply = api.put(session, CONTENT[:GRAIN], f"0-{GRAIN - 1}/{SIZE}")
    assert (reply.status, "Range" in reply.headers) == (308, False)
    check_whole(api.put(session, CONTENT))


@pytest.mark.parametrize("ranged", [None, f"0-{SIZE - 1}/{SIZE}"])
def test_a_broken_put_keeps_what_came_rounded_down(api: Api, session: str, ranged: str | None) -> None:
    send_a_part(session, api, 2 * GRAIN + 77, ranged)
    assert api.kept(session, SIZE) == 2 * GRAIN
    check_whole(api.put(session, CONTENT[2 * GRAIN :], f"{2 * GRAIN}-{SIZE - 1}/{SIZE}"))


def test_bytes_that_are_kept_already_are_ignored(api: Api, session: str) -> None:
    api.put(session, CONTENT[: 2 * GRAIN], f"0-{2 * GRAIN - 1}/{SIZE}")
    reply = api.put(session, CONTENT[GRAIN : 3 * GRAIN], f"{GRAIN}-{3 * GRAIN - 1}/{SIZE}")
    assert reply.headers["Range"] == f"bytes=0-{3 * GRAIN - 1}"
    check_whole(api.put(session, CONTENT))


def test_a_gap_is_refused_with_both_offsets(api: Api, session: str) -> None:
    reply = api.put(session, CONTENT[2 * GRAIN :], f"{2 * GRAIN}-{SIZE - 1}/{SIZE}")
    assert reply.status == 400
    assert (
        "upload offset is 524288 byte(s), which exceeds already uploaded size of 0 byte(s)" in reply.message
    )


def test_another_total_than_was_declared_is_refused(api: Api, session: str) -> None:
    assert api.put(session, CONTENT[:GRAIN], f"0-{GRAIN - 1}/{SIZE + 1}").status == 400


def test_a_range_and_a_body_that_do_not_fit_are_refused(api: Api, session: str) -> None:
    assert api.put(session, CONTENT[:100], f"0-{GRAIN - 1}/{SIZE}").status == 400


def test_a_complete_upload_is_answered_again_when_asked(api: Api, session: str) -> None:
    done = api.put(session, CONTENT)
    for again in (
        api.put(session, b"", f"*/{SIZE}"),
        api.put(session, CONTENT[-5:], f"{SIZE - 5}-{SIZE - 1}/{SIZE}"),
    ):
        check_whole(again)
        assert again.json["id"] == done.json["id"]


def test_an_upload_whose_answer_was_lost_is_complete(server: DriveServer, api: Api, session: str) -> None:
    server.fail("upload.put", nth=1, lose_answer=True)
    with pytest.raises((ConnectionError, OSError)):
        api.put(session, CONTENT)
    check_whole(api.put(session, b"", f"*/{SIZE}"))


def test_an_empty_file_is_complete_when_it_is_asked(api: Api, folder: str) -> None:
    check_whole(api.put(begin(api, folder, 0), b"", "*/0"), b"")


def test_a_size_that_was_not_declared_is_told_at_the_end(api: Api, folder: str) -> None:
    session = begin(api, folder, None)
    assert api.put(session, CONTENT[:GRAIN], f"0-{GRAIN - 1}/*").status == 308
    check_whole(api.put(session, CONTENT[GRAIN:], f"{GRAIN}-{SIZE - 1}/{SIZE}"))


def test_chunks_may_be_posted(api: Api, session: str) -> None:
    headers = {"Content-Range": f"bytes 0-{SIZE - 1}/{SIZE}"}
    check_whole(api.ask("POST", session, data=CONTENT, headers=headers))


def test_a_cancelled_session_is_gone(api: Api, session: str) -> None:
    assert api.ask("DELETE", session).status == 499
    assert api.put(session, CONTENT).status == 404


def test_a_lost_session_is_404(server: DriveServer, api: Api, session: str) -> None:
    assert server.lose_sessions() >= 1
    assert api.put(session, b"", f"*/{SIZE}").status == 404


def test_a_session_of_last_week_is_410(server: DriveServer, api: Api, session: str) -> None:
    server.configure(clock_skew_s=7 * 86_400 + 60.0)
    assert Api(server, None).put(session, b"", f"*/{SIZE}").status == 410


def test_a_session_replaces_a_files_content(api: Api, folder: str) -> None:
    file_id = api.file("a", folder)
    reply = api.begin(
        {"modifiedTime": "2001-01-01T00:00:00Z"}, SIZE, file_id=file_id, fields="id,modifiedTime"
    )
    assert f"/files/{file_id}?" in reply.headers["Location"]
    done = api.put(reply.headers["Location"], CONTENT)
    assert done.json == {"id": file_id, "modifiedTime": "2001-01-01T00:00:00.000Z"}
    assert api.read(file_id).body == CONTENT


def test_an_id_that_is_in_use_is_refused_at_the_start(api: Api, folder: str) -> None:
    file_id = api.file("a", folder)
    reply = api.begin({"name": "a", "parents": [folder], "id": file_id}, SIZE)
    assert (reply.status, reply.reason) == (409, "fileIdInUse")


def test_the_second_of_two_sessions_for_one_id_is_refused_at_the_end(api: Api, folder: str) -> None:
    ids = api.ask("GET", "/drive/v3/files/generateIds").json["ids"]
    assert isinstance(ids, list)
    asked = {"name": "a", "parents": [folder], "id": ids[0]}
    first, second = (api.begin(asked, SIZE).headers["Location"] for _ in range(2))
    assert api.put(first, CONTENT).status == 200
    assert api.put(second, CONTENT).status == 409


def test_kept_bytes_and_sessions_live_over_kill_9(server: DriveServer, api: Api, session: str) -> None:
    api.put(session, CONTENT[: 2 * GRAIN], f"0-{2 * GRAIN - 1}/{SIZE}")
    server.kill()
    server.start()
    assert api.kept(session, SIZE) == 2 * GRAIN
    check_whole(api.put(session, CONTENT[2 * GRAIN :], f"{2 * GRAIN}-{SIZE - 1}/{SIZE}"))


def test_a_new_request_ends_a_put_that_hangs(server: DriveServer, api: Api, session: str) -> None:
    parts = urlsplit(session)
    with socket.create_connection((parts.hostname, parts.port)) as hanging:
        head = f"PUT {parts.path}?{parts.query} HTTP/1.1\r\nHost: x\r\nContent-Length: {SIZE}\r\n\r\n"
        hanging.sendall(head.encode() + CONTENT[: GRAIN + 1])
        wait_until(lambda: server.counters()["running"] == 1)
        kept = api.kept(session, SIZE)
        assert kept in (0, GRAIN)
        check_whole(api.put(session, CONTENT[kept:], f"{kept}-{SIZE - 1}/{SIZE}"))
        wait_until(lambda: server.counters()["running"] == 0)


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait for a condition."""
    for _ in range(3000):
        if holds():
            return
        time.sleep(0.01)
    raise AssertionError("it did not come true in half a minute")
