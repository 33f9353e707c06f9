"""Two names of one moment that a file system takes for one: whatever the order, one of them is refused."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import pytest

from syncgui.model.errors import NameInTheWayError, SyncError
from syncgui.providers.file_operations import Flush, FolderEntry, FolderHandle
from syncgui.providers.folder_turns import EVERYWHERE, FolderTurns
from syncgui.providers.local_folder import LocalFolder
from tests.engine.studio import eventually
from tests.providers.blind_files import BlindFileOperations
from tests.providers.incoming import incoming

PAIRS = [("tex/A.exr", "tex/a.exr"), ("tex/\u00e9.exr", "tex/e\u0301.exr")]
PATIENCE_S = 60.0


def test_a_turn_ends_with_its_work_and_nothing_is_remembered() -> None:
    turns = FolderTurns()
    with pytest.raises(ZeroDivisionError), turns.at(1):
        assert turns.wanted(1) == 1
        raise ZeroDivisionError
    with turns.at(1), turns.at(2):
        assert (turns.wanted(1), turns.wanted(2)) == (1, 1)
    assert (turns.wanted(1), turns.wanted(2)) == (0, 0)


class _RenamesLate(BlindFileOperations):
    """Whoever is first to give a name does it only when the other one is there to give his."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.first = threading.Lock()
        self.others_turn: Callable[[FolderHandle], bool] = lambda _: True

    def rename(self, folder: FolderHandle, old: str, new: str) -> None:
        if self.first.acquire(blocking=False):
            eventually(lambda: self.others_turn(folder), "the other one")
        super().rename(folder, old, new)


@pytest.mark.parametrize(("one", "other"), PAIRS)
@pytest.mark.parametrize("reached", ["by one root", "by two", "by a link", "by a root in the other"])
def test_of_two_spellings_of_one_moment_one_is_refused(
    one: str, other: str, reached: str, tmp_path: Path, root: Path
) -> None:
    files = _RenamesLate(tmp_path)

    def turns_of(folder: FolderHandle) -> bool:
        found = files.stat_folder(folder)
        return EVERYWHERE.wanted((found.st_dev, found.st_ino)) == 2

    files.others_turn = turns_of
    opened = [LocalFolder("studio", str(root), files)]
    names = [one, other]
    if reached == "by one root":
        opened *= 2
    elif reached == "by two":
        opened.append(LocalFolder("studio", str(root), files))
    elif reached == "by a link":
        (tmp_path / "linking").mkdir()
        (tmp_path / "linking/all").symlink_to(root)
        linking = str(tmp_path / "linking")
        opened.append(LocalFolder("linking", linking, files, allowed_link_targets=[str(root)]))
        names[1] = f"all/{other}"
    else:
        opened.append(LocalFolder("above", str(tmp_path), files))
        names[1] = f"root/{other}"
    both_written = threading.Barrier(2)
    results: dict[str, SyncError | None] = {}

    def write(folder: LocalFolder, path: str) -> None:
        def fill(target: BinaryIO) -> None:
            target.write(path.encode())

        def flushed(_: Flush) -> None:
            both_written.wait(PATIENCE_S)

        group = [replace(incoming(path, path.encode(), fill=fill), flushed=flushed)]
        (results[path],) = folder.write_group(group)

    threads = [
        threading.Thread(target=write, args=given, name=f"writer-{given[1]}")
        for given in zip(opened, names, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    (kept,) = (path for path, error in results.items() if error is None)
    (refused,) = (path for path, error in results.items() if error is not None)
    error = results[refused]
    assert isinstance(error, NameInTheWayError)
    assert refused in error.sentence
    assert "takes the two names for one" in error.sentence
    found = [path for path in root.rglob("*") if path.is_file()]
    assert [path.read_bytes() for path in found] == [kept.encode()]


class _Listed(BlindFileOperations):
    """Counts how many names were listed."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.count = 0

    def list_folder(self, folder: FolderHandle) -> list[FolderEntry]:
        found = super().list_folder(folder)
        self.count += len(found)
        return found


def test_folders_are_not_listed_for_each_file_of_a_blind_file_system(root: Path) -> None:
    files = _Listed(root)
    folder = LocalFolder("studio", str(root), files)
    own = [f"show/sh{number:04}/publish/v001/a.exr" for number in range(100)]
    shared = [f"show/plate/{number:04}.exr" for number in range(100)]
    for content in (b"one", b"two"):
        for names in (own, shared):
            results = folder.write_group([incoming(name, content) for name in names])
            assert results == [None] * 100
    # Each folder once per group that replaces files in it, with their partials; none for what was made.
    assert files.count == 2 * (100 + 100)
