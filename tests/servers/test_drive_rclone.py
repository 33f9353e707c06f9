"""The rclone program takes the Drive server for Google's."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from tests.servers.drive.client import Api
from tests.servers.drive.process import USER, DriveServer
from tests.servers.drive.rclone import rclone

pytest_plugins = ["tests.servers.drive.fixtures"]
MIB = 1 << 20
NAMES = [
    "it's",
    'say "hello"',
    "back\\slash",
    "größe_файл_ファイル_😀.exr",
    ".hidden",
    "..two dots",
    "no_extension",
    "percent%20 hash# question? star*.exr",
    " leading and trailing ",
    "{brackets} [and] $signs & more; ~",
    'folder.with.dots/it\'s \\ "inside"',
]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Files with odd names, an empty one, and an empty folder."""
    folder = tmp_path / "source"
    for name in NAMES:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    (folder / "empty").touch()
    return folder


@pytest.fixture
def target(request: pytest.FixtureRequest, tls_server: DriveServer) -> str:
    """Name of an empty folder of the test's own on the shared drive."""
    name: str = request.node.name
    tls_server.make_folder(tls_server.drive_id, name)
    return name


def local_tree(folder: Path) -> dict[str, tuple[int, str]]:
    """(size, md5) by path."""
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_size, hashlib.md5(path.read_bytes()).hexdigest())
        for path in folder.rglob("*")
        if path.is_file()
    }


def stored_tree(server: DriveServer, target: str) -> dict[str, tuple[int, str]]:
    """(size, md5) by path below a folder of the shared drive."""
    return server.tree(server.make_folder(server.drive_id, target))


def test_rclone_copies_files_with_odd_names(tls_server: DriveServer, source: Path, target: str) -> None:
    rclone(tls_server, "copy", source, f":drive:{target}")
    assert stored_tree(tls_server, target) == local_tree(source)
    rclone(tls_server, "check", source, f":drive:{target}")


def test_rclone_lists_all_of_them(tls_server: DriveServer, source: Path, target: str) -> None:
    rclone(tls_server, "copy", source, f":drive:{target}")
    listed = rclone(tls_server, "lsf", "-R", "--files-only", f":drive:{target}").splitlines()
    assert sorted(listed) == sorted(local_tree(source))


def test_rclone_fetches_them_back(tls_server: DriveServer, source: Path, target: str, tmp_path: Path) -> None:
    rclone(tls_server, "copy", source, f":drive:{target}")
    rclone(tls_server, "copy", f":drive:{target}", tmp_path / "back")
    assert local_tree(tmp_path / "back") == local_tree(source)


def test_rclone_keeps_times_of_change(tls_server: DriveServer, source: Path, target: str) -> None:
    os.utime(source / "it's", (1_600_000_000.25, 1_600_000_000.25))
    rclone(tls_server, "copy", source, f":drive:{target}")
    folder = tls_server.make_folder(tls_server.drive_id, target)
    found = {one.path: one.modified_ms for one in tls_server.stored(folder)}
    assert found["it's"] == 1_600_000_000_250


def test_rclone_sync_replaces_and_deletes(tls_server: DriveServer, source: Path, target: str) -> None:
    rclone(tls_server, "copy", source, f":drive:{target}")
    folder = tls_server.make_folder(tls_server.drive_id, target)
    before = {one.path: one.id for one in tls_server.stored(folder)}
    (source / "it's").write_bytes(b"other content")
    (source / "no_extension").unlink()
    rclone(tls_server, "sync", source, f":drive:{target}")
    assert stored_tree(tls_server, target) == local_tree(source)
    after = {one.path: one.id for one in tls_server.stored(folder)}
    assert after["it's"] == before["it's"]


@pytest.mark.parametrize(("chunk", "puts"), [("1M", 20), ("8M", 3)])
def test_rclone_copies_a_large_file_in_chunks(
    tls_server: DriveServer, tmp_path: Path, target: str, chunk: str, puts: int
) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "large.exr").write_bytes(os.urandom(20 * MIB))
    tls_server.reset()
    rclone(tls_server, "copy", tmp_path / "source", f":drive:{target}", "--drive-chunk-size", chunk)
    assert stored_tree(tls_server, target) == local_tree(tmp_path / "source")
    assert tls_server.count("upload.put") == puts
    assert tls_server.bytes_in("upload.put") == 20 * MIB
    rclone(tls_server, "check", "--download", tmp_path / "source", f":drive:{target}")


def test_rclone_reads_a_range(tls_server: DriveServer, target: str) -> None:
    folder = tls_server.make_folder(tls_server.drive_id, target)
    Api(tls_server, tls_server.credentials).file("a", folder, b"0123456789")
    assert rclone(tls_server, "cat", f":drive:{target}/a", "--offset", "3", "--count", "4") == "3456"
    assert rclone(tls_server, "cat", f":drive:{target}/a", "--tail", "2") == "89"
    assert tls_server.count("files.media", status=206) == 2


def test_rclone_goes_on_after_a_failure_and_a_lost_answer(
    tls_server: DriveServer, tmp_path: Path, target: str
) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "large.exr").write_bytes(os.urandom(4 * MIB))
    tls_server.fail("upload.put", nth=1, status=503)
    tls_server.fail("upload.put", nth=3, lose_answer=True)
    options = ("--drive-chunk-size", "1M", "--drive-upload-cutoff", "1M", "--drive-pacer-burst", "100")
    rclone(tls_server, "copy", tmp_path / "source", f":drive:{target}", *options)
    assert stored_tree(tls_server, target) == local_tree(tmp_path / "source")
    assert [rule["struck"] for rule in tls_server.clear_faults()] == [1, 1]


def test_rclone_moves_and_copies_on_the_server(tls_server: DriveServer, target: str) -> None:
    folder = tls_server.make_folder(tls_server.drive_id, target)
    Api(tls_server, tls_server.credentials).file("a", folder, b"hello")
    tls_server.reset()
    rclone(tls_server, "copyto", f":drive:{target}/a", f":drive:{target}/b/c")
    rclone(tls_server, "moveto", f":drive:{target}/a", f":drive:{target}/d")
    assert set(stored_tree(tls_server, target)) == {"b/c", "d"}
    assert tls_server.count("files.media") == 0


def test_rclone_works_in_my_drive_as_a_user(tls_server: DriveServer, source: Path) -> None:
    credentials = tls_server.service_account_file(google=True)
    as_user = ("--drive-service-account-file", str(credentials), "--drive-impersonate", USER)
    rclone(tls_server, "copy", source, ":drive:mine", remote=as_user)
    rclone(tls_server, "check", source, ":drive:mine", remote=as_user)
    assert '"total":' in rclone(tls_server, "about", "--json", ":drive:", remote=as_user).replace(" ", "")


def test_rclone_sees_what_is_shared_with_an_account(tls_server: DriveServer) -> None:
    credentials = tls_server.service_account_file(google=True)
    shared = ("--drive-service-account-file", str(credentials), "--drive-shared-with-me")
    assert rclone(tls_server, "lsf", ":drive:", remote=shared) == "Shared projects/\n"


def test_every_call_of_rclone_goes_through_the_proxy(tls_server: DriveServer, target: str) -> None:
    tls_server.reset()
    rclone(tls_server, "lsf", f":drive:{target}")
    calls = tls_server.calls()
    assert {entry["kind"] for entry in calls} >= {"connect", "token", "files.list"}
    assert all(entry["through_proxy"] for entry in calls)
