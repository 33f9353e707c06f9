from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from syncgui.providers.file_operations import FileOperations
from syncgui.providers.local_folder import LocalFolder
from syncgui.providers.path_files import PathFileOperations
from syncgui.providers.posix_files import PosixFileOperations
from tests.own_mounts import own_disks, own_mounts
from tests.providers.drive_room import Room
from tests.servers.drive.process import DriveServer

__all__ = ["own_disks", "own_mounts"]


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
def room(drive_server: DriveServer) -> Iterator[Room]:
    """An empty folder on Drive, and providers that work in it."""
    room = Room(drive_server)
    drive_server.reset()
    yield room
    room.close()
