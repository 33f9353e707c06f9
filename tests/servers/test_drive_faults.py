"""What goes wrong with the Drive server on demand, and what it counts."""

from __future__ import annotations

import hashlib
import http.client
import os
import threading
from collections.abc import Sequence

import pytest

from tests.servers.drive.client import Api
from tests.servers.drive.process import SERVICE, USER, ControlError, DriveServer

pytest_plugins = ["tests.servers.drive.fixtures"]
BROKEN = (ConnectionError, http.client.HTTPException)


def statuses(api: Api, count: int) -> Sequence[int]:
    """Of so many calls of one kind."""
    return [api.get("root").status for _ in range(count)]


def test_the_nth_call_fails(server: DriveServer, api: Api) -> None:
    server.fail("files.get", nth=2, status=503)
    assert statuses(api, 4) == [200, 503, 200, 200]


def test_each_kth_call_fails(server: DriveServer, api: Api) -> None:
    server.fail("files.get", every=2, status=500)
    assert statuses(api, 4) == [200, 500, 200, 500]


def test_the_first_few_calls_fail(server: DriveServer, api: Api) -> None:
    server.fail("files.*", first=2, status=502)
    assert statuses(api, 4) == [502, 502, 200, 200]


def test_chance_strikes_the_same_way_for_the_same_seed(server: DriveServer, api: Api) -> None:
    found = []
    for _ in range(2):
        server.clear_faults()
        server.fail("files.get", probability=0.5, seed=7, status=503)
        found.append(statuses(api, 12))
    assert found[0] == found[1]
    assert set(found[0]) == {200, 503}


def test_one_accounts_calls_fail(server: DriveServer, api: Api) -> None:
    server.fail("*", account=USER, status=503)
    assert api.get("root").status == 200
    assert Api(server, server.credentials, subject=USER).get("root").status == 503


def test_a_method_strikes_all_its_kinds_of_calls(server: DriveServer, api: Api, folder: str) -> None:
    server.fail("files.create", status=503)
    asked = {"name": "a", "parents": [folder]}
    assert [api.create(asked).status, api.create(asked, b"x").status, api.begin(asked, 1).status] == [503] * 3
    assert [rule["struck"] for rule in server.clear_faults()] == [3]


def test_reason_message_and_retry_after_are_answered(server: DriveServer, api: Api) -> None:
    server.fail("files.get", status=403, reason="rateLimitExceeded", message="Slow down", retry_after_s=3)
    reply = api.get("root")
    assert (reply.reason, reply.message, reply.headers["Retry-After"]) == (
        "rateLimitExceeded",
        "Slow down",
        "3",
    )


def test_the_token_endpoint_fails_in_its_own_form(server: DriveServer) -> None:
    server.fail("token", status=400, reason="invalid_grant", message="Account disabled")
    reply = Api(server, None).log_in(server.credentials)
    assert reply.json == {"error": "invalid_grant", "error_description": "Account disabled"}


def test_a_call_whose_answer_is_lost_is_done(server: DriveServer, api: Api, folder: str) -> None:
    server.fail("files.create", nth=1, lose_answer=True)
    with pytest.raises(BROKEN):
        api.create({"name": "a", "parents": [folder]}, b"x")
    assert api.names(f"'{folder}' in parents") == ["a"]


def test_a_request_dropped_on_its_way_is_not_done(server: DriveServer, api: Api, folder: str) -> None:
    server.fail("upload.multipart", nth=1, drop_request_after=100)
    with pytest.raises(BROKEN):
        api.create({"name": "a", "parents": [folder]}, os.urandom(1 << 20))
    assert api.names(f"'{folder}' in parents") == []


def test_a_call_without_a_body_is_dropped_at_once(server: DriveServer, api: Api) -> None:
    server.fail("files.get", nth=1, drop_request_after=0)
    with pytest.raises(BROKEN):
        api.get("root")


def test_a_download_breaks_after_so_many_bytes(server: DriveServer, api: Api, folder: str) -> None:
    file_id = api.file("a", folder, b"x" * 1000)
    server.fail("files.media", drop_response_after=400)
    with pytest.raises(http.client.IncompleteRead) as caught:
        api.read(file_id)
    assert len(caught.value.partial) == 400


def test_a_metadata_answer_breaks_in_the_middle(server: DriveServer, api: Api) -> None:
    server.fail("files.get", drop_response_after=10)
    with pytest.raises(http.client.IncompleteRead):
        api.get("root")


def test_a_truncated_download_looks_complete(server: DriveServer, api: Api, folder: str) -> None:
    file_id = api.file("a", folder, b"x" * 1000)
    server.fail("files.media", truncate_to=400)
    reply = api.read(file_id)
    assert (reply.status, len(reply.body)) == (200, 400)


@pytest.mark.parametrize(("at", "damaged"), [(3, 3), (-1, 9), (0, 0)])
def test_one_byte_of_a_download_is_another(
    server: DriveServer, api: Api, folder: str, at: int, damaged: int
) -> None:
    file_id = api.file("a", folder, b"0123456789")
    server.fail("files.media", corrupt_at=at)
    body = api.read(file_id).body
    assert [place for place in range(10) if body[place] != b"0123456789"[place]] == [damaged]


def test_a_wrong_md5_is_told_but_not_kept(server: DriveServer, api: Api, folder: str) -> None:
    server.fail("files.create", nth=1, wrong_md5=True)
    reply = api.create({"name": "a", "parents": [folder]}, b"x", fields="id,md5Checksum")
    right = hashlib.md5(b"x").hexdigest()
    assert reply.json["md5Checksum"] != right
    assert api.get(str(reply.json["id"]), fields="md5Checksum").json == {"md5Checksum": right}


def test_a_slow_connection_gives_everything(server: DriveServer, api: Api, folder: str) -> None:
    server.fail("*", bytes_per_s=10e6)
    content = os.urandom(100_000)
    file_id = api.file("a", folder, content)
    assert api.read(file_id).body == content


def test_a_fault_that_is_not_understood_is_refused(server: DriveServer) -> None:
    with pytest.raises(ControlError, match="explode"):
        server.fail("files.get", explode=True)


def test_calls_and_bytes_are_counted_by_kind(server: DriveServer, api: Api, folder: str) -> None:
    server.reset()
    file_id = api.file("a", folder, b"x" * 1000)
    api.read(file_id)
    api.read("1nothing")
    assert (server.count("upload.multipart"), server.count("files.media", status=404)) == (1, 1)
    assert server.bytes_in("upload.multipart") > 1000
    assert server.bytes_out("files.media") > 1000
    assert server.counters()["calls"] == 3


def test_the_log_tells_who_called_what(server: DriveServer, api: Api) -> None:
    server.reset()
    api.get("root", fields="name")
    (entry,) = server.calls()
    assert (entry["kind"], entry["account"], entry["status"]) == ("files.get", SERVICE, 200)
    assert str(entry["target"]).startswith("/drive/v3/files/root?")


def test_a_call_that_breaks_is_logged_with_status_0(server: DriveServer, api: Api) -> None:
    server.reset()
    server.fail("files.get", lose_answer=True)
    with pytest.raises(BROKEN):
        api.get("root")
    assert [entry["status"] for entry in server.calls()] == [0]


def test_the_most_calls_at_once_are_known(server: DriveServer, api: Api) -> None:
    server.reset()
    server.configure(latency_s=0.3)
    threads = [threading.Thread(target=api.get, args=("root",), name=f"test-call-{n}") for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert server.counters()["peak_concurrent"] == 3
