"""Storage that fails under a running loop: what belongs to one file costs a try, all else is waited for."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from syncgui.providers.file_operations import Flush, FolderHandle
from tests.engine.files import Interrupted
from tests.engine.studio import Studio, eventually
from tests.engine.test_troubles import code, tries

MIB = 2**20


def fault(task: str, tmp_path: Path, before: Sequence[str] = ()) -> dict[str, object]:
    """Do a task of `faults.py`; its answer."""
    done = subprocess.run(
        [*before, sys.executable, "-m", "tests.engine.faults", task, str(tmp_path / "studio")],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        timeout=120,
        check=True,
    )
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


# -- real ones ---------------------------------------------------------------------------------------


def test_a_disk_that_is_full_is_waited_for(tmp_path: Path, own_mounts: list[str]) -> None:
    assert fault("full_disk", tmp_path, own_mounts) == {
        "first": ["disk_full"],
        "written_while_full": 0,
        "synced": 3,
        "tries": 0,
        "left": [],
    }


def test_a_disk_that_another_program_fills_fails_no_more_than_the_attempt(
    tmp_path: Path, own_mounts: list[str]
) -> None:
    answer = fault("full_in_the_middle", tmp_path, own_mounts)
    assert answer == {"first": ["disk_full"], "synced": 2, "tries": 0, "left": []}


def test_a_disk_that_turns_read_only_is_waited_for(tmp_path: Path, own_mounts: list[str]) -> None:
    answer = fault("read_only", tmp_path, own_mounts)
    assert answer == {"first": ["read_only"], "done_before": True, "synced": 200, "tries": 0, "left": []}


def test_a_file_beyond_what_this_program_may_write_costs_only_itself_a_try(tmp_path: Path) -> None:
    answer = fault("file_size_limit", tmp_path)
    assert answer == {"first": ["target_not_writable", True, 1], "names": ["small.exr"]}


def test_rights_that_are_missing_cost_their_files_a_try_and_are_asked_for_again(tmp_path: Path) -> None:
    before: list[str] = []
    if os.getuid() == 0:  # whose rights nothing limits
        if shutil.which("setpriv") is None:
            pytest.skip("there is no program setpriv here")
        before = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"]
    assert fault("rights", tmp_path, before) == {
        "first": ["target_not_writable", None, "source_unreadable"],
        "tries_first": [1, None, 1],
        "synced": 3,
        "tries": 0,
        "left": [],
    }


# -- told by file operations -------------------------------------------------------------------------


class FailingFlush(Interrupted):
    """Every flush of data, or every one of names, fails as on a disk that is dying or was pulled out."""

    def __init__(self, of: str, *, as_one: bool) -> None:
        super().__init__()
        self._of = of
        self._as_one = as_one

    def _fail(self, of: str) -> None:
        if of == self._of:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    def flushes_as_one(self, folder: FolderHandle) -> bool:
        del folder
        return self._as_one

    def sync_file_system(self, fd: int) -> None:
        self._fail("data")
        super().sync_file_system(fd)

    def sync_file(self, fd: int) -> Flush:
        self._fail("data")
        return super().sync_file(fd)

    def sync_folder(self, folder: FolderHandle) -> None:
        self._fail("names")
        super().sync_folder(folder)


@pytest.mark.parametrize(("of", "as_one"), [("data", True), ("data", False), ("names", True)])
def test_what_a_disk_could_not_flush_is_not_recorded_and_sent_again(
    studio: Studio, of: str, as_one: bool
) -> None:
    ids = [studio.publish([f"{shot}/{number}.exr" for number in range(20)]) for shot in "abc"]
    studio.sync_once(studio.application("other", FailingFlush(of, as_one=as_one)))
    assert {trouble.code for trouble in studio.troubles} == {"site_trouble"}
    assert not any(studio.is_synced(one, position=n) for one in ids for n in range(20))
    with studio.syncing():
        eventually(
            lambda: all(studio.is_synced(one, position=n) for one in ids for n in range(20)), "all files"
        )
    assert all(tries(studio, one, n) is None for one in ids for n in range(20))
    assert studio.tree("backup") == studio.tree("studio")


def test_a_source_that_is_cut_off_while_it_is_read_is_discarded(studio: Studio) -> None:
    content = os.urandom(4 * MIB)
    one = studio.publish(["a.exr"], content=content)

    def cut_off() -> None:
        files.before_write = lambda: None
        os.truncate(studio.root("studio") / "a.exr", MIB)

    files = Interrupted(before_write=cut_off)
    studio.sync_once(studio.application("other", files))
    assert tries(studio, one) is None
    assert code(studio, one) == "source_changed"
    assert studio.tree("backup") == {}
    studio.write("a.exr", content)
    with studio.syncing():
        eventually(lambda: studio.is_synced(one), "the whole file")
    assert studio.tree("backup") == {"a.exr": content}


@pytest.mark.parametrize("moment", ["before_write", "before_rename"])
def test_a_folder_that_vanishes_under_its_files_is_made_again(studio: Studio, moment: str) -> None:
    one = studio.publish(["shots/a.exr", "shots/b.exr"])
    gone = threading.Event()

    def remove(*_: object) -> None:
        if not gone.is_set():
            gone.set()
            shutil.rmtree(studio.root("backup") / "shots")

    files = Interrupted()
    setattr(files, moment, remove)
    with studio.syncing(studio.application("other", files)):
        eventually(lambda: all(studio.is_synced(one, position=n) for n in (0, 1)), "both files")
    assert studio.tree("backup") == studio.tree("studio")
    assert all(tries(studio, one, n) is None for n in (0, 1))
