"""What is replaced is kept in the trash for as long as it should be, and nothing else is touched."""

from __future__ import annotations

import errno
import itertools
import os
import threading
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from syncgui.model.errors import (
    CancelledError,
    DiskFullError,
    LeaseLostError,
    NameInTheWayError,
    PathRefusedError,
    SiteError,
    SyncError,
    TargetNotWritableError,
    TooLargeForRoomError,
)
from syncgui.providers.file_operations import FileOperations, FolderEntry, FolderHandle
from syncgui.providers.folder_turns import FolderTurns
from syncgui.providers.local_folder import Incoming, LocalFolder
from syncgui.providers.posix_files import PosixFileOperations
from syncgui.providers.trash import read_day_name
from tests.providers.incoming import incoming
from tests.providers.recorded import Recorded

DAY = "2026-05-03"
OLDER = date(2026, 5, 4)


def replacing(path: str, content: bytes, day: str = DAY) -> Incoming:
    return replace(incoming(path, content), trash=lambda: day)


def tree(root: Path) -> dict[str, bytes]:
    return {str(one.relative_to(root)): one.read_bytes() for one in root.rglob("*") if one.is_file()}


def write(root: Path, name: str, content: bytes) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def clear(folder: LocalFolder, before: date = OLDER) -> int:
    return folder.clear_trash(before, lambda: True)


class NoLinks(PosixFileOperations):
    """A file system on which a file has one name."""

    def link(self, folder: FolderHandle, name: str, to: FolderHandle, new: str) -> None:
        del folder, to, new
        raise OSError(errno.EPERM, os.strerror(errno.EPERM), name)


@pytest.fixture(params=["links", "no links"])
def either(request: pytest.FixtureRequest, root: Path, files: FileOperations) -> LocalFolder:
    return LocalFolder("studio", str(root), files if request.param == "links" else NoLinks())


def test_the_old_version_is_kept_with_its_time_under_day_and_path(root: Path, either: LocalFolder) -> None:
    os.utime(write(root, "a/hero.abc", b"old"), ns=(1, 1_500_000_000_000_000_000))
    assert either.write_group([replacing("a/hero.abc", b"new")]) == [None]
    assert tree(root) == {"a/hero.abc": b"new", f".syncgui-trash/{DAY}/a/hero.abc": b"old"}
    assert (root / ".syncgui-trash" / DAY / "a/hero.abc").stat().st_mtime_ns == 1_500_000_000_000_000_000


def test_several_versions_of_one_day_are_all_kept(root: Path, either: LocalFolder) -> None:
    write(root, "a", b"0")
    for number in (b"1", b"2", b"3"):
        assert either.write_group([replacing("a", number)]) == [None]
    trash = {f".syncgui-trash/{DAY}{more}/a": old for more, old in (("", b"0"), (".2", b"1"), (".3", b"2"))}
    assert tree(root) == {"a": b"3", **trash}


def test_what_was_a_file_and_is_a_folder_now_is_kept_beside(root: Path, folder: LocalFolder) -> None:
    write(root, "a", b"0")
    assert folder.write_group([replacing("a", b"1")]) == [None]
    (root / "a").unlink()
    write(root, "a/b", b"2")
    assert folder.write_group([replacing("a/b", b"3")]) == [None]
    assert tree(root)[f".syncgui-trash/{DAY}.2/a/b"] == b"2"


def test_new_files_and_sites_without_a_trash_make_none(root: Path, folder: LocalFolder) -> None:
    write(root, "b", b"old")
    assert folder.write_group([replacing("a", b"new"), incoming("b", b"new")]) == [None, None]
    assert tree(root) == {"a": b"new", "b": b"new"}
    assert clear(folder) == 0


def test_what_is_not_replaced_after_all_is_not_in_the_trash(root: Path, either: LocalFolder) -> None:
    write(root, "a", b"old")

    def lose() -> None:
        assert tree(root)[f".syncgui-trash/{DAY}/a"] == b"old"
        raise LeaseLostError(path="a")

    (error,) = either.write_group([replace(replacing("a", b"new"), confirm=lose)])
    assert isinstance(error, LeaseLostError)
    assert tree(root) == {"a": b"old"}


