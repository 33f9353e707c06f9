from __future__ import annotations

from pathlib import Path

import pytest

from syncgui.providers.file_operations import FileOperations
from syncgui.providers.local_folder import LocalFolder
from syncgui.providers.path_files import PathFileOperations
from syncgui.providers.posix_files import PosixFileOperations


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
