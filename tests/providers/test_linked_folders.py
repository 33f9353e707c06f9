"""Links below a root: followed into the folders that are allowed, by every kind of work, and nowhere else."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import BinaryIO

import pytest

from syncgui.model.errors import (
    LinkDeadError,
    LinkRefusedError,
    NameInTheWayError,
    SourceMissingError,
    SourceNotAFileError,
    TargetNotWritableError,
)
from syncgui.providers.file_operations import FileOperations, FolderHandle
from syncgui.providers.local_folder import LocalFolder, partial_name
from syncgui.providers.posix_files import PosixFileOperations
from tests.providers.incoming import incoming


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    """Other storage, with a file in `shows/one`."""
    path = tmp_path / "storage"
    (path / "shows/one").mkdir(parents=True)
    (path / "shows/one/a").write_bytes(b"content")
    return path


def opened(root: Path, files: FileOperations, *targets: Path | str) -> LocalFolder:
    return LocalFolder("studio", str(root), files, allowed_link_targets=[str(one) for one in targets])


def entries(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


WAYS: dict[str, Callable[[Path, Path], Path | str]] = {
    "absolute": lambda _, storage: storage / "shows",
    "relative": lambda _, __: "../storage/./shows/one/..",
    "to the allowed folder itself": lambda _, storage: storage,
    "by another link": lambda root, _: root / "other",
}


@pytest.fixture(params=WAYS)
def folder(request: pytest.FixtureRequest, root: Path, storage: Path, files: FileOperations) -> LocalFolder:
    """A root whose `link/one`, by different ways, is the storage's `shows/one`."""
    (root / "other").symlink_to(storage / "shows")
    if request.param == "to the allowed folder itself":
        (root / "link").mkdir()
        (root / "link/one").symlink_to(storage / "shows/one")
        return opened(root, files, "/absent", storage / "shows/one")
    (root / "link").symlink_to(WAYS[request.param](root, storage))
    return opened(root, files, "/absent", storage)


def test_what_lies_behind_an_allowed_link_is_looked_at_read_and_listed(folder: LocalFolder) -> None:
    facts = folder.facts(("link", "one", "a"))
    assert facts is not None
    assert facts.size_bytes == 7
    assert folder.facts(("link", "one", "absent")) is None
    assert folder.facts(("link", "absent", "a")) is None
    with folder.open_source(("link", "one", "a")) as source:
        assert source.read() == b"content"
    assert [one.name for one in folder.list_folder(("link", "one"))] == ["a"]
    assert folder.kept_as(("link", "one", "a")) is None


def test_files_are_written_replaced_and_removed_there(folder: LocalFolder, storage: Path) -> None:
    group = [incoming("link/one/a", b"new"), incoming("link/one/sub/b", b"b"), incoming("own/c", b"c")]
    assert folder.write_group(group) == [None] * 3
    assert (storage / "shows/one/a").read_bytes() == b"new"
    assert (storage / "shows/one/sub/b").read_bytes() == b"b"
    folder.sync_existing(("link", "one", "a"))
    folder.make_folder(("link", "one", "made"))
    assert (storage / "shows/one/made").is_dir()
    partial = partial_name("a", "somebody", 1)
    (storage / "shows/one" / partial).write_bytes(b"left")
    assert folder.list_partials(("link", "one")) == [partial]
    folder.remove_partial(("link", "one", "a"), partial)
    folder.remove_file(("link", "one", "a"))
    assert entries(storage) == ["shows", "shows/one", "shows/one/made", "shows/one/sub", "shows/one/sub/b"]


def test_what_is_replaced_there_is_kept_in_the_trash_of_the_root(
    folder: LocalFolder, root: Path, storage: Path
) -> None:
    new = incoming("link/one/a", b"new")
    assert folder.write_group([replace(new, trash=lambda: "2026-05-03")]) == [None]
    assert (root / ".syncgui-trash/2026-05-03/link/one/a").read_bytes() == b"content"
    assert folder.clear_trash(date(2026, 6, 1), lambda: True) == 1
    assert (storage / "shows/one/a").read_bytes() == b"new"