def test_what_another_worker_replaced_meanwhile_stays_in_the_trash(root: Path) -> None:
    def machine() -> LocalFolder:
        files = PosixFileOperations()
        files.turns = FolderTurns()  # they hold within one process
        return LocalFolder("studio", str(root), files)

    write(root, "a", b"old")
    one, two = machine(), machine()

    def lose() -> None:
        assert two.write_group([replacing("a", b"theirs")]) == [None]
        raise LeaseLostError(path="a")

    (error,) = one.write_group([replace(replacing("a", b"ours"), confirm=lose)])
    assert isinstance(error, LeaseLostError)
    assert tree(root)["a"] == b"theirs"
    assert b"old" in tree(root).values()


@pytest.mark.parametrize("before", [b"old", None])
def test_what_somebody_puts_there_before_the_rename_is_kept_and_all_is_confirmed_again(
    root: Path, before: bytes | None, either: LocalFolder
) -> None:
    if before is not None:
        write(root, "a", before)
    confirmed: list[int] = []

    def confirm() -> None:
        confirmed.append(1)
        if len(confirmed) == 1:
            write(root, "b", b"theirs").replace(root / "a")

    assert either.write_group([replace(replacing("a", b"new"), confirm=confirm)]) == [None]
    found = tree(root)
    assert found.pop("a") == b"new"
    assert sorted(found.values()) == [*([before] if before else []), b"theirs"]
    assert len(confirmed) == 2


def test_what_was_written_into_the_file_after_it_was_copied_is_kept(root: Path) -> None:
    write(root, "a", b"old")
    folder = LocalFolder("studio", str(root), NoLinks())
    contents = [b"theirs"]

    def confirm() -> None:
        if contents:
            write(root, "a", contents.pop())

    assert folder.write_group([replace(replacing("a", b"new"), confirm=confirm)]) == [None]
    assert sorted(tree(root).values()) == [b"new", b"old", b"theirs"]


def test_what_comes_before_the_rename_is_durable_in_the_trash_and_then_confirmed_last(root: Path) -> None:
    files = Recorded()
    folder = LocalFolder("studio", str(root), files)

    def confirm() -> None:
        files.calls.append("confirm")
        if files.calls.count("confirm") == 1:
            write(root, "a", b"theirs")

    assert folder.write_group([replace(replacing("a", b"new"), confirm=confirm)]) == [None]
    first, *then = files.order("confirm", "sync_folder", "rename")
    assert first == "confirm"
    assert then == ["sync_folder"] * 3 + ["confirm", "rename", "sync_folder"]


def test_a_version_that_another_worker_takes_back_is_kept_again(root: Path, folder: LocalFolder) -> None:
    theirs = root / ".syncgui-trash" / DAY / "a"
    theirs.parent.mkdir(parents=True)
    os.link(write(root, "a", b"old"), theirs)
    there = [theirs]

    def confirm() -> None:
        if there:
            there.pop().unlink()

    assert folder.write_group([replace(replacing("a", b"new"), confirm=confirm)]) == [None]
    assert sorted(tree(root).values()) == [b"new", b"old"]


def test_what_was_kept_on_a_day_before_the_rename_is_kept_under_the_day_of_the_rename(
    root: Path, either: LocalFolder
) -> None:
    write(root, "a", b"old")
    days = ["2026-05-03"]

    def wait_and_clear() -> None:
        if days == ["2026-05-03"]:
            days[:] = ["2026-05-09"]
            assert clear(either) == 1

    new = replace(incoming("a", b"new"), trash=lambda: days[0], confirm=wait_and_clear)
    assert either.write_group([new]) == [None]
    assert tree(root) == {"a": b"new", ".syncgui-trash/2026-05-09/a": b"old"}


