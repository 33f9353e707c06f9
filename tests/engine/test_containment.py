"""Recorded paths that can not be followed: each is refused with a sentence, both ways, and others go on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from syncgui.model.errors import recognise
from syncgui.providers.file_operations import FolderHandle
from syncgui.providers.local_folder import LocalFolder
from syncgui.providers.posix_files import PosixFileOperations
from tests.engine.studio import Studio
from tests.providers.incoming import incoming

LONG = "x" * 256

REFUSED = {
    "{root[work]}/../x.exr": "it holds '..'",
    "{root[work]}\\..\\x.exr": "it holds '..'",
    "{root[work]}/a\\../..\\x.exr": "it holds '..'",
    "{root[work]}/./x.exr": "it holds '.'",
    "/etc/passwd": "it is absolute and lies under no known root",
    "\\etc\\passwd": "it is absolute and lies under no known root",
    "C:\\Windows\\x.exr": "it is absolute and lies under no known root",
    "C:x.exr": "it is absolute and lies under no known root",
    "//server/share/x.exr": "it is absolute and lies under no known root",
    "\\\\server\\share\\x.exr": "it is absolute and lies under no known root",
    "\\\\?\\C:\\x.exr": "it is absolute and lies under no known root",
    "{root[work]}/C:/x.exr": "it holds the drive C:",
    "{root[work]}/x\0.exr": "it holds a NUL character",
    "{root[work].__class__}/x.exr": "its root is neither {root} nor {root[NAME]}",
    "{root[work]}x.exr": "its root is not followed by a separator",
    "{root[work]}/": "it names a root and no file",
    "x.exr": "it does not start with a root",
    "../x.exr": "it does not start with a root",
    "{root[work]}/.syncgui-trash/2026-05-03/x.exr": "it lies in the trash of the site",
    f"{{root[work]}}/{LONG}": "is too long for a name there (256 bytes, most disks hold 255)",
}


@pytest.mark.parametrize("present", ["studio", "backup"])
@pytest.mark.parametrize("path", REFUSED)
def test_a_path_that_can_not_be_followed_is_refused_and_others_go_on(
    studio: Studio, path: str, present: str
) -> None:
    wanted = "backup" if present == "studio" else "studio"
    one = studio.insert({"files": [{**studio.file("", 1, present=present, wanted=wanted), "path": path}]})
    good = studio.publish(["good.exr"], present=present, wanted=wanted)
    studio.sync_once()
    error = recognise(str(studio.entry(one, wanted)["error"]))
    assert error is not None
    assert error.code in ("path_refused", "name_refused")
    assert REFUSED[path] in error.detail
    assert error.next_step.startswith("Publish the file under")
    assert studio.is_synced(good, wanted)


class WindowsShare(PosixFileOperations):
    """One root is a share of Windows."""

    def has_windows_names(self, folder: FolderHandle) -> bool:
        return folder.path.endswith("/backup")


@pytest.mark.parametrize("name", ["aux.exr", "x.exr.", "x ", "a:b.exr", "v001./x.exr"])
def test_a_share_of_windows_refuses_what_it_can_not_hold(studio: Studio, name: str) -> None:
    one = studio.publish([name])
    good = studio.publish(["good.exr"])
    studio.sync_once(studio.application("other", WindowsShare()))
    error = recognise(str(studio.entry(one)["error"]))
    assert error is not None
    assert (error.code, error.site, error.path) == ("name_refused", "backup", f"{{root[work]}}/{name}")
    assert studio.is_synced(good)
    assert list(studio.tree("backup")) == ["good.exr"]


@pytest.mark.parametrize("present", ["studio", "backup"])
def test_a_path_of_more_than_4096_bytes_is_moved_like_any_other(studio: Studio, present: str) -> None:
    wanted = "backup" if present == "studio" else "studio"
    parts = (*(f"{number:02}" + "x" * 248 for number in range(20)), "a.exr")
    name = "/".join(parts)
    assert len(name) > os.pathconf(studio.folder, "PC_PATH_MAX")
    held = {
        site: LocalFolder(site, str(studio.root(site)), PosixFileOperations()) for site in (present, wanted)
    }
    assert held[present].write_group([incoming(name, b"content")]) == [None]
    one = studio.insert({"files": [studio.file(name, 7, present=present, wanted=wanted)]})
    studio.sync_once()
    assert studio.is_synced(one, wanted)
    with held[wanted].open_source(parts) as source:
        assert source.read() == b"content"


def test_publishing_refuses_what_a_record_can_not_hold(studio: Studio) -> None:
    from syncgui.published_files import PublishRefusedError, find_files

    roots = {"work": str(studio.root("studio"))}
    outside = studio.folder / "outside.exr"
    outside.write_bytes(b"")
    studio.write("a\\b.exr")
    (studio.root("studio") / "link").symlink_to(studio.folder)
    root = studio.root("studio")
    for path in (outside, root / "a\\b.exr", root / "link/outside.exr", root / "../../outside.exr",
                 root / ("x" * 256), Path(f"{root}/x\0")):  # fmt: skip
        with pytest.raises(PublishRefusedError) as refused:
            find_files([path], roots, site="studio")
        assert str(refused.value)
        assert refused.value.next_step
