"""Whatever a document says: nothing outside the roots is touched, and the loop goes on.

`SYNCGUI_FUZZ_EXAMPLES=5000` tries so many examples, other ones each time.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from bson import ObjectId
from hypothesis import HealthCheck, given, settings

from syncgui.engine import source_gate, watcher
from syncgui.model import paths
from syncgui.providers import group_write, local_folder
from syncgui.providers.file_operations import FileOperations, FolderHandle
from syncgui.providers.linked_folders import AllowedLinks
from syncgui.providers.posix_files import PosixFileOperations
from syncgui.store import sqlite_store

if sys.platform != "linux":
    pytest.skip("the kernel's witness is that of Linux", allow_module_level=True)

from tests.engine.hostile_documents import documents
from tests.engine.hostile_studio import DECOY, HostileStudio

_MANY = int(os.environ.get("SYNCGUI_FUZZ_EXAMPLES", "0"))
SOME = settings(
    max_examples=_MANY or 50,
    derandomize=not _MANY,
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@pytest.fixture(scope="module", autouse=True)
def nobody_waits_without_need() -> Iterator[None]:
    """Neither for a second look at a file, nor for the next one at the database."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(source_gate, "LOOK_AGAIN_S", 0.0)
        for module in (sqlite_store, watcher):
            patch.setattr(module, "_LOOK_S", 0.01)
        yield


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostileStudio]:
    studio = HostileStudio(tmp_path_factory.mktemp("hostile"))
    yield studio
    studio.close()


@SOME
@given(documents)
def test_nothing_outside_the_roots_is_touched_and_good_files_go_on(
    hostile: HostileStudio, odd: list[dict[str, object]]
) -> None:
    assert hostile.survive(odd) == []


# -- programs that are wrong on purpose: it is known that the test above would notice ----------------


class FollowsFolders(PosixFileOperations):
    """Goes through links to folders."""

    def open_folder(self, folder: FolderHandle, name: str) -> FolderHandle:
        fd = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=folder.fd)
        return FolderHandle(f"{folder.path}/{name}", fd)


class FollowsFiles(PosixFileOperations):
    """Reads what links lead to."""

    def stat(self, folder: FolderHandle, name: str) -> os.stat_result:
        return os.stat(name, dir_fd=folder.fd)

    def open_read(self, folder: FolderHandle, name: str) -> int:
        return os.open(name, os.O_RDONLY | os.O_CLOEXEC, dir_fd=folder.fd)


def _climbs(patch: pytest.MonkeyPatch) -> FileOperations:
    """Takes `..` for a name, both where paths are read and where they are used."""

    def parts(rest: str, path: str) -> tuple[str, ...]:
        found = tuple(part for part in rest.split("/") if part not in ("", "."))
        return found or paths._parts("", path)

    patch.setattr(paths, "_parts", parts)
    for module in (local_folder, group_write):
        patch.setattr(module, "refuse_unsafe_parts", lambda *_args, **_more: None)
    return PosixFileOperations()


def _beyond(patch: pytest.MonkeyPatch) -> FileOperations:
    """Follows what an allowed folder holds wherever it leads."""
    follow = AllowedLinks.follow

    def beyond(links: AllowedLinks, folder: FolderHandle, name: str) -> FolderHandle:
        if "/allowed" in folder.path:
            return files.open_root(f"{folder.path}/{name}")
        return follow(links, folder, name)

    files = PosixFileOperations()
    patch.setattr(AllowedLinks, "follow", beyond)
    return files


WRONG: dict[str, Callable[[pytest.MonkeyPatch], FileOperations]] = {
    "climbs": _climbs,
    "follows folders": lambda _: FollowsFolders(),
    "follows beyond": _beyond,
    "follows files": lambda _: FollowsFiles(),
}


ATTACKS = {
    "climbs": "../x.exr",
    "follows folders": "to_backup/out/x.exr",
    "follows beyond": "to_backup/in/out/x.exr",
    "follows files": "deep/x.exr",
}
"""What gets each of them out; random documents do as well, after up to a hundred of them."""


@pytest.mark.parametrize("wrong", WRONG)
def test_a_program_that_gets_out_is_noticed(
    wrong: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio = HostileStudio(tmp_path, files=WRONG[wrong](monkeypatch))
    try:
        for name, path in ATTACKS.items():
            attack = {"_id": ObjectId(), "type": "representation", "files": [studio.file(path, len(DECOY))]}
            noticed = studio.survive([attack])
            assert noticed or name != wrong, "it got out, and nobody noticed"
    finally:
        studio.close()


@pytest.mark.parametrize("path", ATTACKS.values())
def test_the_program_itself_stays_in_with_the_same_documents(hostile: HostileStudio, path: str) -> None:
    attack = {"_id": ObjectId(), "type": "representation", "files": [hostile.file(path, len(DECOY))]}
    assert hostile.survive([attack]) == []
