"""When which flush is made, and what happens to files whose flush fails."""

from __future__ import annotations

import errno
import os
import threading
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from syncgui.model.errors import SiteError, SyncError
from syncgui.providers.file_operations import Flush
from syncgui.providers.linux_flush import tells_errors
from syncgui.providers.local_folder import Incoming, LocalFolder, Writer
from tests.providers.child import child
from tests.providers.incoming import incoming
from tests.providers.recorded import Recorded

_FOUR = ("a/one", "a/two", "b/three", "four")


def folder_of(root: Path, files: Recorded) -> LocalFolder:
    return LocalFolder("studio", str(root), files)


def files_below(root: Path) -> set[str]:
    return {str(one.relative_to(root)) for one in root.rglob("*") if one.is_file()}


def told(names: tuple[str, ...], found: list[Flush]) -> list[Incoming]:
    return [replace(incoming(name, name.encode()), flushed=found.append) for name in names]


def test_a_group_is_flushed_at_once_by_a_descriptor_from_before_its_first_byte(root: Path) -> None:
    recorded = Recorded(as_one=True)
    found: list[Flush] = []
    assert folder_of(root, recorded).write_group(told(_FOUR, found)) == [None] * 4
    calls = ("watch_file_system", "create", "sync_file_system", "sync_file", "rename", "sync_folder")
    assert recorded.order(*calls) == [
        "watch_file_system",
        *["create"] * 4,
        "sync_file_system",
        *["rename"] * 4,
        *["sync_folder"] * 3,
    ]
    assert found == [Flush.SYNCFS] * 4


def test_few_files_are_flushed_one_by_one_and_wait_for_nobody_elses_data(root: Path) -> None:
    recorded = Recorded(as_one=True)
    found: list[Flush] = []
    assert folder_of(root, recorded).write_group(told(_FOUR[:3], found)) == [None] * 3
    assert recorded.order("watch_file_system", "sync_file_system", "sync_file") == ["sync_file"] * 3
    assert found == [Flush.FSYNC] * 3


def test_where_one_flush_is_not_honest_each_file_gets_its_own(root: Path) -> None:
    recorded = Recorded(as_one=False)
    found: list[Flush] = []
    assert folder_of(root, recorded).write_group(told(_FOUR, found)) == [None] * 4
    assert recorded.order("watch_file_system", "sync_file_system", "sync_file") == ["sync_file"] * 4
    assert found == [Flush.FSYNC] * 4


def test_files_are_flushed_side_by_side(root: Path) -> None:
    class Meeting(Recorded):
        def sync_file(self, fd: int) -> Flush:
            together.wait(30)
            return super().sync_file(fd)

    together = threading.Barrier(3)
    assert folder_of(root, Meeting()).write_group(told(_FOUR[:3], [])) == [None] * 3


def test_a_failed_flush_of_the_file_system_fails_the_whole_group(root: Path) -> None:
    (root / "four").write_bytes(b"old content")
    recorded = Recorded(as_one=True)
    recorded.fails["sync_file_system"] = errno.EIO
    results = folder_of(root, recorded).write_group([incoming(name, b"new") for name in _FOUR])
    assert [type(one) for one in results] == [SiteError] * 4
    assert recorded.order("sync_file_system", "sync_file", "rename") == ["sync_file_system"]
    assert files_below(root) == {"four"}
    assert (root / "four").read_bytes() == b"old content"


def test_a_file_system_that_can_not_be_watched_is_flushed_file_by_file(root: Path) -> None:
    recorded = Recorded(as_one=True)
    recorded.fails["watch_file_system"] = errno.EMFILE
    found: list[Flush] = []
    assert folder_of(root, recorded).write_group(told(_FOUR, found)) == [None] * 4
    assert found == [Flush.FSYNC] * 4


@pytest.mark.parametrize("as_one", [True, False])
def test_a_file_whose_close_fails_gets_no_name(root: Path, as_one: bool) -> None:
    recorded = Recorded(as_one=as_one)
    recorded.fails["close 5"] = errno.EIO
    found: list[Flush] = []
    results = folder_of(root, recorded).write_group(told(("a", "b", "c", "d", "large"), found))
    assert [type(one) for one in results] == [type(None)] * 4 + [SiteError]
    assert files_below(root) == {"a", "b", "c", "d"}
    assert len(found) == 4