def test_what_is_replaced_again_and_again_is_left_to_whoever_does_that(
    root: Path, folder: LocalFolder
) -> None:
    write(root, "a", b"0")
    numbers = itertools.count(1)

    def confirm() -> None:
        write(root, "b", b"%d" % next(numbers)).replace(root / "a")

    (error,) = folder.write_group([replace(replacing("a", b"new"), confirm=confirm)])
    assert isinstance(error, TargetNotWritableError)
    assert "again and again" in error.sentence
    assert (root / "a").read_bytes() == b"%d" % (next(numbers) - 1)


def test_a_link_that_appears_before_the_rename_is_in_the_way(root: Path, folder: LocalFolder) -> None:
    def confirm() -> None:
        if not (root / "a").is_symlink():
            (root / "a").symlink_to("b")

    (error,) = folder.write_group([replace(replacing("a", b"new"), confirm=confirm)])
    assert isinstance(error, NameInTheWayError)
    assert (root / "a").is_symlink()


def test_a_try_that_died_between_the_two_names_is_gone_on_with(root: Path, folder: LocalFolder) -> None:
    old = write(root, "a", b"old")
    (root / ".syncgui-trash" / DAY).mkdir(parents=True)
    os.link(old, root / ".syncgui-trash" / DAY / "a")
    assert folder.write_group([replacing("a", b"new")]) == [None]
    assert tree(root) == {"a": b"new", f".syncgui-trash/{DAY}/a": b"old"}


def test_the_trash_is_durable_before_the_name_changes_hands(root: Path) -> None:
    class Linked(Recorded):
        def link(self, folder: FolderHandle, name: str, to: FolderHandle, new: str) -> None:
            self._note("link")
            super().link(folder, name, to, new)

    files = Linked()
    write(root, "a", b"old")
    assert LocalFolder("studio", str(root), files).write_group([replacing("a", b"new")]) == [None]
    # the day's folder, the trash's, and the root's, which got a new folder
    assert files.order("sync_file", "link", "rename", "sync_folder") == [
        "sync_file",
        "link",
        *["sync_folder"] * 3,
        "rename",
        "sync_folder",
    ]


def test_without_a_durable_trash_nothing_is_replaced(root: Path) -> None:
    files = Recorded()
    files.fails[f"sync_folder {DAY}"] = errno.EIO
    write(root, "a", b"old")
    (error,) = LocalFolder("studio", str(root), files).write_group([replacing("a", b"new")])
    assert isinstance(error, SiteError)
    assert tree(root) == {"a": b"old"}


def test_a_reader_sees_the_old_or_the_new_version_at_every_moment(root: Path, either: LocalFolder) -> None:
    write(root, "a", b"0" * 1000)
    stop, wrong = threading.Event(), list[str]()

    def read() -> None:
        while not stop.is_set():
            try:
                content = (root / "a").read_bytes()
            except OSError as error:
                wrong.append(repr(error))
                return
            if len(content) != 1000 or len(set(content)) != 1:
                wrong.append(repr(content[:10]))

    reader = threading.Thread(target=read, name="reader")
    reader.start()
    try:
        for number in range(1, 60):
            assert either.write_group([replacing("a", bytes([number]) * 1000)]) == [None]
    finally:
        stop.set()
        reader.join(30)
    assert wrong == []


# -- containment -------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [".syncgui-trash/2026-05-03/a", ".Syncgui-Trash/a", ".syncgui-trash"])
def test_nothing_is_read_from_or_synced_into_the_trash(root: Path, folder: LocalFolder, path: str) -> None:
    write(root, ".syncgui-trash/2026-05-03/a", b"kept")
    (error,) = folder.write_group([incoming(path, b"x")])
    assert isinstance(error, PathRefusedError)
    acts = (folder.facts, folder.open_source, folder.remove_file, folder.sync_existing)
    for act in acts:
        with pytest.raises(PathRefusedError):
            act(tuple(path.split("/")))
    assert tree(root) == {".syncgui-trash/2026-05-03/a": b"kept"}


