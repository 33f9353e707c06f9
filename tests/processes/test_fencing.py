"""Whole programs whose machine's clock jumps, and that meet on one path: everything arrives, and once."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from benchmarks.renames import Renames
from tests.engine.mongo_studio import machine, mongo_studio
from tests.engine.studio import Studio, eventually
from tests.processes.programs import (
    entries,
    leftovers,
    publish_many,
    recorded_without_their_file,
    running,
)

__all__ = ["machine", "mongo_studio"]
SIZE = 200_000
FILES = 150
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="renames are counted by inotify")


@pytest.fixture(params=["studio", "mongo_studio"])
def any_studio(request: pytest.FixtureRequest) -> Studio:
    found: Studio = request.getfixturevalue(request.param)
    return found


class FakedClock:
    """A wall clock of some programs, which can be moved."""

    def __init__(self, file: Path, library: Path) -> None:
        self._file = file
        self.move(0)
        self.environment = {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    def move(self, seconds: int) -> None:
        """So far from the true time, from now on."""
        new = self._file.with_suffix(".new")
        new.write_text(f"{seconds:+}")
        new.replace(self._file)


@pytest.fixture
def faked_clock(tmp_path: Path) -> FakedClock:
    """A clock of the test's own; skipped where there is no libfaketime."""
    found = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
    if found is None:
        pytest.skip("there is no library libfaketime here")
    return FakedClock(tmp_path / "clock", found)


@pytest.fixture
def renames(any_studio: Studio) -> Iterator[Counter[Path]]:
    """What gets its name on `backup`, from outside of the programs."""
    folders = [any_studio.root("backup") / "show" / f"f{number}" for number in range(20)]
    for folder in folders:
        folder.mkdir(parents=True)
    watch = Renames(folders)
    yield watch.counted
    watch.stop()
    assert not watch.has_missed


def publish_later(studio: Studio, name: str) -> None:
    for number in range(10):
        studio.publish([f"show/f{number}/{name}.exr"])


def is_all_done(studio: Studio) -> bool:
    return all("created_dt" in entry for _, entry in entries(studio))


def assert_whole(studio: Studio) -> None:
    assert recorded_without_their_file(studio) == []
    assert leftovers(studio) == []
    assert not any({"tries", "error", "lease"} & entry.keys() for _, entry in entries(studio))


@pytest.mark.parametrize("hours", [1, -1])
def test_a_clock_that_jumps_by_an_hour_moves_nothing_twice(
    any_studio: Studio, faked_clock: FakedClock, renames: Counter[Path], hours: int
) -> None:
    publish_many(any_studio, FILES, SIZE)
    with ExitStack() as stack:
        wrong = {**os.environ, **faked_clock.environment}
        processes = [
            stack.enter_context(running(any_studio, "sync", home="one", environment=wrong)),
            stack.enter_context(running(any_studio, "sync", home="two")),
        ]
        eventually(lambda: len(renames) >= FILES // 10, "the first files")
        faked_clock.move(hours * 3600)  # most likely in the middle of the work
        publish_later(any_studio, "a")
        eventually(lambda: is_all_done(any_studio), "all files")
        faked_clock.move(0)  # while the programs rest
        publish_later(any_studio, "b")
        eventually(lambda: is_all_done(any_studio), "what was published afterwards")
        for process in processes:
            process.terminate()
        assert [process.wait(60) for process in processes] == [130, 130]
    assert_whole(any_studio)
    assert set(renames.values()) == {1}


def test_one_path_in_two_representations_is_recorded_in_both_by_whoever_comes(
    any_studio: Studio, renames: Counter[Path]
) -> None:
    publish_many(any_studio, FILES, SIZE)
    for number in range(FILES):  # the same paths once more
        any_studio.insert({"files": [any_studio.file(f"show/f{number % 20}/{number:05}.exr", SIZE)]})
    with running(any_studio, "sync", home="one") as one, running(any_studio, "sync", home="two") as two:
        eventually(lambda: is_all_done(any_studio), "all files")
        for process in (one, two):
            process.terminate()
        assert [process.wait(60) for process in (one, two)] == [130, 130]
    assert len(list(entries(any_studio))) == 2 * FILES
    assert_whole(any_studio)
    assert len(renames) == FILES
    assert max(renames.values()) <= 2, "at worst twice, by two programs at one moment"
