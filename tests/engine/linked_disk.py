"""A target with a link to another disk, of 2 MiB. Run in a process with mounts of its own.

`python -m tests.engine.linked_disk FOLDER linked|mounted`; prints one JSON object. `mounted`: there is
no link, the disk is mounted in its place.
"""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

from syncgui.providers.file_operations import Flush
from syncgui.providers.posix_files import PosixFileOperations
from tests.engine.studio import Studio, change_settings

KEPT = "linked/0.exr"


class Flushed(PosixFileOperations):
    """Remembers what was flushed, by device; `full`: one that takes nothing more, whatever it says."""

    def __init__(self) -> None:
        self.files: list[int] = []
        self.systems: list[int] = []
        self.full = 0

    def write(self, fd: int, data: memoryview) -> None:
        if self.stat_file(fd).st_dev == self.full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        super().write(fd, data)

    def sync_file(self, fd: int) -> Flush:
        self.files.append(self.stat_file(fd).st_dev)
        return super().sync_file(fd)

    def sync_file_system(self, fd: int) -> None:
        self.systems.append(self.stat_file(fd).st_dev)
        super().sync_file_system(fd)


def main(folder: Path, how: str) -> None:
    """Sync to both disks in one group, replace a file, then fill the linked disk."""
    folder.mkdir()
    studio = Studio(folder)
    place = studio.root("backup") / "linked"
    storage = place if how == "mounted" else folder / "storage"
    storage.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(storage)], check=True)
    linked = storage.stat().st_dev
    if how == "linked":
        place.symlink_to(storage)
    allowed = {"allowed_link_targets": [str(storage)]} if how == "linked" else {}
    change_settings(
        studio,
        lambda server: server["sites"]["backup"].update(  # type: ignore[attr-defined]
            trash_days=3, reserve="0", **allowed
        ),
    )
    files = Flushed()
    names = [f"{where}/{number}.exr" for number in range(6) for where in ("linked", "own")]
    first = studio.publish(names)
    app = studio.application("other", files)
    studio.sync_once(app)
    flushed = [files.files.count(linked), linked in files.systems]
    again = studio.publish([KEPT], content=b"the new one")
    studio.sync_once(app)
    (storage / "others.bin").write_bytes(bytes(1 << 20))
    full = studio.publish(["linked/large.exr"], content=bytes(1 << 20))
    small = studio.publish(["own/small.exr"])
    studio.sync_once(app)
    waits = studio.entry(full)
    (storage / "others.bin").unlink()
    files.full = linked
    filled = studio.publish(["linked/b.exr"])
    also = studio.publish(["own/also.exr"])
    studio.sync_once(app)
    told_full = str(studio.entry(filled)["error"])
    files.full = 0
    subprocess.run(["mount", "-o", "remount,ro", str(storage)], check=True)
    shut = studio.publish(["linked/c.exr"])
    deep = studio.publish(["linked/new/d.exr"])
    last = studio.publish(["own/last.exr"])
    studio.sync_once(app)
    answer = {
        "synced": [studio.is_synced(first, position=n) for n in range(len(names))] == [True] * len(names),
        "flushed_alone": flushed,
        "replaced": studio.is_synced(again) and (storage / "0.exr").read_bytes() == b"the new one",
        "kept": [path.read_text() for path in studio.root("backup").glob(f".syncgui-trash/*/{KEPT}")],
        "full": [studio.is_synced(full), waits.get("tries", 0), str(waits["error"])],
        "filled": told_full,
        "shut": [str(studio.entry(one)["error"]) for one in (shut, deep)],
        "others": [studio.is_synced(one) for one in (small, also, last)],
        "troubles": [one.code for one in studio.troubles],
        "left": [path.name for path in storage.iterdir() if ".part" in path.name],
    }
    studio.close()
    print(json.dumps(answer))  # noqa: T201 - the answer to the test


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