def test_the_trash_is_listed_nowhere(root: Path, folder: LocalFolder) -> None:
    write(root, ".syncgui-trash/2026-05-03/a", b"kept")
    write(root, "b", b"")
    assert [one.name for one in folder.list_folder(())] == ["b"]
    with pytest.raises(PathRefusedError):
        folder.list_folder((".syncgui-trash",))


@pytest.mark.parametrize("planted", [".syncgui-trash", f".syncgui-trash/{DAY}", f".syncgui-trash/{DAY}/in"])
def test_a_link_in_the_trash_leads_nothing_out_of_the_root(
    root: Path, folder: LocalFolder, tmp_path: Path, planted: str
) -> None:
    outside = tmp_path / "outside"
    write(outside, "2020-01-01/precious", b"1")
    write(root, "in/a", b"old")
    (root / planted).parent.mkdir(parents=True, exist_ok=True)
    (root / planted).symlink_to(outside)
    (error,) = folder.write_group([replacing("in/a", b"new")])
    assert isinstance(error, PathRefusedError)
    assert (root / "in/a").read_bytes() == b"old"
    try:
        clear(folder)
    except SyncError as refused:
        assert isinstance(refused, PathRefusedError)
    assert tree(outside) == {"2020-01-01/precious": b"1"}


# -- clearing ----------------------------------------------------------------------------------------


def test_days_that_are_over_go_and_nothing_else_does(root: Path, folder: LocalFolder) -> None:
    kept = {
        "2026-05-03/a": b"in the root, not in the trash",
        ".syncgui-trash/2026-05-04/a": b"not over",
        ".syncgui-trash/2026-05-04.7/a": b"not over",
        ".syncgui-trash/2026-02-30/a": b"no day",
        ".syncgui-trash/2026-05-03.old/a": b"not ours",
        ".syncgui-trash/2026-05-03.0/a": b"not ours",
        ".syncgui-trash/x2026-05-03/a": b"not ours",
        ".syncgui-trash/notes/2026-05-03/a": b"not ours",
        ".syncgui-trash/2020-01-01": b"a file",
    }
    for name, content in kept.items():
        write(root, name, content)
    for name in ("2026-05-03/deep/er/a", "2026-05-03/b", "2026-05-03.2/b", "2019-12-31/c"):
        write(root, f".syncgui-trash/{name}", b"over")
    assert clear(folder) == 4
    assert tree(root) == kept
    assert sorted(one.name for one in (root / ".syncgui-trash").iterdir()) == sorted(
        {name.split("/")[1] for name in kept if name.startswith(".syncgui-trash/")}
    )


def test_a_link_in_a_day_that_is_over_goes_and_what_it_leads_to_stays(
    root: Path, tmp_path: Path, folder: LocalFolder
) -> None:
    write(tmp_path, "outside/precious", b"1")
    day = root / ".syncgui-trash/2026-05-03"
    day.mkdir(parents=True)
    (day / "folder").symlink_to(tmp_path / "outside")
    (day / "file").symlink_to(tmp_path / "outside/precious")
    assert clear(folder) == 2
    assert not day.exists()
    assert (tmp_path / "outside/precious").read_bytes() == b"1"


def test_clearing_stops_when_it_is_told_to(root: Path, folder: LocalFolder) -> None:
    for number in range(5):
        write(root, f".syncgui-trash/2026-05-03/{number}", b"")
    answers = iter([True, True, False])
    assert folder.clear_trash(OLDER, lambda: next(answers)) == 2
    assert len(tree(root)) == 3


class Counting(PosixFileOperations):
    """Knows how many folders are open at once."""

    def __init__(self) -> None:
        self.opened = self.most = 0

    def open_folder(self, folder: FolderHandle, name: str) -> FolderHandle:
        found = super().open_folder(folder, name)
        self.opened += 1
        self.most = max(self.most, self.opened)
        return found

    def close_folder(self, folder: FolderHandle) -> None:
        super().close_folder(folder)
        self.opened -= 1


