"""What changes while a transfer is under way, or waits: the source, the target, the folder above it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from syncgui.engine.environment import Worth, real_environment
from syncgui.engine.job import JobResult
from syncgui.model.errors import SyncError
from syncgui.providers.file_operations import Flush, FolderHandle
from syncgui.providers.posix_files import PosixFileOperations
from tests.engine.mover import StudioMover
from tests.engine.studio import Studio, eventually


class Struck(PosixFileOperations):
    """Does something once, before a flush or before a source is opened."""

    def __init__(self) -> None:
        self.before_flush: Callable[[], object] | None = None
        self.before_read: Callable[[], object] | None = None

    def sync_files(self, fds: Sequence[int]) -> list[Flush | OSError]:
        strike, self.before_flush = self.before_flush, None
        if strike is not None:
            strike()
        return super().sync_files(fds)

    def open_to_sync(self, folder: FolderHandle, name: str) -> int:
        strike, self.before_flush = self.before_flush, None
        if strike is not None:
            strike()
        return super().open_to_sync(folder, name)

    def open_read(self, folder: FolderHandle, name: str) -> int:
        strike, self.before_read = self.before_read, None
        if strike is not None:
            strike()
        return super().open_read(folder, name)


class Renumbered(PosixFileOperations):
    """Devices that get other numbers."""

    added = 0

    def stat(self, folder: FolderHandle, name: str) -> os.stat_result:
        return self._renumbered(super().stat(folder, name))

    def stat_file(self, fd: int) -> os.stat_result:
        return self._renumbered(super().stat_file(fd))

    def _renumbered(self, found: os.stat_result) -> os.stat_result:
        facts = {name: getattr(found, name) for name in dir(found) if name.startswith("st_")}
        return cast("os.stat_result", SimpleNamespace(**facts | {"st_dev": found.st_dev + self.added}))


@pytest.fixture
def files() -> Struck:
    """File operations that a test lets strike."""
    return Struck()


def mover_of(studio: Studio, files: PosixFileOperations) -> StudioMover:
    return StudioMover(studio, replace(real_environment(), files=files))


def codes(results: Sequence[JobResult]) -> list[str]:
    return [error.code if isinstance(error, SyncError) else "" for one in results for error in one.errors]


def paused(
    studio: Studio, files: Struck, names: Sequence[str], meanwhile: Callable[[], object]
) -> list[JobResult]:
    """Pause while the data of a group is flushed, do something, resume; the results."""
    mover = mover_of(studio, files)
    one = studio.publish(list(names), content=b"old pixels")
    files.before_flush = mover.gate.pause
    done: list[JobResult] = []
    thread = threading.Thread(target=lambda: done.extend(mover.move(one)))
    thread.start()
    eventually(lambda: mover.gate.is_paused, "the pause")
    threading.Event().wait(0.3)
    assert not done
    meanwhile()
    mover.gate.resume()
    thread.join(30)
    return done


def test_a_source_that_changes_while_a_pause_holds_is_not_recorded_as_it_was(
    studio: Studio, files: Struck
) -> None:
    results = paused(studio, files, ["a.exr"], lambda: studio.write("a.exr", b"new, longer pixels"))
    assert codes(results) == ["source_changed"]
    assert studio.tree("backup") == {}


def test_a_folder_that_is_moved_while_a_pause_holds_gets_nothing(studio: Studio, files: Struck) -> None:
    folder = studio.root("backup") / "f"
    results = paused(studio, files, ["f/a.exr"], lambda: folder.rename(folder.with_name("g")))
    assert codes(results) == ["target_not_writable"]
    assert not [path for path in studio.tree("backup") if path.endswith("a.exr")]


def test_what_was_there_and_is_removed_while_a_pause_holds_is_brought(studio: Studio, files: Struck) -> None:
    path = studio.write("a.exr", b"old pixels", "backup")
    (result,) = paused(studio, files, ["a.exr"], path.unlink)
    assert (codes([result]), result.copied) == ([""], True)
    assert studio.tree("backup") == {"a.exr": b"old pixels"}


def test_a_target_that_is_rewritten_while_it_is_compared_is_not_taken_as_there(
    studio: Studio, files: Struck
) -> None:
    path = studio.write("a.exr", b"pixels", "backup")
    files.before_flush = lambda: path.write_bytes(b"PIXELS")
    results = mover_of(studio, files).move(studio.publish(["a.exr"], content=b"pixels"))
    assert codes(results) == [""]
    assert results[0].copied
    assert studio.tree("backup") == {"a.exr": b"pixels"}


def test_new_bytes_never_get_the_time_of_the_old_ones(studio: Studio, files: Struck) -> None:
    one = studio.publish(["a.exr"], content=b"pixels")
    source = studio.root("studio") / "a.exr"

    def rewrite() -> None:
        source.write_bytes(b"PIXELS")
        os.utime(source, (2e9, 2e9))

    os.utime(source, (1e9, 1e9))
    files.before_read = rewrite
    mover = mover_of(studio, files)
    assert codes(mover.move(one)) == ["source_changed"]
    assert codes(mover.move(one)) == [""]
    assert (studio.root("backup") / "a.exr").stat().st_mtime == 2e9


# -- what was begun ----------------------------------------------------------------------------------


def begun(studio: Studio, files: PosixFileOperations) -> tuple[StudioMover, str, Path]:
    """A file of 4 MiB of which half was written when it was stopped: mover, representation, partial."""
    environment = replace(real_environment(), files=files, worth=Worth(2**20, 2**20))
    mover = StudioMover(studio, environment)
    one = studio.publish(["a.exr"], content=os.urandom(4 * 2**20))
    (job,) = mover.jobs(one, "studio", "backup")
    count = [0]
    write = files.write

    def stop(fd: int, data: memoryview) -> None:
        count[0] += len(data)
        job.cancellation.is_cancelled = count[0] > 2 * 2**20
        write(fd, data)

    files.write = stop  # type: ignore[method-assign]
    assert codes(mover.move_jobs([job], "studio", "backup")) == ["cancelled"]
    files.write = write  # type: ignore[method-assign]
    (left,) = studio.root("backup").iterdir()
    return mover, one, left


def test_a_disk_that_has_another_number_after_it_was_mounted_anew_costs_nothing(studio: Studio) -> None:
    files = Renumbered()
    mover, one, left = begun(studio, files)
    kept, written = left.stat().st_size, [0]
    files.added = 1000
    write = files.write

    def count(fd: int, data: memoryview) -> None:
        written[0] += len(data)
        write(fd, data)

    files.write = count  # type: ignore[method-assign]
    assert codes(mover.move(one)) == [""]
    assert written[0] == 4 * 2**20 - kept


def test_a_large_file_that_was_begun_and_is_small_now_leaves_nothing(studio: Studio, files: Struck) -> None:
    mover, _, left = begun(studio, files)
    assert codes(mover.move(studio.publish(["a.exr"], content=b"small"))) == [""]
    assert not left.exists()
    noted = [part.name for parts in studio.app.state.partials().values() for part in parts]
    assert left.name not in noted
