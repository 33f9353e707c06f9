from __future__ import annotations

import errno
import os
import shutil
import stat
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import pytest

from syncgui.model.errors import (
    DamagedError,
    LeaseLostError,
    NameInTheWayError,
    PathRefusedError,
    SiteError,
    SiteNotConnectedError,
    StorageAwayError,
    SyncError,
    TargetNotWritableError,
    TooLargeForRoomError,
    UnforeseenError,
)
from syncgui.providers.file_operations import FileOperations, FolderHandle
from syncgui.providers.folder_turns import EVERYWHERE
from syncgui.providers.local_folder import Incoming, LocalFolder
from syncgui.providers.posix_files import PosixFileOperations
from tests.engine.studio import eventually
from tests.providers.incoming import MTIME_NS, incoming
from tests.providers.recorded import Recorded


def names_below(root: Path) -> list[str]:
    return sorted(str(one.relative_to(root)) for one in root.rglob("*"))


def kinds(results: list[SyncError | None]) -> list[type[SyncError] | None]:
    return [type(one) if one is not None else None for one in results]


@pytest.fixture
def recorded() -> Recorded:
    return Recorded()


@pytest.fixture
def recorded_folder(root: Path, recorded: Recorded) -> LocalFolder:
    return LocalFolder("studio", str(root), recorded)


def test_a_group_is_written_with_its_folders_and_times(root: Path, folder: LocalFolder) -> None:
    group = [incoming("a/b/one", b"1"), incoming("a/b/two", b""), incoming("three", b"333")]
    assert folder.write_group(group) == [None, None, None]
    assert (root / "a/b/one").read_bytes() == b"1"
    assert (root / "a/b/two").read_bytes() == b""
    assert (root / "three").read_bytes() == b"333"
    assert {one.stat().st_mtime_ns for one in root.rglob("*") if one.is_file()} == {MTIME_NS}
    assert names_below(root) == ["a", "a/b", "a/b/one", "a/b/two", "three"]


def test_without_a_promised_size_whatever_comes_is_taken(root: Path, folder: LocalFolder) -> None:
    file = incoming("a", b"12345")
    free = Incoming(file.parts, file.path, file.partial, None, MTIME_NS, file.fill, file.confirm)
    assert folder.write_group([free]) == [None]
    assert (root / "a").read_bytes() == b"12345"


def test_all_data_is_flushed_before_the_first_rename_and_each_folder_once_after_the_last(
    recorded: Recorded, recorded_folder: LocalFolder
) -> None:
    calls = ("sync_file", "rename", "sync_folder")
    confirmed: list[int] = []
    group = [
        incoming(name, b"x", confirm=lambda: confirmed.append(len(recorded.order(*calls))))
        for name in ("a/one", "a/two", "b/three")
    ]
    assert recorded_folder.write_group(group) == [None] * 3
    # a and b are new, so the root's names are flushed too
    assert recorded.order(*calls) == ["sync_file"] * 3 + ["rename"] * 3 + ["sync_folder"] * 3
    assert confirmed == [3, 4, 5]
    recorded.calls.clear()
    assert recorded_folder.write_group([incoming("a/one", b"y")]) == [None]
    assert recorded.order(*calls) == ["sync_file", "rename", "sync_folder"]


def test_the_name_of_a_folder_that_another_program_made_is_flushed_once_too(
    root: Path, recorded: Recorded, recorded_folder: LocalFolder
) -> None:
    (root / "a" / "b").mkdir(parents=True)
    assert recorded_folder.write_group([incoming("a/b/one", b"x")]) == [None]
    assert recorded.calls.count("sync_folder") == 3
    recorded.calls.clear()
    assert recorded_folder.write_group([incoming("a/b/two", b"x")]) == [None]
    assert recorded.calls.count("sync_folder") == 1


