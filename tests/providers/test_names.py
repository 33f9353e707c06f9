"""Names that a storage can not hold are refused by every kind of work; long paths of good names work."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from syncgui.model.errors import NameRefusedError, PathRefusedError, SyncError
from syncgui.providers import linux_mounts
from syncgui.providers.file_operations import FileOperations
from syncgui.providers.local_folder import LocalFolder, partial_name
from syncgui.providers.posix_files import PosixFileOperations
from tests.providers.incoming import incoming

# name → what the sentence says of it
ONLY_ON_WINDOWS = {
    "CON": "'CON' is a reserved name of Windows",
    "nul.exr": "'nul.exr' is a reserved name of Windows",
    "Com1 .tar.gz": "is a reserved name of Windows",
    "CONOUT$": "is a reserved name of Windows",
    "v001.": "'v001.' ends with a dot, which Windows drops",
    "v001 ": "'v001 ' ends with a space, which Windows drops",
    "a:b": "'a:b' holds ':', which no name may on Windows",
    "what?": "holds '?', which no name may on Windows",
    "tab\t": "holds '\\t', which no name may on Windows",
    "back\\slash": "holds '\\\\', which no name may on Windows",
}


def every_work(folder: LocalFolder, path: str) -> list[Callable[[], object]]:
    """All that can be done with a path."""
    parts = tuple(path.split("/"))

    def write() -> None:
        (error,) = folder.write_group([incoming(path, b"x")])
        if error is not None:
            raise error

    return [
        lambda: folder.facts(parts),
        lambda: folder.kept_as(parts),
        lambda: folder.open_source(parts),
        lambda: folder.list_folder(parts),
        lambda: folder.list_partials(parts),
        lambda: folder.make_folder(parts),
        lambda: folder.remove_file(parts),
        lambda: folder.remove_partial(parts, partial_name("a", "w", 1)),
        lambda: folder.sync_existing(parts),
        write,
    ]


def mounted_as(kind: str, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalFolder:
    """A root whose device is, for all that the system says, of this kind."""
    device = root.stat().st_dev
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"22 1 {os.major(device)}:{os.minor(device)} / / rw shared:1 - {kind} none rw\n")
    monkeypatch.setattr(linux_mounts, "_MOUNTS", mounts)
    return LocalFolder("nas", str(root), PosixFileOperations())


@pytest.mark.parametrize("path", [f"show/{name}/a" for name in ONLY_ON_WINDOWS] + list(ONLY_ON_WINDOWS))
@pytest.mark.parametrize("kind", ["cifs", "vfat"])
def test_a_share_of_windows_is_asked_for_no_name_that_it_can_not_hold(
    path: str, kind: str, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = mounted_as(kind, root, tmp_path, monkeypatch)
    told = next(text for name, text in ONLY_ON_WINDOWS.items() if name in path.split("/"))
    for work in every_work(folder, path):
        with pytest.raises(NameRefusedError) as refused:
            work()
        assert refused.value.sentence.startswith("nas can not hold the path ")
        assert told in refused.value.sentence
        assert "under a name that nas can hold" in refused.value.next_step
    assert list(root.iterdir()) == []


@pytest.mark.parametrize("kind", ["ext4", "nfs4", "fuse.sshfs"])
def test_other_storage_takes_them(
    kind: str, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = mounted_as(kind, root, tmp_path, monkeypatch)
    names = [name for name in ONLY_ON_WINDOWS if "\\" not in name]
    assert folder.write_group([incoming(name, b"x") for name in names]) == [None] * len(names)
    assert {one.name for one in folder.list_folder(())} == set(names)


@pytest.mark.parametrize("path", ["x" * 256, "é" * 128, "show/" + "x" * 256 + "/a"])
def test_a_name_of_more_than_255_bytes_is_refused_with_its_length(
    path: str, root: Path, files: FileOperations
) -> None:
    folder = LocalFolder("studio", str(root), files)
    (root / "show").mkdir()
    works = every_work(folder, path)
    if not path.endswith("/a"):
        del works[7]  # it is the partial's name that counts there
    for work in works:
        with pytest.raises(NameRefusedError) as refused:
            work()
        assert "is too long for a name there (256 bytes, most disks hold 255)" in refused.value.sentence
    assert os.listdir(root) == ["show"]
    assert os.listdir(root / "show") == []


@pytest.mark.parametrize("name", ["x" * 255, "é" * 127])
def test_a_name_of_255_bytes_is_written_read_and_removed(name: str, root: Path, folder: LocalFolder) -> None:
    for content in (b"old", b"new"):
        assert folder.write_group([incoming(name, content)]) == [None]
    with folder.open_source((name,)) as source:
        assert source.read() == b"new"
    folder.remove_file((name,))
    assert os.listdir(root) == []


def test_a_path_longer_than_the_system_takes_at_once_is_a_path_like_any_other(root: Path) -> None:
    folder = LocalFolder("studio", str(root), PosixFileOperations())
    parts = (*(f"{number:02}" + "x" * 248 for number in range(20)), "a")
    path = "/".join(parts)
    assert len(path) > os.pathconf(root, "PC_PATH_MAX")
    for content in (b"old", b"new"):
        assert folder.write_group([incoming(path, content)]) == [None]
    facts = folder.facts(parts)
    assert facts is not None
    assert facts.size_bytes == 3
    with folder.open_source(parts) as source:
        assert source.read() == b"new"
    folder.sync_existing(parts)
    assert folder.kept_as(parts) is None
    assert [one.name for one in folder.list_folder(parts[:-1])] == ["a"]
    folder.remove_file(parts)
    assert folder.facts(parts) is None


@pytest.mark.parametrize(
    "parts",
    [("..", "a"), ("in", "..", "..", "a"), (".",), ("",), ("in", ""), ("in/../../a",), ("/a",), ("a\0",),
     ("\ud800",), ("..", "..", "..", "etc", "passwd"), (".syncgui-trash", "2026-05-03", "a")],
)  # fmt: skip
def test_what_is_no_chain_of_names_is_refused_by_every_work(
    parts: tuple[str, ...], tmp_path: Path, root: Path, folder: LocalFolder
) -> None:
    (tmp_path / "a").write_bytes(b"outside")
    (root / "in").mkdir()
    refused: list[SyncError] = []
    works: list[Callable[[], object]] = [
        lambda: folder.facts(parts),
        lambda: folder.kept_as(parts),
        lambda: folder.open_source(parts),
        lambda: folder.list_folder(parts),
        lambda: folder.make_folder(parts),
        lambda: folder.remove_file(parts),
        lambda: folder.remove_partial(parts, partial_name("a", "w", 1)),
        lambda: folder.sync_existing(parts),
    ]
    for work in works:
        with pytest.raises(PathRefusedError) as told:
            work()
        refused.append(told.value)
    assert all(one.sentence and one.next_step for one in refused)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a", "in", "root"]
    assert (tmp_path / "a").read_bytes() == b"outside"