@pytest.mark.parametrize(
    ("leads_to", "allowed"),
    [
        ("../storage/shows", []),
        ("../storage/shows", ["../storage/shows"]),  # no absolute path
        ("../storage/shows", ["{}/storage/sho"]),
        ("../storage", ["{}/storage/shows"]),
        ("../storage/shows/one/../..", ["{}/storage/shows"]),
        ("../storage/.syncgui-Trash/one", ["{}/storage"]),
        ("link", ["{}"]),
        ("..", ["{}/root"]),
    ],
)
def test_a_link_to_anywhere_else_is_refused_for_everything(
    leads_to: str,
    allowed: list[str],
    tmp_path: Path,
    root: Path,
    storage: Path,
    files: FileOperations,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(root)
    (storage / ".syncgui-Trash/one").mkdir(parents=True)
    (root / "link").symlink_to(leads_to)
    folder = opened(root, files, *(one.format(tmp_path) for one in allowed))
    before = entries(storage)
    parts = ("link", "one", "a")
    work: list[Callable[[], object]] = [
        lambda: folder.facts(parts),
        lambda: folder.kept_as(parts),
        lambda: folder.open_source(parts),
        lambda: folder.list_folder(parts[:-1]),
        lambda: folder.make_folder(parts[:-1]),
        lambda: folder.remove_file(parts),
        lambda: folder.remove_partial(parts, partial_name("a", "w", 1)),
        lambda: folder.sync_existing(parts),
    ]
    for one in work:
        with pytest.raises(LinkRefusedError) as refused:
            one()
        assert refused.value.sentence.endswith("on studio: link is a link that may not be followed there")
        assert "allowed_link_targets" in refused.value.next_step
    (error,) = folder.write_group([incoming("link/one/a", b"x")])
    assert isinstance(error, LinkRefusedError)
    assert entries(storage) == before
    assert (storage / "shows/one/a").read_bytes() == b"content"


def test_links_beyond_an_allowed_link_obey_the_same_rule(
    tmp_path: Path, root: Path, storage: Path, files: FileOperations
) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/a").write_bytes(b"secret")
    (root / "link").symlink_to(storage)
    (storage / "out").symlink_to(tmp_path / "outside")
    (storage / "in").symlink_to("shows/one")
    folder = opened(root, files, storage)
    assert folder.facts(("link", "in", "a")) is not None
    with pytest.raises(LinkRefusedError, match="out is a link"):
        folder.open_source(("link", "out", "a"))


def test_a_file_that_is_a_link_is_none_even_into_an_allowed_folder(
    root: Path, storage: Path, files: FileOperations
) -> None:
    (root / "a").symlink_to(storage / "shows/one/a")
    (storage / "shows/one/b").symlink_to("a")
    (root / "link").symlink_to(storage)
    folder = opened(root, files, storage)
    for path in ("a", "link/shows/one/b"):
        with pytest.raises(SourceNotAFileError, match="it is a link"):
            folder.open_source(tuple(path.split("/")))
        (error,) = folder.write_group([incoming(path, b"x")])
        assert isinstance(error, NameInTheWayError)
    assert (storage / "shows/one/a").read_bytes() == b"content"


def test_a_link_to_a_file_is_in_the_way_of_a_folder(root: Path, storage: Path, files: FileOperations) -> None:
    (root / "link").symlink_to(storage / "shows/one/a")
    folder = opened(root, files, storage)
    (error,) = folder.write_group([incoming("link/a", b"x")])
    assert isinstance(error, NameInTheWayError)
    with pytest.raises(SourceMissingError):
        folder.open_source(("link", "a"))


@pytest.mark.parametrize("gone", ["shows", ""])
def test_storage_that_is_not_there_is_waited_for_and_nothing_is_made(
    gone: str, root: Path, storage: Path, files: FileOperations
) -> None:
    (root / "link").symlink_to(storage / "shows")
    folder = opened(root, files, storage)
    (storage / gone).rename(storage.parent / "away")
    for work in (folder.facts, folder.open_source, folder.remove_file, folder.sync_existing):
        with pytest.raises(LinkDeadError, match="link"):
            work(("link", "one", "a"))
    (error,) = folder.write_group([incoming("link/one/a", b"x")])
    assert isinstance(error, LinkDeadError)
    assert not error.costs_try
    assert not (storage / "shows").exists()


class Troubled(PosixFileOperations):
    """The allowed storage answers with an error."""

    def __init__(self, storage: Path) -> None:
        self._storage = str(storage)

    def open_root(self, path: str) -> FolderHandle:
        if path == self._storage:
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))
        return super().open_root(path)


def test_storage_behind_a_link_that_does_not_work_holds_up_its_files_and_not_the_site(
    root: Path, storage: Path
) -> None:
    (root / "link").symlink_to(storage / "shows")
    folder = opened(root, Troubled(storage), storage)
    for work in (folder.facts, folder.open_source, folder.remove_file, folder.sync_existing):
        with pytest.raises(LinkDeadError, match="link"):
            work(("link", "one", "a"))
    behind, here = folder.write_group([incoming("link/one/a", b"x"), incoming("a", b"x")])
    assert (type(behind), here) == (LinkDeadError, None)


def test_the_trash_is_never_behind_a_link(root: Path, storage: Path, files: FileOperations) -> None:
    (root / ".syncgui-trash").symlink_to(storage)
    (root / "a").write_bytes(b"old")
    folder = opened(root, files, storage)
    new = incoming("a", b"new")
    assert folder.write_group([replace(new, trash=lambda: "2026-05-03")]) != [None]
    assert (root / "a").read_bytes() == b"old"
    assert entries(storage) == ["shows", "shows/one", "shows/one/a"]


class Replaced(PosixFileOperations):
    """What the path of a link was found to lead to is replaced directly after that."""

    def __init__(self, plant: Callable[[], None]) -> None:
        self._plant = plant

    def resolve(self, path: str) -> str:
        found = super().resolve(path)
        if found.endswith("one"):
            self._plant()
        return found


def test_a_link_planted_behind_the_look_is_not_followed(tmp_path: Path, root: Path, storage: Path) -> None:
    outside = tmp_path / "outside"
    (outside / "one").mkdir(parents=True)
    (outside / "one/a").write_bytes(b"secret")

    def plant() -> None:
        if not (storage / "shows").is_symlink():
            (storage / "shows").rename(storage / "was")
            (storage / "shows").symlink_to(outside)

    (root / "link").symlink_to(storage / "shows/one")
    folder = opened(root, Replaced(plant), storage)
    with pytest.raises(LinkRefusedError):
        folder.open_source(("link", "a"))
    assert (storage / "shows").is_symlink()


def test_a_link_that_is_turned_while_a_file_is_written_is_noticed(
    root: Path, storage: Path, files: FileOperations
) -> None:
    (storage / "other").mkdir()
    (root / "link").symlink_to(storage / "shows/one")

    def turn(target: BinaryIO) -> None:
        target.write(b"new")
        (root / "link").unlink()
        (root / "link").symlink_to(storage / "other")

    folder = opened(root, files, storage)
    one = incoming("link/a", b"new", fill=turn)
    (error,) = folder.write_group([one])
    assert isinstance(error, TargetNotWritableError)
    assert (storage / "shows/one/a").read_bytes() == b"content"
