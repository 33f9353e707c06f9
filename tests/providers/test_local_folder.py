from __future__ import annotations

import contextlib
import errno
import os
import socket
from pathlib import Path

import pytest

from syncgui.model.errors import (
    NameInTheWayError,
    PathRefusedError,
    SiteNotConnectedError,
    SourceMissingError,
    SourceNotAFileError,
)
from syncgui.providers.file_operations import FileOperations, FolderHandle
from syncgui.providers.local_folder import LocalFolder, partial_name
from syncgui.providers.posix_files import PosixFileOperations
from tests.providers.incoming import incoming


def test_a_missing_root_is_not_connected_and_is_not_made(tmp_path: Path, files: FileOperations) -> None:
    with pytest.raises(SiteNotConnectedError, match="No such file or directory"):
        LocalFolder("studio", str(tmp_path / "absent"), files)
    assert not (tmp_path / "absent").exists()


def test_a_file_is_no_root(tmp_path: Path, files: FileOperations) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SiteNotConnectedError, match="Not a directory"):
        LocalFolder("studio", str(tmp_path / "file"), files)


def test_the_identity_is_device_and_inode_of_the_root(root: Path, folder: LocalFolder) -> None:
    found = root.stat()
    assert folder.identity == (found.st_dev, found.st_ino)


def test_facts_are_those_of_the_file(root: Path, folder: LocalFolder) -> None:
    (root / "a").mkdir()
    (root / "a/b").write_bytes(b"12345")
    found = (root / "a/b").stat()
    facts = folder.facts(("a", "b"))
    assert facts is not None
    assert (facts.size_bytes, facts.mtime_ns, facts.ctime_ns) == (5, found.st_mtime_ns, found.st_ctime_ns)
    assert (facts.device, facts.inode, facts.is_file) == (found.st_dev, found.st_ino, True)


@pytest.mark.parametrize("parts", [("absent",), ("no", "such", "folder"), ("file", "below")])
def test_facts_of_what_is_not_there_are_none(root: Path, folder: LocalFolder, parts: tuple[str, ...]) -> None:
    (root / "file").write_bytes(b"")
    assert folder.facts(parts) is None


def test_facts_say_that_a_folder_is_no_file(root: Path, folder: LocalFolder) -> None:
    (root / "a").mkdir()
    facts = folder.facts(("a",))
    assert facts is not None
    assert not facts.is_file


def test_a_source_is_read_in_pieces_whole_and_from_any_place(root: Path, folder: LocalFolder) -> None:
    (root / "a").write_bytes(b"0123456789")
    with folder.open_source(("a",)) as source:
        buffer = bytearray(3)
        assert source.read(2) == b"01"
        assert source.readinto(buffer) == 3
        assert bytes(buffer) == b"234"
        assert source.read() == b"56789"
        assert source.read(1) == b""
        assert source.seek(7) == 7
        assert source.stream.read(2) == b"78"
        assert source.facts.size_bytes == 10
    assert source.closed


def test_a_source_stays_the_file_that_was_opened(root: Path, folder: LocalFolder) -> None:
    (root / "a").write_bytes(b"old")
    with folder.open_source(("a",)) as source:
        assert folder.write_group([incoming("a", b"new")]) == [None]
        assert source.read() == b"old"


def test_a_source_whose_close_fails_was_read_all_the_same(root: Path) -> None:
    class Failing(PosixFileOperations):
        def close(self, fd: int) -> None:
            super().close(fd)
            raise OSError(errno.EIO, "gone")

    (root / "a").write_bytes(b"pixels")
    with LocalFolder("studio", str(root), Failing()).open_source(("a",)) as source:
        assert source.read(10) == b"pixels"


def test_a_source_that_is_gone_is_missing(folder: LocalFolder) -> None:
    with pytest.raises(SourceMissingError, match=r"shots/a\.exr is not on studio"):
        folder.open_source(("shots", "a.exr"))


def test_a_link_as_the_source_itself_is_no_file(root: Path, folder: LocalFolder) -> None:
    (root / "real").write_bytes(b"x")
    (root / "link").symlink_to("real")
    with pytest.raises(SourceNotAFileError, match="it is a link"):
        folder.open_source(("link",))


def test_a_pipe_a_socket_and_a_folder_are_no_sources(root: Path, folder: LocalFolder) -> None:
    os.mkfifo(root / "pipe")
    (root / "folder").mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        here = os.open(root, os.O_RDONLY)  # the names of sockets are short, those of test folders long
        listener.bind(f"/proc/self/fd/{here}/socket" if Path("/proc/self/fd").exists() else "socket")
        os.close(here)
    for name, kind in {"pipe": "a pipe", "folder": "a folder", "socket": "a socket"}.items():
        with pytest.raises(SourceNotAFileError, match=f"it is {kind}"):
            folder.open_source((name,))


def test_a_link_on_the_way_is_refused_for_looking_reading_and_writing(
    tmp_path: Path, root: Path, folder: LocalFolder
) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/a").write_bytes(b"secret")
    (root / "in").mkdir()
    (root / "in/link").symlink_to(tmp_path / "outside")
    parts = ("in", "link", "a")
    with pytest.raises(PathRefusedError, match="link is a link"):
        folder.facts(parts)
    with pytest.raises(PathRefusedError, match="link is a link"):
        folder.open_source(parts)
    with pytest.raises(PathRefusedError):
        folder.remove_file(parts)
    with pytest.raises(PathRefusedError):
        folder.list_partials(parts[:-1])
    (error,) = folder.write_group([incoming("in/link/a", b"x")])
    assert isinstance(error, PathRefusedError)
    assert (tmp_path / "outside/a").read_bytes() == b"secret"
    assert [one.name for one in (tmp_path / "outside").iterdir()] == ["a"]


