from __future__ import annotations

import io
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from syncgui.model.errors import (
    NameInTheWayError,
    PathRefusedError,
    RootUnknownError,
    SiteNotConnectedError,
)
from syncgui.providers.file_operations import FolderHandle
from syncgui.providers.local_drive import LocalDriveProvider, LocalDriveSettings
from syncgui.providers.posix_files import PosixFileOperations
from tests.providers.contract import RecordedTransfer
from tests.providers.incoming import incoming


def local_drive(roots: dict[str, str], clock_s: float | None = None) -> LocalDriveProvider:
    settings = LocalDriveSettings()
    if clock_s is None:
        return LocalDriveProvider("backup", settings, roots)
    return LocalDriveProvider("backup", settings, roots, wall_clock=lambda: clock_s)


@pytest.fixture
def provider(root: Path) -> LocalDriveProvider:
    return local_drive({"work": str(root)})


@pytest.mark.parametrize("tail", ["/../outside", "2/a", "/a/../../outside", "/./a", "/a\0b"])
def test_a_path_outside_the_roots_is_refused(root: Path, provider: LocalDriveProvider, tail: str) -> None:
    (root.parent / "outside").write_bytes(b"secret")
    path = f"{root}{tail}"
    with pytest.raises(PathRefusedError):
        provider.stat(path)
    with pytest.raises(PathRefusedError):
        provider.download(path, io.BytesIO(), RecordedTransfer())
    with pytest.raises(PathRefusedError):
        provider.delete(path)
    with pytest.raises(PathRefusedError):
        provider.upload(io.BytesIO(b"x"), 1, datetime.now(UTC), path, RecordedTransfer())
    with pytest.raises(PathRefusedError):
        provider.list_folder(path)
    with pytest.raises(PathRefusedError):
        provider.create_folder(path)
    assert (root.parent / "outside").read_bytes() == b"secret"
    assert sorted(one.name for one in root.parent.iterdir()) == ["outside", "root"]


def test_the_root_itself_is_no_file(root: Path, provider: LocalDriveProvider) -> None:
    for path in (str(root), f"{root}/"):
        with pytest.raises(PathRefusedError, match="no file"):
            provider.upload(io.BytesIO(b"x"), 1, datetime.now(UTC), path, RecordedTransfer())
        assert provider.list_folder(path) == []
        provider.create_folder(path)


def test_of_two_roots_the_longer_one_that_fits_is_meant(root: Path) -> None:
    (root / "inner").mkdir()
    provider = local_drive({"outer": str(root), "inner": f"{root}/inner/"})
    provider.upload(io.BytesIO(b"x"), 1, datetime.now(UTC), f"{root}/inner/a", RecordedTransfer())
    assert provider.local_folder("inner").facts(("a",)) is not None
    found = provider.stat(f"{root}/inner//a")
    assert found is not None
    assert found.id == "a"


def test_a_folder_and_a_link_are_no_files_to_stat_or_delete(root: Path, provider: LocalDriveProvider) -> None:
    (root / "folder").mkdir()
    (root / "link").symlink_to("folder")
    for name in ("folder", "link"):
        assert provider.stat(f"{root}/{name}") is None
        with pytest.raises(NameInTheWayError):
            provider.delete(f"{root}/{name}")
    assert (root / "link").is_symlink()


def test_the_open_root_is_the_same_each_time_by_name_and_by_path(
    root: Path, provider: LocalDriveProvider
) -> None:
    assert provider.local_folder("work") is provider.local_folder(str(root))
    with pytest.raises(RootUnknownError):
        provider.local_folder(str(root.parent))


def test_a_replaced_root_is_opened_anew_and_the_old_one_lives_while_it_is_used(
    root: Path, provider: LocalDriveProvider
) -> None:
    (root / "a").write_bytes(b"old")
    old = provider.local_folder("work")
    root.rename(root.with_name("unmounted"))
    with pytest.raises(SiteNotConnectedError):
        provider.local_folder("work")
    root.mkdir()
    new = provider.local_folder("work")
    assert new.identity != old.identity
    assert new.facts(("a",)) is None
    with old.open_source(("a",)) as source:
        assert source.read() == b"old"
    (error,) = old.write_group([incoming("b", b"x")])
    assert isinstance(error, SiteNotConnectedError)


def test_a_root_that_nobody_holds_any_more_is_let_go(root: Path) -> None:
    closed: list[str] = []

    class Watched(PosixFileOperations):
        def close_folder(self, folder: FolderHandle) -> None:
            closed.append(folder.path)
            super().close_folder(folder)

    provider = LocalDriveProvider("backup", LocalDriveSettings(), {"": str(root)}, files=Watched())
    held = provider.local_folder("")
    provider.close()
    assert closed == []
    del held
    assert closed == [str(root)]


def test_a_root_that_hangs_does_not_hold_up_the_others(tmp_path: Path) -> None:
    hangs, goes_on = threading.Event(), threading.Event()

    class Hanging(PosixFileOperations):
        def open_root(self, path: str) -> FolderHandle:
            if path.endswith("hangs"):
                hangs.set()
                assert goes_on.wait(60)
            return super().open_root(path)

    roots = {name: str(tmp_path / name) for name in ("hangs", "answers")}
    for path in roots.values():
        Path(path).mkdir()
    provider = LocalDriveProvider("backup", LocalDriveSettings(), roots, files=Hanging())
    with ThreadPoolExecutor(2) as pool:
        try:
            waiting = pool.submit(provider.local_folder, "hangs")
            assert hangs.wait(60)
            assert pool.submit(provider.local_folder, "answers").result(10).root == roots["answers"]
            assert not waiting.done()
        finally:
            goes_on.set()
        assert waiting.result(60).root == roots["hangs"]


def test_the_check_says_what_it_found_in_sentences(root: Path, provider: LocalDriveProvider) -> None:
    report = provider.check()
    assert report.good
    assert [line.sentence for line in report.lines[:3]] == [
        f"{root} is there",
        "It can be listed",
        "Files can be written, read and removed there",
    ]
    assert report.lines[3].sentence == "Its clock agrees with this machine's"
    assert re.fullmatch(r"\d+(\.\d)? [MGTP]B are free there", report.lines[4].sentence)
    assert list(root.iterdir()) == []


def test_the_check_of_a_missing_root_is_bad_and_makes_nothing(tmp_path: Path) -> None:
    report = local_drive({"a": str(tmp_path), "b": str(tmp_path / "absent")}).check()
    assert not report.good
    assert [line.sentence for line in report.lines if not line.good] == [
        f"Site backup is not connected: {tmp_path / 'absent'}: No such file or directory"
    ]
    assert list(tmp_path.iterdir()) == []
    assert not local_drive({}).check().good


def test_the_check_notices_a_clock_that_differs(root: Path) -> None:
    now = datetime.now(UTC).timestamp()
    ahead, far = (local_drive({"": str(root)}, now - s).check().lines[3] for s in (60, 3600))
    assert ahead.good
    assert "s ahead of this machine's" in ahead.sentence
    assert not far.good


def test_modes_of_the_site_are_used(root: Path) -> None:
    provider = LocalDriveProvider(
        "backup", LocalDriveSettings(), {"": str(root)}, file_mode=0o604, folder_mode=0o705
    )
    provider.upload(io.BytesIO(b"x"), 1, datetime.now(UTC), f"{root}/new/a", RecordedTransfer())
    assert (root / "new/a").stat().st_mode & 0o7777 == 0o604
    assert (root / "new").stat().st_mode & 0o777 == 0o705
