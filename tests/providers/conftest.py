from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncgui.providers.file_operations import FileOperations
from syncgui.providers.local_folder import LocalFolder
from syncgui.providers.path_files import PathFileOperations
from syncgui.providers.posix_files import PosixFileOperations
from tests.providers.drive_room import Room
from tests.servers.drive.client import Api
from tests.servers.drive.process import USER, DriveServer

_OWN_MOUNTS = ["unshare", "--mount"] if os.getuid() == 0 else ["unshare", "--mount", "--map-root-user"]


@pytest.fixture(params=[PosixFileOperations, PathFileOperations])
def files(request: pytest.FixtureRequest) -> FileOperations:
    kind: type[FileOperations] = request.param
    return kind()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    path = tmp_path / "root"
    path.mkdir()
    return path


@pytest.fixture
def folder(root: Path, files: FileOperations) -> LocalFolder:
    return LocalFolder("studio", str(root), files)


@pytest.fixture
def own_mounts(tmp_path: Path) -> list[str]:
    """What to put before a command that mounts something nobody else shall see."""
    if shutil.which("unshare") is None:
        pytest.skip("there is no program unshare here")
    (tmp_path / "mount").mkdir()
    mount = ["mount", "-t", "tmpfs", "none", str(tmp_path / "mount")]
    tried = subprocess.run([*_OWN_MOUNTS, *mount], capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        pytest.skip(f"no mounts of one's own here: {tried.stderr.strip()}")
    return _OWN_MOUNTS


@pytest.fixture
def own_disks(own_mounts: list[str], tmp_path: Path) -> list[str]:
    """The same, where also files can be mounted as disks."""
    if shutil.which("mkfs.ext4") is None:
        pytest.skip("there is no program mkfs.ext4 here")
    image, place = tmp_path / "try.image", tmp_path / "try"
    image.write_bytes(bytes(4 << 20))
    place.mkdir()
    subprocess.run(["mkfs.ext4", "-q", "-F", str(image)], check=True, capture_output=True)
    mount = [*own_mounts, "mount", "-o", "loop", str(image), str(place)]
    tried = subprocess.run(mount, capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        pytest.skip(f"no file can be mounted as a disk here: {tried.stderr.strip()}")
    return own_mounts


@pytest.fixture(scope="session")
def drive_user(shared_drive_server: DriveServer) -> Api:
    """Calls of the user who manages the shared drive, beside any provider."""
    return Api(shared_drive_server, shared_drive_server.credentials, subject=USER)


@pytest.fixture
def room(drive_server: DriveServer, drive_user: Api) -> Iterator[Room]:
    """An empty folder on Drive, and providers that work in it."""
    room = Room(drive_server, drive_user)
    drive_server.reset()
    yield room
    room.close()
