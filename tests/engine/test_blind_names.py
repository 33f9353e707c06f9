"""Two names that the target takes for one: the second is refused, and both are named."""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from syncgui.engine.environment import SystemClock, real_environment
from syncgui.providers.blind_names import Listings
from syncgui.providers.file_operations import FolderEntry, FolderHandle
from syncgui.providers.posix_files import PosixFileOperations
from tests.engine.mover import StudioMover
from tests.engine.studio import PATIENCE_S, Studio
from tests.providers.blind_files import BlindFileOperations

PAIRS = [
    ("show/Beauty.exr", "show/beauty.exr"),
    ("Shots/a.exr", "shots/a.exr"),
    (unicodedata.normalize("NFC", "größe.exr"), unicodedata.normalize("NFD", "größe.exr")),
]


@pytest.mark.parametrize(("first", "second"), PAIRS)
@pytest.mark.parametrize("at_once", [False, True], ids=["later", "in one group"])
def test_a_blind_target_keeps_the_first_and_says_so_of_the_second(
    studio: Studio, first: str, second: str, at_once: bool
) -> None:
    blind = studio.application("blind", BlindFileOperations(studio.root("backup")))
    one = studio.publish([first], content=b"the first")
    if not at_once:
        studio.sync_once(blind)
    two = studio.publish([second], content=b"the other one")
    blind.loop(studio.events.extend, jobs=1).run(once=True)
    synced = [name for name, it in ((first, one), (second, two)) if studio.is_synced(it)]
    assert len(synced) == 1
    assert at_once or synced == [first]
    assert list(studio.tree("backup")) == synced
    other = two if studio.is_synced(one) else one
    error = str(studio.entry(other)["error"])
    assert first in error
    assert second in error


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_a_target_that_tells_them_apart_gets_both(studio: Studio, first: str, second: str) -> None:
    app = studio.application("seeing", PosixFileOperations())
    ids = [studio.publish([name], content=name.encode()) for name in (first, second)]
    studio.sync_once(app)
    ids += [studio.publish([name], content=f"new {name}".encode()) for name in (first, second)]
    studio.sync_once(app)
    assert all(studio.is_synced(one) for one in ids)
    assert studio.tree("backup") == studio.tree("studio")


class BothAtOnce(BlindFileOperations):
    """Two find that their folder is not there before one is made; the first waits for the second."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self._both = threading.Barrier(2)

    def make_folder(self, folder: FolderHandle, name: str, mode: int | None) -> None:
        self._both.wait(PATIENCE_S)
        super().make_folder(folder, name, mode)


class BothWritten(BothAtOnce):
    """Also, no file gets its name before both were written to the end."""

    def set_mtime(self, folder: FolderHandle, name: str, fd: int, mtime_ns: int) -> None:
        super().set_mtime(folder, name, fd, mtime_ns)
        self._both.wait(PATIENCE_S)


AT_ONCE = [
    (BothAtOnce, "Shots/a.exr", "shots/a.exr"),
    (BothWritten, "show/Beauty.exr", "show/beauty.exr"),
    (BothWritten, "show/\u00f6.exr", "show/o\u0308.exr"),
]


@pytest.mark.parametrize(("files", "first", "second"), AT_ONCE)
@pytest.mark.parametrize("differs", [False, True], ids=["same settings", "settings of its own"])
def test_two_slots_that_write_at_one_moment_record_one_of_the_two(
    studio: Studio, files: type[BothAtOnce], first: str, second: str, differs: bool
) -> None:
    if differs:  # the projects then reach the site each in its own way
        override = studio.settings_dir / "project_settings" / "Other" / "global.json"
        override.parent.mkdir()
        override.write_text('{"sync_server": {"sites": {"backup": {"folder_mode": "0755"}}}}')
    ids = {
        "Test": studio.publish([first], content=b"the first"),
        "Other": studio.publish([second], content=b"the other one", project="Other"),
    }
    app = studio.application("blind", files(studio.root("backup")))
    app.loop(studio.events.extend, jobs=2).run(once=True)
    recorded = {project: studio.document(one, project)["files"][0] for project, one in ids.items()}  # type: ignore[index]
    entries = {project: file["sites"][1] for project, file in recorded.items()}
    (synced,) = (project for project, entry in entries.items() if "created_dt" in entry)
    (other,) = set(ids) - {synced}
    assert list(studio.tree("backup").values()) == [b"the first" if synced == "Test" else b"the other one"]
    assert first in str(entries[other]["error"])
    assert second in str(entries[other]["error"])


class Listed(BlindFileOperations):
    """Counts listings; `then` is done before the content of a file is read the next time, once."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.listings = 0
        self.then: Callable[[], None] | None = None

    def list_folder(self, folder: FolderHandle) -> list[FolderEntry]:
        self.listings += 1
        return super().list_folder(folder)

    def open_read(self, folder: FolderHandle, name: str) -> int:
        then, self.then = self.then, None
        if then:
            then()
        return super().open_read(folder, name)


def test_a_folder_is_listed_once_for_all_files_of_a_group_that_are_there(studio: Studio) -> None:
    names = [f"show/f{number}.exr" for number in range(20)]
    for name in names:
        studio.write(name, b"pixels", "backup")
    files = Listed(studio.root("backup"))
    mover = StudioMover(studio, replace(real_environment(), files=files))
    results = mover.move(studio.publish(names, content=b"pixels"))
    assert [(one.errors, one.copied) for one in results] == [((None,), False)] * len(names)
    assert files.listings == 2  # the root, for the folder's own name, and the folder


class LaterClock(SystemClock):
    """Runs ahead by `later_s`."""

    later_s = 0.0

    def steady_s(self) -> float:
        return super().steady_s() + self.later_s


def test_an_old_listing_does_not_hide_what_was_renamed_while_a_group_stood_still(studio: Studio) -> None:
    first, second = (studio.write(name, b"pixels", "backup") for name in ("a.exr", "b.exr"))
    files, clock = Listed(studio.root("backup")), LaterClock()

    def stand_still() -> None:
        clock.later_s = 2 * Listings.GOOD_FOR_S
        second.rename(first.with_name("B.exr"))

    files.then = stand_still
    mover = StudioMover(studio, replace(real_environment(), files=files, clock=clock))
    one, two = mover.move(studio.publish(["a.exr", "b.exr"], content=b"pixels"))
    assert one.errors == (None,)
    assert two.errors[0] is not None
    assert two.errors[0].detail == "B.exr is there, and backup takes the two names for one"