@pytest.mark.parametrize("as_one", [True, False])
def test_what_was_not_flushed_is_not_gone_on_with(root: Path, as_one: bool) -> None:
    def keep(error: SyncError, size_bytes: int) -> bool:
        del error, size_bytes
        return True

    recorded = Recorded(as_one=as_one)
    recorded.fails.update({"sync_file_system": errno.EIO, "sync_file 3": errno.EIO})
    group = [replace(incoming(name, b"new"), keeps=keep) for name in _FOUR]
    assert [type(one) for one in folder_of(root, recorded).write_group(group)] == [SiteError] * 4
    assert files_below(root) == set()


def test_what_was_begun_is_flushed_and_read_from_the_disk(root: Path) -> None:
    recorded = Recorded()
    begun = incoming("a", b"").partial
    (root / begun).write_bytes(b"beg")

    def fill(target: BinaryIO) -> None:
        writer = cast("Writer", target)
        assert writer.read_begun(10) == b"beg"
        writer.begin_at(3)
        writer.write(b"un")

    file = replace(incoming("a", b"begun", fill=fill), begun=begun)
    assert folder_of(root, recorded).write_group([file]) == [None]
    assert (root / "a").read_bytes() == b"begun"
    assert recorded.order("open_again", "sync_file", "forget_cache", "read")[:4] == [
        "open_again",
        "sync_file",
        "forget_cache",
        "read",
    ]


def test_no_descriptor_is_left_open(root: Path) -> None:
    folder = folder_of(root, Recorded(as_one=True))
    before = os.listdir("/proc/self/fd") if Path("/proc/self/fd").exists() else []
    for _ in range(3):
        assert folder.write_group([incoming(name, b"x") for name in _FOUR]) == [None] * 4
    if before:
        assert len(os.listdir("/proc/self/fd")) == len(before)


@pytest.mark.parametrize(
    ("release", "tells"),
    [
        ("5.7.19", False),
        ("5.8.0-1-amd64", True),
        ("4.18.0-553.el8.x86_64", False),
        ("6.1.0-18-amd64", True),
        ("odd", False),
    ],
)
def test_kernels_tell_of_lost_data_since_5_8(release: str, tells: bool) -> None:
    assert tells_errors(release) is tells


def test_each_kind_of_file_system_gets_the_flush_that_is_honest_there(
    root: Path, own_disks: list[str]
) -> None:
    answer = child("flushes", root, *own_disks)
    assert answer.keys() >= {"tmpfs", "ext2", "ext4"}  # xfs and btrfs where there are programs to make them
    for kind, found in answer.items():
        together = ["syncfs"] * 4 if kind in ("ext4", "xfs", "btrfs") else ["fsync"] * 4
        assert found == [["fsync"], together], kind


def test_copies_inside_the_system_are_whole_and_share_blocks_where_that_can_be(
    root: Path, own_disks: list[str]
) -> None:
    answer = child("clones", root, *own_disks)
    assert answer.keys() >= {"tmpfs", "ext2", "ext4"}
    for kind, found in answer.items():
        assert found == [kind in ("xfs", "btrfs"), 300_001, True, True], kind


def test_files_on_another_file_system_below_the_root_get_their_own_flush(
    root: Path, own_disks: list[str]
) -> None:
    assert child("flushes_of_two", root, *own_disks) == {"flushes": ["syncfs", "fsync"] * 4}


def test_data_that_the_disk_lost_gets_no_name(root: Path, own_disks: list[str]) -> None:
    answer = child("lost_data", root, *own_disks)
    results = answer.pop("results")
    # which error the disk gives, and whether it turns read-only over it, is its own affair
    assert isinstance(results, list) and len(results) == 4
    assert set(results) <= {"site_trouble", "disk_full", "read_only"}
    assert answer == {"first": [None], "kept": "old", "names": ["kept", "lost+found"]}