def test_a_trash_of_any_depth_is_cleared_with_few_folders_open(root: Path) -> None:
    above = os.open(root, os.O_RDONLY)
    for name in (".syncgui-trash", DAY, *["d"] * 1100):
        for made in (name, "beside"):
            os.mkdir(made, dir_fd=above)
        os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=above))
        below = os.open(name, os.O_RDONLY, dir_fd=above)
        os.close(above)
        above = below
    os.close(above)
    files = Counting()
    folder = LocalFolder("studio", str(root), files)
    assert clear(folder) == 1100
    assert files.most < 50
    assert files.opened == 0
    assert sorted(one.name for one in (root / ".syncgui-trash").iterdir()) == ["beside", "file"]


def test_what_can_not_be_removed_stops_nothing_else_and_is_told_at_the_end(root: Path) -> None:
    class Stubborn(PosixFileOperations):
        def unlink(self, folder: FolderHandle, name: str) -> None:
            if name == "0":
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), name)
            super().unlink(folder, name)

        def open_folder(self, folder: FolderHandle, name: str) -> FolderHandle:
            if name == "closed":
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), name)
            return super().open_folder(folder, name)

        def list_folder(self, folder: FolderHandle) -> list[FolderEntry]:
            return sorted(super().list_folder(folder), key=lambda one: one.name)

    left = {f".syncgui-trash/{name}" for name in ("2026-05-01/a/0", "2026-05-02/closed/b")}
    for name in ("2026-05-01/a/b", "2026-05-01/c/d", "2026-05-01/z", "2026-05-02/e", "2026-05-03/f"):
        write(root, f".syncgui-trash/{name}", b"")
    for path in left:
        write(root, path, b"")
    with pytest.raises(TargetNotWritableError):
        clear(LocalFolder("studio", str(root), Stubborn()))
    assert set(tree(root)) == left
    assert not (root / ".syncgui-trash/2026-05-01/c").exists()
    assert not (root / ".syncgui-trash/2026-05-03").exists()


def test_what_another_machine_removes_at_the_same_time_is_no_failure(root: Path) -> None:
    class Late(PosixFileOperations):
        def unlink(self, folder: FolderHandle, name: str) -> None:
            super().unlink(folder, name)
            if name == "first":
                super().unlink(folder, name)

        def remove_folder(self, folder: FolderHandle, name: str) -> None:
            super().remove_folder(folder, name)
            super().remove_folder(folder, name)

    for name in ("first", "in/first", "in/second"):
        write(root, f".syncgui-trash/2026-05-03/{name}", b"")
    assert clear(LocalFolder("studio", str(root), Late())) == 1
    assert tree(root) == {}


def test_what_is_mounted_in_a_day_that_is_over_stays_with_the_folders_above(root: Path) -> None:
    class Mounted(PosixFileOperations):
        def stat_folder(self, folder: FolderHandle) -> os.stat_result:
            found = super().stat_folder(folder)
            if not folder.path.endswith("/disk"):
                return found
            return os.stat_result([*found[:2], found.st_dev + 1, *found[3:]])

    day = f".syncgui-trash/{DAY}"
    for name in ("a/disk/precious", "a/b", "c/d"):
        write(root, f"{day}/{name}", b"")
    assert clear(LocalFolder("studio", str(root), Mounted())) == 2
    assert set(tree(root)) == {f"{day}/a/disk/precious"}
    assert not (root / day / "c").exists()


def test_a_root_that_was_replaced_is_not_cleared(root: Path, folder: LocalFolder) -> None:
    root.rename(root.with_name("gone"))
    write(root, ".syncgui-trash/2026-05-03/a", b"")
    with pytest.raises(SiteError):
        clear(folder)
    assert len(tree(root)) == 1


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-05-03", date(2026, 5, 3)),
        ("2026-05-03.2", date(2026, 5, 3)),
        ("2026-05-03.", None),
        ("2026-5-3", None),
        ("2026-13-01", None),
        ("2026-05-03\n", None),
        ("..", None),
    ],
)
def test_only_names_of_ours_are_read_as_days(text: str, day: date | None) -> None:
    assert read_day_name(text) == day


