"""The Drive server as a process: started, killed, halted, furnished by a file, looked into."""

from __future__ import annotations

import hashlib
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.drive.client import Api
from tests.servers.drive.process import OLDER, SERVICE, USER, ControlError, DriveServer

pytest_plugins = ["tests.servers.drive.fixtures"]


@pytest.fixture
def own(tmp_path: Path) -> Iterator[DriveServer]:
    """A server of the test's own."""
    server = DriveServer(tmp_path)
    yield server
    server.stop()


def test_files_settings_and_accounts_live_over_kill_9(own: DriveServer) -> None:
    api = Api(own, own.credentials)
    folder = api.folder("f", own.drive_id)
    file_id = api.file("a", folder, b"content")
    gone = api.file("gone", folder)
    api.update(gone, {"trashed": True})
    other = own.add_drive("Other", {SERVICE: "reader"}, item_limit=5)
    own.configure(token_lifetime_s=1234.0)
    own.kill()
    own.start()
    assert api.read(file_id).body == b"content"
    assert own.tree() == {"f/a": (7, hashlib.md5(b"content").hexdigest())}
    assert api.get(other).status == 200
    assert own.configure()["token_lifetime_s"] == 1234.0


def test_a_journal_that_breaks_off_in_a_line_is_read_up_to_it(own: DriveServer) -> None:
    Api(own, own.credentials).file("a", own.drive_id)
    own.kill()
    with (own.folder / "data" / "journal.jsonl").open("ab") as journal:
        journal.write(b'["item", {"id": "1abc", "na')
    own.start()
    assert set(own.tree()) == {"a"}
    assert own.log() == ""


def test_deletions_live_over_kill_9(own: DriveServer) -> None:
    user = Api(own, own.credentials, subject=USER)
    outer = user.folder("outer", "root")
    user.file("a", outer)
    user.delete(outer)
    own.kill()
    own.start()
    assert "outer" not in {one.path for one in own.stored(USER)}
    assert not list((own.folder / "data" / "content").iterdir())


def test_credentials_stay_good_over_restarts(own: DriveServer) -> None:
    token = Api(own, own.credentials).token
    before = own.credentials.read_bytes()
    own.stop()
    own.start()
    assert own.credentials.read_bytes() == before
    caller = Api(own, None)
    caller.token = token
    assert caller.get("root").status == 200


def test_a_halted_server_goes_on_where_it_was(own: DriveServer) -> None:
    api = Api(own, own.credentials)
    own.halt()
    with socket.create_connection(("127.0.0.1", own.port)) as connection:
        connection.settimeout(0.2)
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
        with pytest.raises(TimeoutError):
            connection.recv(1)
    own.go_on()
    assert api.get("root").status == 200


def test_a_file_furnishes_it_at_the_start(tmp_path: Path) -> None:
    file = tmp_path / "faults.json"
    said = {
        "settings": {"largest_page": 5},
        "account": [{"email": "guest@studio.example", "storage_bytes": 7}],
        "drive": {"name": "Archive", "members": {SERVICE: "reader"}},
        "faults": [{"match": "files.get", "which": {"nth": 1}, "do": {"status": 503}}],
    }
    file.write_text(json.dumps(said))
    server = DriveServer(tmp_path / "server", faults=file)
    try:
        api = Api(server, server.credentials)
        assert [api.get("root").status for _ in range(2)] == [503, 200]
        assert server.configure()["largest_page"] == 5
        names = [one["name"] for one in api.ask("GET", "/drive/v3/drives").json["drives"]]  # type: ignore[attr-defined]
        assert names == ["Studio", "Archive"]
    finally:
        server.stop()


def test_it_says_in_one_line_where_it_is(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.servers.drive", "--data", str(tmp_path)]
    repository = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=repository, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        process.terminate()
        assert process.stdout.read() == ""
    assert process.returncode == 0
    assert said["endpoint"] == f"http://127.0.0.1:{said['port']}"
    assert (said["ca"], said["proxy"]) == (None, None)
    file = json.loads(Path(said["credentials"]).read_text())
    assert set(file) >= {"type", "project_id", "private_key_id", "private_key", "client_email", "token_uri"}
    assert file["token_uri"] == f"{said['endpoint']}/token"


def test_an_argument_that_makes_no_sense_ends_it(tmp_path: Path) -> None:
    (tmp_path / "faults.json").write_text('{"nonsense": {}}')
    with pytest.raises(AssertionError, match="nonsense"):
        DriveServer(tmp_path / "server", faults=tmp_path / "faults.json")


def test_what_is_stored_is_seen_without_the_api(server: DriveServer, api: Api, folder: str) -> None:
    inner = api.folder("inner", folder)
    api.file("a", inner, b"hello")
    server.reset()
    assert server.tree(folder) == {"inner/a": (5, hashlib.md5(b"hello").hexdigest())}
    found = {one.path: one for one in server.stored(folder)}
    assert found["inner"].content is None
    assert found["inner/a"].content is not None
    assert found["inner/a"].content.read_bytes() == b"hello"
    assert server.counters()["calls"] == 0


def test_folders_are_made_without_the_api(server: DriveServer) -> None:
    folder = server.make_folder(OLDER, "a/b")
    assert server.make_folder(OLDER, "a/b") == folder
    assert [one.path for one in server.stored(OLDER)] == ["a", "a/b"]


def test_a_control_that_does_not_exist_is_refused(server: DriveServer) -> None:
    with pytest.raises(ControlError, match="no such control"):
        server.control("nonsense")


def test_a_setting_that_does_not_exist_is_refused(server: DriveServer) -> None:
    with pytest.raises(ControlError, match="unknown settings: nonsense"):
        server.configure(nonsense=1)


def test_a_call_that_does_not_exist_is_404(server: DriveServer, api: Api) -> None:
    assert api.ask("GET", "/drive/v2/files").status == 404
    assert api.ask("PUT", "/drive/v3/files").status == 404


def test_it_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.servers.drive", "--with-parent", "--data", str(tmp_path)]
    repository = Path(__file__).parents[2]
    with subprocess.Popen(
        command, cwd=repository, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        assert process.stdout.readline()
        process.stdin.close()
        assert process.wait(60) == 0