@pytest.mark.parametrize(
    "parts",
    [(), ("..", "a"), ("a", ".."), (".",), ("",), ("a/b",), ("/a",), ("a\0",), ("\ud800",), ("b" * 256,)],
)
def test_parts_that_are_no_plain_names_are_refused(
    tmp_path: Path, folder: LocalFolder, parts: tuple[str, ...]
) -> None:
    (tmp_path / "a").write_bytes(b"outside")
    for look in (folder.facts, folder.open_source, folder.remove_file, folder.sync_existing):
        with pytest.raises(PathRefusedError):
            look(parts)
    file = incoming("a", b"x")
    (error,) = folder.write_group([type(file)(parts, file.path, file.partial, 1, 0, file.fill, file.confirm)])
    assert isinstance(error, PathRefusedError)
    assert (tmp_path / "a").read_bytes() == b"outside"


def test_a_replaced_root_is_not_connected_and_is_not_written(root: Path, folder: LocalFolder) -> None:
    root.rename(root.with_name("unmounted"))
    root.mkdir()
    assert not folder.is_connected()
    (error,) = folder.write_group([incoming("a", b"x")])
    assert isinstance(error, SiteNotConnectedError)
    assert list(root.iterdir()) == []
    assert list(root.with_name("unmounted").iterdir()) == []


def test_with_a_vanished_root_nothing_counts_as_missing(root: Path, folder: LocalFolder) -> None:
    assert folder.is_connected()
    root.rmdir()
    assert not folder.is_connected()
    with pytest.raises(SiteNotConnectedError):
        folder.facts(("a",))
    with pytest.raises(SiteNotConnectedError):
        folder.open_source(("a",))
    with pytest.raises(SiteNotConnectedError):
        folder.list_partials(())
    with pytest.raises(SiteNotConnectedError):
        folder.remove_file(("a",))


def test_a_closed_folder_refuses_and_an_open_source_lives_on(root: Path, folder: LocalFolder) -> None:
    (root / "a").write_bytes(b"content")
    source = folder.open_source(("a",))
    folder.close()
    folder.close()
    assert source.read() == b"content"
    source.close()
    with pytest.raises(SiteNotConnectedError):
        folder.facts(("a",))


def open_paths() -> list[str]:
    found = []
    for one in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            found.append(str(one.readlink()))
    return found


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="descriptors are counted through /proc")
def test_no_descriptor_is_left_open(root: Path, files: FileOperations) -> None:
    folder = LocalFolder("studio", str(root), files)
    assert folder.write_group([incoming("a/b/c", b"x"), incoming("a/b/d", b"x", size_bytes=2)])[0] is None
    folder.open_source(("a", "b", "c")).close()
    assert folder.facts(("a", "b", "none")) is None
    with pytest.raises(SourceNotAFileError):
        folder.open_source(("a", "b"))
    folder.sync_existing(("a", "b", "c"))
    folder.close()
    assert [one for one in open_paths() if one.startswith(str(root))] == []


def test_partials_are_listed_and_removed_and_nothing_else_is(root: Path, folder: LocalFolder) -> None:
    partial = partial_name("a.exr", "w-1", 7)
    (root / "shots").mkdir()
    (root / "shots/a.exr").write_bytes(b"kept")
    (root / "shots" / partial).write_bytes(b"half")
    assert folder.list_partials(("shots",)) == [partial]
    with pytest.raises(PathRefusedError):
        folder.remove_partial(("shots", "a.exr"), "a.exr")
    with pytest.raises(PathRefusedError):
        folder.remove_partial(("shots", "a.exr"), f"../shots/{partial}")
    folder.remove_partial(("shots", "a.exr"), partial)
    folder.remove_partial(("shots", "a.exr"), partial)
    folder.remove_partial(("gone", "a.exr"), partial)
    assert [one.name for one in (root / "shots").iterdir()] == ["a.exr"]
    assert folder.list_partials(("gone",)) == []


def test_a_folder_of_a_partials_name_is_not_removed(root: Path, folder: LocalFolder) -> None:
    partial = partial_name("a", "w-1", 7)
    (root / partial).mkdir()
    with pytest.raises(NameInTheWayError, match="a folder of that name is there"):
        folder.remove_partial(("a",), partial)


def test_sync_existing_wants_the_file_to_be_there(root: Path, folder: LocalFolder) -> None:
    (root / "a").write_bytes(b"x")
    folder.sync_existing(("a",))
    with pytest.raises(SourceMissingError):
        folder.sync_existing(("b",))
    (root / "sub").mkdir()
    with pytest.raises(NameInTheWayError):
        folder.sync_existing(("sub",))


def test_free_bytes_are_those_of_the_file_system(root: Path, folder: LocalFolder) -> None:
    room = os.statvfs(root)
    assert 0 < folder.free_bytes() <= room.f_blocks * room.f_frsize


def test_what_is_gone_already_is_made_durably_so(root: Path) -> None:
    synced: list[str] = []

    class Noting(PosixFileOperations):
        def sync_folder(self, folder: FolderHandle) -> None:
            synced.append(Path(folder.path).name)
            super().sync_folder(folder)

    (root / "a").mkdir()
    folder = LocalFolder("studio", str(root), Noting())
    folder.remove_partial(("a", "b"), partial_name("b", "w-1", 1))
    folder.remove_file(("not there", "b"))
    assert synced == ["a"]
