"""What is read-only or open in another program, where names are given as Windows does it.

Its refusals are made by hand, at the calls of the system, so these tests run everywhere.
"""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from syncgui.model.errors import FileInUseError, NameInTheWayError, TargetNotWritableError
from syncgui.providers.file_operations import FolderHandle, InUseError
from syncgui.providers.local_folder import LocalFolder
from syncgui.providers.path_files import PathFileOperations
from tests.providers.incoming import incoming


class Windows:
    """Refuses what Windows would, below a folder."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, root: Path) -> None:
        self.root = root
        self.code = 5  # what is said of a file that is open elsewhere
        self.open_for = 0  # so many times that a name is asked for its file is still open elsewhere
        self.gives_names = True
        self.waits: list[float] = []
        self.files = PathFileOperations(self.waits.append)
        self.handle = FolderHandle(str(root))
        self._replace, self._unlink, self._open = os.replace, os.unlink, os.open
        monkeypatch.setattr(os, "replace", self.replace)
        monkeypatch.setattr(os, "unlink", self.unlink)
        monkeypatch.setattr(os, "open", self.open)

    def replace(self, old: Path, new: Path) -> None:
        if new.is_dir() or self._is_read_only(new):
            raise denied(5)
        if new.exists() and self.open_for:
            self.open_for -= 1
            raise denied(self.code)
        if not self.gives_names and not new.exists():
            raise denied(5)
        self._replace(old, new)

    def unlink(self, path: Path) -> None:
        if self._is_read_only(path):
            raise denied(5)
        self._unlink(path)

    def open(self, path: Path, flags: int, mode: int = 0o777, **how: int) -> int:
        if flags & os.O_RDWR and self._is_read_only(path):
            raise denied(5)
        return self._open(path, flags, mode, **how)

    def _is_read_only(self, path: Path) -> bool:
        below = self.root in Path(path).parents
        return below and Path(path).exists() and not Path(path).stat().st_mode & stat.S_IWUSR


def denied(winerror: int) -> PermissionError:
    error = PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    error.winerror = winerror  # type: ignore[attr-defined]
    return error


def is_writable(path: Path) -> bool:
    return bool(path.stat().st_mode & stat.S_IWUSR)


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch, root: Path) -> Windows:
    return Windows(monkeypatch, root)


@pytest.fixture
def read_only(root: Path) -> Path:
    path = root / "a"
    path.write_bytes(b"old")
    path.chmod(0o444)
    return path


def test_a_read_only_file_that_is_there_is_flushed_and_stays_read_only(
    windows: Windows, root: Path, read_only: Path
) -> None:
    LocalFolder("studio", str(root), windows.files).sync_existing(("a",))
    assert not is_writable(read_only)


def test_a_read_only_file_is_removed(windows: Windows, read_only: Path) -> None:
    windows.files.unlink(windows.handle, "a")
    assert not read_only.exists()


@pytest.mark.parametrize("mode", [None, 0o444])
def test_a_read_only_file_is_replaced(
    windows: Windows, root: Path, read_only: Path, mode: int | None
) -> None:
    folder = LocalFolder("studio", str(root), windows.files, file_mode=mode)
    assert folder.write_group([incoming("a", b"new")]) == [None]
    assert read_only.read_bytes() == b"new"
    assert is_writable(read_only) == (mode is None)
    assert [one.name for one in root.iterdir()] == ["a"]


def test_a_read_only_file_that_is_open_elsewhere_stays_as_it_was(windows: Windows, read_only: Path) -> None:
    windows.open_for = 1000
    (windows.root / "new").write_bytes(b"new")
    with pytest.raises(InUseError):
        windows.files.rename(windows.handle, "new", "a")
    assert read_only.read_bytes() == b"old"
    assert not is_writable(read_only)


@pytest.mark.parametrize("code", [5, 32, 33])
def test_what_is_open_for_a_moment_is_waited_for(windows: Windows, root: Path, code: int) -> None:
    (root / "a").write_bytes(b"old")
    windows.open_for, windows.code = 3, code
    folder = LocalFolder("studio", str(root), windows.files)
    assert folder.write_group([incoming("a", b"new")]) == [None]
    assert (root / "a").read_bytes() == b"new"
    assert len(windows.waits) == 3


@pytest.mark.parametrize("code", [5, 32, 33])
def test_what_stays_open_for_a_second_costs_no_try_and_what_was_written_may_be_gone_on_with(
    windows: Windows, root: Path, code: int
) -> None:
    (root / "a").write_bytes(b"old")
    windows.open_for, windows.code = 1000, code
    wanted = replace(incoming("a", b"new"), keeps=lambda _error, _size_bytes: True)
    (error,) = LocalFolder("studio", str(root), windows.files).write_group([wanted])
    assert isinstance(error, FileInUseError)
    assert not error.costs_try
    assert (root / "a").read_bytes() == b"old"
    assert (root / wanted.partial).read_bytes() == b"new"
    assert 0.5 < sum(windows.waits) < 1.5


def test_a_folder_in_the_way_is_not_waited_for(windows: Windows, root: Path) -> None:
    wanted = incoming("a", b"new", confirm=(root / "a").mkdir)
    (error,) = LocalFolder("studio", str(root), windows.files).write_group([wanted])
    assert isinstance(error, NameInTheWayError)
    assert windows.waits == []


def test_a_name_that_may_not_be_given_is_no_file_that_is_open(windows: Windows, root: Path) -> None:
    windows.gives_names = False
    (error,) = LocalFolder("studio", str(root), windows.files).write_group([incoming("a", b"new")])
    assert isinstance(error, TargetNotWritableError)
    assert list(root.iterdir()) == []