@pytest.mark.parametrize("how", ["moved away", "removed"])
def test_a_folder_that_was_made_anew_by_another_program_is_not_taken_for_durable(
    root: Path, recorded: Recorded, recorded_folder: LocalFolder, how: str
) -> None:
    def flushes() -> int:
        """How many folders a file flushed."""
        recorded.calls.clear()
        assert recorded_folder.write_group([incoming("new/deep/a", b"x")]) == [None]
        return recorded.calls.count("sync_folder")

    assert (flushes(), flushes()) == (3, 1)
    if how == "removed":  # its number is given again at once: the time when it was made tells them apart
        opened = recorded.open_root(str(root / "new" / "deep"))
        if not recorded.identity(opened)[2]:
            pytest.skip("this file system does not say when a folder was made")
        recorded.close_folder(opened)
        shutil.rmtree(root / "new" / "deep")
    else:
        (root / "new" / "deep").rename(root / "other")
    (root / "new" / "deep").mkdir()
    assert (flushes(), flushes()) == (2, 1)  # its own names, and the one that it has in "new"


def test_the_removal_of_a_partial_is_made_durable(recorded: Recorded, recorded_folder: LocalFolder) -> None:
    recorded.fails["rename two"] = errno.EIO
    results = recorded_folder.write_group([incoming("a/one", b"x"), incoming("b/two", b"x")])
    assert kinds(results) == [None, SiteError]
    assert recorded.calls.count("sync_folder") == 3  # a's names, the root's, and b's without the partial
    assert recorded.calls[-1] == "sync_folder"


def test_a_partial_whose_flush_failed_is_never_gone_on_with(
    root: Path, recorded: Recorded, recorded_folder: LocalFolder
) -> None:
    recorded.fails["sync_file 1"] = errno.EIO
    wanted = replace(incoming("one", b"x"), keeps=lambda _error, _size_bytes: True)
    assert kinds(recorded_folder.write_group([wanted])) == [SiteError]
    assert not (root / wanted.partial).exists()


def test_what_was_written_before_the_source_failed_may_be_gone_on_with(
    root: Path, recorded_folder: LocalFolder
) -> None:
    def fill(target: BinaryIO) -> None:
        target.write(b"x")
        raise SiteError(site="studio")

    wanted = replace(incoming("one", b"xy", fill=fill), keeps=lambda _error, _size_bytes: True)
    assert kinds(recorded_folder.write_group([wanted])) == [SiteError]
    assert (root / wanted.partial).read_bytes() == b"x"


class OfAnybody(PosixFileOperations):
    """What a read-only file is to anybody but root; notes the modes with which files get their names."""

    def __init__(self) -> None:
        self.shown: list[str] = []

    def open_again(self, folder: FolderHandle, name: str) -> int:
        if not self.stat(folder, name).st_mode & 0o222:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), name)
        return super().open_again(folder, name)

    def rename(self, folder: FolderHandle, old: str, new: str) -> None:
        if new == "a":
            self.shown.append(f"{stat.S_IMODE(self.stat(folder, old).st_mode):o}")
        super().rename(folder, old, new)


@pytest.mark.parametrize("end", ["in the middle", "before its name"])
def test_a_file_that_nobody_may_write_in_the_end_is_gone_on_with_until_then(root: Path, end: str) -> None:
    files = OfAnybody()
    folder = LocalFolder("studio", str(root), files, file_mode=0o444)

    def fill(target: BinaryIO) -> None:
        target.write(b"x")
        if end == "in the middle":
            raise SiteError(site="studio")
        target.write(b"y")

    stop = _raise(SiteError(site="studio"))
    first = replace(incoming("a", b"xy", fill=fill, confirm=stop), keeps=lambda _error, _size_bytes: True)
    assert kinds(folder.write_group([first])) == [SiteError]
    left = stat.S_IMODE((root / first.partial).stat().st_mode)
    assert left == (0o644 if end == "in the middle" else 0o444)

    def go_on(target: BinaryIO) -> None:
        there = target.read_begun(10)  # type: ignore[attr-defined]
        assert there == (b"x" if end == "in the middle" else b"xy")
        target.begin_at(len(there))  # type: ignore[attr-defined]
        target.write(b"xy"[len(there) :])

    assert folder.write_group([replace(incoming("a", b"xy", fill=go_on), begun=first.partial)]) == [None]
    assert (root / "a").read_bytes() == b"xy"
    assert files.shown == ["444"]


