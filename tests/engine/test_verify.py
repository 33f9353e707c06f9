"""What a copy is checked by before it counts, as the target's site says."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import xxhash

from syncgui.engine.environment import real_environment
from syncgui.engine.job import JobResult
from syncgui.model.errors import CancelledError, DamagedError
from syncgui.providers.file_operations import FolderHandle
from syncgui.providers.partial_names import read_partial_name
from tests.engine.mover import StudioMover
from tests.engine.studio import Studio, change_settings
from tests.providers.recorded import Recorded

MIB = 2**20


class Copying(Recorded):
    """Notes what was copied inside the system, piece by piece, and what was written by us.

    Args:
        clones: whether files share their blocks: they are copied then, as the test's disk may not know it.
        inside: whether the system copies at all.
    """

    def __init__(self, *, clones: bool = False, inside: bool = True) -> None:
        super().__init__()
        self.clones = clones
        self.inside = inside
        self.cloned = 0
        self.pieces: list[int] = []
        self.written_bytes = 0
        self.after_piece: Callable[[], None] = lambda: None

    def clone(self, source_fd: int, fd: int) -> bool:
        if not self.clones:
            return super().clone(source_fd, fd)
        self.cloned += os.sendfile(fd, source_fd, 0, os.fstat(source_fd).st_size)
        return True

    def copy_range(self, source_fd: int, fd: int, size_bytes: int) -> int:
        copied = super().copy_range(source_fd, fd, size_bytes) if self.inside else 0
        self.pieces.append(copied)
        self.after_piece()
        return copied

    def write(self, fd: int, data: memoryview) -> None:
        self.written_bytes += len(data)
        super().write(fd, data)


def verify(studio: Studio, policy: str, site: str = "backup") -> None:
    def change(server: dict[str, dict[str, object]]) -> None:
        settings = server["sites"][site]
        assert isinstance(settings, dict)
        settings["verify"] = policy

    change_settings(studio, change)


def mover(studio: Studio, files: Recorded) -> StudioMover:
    return StudioMover(studio, replace(real_environment(), files=files))


def only(results: list[JobResult]) -> JobResult:
    (result,) = results
    return result


def hashed(content: bytes) -> str:
    return f"xxh3_128:{xxhash.xxh3_128(content).hexdigest()}"


def test_by_default_a_copy_is_hashed_and_its_checksum_recorded(studio: Studio) -> None:
    files = Copying(clones=True)
    result = only(mover(studio, files).move(studio.publish(["a"], content=b"pixels")))
    assert (result.errors, result.checksum) == ((None,), hashed(b"pixels"))
    assert (files.cloned, files.pieces, files.written_bytes) == (0, [], 6)


def test_by_size_alone_the_system_copies_and_no_checksum_is_recorded(studio: Studio) -> None:
    verify(studio, "size")
    files = Copying()
    content = os.urandom(40 * MIB)
    result = only(mover(studio, files).move(studio.publish(["a"], content=content)))
    assert (result.errors, result.checksum) == ((None,), None)
    assert studio.tree("backup") == {"a": content}
    assert files.written_bytes == 0
    assert sum(files.pieces) == result.job.moved_bytes == 40 * MIB
    assert max(files.pieces) <= 64 * MIB
    assert len(files.pieces) > 1


def test_the_policy_is_that_of_the_target(studio: Studio) -> None:
    verify(studio, "size", "studio")
    result = only(mover(studio, Copying()).move(studio.publish(["a"], content=b"pixels")))
    assert result.checksum == hashed(b"pixels")


def test_blocks_are_shared_where_that_can_be(studio: Studio) -> None:
    verify(studio, "size")
    files = Copying(clones=True)
    result = only(mover(studio, files).move(studio.publish(["a"], content=b"pixels")))
    assert (result.errors, result.checksum, result.job.moved_bytes) == ((None,), None, 6)
    assert (files.cloned, files.pieces, files.written_bytes) == (6, [], 0)
    assert studio.tree("backup") == {"a": b"pixels"}


def test_where_the_system_copies_nothing_we_do(studio: Studio) -> None:
    verify(studio, "size")
    files = Copying(inside=False)
    result = only(mover(studio, files).move(studio.publish(["a"], content=b"pixels")))
    assert (result.errors, result.checksum) == ((None,), None)
    assert files.written_bytes == 6
    assert studio.tree("backup") == {"a": b"pixels"}


def test_an_empty_file_is_there_under_each_policy(studio: Studio) -> None:
    for policy in ("size", "xxh3", "readback"):
        verify(studio, policy)
        result = only(
            mover(studio, Copying(clones=True)).move(studio.publish([f"{policy}.txt"], content=b""))
        )
        assert result.errors == (None,)
    assert studio.tree("backup") == {"readback.txt": b"", "size.txt": b"", "xxh3.txt": b""}


@pytest.fixture
def memory() -> Iterator[Path]:
    """A folder on another file system than that of temporary files."""
    place = Path("/dev/shm")
    if not place.is_dir() or place.stat().st_dev == Path(tempfile.gettempdir()).stat().st_dev:
        pytest.skip("there is no second file system here")
    with tempfile.TemporaryDirectory(dir=place) as folder:
        yield Path(folder)


def test_between_file_systems_that_can_not_do_it_together_the_copy_is_whole(
    tmp_path: Path, memory: Path
) -> None:
    site: dict[str, object] = {
        "provider": "local_drive",
        "verify": "size",
        "root": {"work": str(memory)},
    }
    studio = Studio(tmp_path / "s", sites={"memory": site})
    content = os.urandom(3 * MIB + 1)
    one = studio.publish(["a"], content=content, wanted="memory")
    assert only(mover(studio, Copying()).move(one, target="memory")).errors == (None,)
    assert (memory / "a").read_bytes() == content
    studio.close()


def test_a_stop_holds_between_two_pieces_and_the_next_try_goes_on_there(studio: Studio) -> None:
    verify(studio, "size")
    files = Copying()
    content = os.urandom(40 * MIB)
    representation = studio.publish(["a"], content=content)
    moving = mover(studio, files)
    (job,) = moving.jobs(representation, "studio", "backup")

    def stop() -> None:
        job.cancellation.is_cancelled = True

    files.after_piece = stop
    stopped = only(moving.move_jobs([job], "studio", "backup"))
    assert [type(error) for error in stopped.errors] == [CancelledError]
    assert len(files.pieces) == 1
    done = files.pieces.pop()
    files.after_piece = lambda: None
    result = only(moving.move(representation))
    assert (result.errors, result.checksum) == ((None,), None)
    assert sum(files.pieces) == 40 * MIB - done
    assert studio.tree("backup") == {"a": content}


# -- read back ---------------------------------------------------------------------------------------


class BadDisk(Recorded):
    """A bit of a flushed partial turns over before anybody reads it again."""

    def open_read(self, folder: FolderHandle, name: str) -> int:
        if read_partial_name(name) is not None:
            self._note("open_read")
            fd = os.open(name, os.O_RDWR, dir_fd=folder.fd)
            byte = os.pread(fd, 1, 3)
            os.pwrite(fd, bytes([byte[0] ^ 1]), 3)
            os.close(fd)
        return super().open_read(folder, name)


def test_what_the_disk_changed_is_found_by_reading_it_back(studio: Studio) -> None:
    verify(studio, "readback")
    studio.write("a", b"before", "backup")
    files = BadDisk()
    result = only(mover(studio, files).move(studio.publish(["a"], content=b"pixels")))
    (error,) = result.errors
    assert isinstance(error, DamagedError)
    assert error.costs_try
    assert studio.tree("backup") == {"a": b"before"}


def test_a_file_is_read_back_after_its_flush_from_the_disk_and_before_it_has_its_name(studio: Studio) -> None:
    class Noting(Recorded):
        def open_read(self, folder: FolderHandle, name: str) -> int:
            if read_partial_name(name) is not None:
                self._note("open_read")
            return super().open_read(folder, name)

    verify(studio, "readback")
    files = Noting()
    result = only(mover(studio, files).move(studio.publish(["a"], content=b"pixels")))
    assert (result.errors, result.checksum) == ((None,), hashed(b"pixels"))
    assert files.order("sync_file", "open_read", "forget_cache", "rename") == [
        "sync_file",
        "open_read",
        "forget_cache",
        "rename",
    ]


def test_without_that_policy_nothing_is_read_back(studio: Studio) -> None:
    files = BadDisk()
    assert only(mover(studio, files).move(studio.publish(["a"], content=b"pixels"))).errors == (None,)
    assert files.order("open_read") == []


def test_the_record_of_a_copy_by_size_has_no_checksum(studio: Studio) -> None:
    verify(studio, "size")
    one = studio.publish(["a"], content=b"pixels")
    studio.sync_once()
    assert studio.is_synced(one)
    assert "checksum" not in studio.entry(one)
