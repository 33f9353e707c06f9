"""Notices whatever is done to folders that are to be left alone, be it a look into a file.

The kernel tells of every opening, reading, writing, and change of names (inotify); it counts the inode, so by
which path or link something was reached makes no difference. Sizes, times and content are compared as well.
"""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Mapping
from pathlib import Path

from inotify_simple import INotify, flags

_EVERYTHING = (
    *(flags.ACCESS, flags.ATTRIB, flags.CLOSE_WRITE, flags.CREATE, flags.DELETE, flags.DELETE_SELF),
    *(flags.MODIFY, flags.MOVE_SELF, flags.MOVED_FROM, flags.MOVED_TO, flags.OPEN),
)
_LOOKS = flags.ACCESS | flags.OPEN


class Witness:
    """Watches folders with all that is below them, from now on.

    Args:
        quiet: folders in which nothing may happen.
        busy: further ones, watched by themselves: folder to those of its names that are not looked after.
            A folder among these names may be opened, and no more than that be done to its name.
    """

    def __init__(self, quiet: list[Path], busy: Mapping[Path, frozenset[str]]) -> None:
        self._quiet = quiet
        self._busy = busy
        self._watched: dict[int, tuple[Path, frozenset[str]]] = {}
        self._inotify = INotify()
        mask = 0
        for flag in _EVERYTHING:
            mask |= flag
        for top in quiet:
            for folder in (top, *(path for path in sorted(top.rglob("*")) if _is_folder(path))):
                self._watched[self._inotify.add_watch(folder, mask)] = (folder, frozenset())
        for folder, names in busy.items():
            self._watched[self._inotify.add_watch(folder, mask)] = (folder, names)
        self._before = self._seen()
        self._told()

    def close(self) -> None:
        """Watch no longer."""
        self._inotify.close()

    def noticed(self) -> list[str]:
        """What happened since the last call, in words; empty if nothing did."""
        told = self._told()
        now = self._seen()
        changed = sorted(
            str(path) for path in {*now, *self._before} if now.get(path) != self._before.get(path)
        )
        self._before = now
        self._told()  # of our own looking
        return told + [f"{path} is not what it was" for path in changed]

    def _told(self) -> list[str]:
        told: dict[str, None] = {}
        for event in self._inotify.read(timeout=0):
            if event.mask & flags.Q_OVERFLOW:
                raise AssertionError("more happened than the kernel could tell")
            folder, allowed = self._watched[event.wd]
            what = {flag.name for flag in flags.from_mask(event.mask)}
            if event.name in allowed and not (
                event.mask & flags.ISDIR and event.mask & ~_LOOKS & ~flags.ISDIR
            ):
                continue
            told[f"{folder / event.name}: {', '.join(sorted(str(one) for one in what))}"] = None
        return list(told)

    def _seen(self) -> dict[Path, tuple[object, ...]]:
        found: dict[Path, tuple[object, ...]] = {}
        for top in self._quiet:
            for path in (top, *top.rglob("*")):
                found[path] = _facts(path)
        for folder, names in self._busy.items():
            for path in folder.iterdir():
                if path.name not in names and path not in found:
                    found[path] = _facts(path)
        return found


def _facts(path: Path) -> tuple[object, ...]:
    status = path.lstat()
    content: object = None
    if stat.S_ISLNK(status.st_mode):
        content = path.readlink()
    elif stat.S_ISREG(status.st_mode):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
    size = None if stat.S_ISDIR(status.st_mode) else status.st_size
    return status.st_ino, status.st_mode, size, status.st_mtime_ns, status.st_nlink, content


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()