class Mounted(PosixFileOperations):
    """The folder "show" is a disk of its own, where nothing can be made."""

    def __init__(self, number: int) -> None:
        self._number = number

    def stat_folder(self, folder: FolderHandle) -> os.stat_result:
        found = super().stat_folder(folder)
        device = found.st_dev + folder.path.endswith("/show")
        return os.stat_result((found.st_mode, found.st_ino, device, *found[3:10]))

    def create(self, folder: FolderHandle, name: str, mode: int | None) -> int:
        self._refuse(folder)
        return super().create(folder, name, mode)

    def make_folder(self, folder: FolderHandle, name: str, mode: int | None) -> None:
        self._refuse(folder)
        super().make_folder(folder, name, mode)

    def _refuse(self, folder: FolderHandle) -> None:
        if folder.path.endswith("/show"):
            raise OSError(self._number, os.strerror(self._number))


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENOSPC, TooLargeForRoomError),
        (errno.EROFS, TargetNotWritableError),
        (errno.ESTALE, StorageAwayError),
    ],
)
def test_what_is_wrong_with_a_disk_mounted_below_the_root_is_the_trouble_of_its_files(
    root: Path, number: int, kind: type[SyncError]
) -> None:
    (root / "show").mkdir()
    folder = LocalFolder("studio", str(root), Mounted(number))
    group = [incoming(path, b"x") for path in ("show/a", "show/new/a", "a")]
    assert kinds(folder.write_group(group)) == [kind, kind, None]
    with pytest.raises(kind):
        folder.make_folder(("show", "new"))


def _raise(error: Exception) -> Callable[..., None]:
    def act(*_: object) -> None:
        raise error

    return act


def test_one_failing_file_leaves_the_others_done_and_nothing_behind(root: Path, folder: LocalFolder) -> None:
    (root / "folder").mkdir()
    (root / "kept").write_bytes(b"old")
    group = [
        incoming("good", b"1"),
        incoming("short", b"1", size_bytes=2),
        incoming("long", b"123", size_bytes=2),
        incoming("folder", b"1"),
        incoming("kept", b"new", confirm=_raise(LeaseLostError(path="kept"))),
        incoming("system", b"1", fill=_raise(OSError(errno.EIO, "Input/output error"))),
        incoming("odd", b"1", fill=_raise(ValueError("password=hunter2"))),
        incoming("too", b"1"),
    ]
    results = folder.write_group(group)
    assert kinds(results) == [
        None,
        DamagedError,
        DamagedError,
        NameInTheWayError,
        LeaseLostError,
        SiteError,
        UnforeseenError,
        None,
    ]
    assert names_below(root) == ["folder", "good", "kept", "too"]
    assert (root / "kept").read_bytes() == b"old"
    assert "hunter2" not in str(results[6])