def test_a_copy_into_the_trash_can_be_stopped_and_leaves_nothing(root: Path) -> None:
    write(root, "a", b"old" * 2**20)
    asked: list[int] = []

    def stop() -> None:
        asked.append(1)
        if len(asked) == 2:
            raise CancelledError(path="a")

    folder = LocalFolder("studio", str(root), NoLinks())
    (error,) = folder.write_group([replace(replacing("a", b"new"), keeping=stop)])
    assert isinstance(error, CancelledError)
    assert [path.name for path in root.rglob("*") if path.is_file()] == ["a"]
    assert (root / "a").read_bytes() == b"old" * 2**20


@pytest.mark.parametrize("refused", [".syncgui-trash", DAY])
def test_a_trash_that_may_not_be_written_is_the_trouble_of_what_is_replaced(root: Path, refused: str) -> None:
    class Refusing(PosixFileOperations):
        def make_folder(self, folder: FolderHandle, name: str, mode: int | None) -> None:
            if name == refused:
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), name)
            super().make_folder(folder, name, mode)

    write(root, "show/old", b"old")
    group = [replacing("show/old", b"new"), replacing("show/new", b"new")]
    error, other = LocalFolder("studio", str(root), Refusing()).write_group(group)
    assert isinstance(error, TargetNotWritableError)
    assert f".syncgui-trash/{DAY}: Permission denied" in error.sentence
    assert other is None
    assert tree(root) == {"show/old": b"old", "show/new": b"new"}


class FullTrash(NoLinks):
    """Full where the trash is, or full for files of that size, whoever writes them."""

    full = (".syncgui-trash",)

    def free_bytes(self, folder: FolderHandle) -> int:
        return 2 if any(one in folder.path for one in self.full) else 10**12


def test_a_version_that_fits_only_outside_the_trash_is_its_files_own_trouble(root: Path) -> None:
    write(root, "old", b"old")
    folder = LocalFolder("studio", str(root), FullTrash())
    error, other = folder.write_group([replacing("old", b"new"), replacing("new", b"new")])
    assert isinstance(error, TooLargeForRoomError)
    assert f"copied into .syncgui-trash/{DAY} first" in error.sentence
    assert other is None
    assert tree(root) == {"old": b"old", "new": b"new"}


def test_a_large_version_that_fits_nowhere_is_its_files_own_trouble(root: Path) -> None:
    class Full(FullTrash):
        full = ("",)

    with write(root, "old", b"").open("wb") as sparse:
        sparse.truncate(64 * 2**20)
    (error,) = LocalFolder("studio", str(root), Full()).write_group([replacing("old", b"new")])
    assert isinstance(error, TooLargeForRoomError)


def test_a_trash_that_gets_full_during_the_copy_is_its_files_own_trouble(root: Path) -> None:
    class GetsFull(NoLinks):
        def write(self, fd: int, data: memoryview) -> None:
            if bytes(data) == b"old":
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            super().write(fd, data)

    write(root, "old", b"old")
    (error,) = LocalFolder("studio", str(root), GetsFull()).write_group([replacing("old", b"new")])
    assert isinstance(error, TooLargeForRoomError)
    assert tree(root) == {"old": b"old"}


def test_a_copy_into_a_trash_without_room_is_not_begun(root: Path) -> None:
    class Full(NoLinks):
        def free_bytes(self, folder: FolderHandle) -> int:
            del folder
            return 2

    write(root, "a", b"old")
    (error,) = LocalFolder("studio", str(root), Full()).write_group([replacing("a", b"new")])
    assert isinstance(error, DiskFullError)
    assert (root / "a").read_bytes() == b"old"
