"""What must happen in a process of its own: another umask, another user, another set of mounts.

Run as `python -m tests.providers.children TASK FOLDER`; prints one JSON object.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from syncgui.model.errors import SyncError
from syncgui.providers import lib
from syncgui.providers.file_operations import file_operations
from syncgui.providers.local_folder import LocalFolder, read_partial_name
from tests.providers.incoming import incoming

NOBODY = 65534
KINDS = ("tmpfs", "ext2", "ext4", "xfs", "btrfs")


def main(task: str, folder: str) -> None:
    tasks: dict[str, Callable[[Path], dict[str, object]]] = {
        "modes": modes,
        "chosen_modes": chosen_modes,
        "rights": rights,
        "disk_full": disk_full,
        "read_only": read_only,
        "clones": clones,
        "flushes": flushes,
        "flushes_of_two": flushes_of_two,
        "lost_data": lost_data,
        "registry": registry,
    }
    print(json.dumps(tasks[task](Path(folder))))  # noqa: T201 - the answer to the test


def modes(root: Path) -> dict[str, object]:
    os.umask(0o002)
    return _write_and_look(LocalFolder("studio", str(root), file_operations()), root)


def chosen_modes(root: Path) -> dict[str, object]:
    os.umask(0o077)
    folder = LocalFolder("studio", str(root), file_operations(), file_mode=0o640, folder_mode=0o750)
    return _write_and_look(folder, root)


def rights(root: Path) -> dict[str, object]:
    """`root` holds the folder "closed" and the file "secret", neither of which is ours."""
    files = file_operations()  # before: an ordinary user may not be able to read this installation
    _give_up_root()
    folder = LocalFolder("studio", str(root), files)
    group = [incoming("closed/a", b"x"), incoming("closed/b/c", b"x"), incoming("open/d", b"x")]
    answer = _codes(folder.write_group(group))
    try:
        folder.open_source(("secret",))
    except SyncError as error:
        answer["secret"] = error.code
    # the root itself: a site that can not be written at all
    sealed = LocalFolder("studio", str(root / "closed"), files)
    answer["sealed"] = _codes(sealed.write_group([incoming("a", b"x"), incoming("b/c", b"x")]))["results"]
    try:
        LocalFolder("studio", str(root / "locked"), files)
    except SyncError as error:
        answer["locked"] = error.code
    return answer


def disk_full(root: Path) -> dict[str, object]:
    _mount_small(root)
    folder = LocalFolder("studio", str(root), file_operations())
    assert folder.write_group([incoming("kept", b"old")]) == [None]
    group = [incoming("small", b"x"), incoming("kept", bytes(4 << 20)), incoming("after", b"y")]
    answer = _codes(folder.write_group(group))
    answer["kept"] = (root / "kept").read_text()
    answer["names"] = sorted(os.listdir(root))
    return answer


def read_only(root: Path) -> dict[str, object]:
    _mount_small(root, "ro")
    folder = LocalFolder("studio", str(root), file_operations())
    return _codes(folder.write_group([incoming("a", b"x"), incoming("b/c", b"x")]))


def flushes(root: Path) -> dict[str, object]:
    """How a file alone and a group are made durable, on each kind of file system."""
    found: dict[str, object] = {}
    for kind in KINDS:
        if not _can_make(kind):
            continue
        place = root / kind
        place.mkdir()
        _mount(kind, place)
        folder = LocalFolder("studio", str(place), file_operations())
        found[kind] = [_flushes_of(folder, ["a"]), _flushes_of(folder, ["b", "c", "d", "e"])]
    return found


def clones(root: Path) -> dict[str, object]:
    """Which file systems let files share their blocks, and copy by themselves; what the copies hold."""
    files = file_operations()
    content = random.Random(1).randbytes(300_001)
    found: dict[str, object] = {}
    for kind in KINDS:
        if not _can_make(kind):
            continue
        place = root / kind
        place.mkdir()
        _mount(kind, place)
        (place / "source").write_bytes(content)
        with (
            (place / "source").open("rb", buffering=0) as source,
            (place / "clone").open("wb", buffering=0) as clone,
            (place / "copy").open("wb", buffering=0) as copy,
        ):
            shares = files.clone(source.fileno(), clone.fileno())
            copied = files.copy_range(source.fileno(), copy.fileno(), 200_000)
            copied += files.copy_range(source.fileno(), copy.fileno(), 200_000)
        is_whole = (place / "clone").read_bytes() == (content if shares else b"")
        found[kind] = [shares, copied, is_whole, (place / "copy").read_bytes() == content]
    return found


def flushes_of_two(root: Path) -> dict[str, object]:
    """A second file system is mounted in a folder of the root."""
    (root / "in").mkdir()
    _mount("ext4", root)
    (root / "in").mkdir()
    _mount("tmpfs", root / "in")
    names = [f"{folder}{number}" for number in range(4) for folder in ("", "in/")]
    return {"flushes": _flushes_of(LocalFolder("studio", str(root), file_operations()), names)}


def lost_data(root: Path) -> dict[str, object]:
    """The disk has less room than its file system believes: what is written is lost after `write`."""
    disk, place = root / "disk", root / "place"
    for path in (disk, place):
        path.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "none", str(disk)], check=True)
    _mount("ext4", place, disk / "image")
    folder = LocalFolder("studio", str(place), file_operations())
    first = _codes(folder.write_group([incoming("kept", b"old")]))["results"]
    group = [incoming(name, bytes([65]) * (4 << 20)) for name in ("a", "b", "kept", "c")]
    answer = _codes(folder.write_group(group))
    answer["first"] = first
    answer["kept"] = (place / "kept").read_text()
    answer["names"] = sorted(one for one in os.listdir(place) if read_partial_name(one) is None)
    return answer


def _flushes_of(folder: LocalFolder, names: list[str]) -> list[str]:
    found: list[str] = []
    group = [replace(incoming(name, name.encode()), flushed=found.append) for name in names]
    assert folder.write_group(group) == [None] * len(names)
    return found


def _can_make(kind: str) -> bool:
    return kind == "tmpfs" or shutil.which(f"mkfs.{kind}") is not None


def _mount(kind: str, place: Path, image: Path | None = None) -> None:
    """Mount a new file system; one that needs a disk gets a file as its disk."""
    what, options = "none", "mode=0777"
    if kind != "tmpfs":
        image = image or place.with_name(f"{place.name}.image")
        with image.open("wb") as disk:
            disk.truncate((512 if kind in ("xfs", "btrfs") else 64) << 20)
        anew = "-F" if kind.startswith("ext") else "-f"
        subprocess.run([f"mkfs.{kind}", "-q", anew, str(image)], check=True, stdout=subprocess.DEVNULL)
        what, options = str(image), "loop"
    subprocess.run(["mount", "-t", kind, "-o", options, what, str(place)], check=True)
    place.chmod(0o777)


def registry(root: Path) -> dict[str, object]:
    """Entry points of packages that lie in `root`, which is on the path already."""
    known = lib.provider_class("flat_archive")
    return {
        "codes": lib.provider_codes(),
        "problems": lib.problems(),
        "icon": str(lib.icon("flat_archive", "vault").relative_to(root)),
        "fields": sorted(lib.settings_models()["flat_archive"].model_fields),
        "module": known.__module__ if known is not None else "",
        "ours": lib.settings_models()["local_drive"].__module__,
    }


def _write_and_look(folder: LocalFolder, root: Path) -> dict[str, object]:
    assert folder.write_group([incoming("new/deep/a", b"x")]) == [None]
    found = {name: (root / name).stat() for name in ("new", "new/deep", "new/deep/a")}
    return {
        "modes": {name: f"{stat.S_IMODE(one.st_mode):o}" for name, one in found.items()},
        "groups": sorted({one.st_gid for one in found.values()}),
        "mtime_ns": found["new/deep/a"].st_mtime_ns,
    }


def _codes(results: list[SyncError | None]) -> dict[str, object]:
    return {"results": [one.code if one is not None else None for one in results]}


def _give_up_root() -> None:
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)


def _mount_small(root: Path, access: str = "rw") -> None:
    options = f"size=1m,mode=0777,{access}"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", str(root)], check=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