def test_an_interrupt_leaves_nothing_behind(root: Path, folder: LocalFolder) -> None:
    def interrupt(target: BinaryIO) -> None:
        target.write(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        folder.write_group([incoming("a", b"1"), incoming("b", b"half", fill=interrupt)])
    assert names_below(root) == []


def test_a_failure_that_the_filler_swallows_counts_all_the_same(root: Path, folder: LocalFolder) -> None:
    def careless(target: BinaryIO) -> None:
        try:
            target.write(b"too much")
        except SyncError:
            target.write(b"")

    (error,) = folder.write_group([incoming("a", b"", size_bytes=3, fill=careless)])
    assert isinstance(error, DamagedError)
    assert names_below(root) == []


@pytest.mark.parametrize("plant", ["folder", "link", "pipe"])
def test_whatever_is_no_file_is_in_the_way_before_a_byte_moves(
    root: Path, folder: LocalFolder, plant: str
) -> None:
    (root / "elsewhere").write_bytes(b"kept")
    if plant == "folder":
        (root / "a").mkdir()
    elif plant == "link":
        (root / "a").symlink_to("elsewhere")
    else:
        os.mkfifo(root / "a")
    filled: list[BinaryIO] = []
    (error,) = folder.write_group([incoming("a", b"x", fill=filled.append)])
    assert isinstance(error, NameInTheWayError)
    assert error.detail == f"a {plant} of that name is there"
    assert filled == []
    assert (root / "elsewhere").read_bytes() == b"kept"


def test_a_folder_that_appears_during_the_copy_is_in_the_way(root: Path, folder: LocalFolder) -> None:
    (error,) = folder.write_group([incoming("a", b"x", confirm=(root / "a").mkdir)])
    assert isinstance(error, NameInTheWayError)
    assert error.detail == "a folder of that name is there"
    assert names_below(root) == ["a"]


def test_a_file_as_a_parent_is_in_the_way(root: Path, folder: LocalFolder) -> None:
    (root / "a").write_bytes(b"")
    (error,) = folder.write_group([incoming("a/b/c", b"x")])
    assert isinstance(error, NameInTheWayError)
    assert error.detail == "a is a file where a folder must be"


def test_only_a_partials_name_is_written_to(root: Path, folder: LocalFolder) -> None:
    file = incoming("a", b"x")
    results = folder.write_group(
        [Incoming(file.parts, file.path, name, 1, 0, file.fill, file.confirm) for name in ("b", "../b")]
    )
    assert kinds(results) == [PathRefusedError, PathRefusedError]
    assert names_below(root.parent) == ["root"]


def test_a_partial_of_the_same_name_is_never_written_into(root: Path, folder: LocalFolder) -> None:
    file = incoming("a", b"x")
    (root / file.partial).write_bytes(b"somebody's")
    (error,) = folder.write_group([file])
    assert isinstance(error, NameInTheWayError)
    assert (root / file.partial).read_bytes() == b"somebody's"


def test_a_failed_flush_makes_nothing_visible_and_is_not_repeated(
    root: Path, recorded: Recorded, recorded_folder: LocalFolder
) -> None:
    (root / "bad").write_bytes(b"old content")
    recorded.fails["sync_file 3"] = errno.EIO
    results = recorded_folder.write_group([incoming("good", b"1"), incoming("bad", b"333")])
    assert kinds(results) == [None, SiteError]
    assert recorded.calls.count("sync_file") == 2
    assert (root / "bad").read_bytes() == b"old content"
    assert names_below(root) == ["bad", "good"]


def test_a_failed_flush_of_a_folder_fails_the_files_of_that_folder(
    recorded: Recorded, recorded_folder: LocalFolder
) -> None:
    recorded.fails["sync_folder bad"] = errno.EIO
    results = recorded_folder.write_group(
        [incoming("bad/1", b"x"), incoming("good/2", b"x"), incoming("bad/3", b"x")]
    )
    assert kinds(results) == [SiteError, None, SiteError]


def test_a_new_folder_whose_name_is_not_durable_keeps_failing_what_lies_below(
    root: Path, recorded: Recorded, recorded_folder: LocalFolder
) -> None:
    recorded.fails[f"sync_folder {root.name}"] = errno.EIO
    assert kinds(recorded_folder.write_group([incoming("new/deep/1", b"x")])) == [SiteError]
    assert kinds(recorded_folder.write_group([incoming("new/deep/2", b"x")])) == [SiteError]
    recorded.fails.clear()
    assert recorded_folder.write_group([incoming("new/deep/3", b"x")]) == [None]


def test_a_root_that_is_replaced_before_the_renames_gets_nothing(root: Path, folder: LocalFolder) -> None:
    def replace_root(target: BinaryIO) -> None:
        target.write(b"x")
        root.rename(root.with_name("gone"))
        root.mkdir()

    results = folder.write_group([incoming("a/1", b"x"), incoming("a/2", b"x", fill=replace_root)])
    assert kinds(results) == [SiteNotConnectedError, SiteNotConnectedError]
    assert names_below(root) == []


def test_a_folder_that_is_moved_away_meanwhile_is_not_written(root: Path, tmp_path: Path) -> None:
    folder = LocalFolder("studio", str(root), PosixFileOperations())

    def move(target: BinaryIO) -> None:
        target.write(b"x")
        (root / "a").rename(tmp_path / "outside")

    (error,) = folder.write_group([incoming("a/1", b"x", fill=move)])
    assert isinstance(error, TargetNotWritableError)
    assert names_below(tmp_path) == ["outside", "root"]


@pytest.mark.parametrize("failure", [None, LeaseLostError])
def test_a_folder_that_is_moved_while_one_file_waits_gets_none_of_those_that_follow(
    root: Path, failure: type[SyncError] | None
) -> None:
    folder = LocalFolder("studio", str(root), PosixFileOperations())

    def wait() -> bool:
        (root / "a").rename(root / "b")
        (root / "a").mkdir()
        if failure is not None:
            raise failure
        return True

    confirmed: list[str] = []
    group = [
        incoming("a/1", b"x"),
        incoming("a/2", b"x", confirm=wait),  # what is to be done about itself is said by whoever waited
        incoming("a/3", b"x", confirm=lambda: confirmed.append("a/3")),
    ]
    assert kinds(folder.write_group(group)) == [None, failure, TargetNotWritableError]
    assert confirmed == []
    assert "b/3" not in names_below(root)


def test_a_folder_that_is_moved_while_another_has_its_turn_gets_nothing(root: Path) -> None:
    folder = LocalFolder("studio", str(root), PosixFileOperations())
    (root / "a").mkdir()
    key = (root / "a").stat().st_dev, (root / "a").stat().st_ino
    held = threading.Event()

    def hold() -> None:
        with EVERYWHERE.at(key):
            held.set()
            eventually(lambda: EVERYWHERE.wanted(key) == 2, "the group")
            (root / "a").rename(root / "c")

    other = threading.Thread(target=hold, name="other")

    def let_other() -> None:
        other.start()
        assert held.wait(30)

    group = [incoming("a/1", b"x"), incoming("b/2", b"x", confirm=let_other), incoming("a/3", b"x")]
    results = folder.write_group(group)
    other.join(30)
    assert kinds(results) == [None, None, TargetNotWritableError]
    assert "c/3" not in names_below(root)


def test_many_threads_make_the_same_folders_without_an_error(root: Path, folder: LocalFolder) -> None:
    start = threading.Barrier(8)
    results: list[SyncError | None] = []

    def write(number: int) -> None:
        start.wait(30)
        for step in range(10):
            results.extend(folder.write_group([incoming(f"{step}/same/deep/{number}", b"x")]))

    threads = [threading.Thread(target=write, args=(n,), name=f"writer-{n}") for n in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert results == [None] * 80
    assert len([one for one in root.rglob("*") if one.is_file()]) == 80


def test_a_reader_sees_the_old_or_the_new_content_and_nothing_else(root: Path, files: FileOperations) -> None:
    folder = LocalFolder("studio", str(root), files)
    contents = [bytes([65 + n]) * (200_000 + n) for n in range(2)]
    assert folder.write_group([incoming("a", contents[0])]) == [None]
    stop = threading.Event()
    seen: list[bytes] = []

    def read() -> None:
        while not stop.is_set():
            content = (root / "a").read_bytes()
            if content not in seen:
                seen.append(content)

    reader = threading.Thread(target=read, name="reader")
    reader.start()
    try:
        for n in range(40):
            assert folder.write_group([incoming("a", contents[n % 2])]) == [None]
    finally:
        stop.set()
        reader.join(30)
    assert set(seen) <= set(contents)
    assert seen


def test_nothing_stands_between_the_last_look_at_the_lease_and_the_rename(root: Path) -> None:
    calls: list[str] = []

    class Noted(PosixFileOperations):
        def stat(self, folder: FolderHandle, name: str) -> os.stat_result:
            calls.append("stat")
            return super().stat(folder, name)

        def stat_folder(self, folder: FolderHandle) -> os.stat_result:
            calls.append("stat_folder")
            return super().stat_folder(folder)

        def stat_root(self, path: str) -> os.stat_result:
            calls.append("stat_root")
            return super().stat_root(path)

        def rename(self, folder: FolderHandle, old: str, new: str) -> None:
            calls.append("rename")
            super().rename(folder, old, new)

    folder = LocalFolder("studio", str(root), Noted())
    group = [incoming(name, b"x", confirm=lambda: calls.append("confirm")) for name in ("a/one", "a/two")]
    for _ in ("new", "replaced"):
        calls.clear()
        assert folder.write_group(group) == [None, None]
        before = [calls[n - 1] for n, call in enumerate(calls) if call == "rename"]
        assert before == ["confirm", "confirm"]
