"""A simulated file system that forgets, at a power cut, what was not flushed.

A file has its content as programs see it and as the disk holds it; a folder has its names twice, too. At a
power cut every block of a file and every name of a folder is, each for itself, as it is or as it was flushed
last; a block that the disk never held may be anything. A flush that failed has lost what it was to flush:
the next one says that all is well, as Linux does.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import TypeAlias

BLOCK_BYTES = 64
"""What is kept or lost as a whole; no more is read or written in one call."""

WHEN = 1_000_000_000.0


class File:
    """One file. `durable` is what the disk holds, None as long as it holds nothing of it."""

    __slots__ = ("content", "ctime_ns", "device", "durable", "inode", "is_lost", "mode", "mtime_ns", "place")

    def __init__(self, inode: int, device: int) -> None:
        self.inode = inode
        self.device = device
        self.content = b""
        self.durable: bytes | None = None
        self.is_lost = False
        self.mode = 0o644
        self.mtime_ns = 0
        self.ctime_ns = 0
        self.place: tuple[Folder, str] | None = None

    @property
    def is_durable(self) -> bool:
        """Whether a power cut now leaves it as it is."""
        return self.durable == self.content


class Folder:
    """One folder. `path`: the names that lead to it, for those who look on."""

    __slots__ = ("device", "durable", "inode", "names", "path", "root")

    def __init__(self, inode: int, device: int, root: Folder | None, path: tuple[str, ...]) -> None:
        self.inode = inode
        self.device = device
        self.root = root or self
        self.path = path
        self.names: dict[str, Node] = {}
        self.durable: dict[str, Node] = {}


Node: TypeAlias = File | Folder


@dataclass(slots=True)
class Faults:
    """What is wrong with the storage now. `chance`: how often a call of `calls` fails with `number`."""

    calls: frozenset[str] = frozenset()
    number: int = errno.EIO
    chance: float = 0.0
    is_read_only: bool = False


@dataclass(slots=True)
class Disk:
    """All storage of the studio.

    Args:
        random: decides what a power cut leaves, and when a call fails.
        now: seconds.
    """

    random: Random
    now: Callable[[], float]
    capacity_bytes: int = 1 << 40
    faults: Faults = field(default_factory=Faults)
    mounts: dict[str, Folder] = field(default_factory=dict)
    every_root: list[Folder] = field(default_factory=list)
    _count: int = 0
    _last_ns: int = 0

    def new_root(self, path: str) -> Folder:
        """An empty folder at a path, in the place of the one that is there."""
        self._count += 1
        root = Folder(self._count, 100 + len(self.every_root), None, ())
        self.every_root.append(root)
        self.mounts[path] = root
        return root

    # -- what calls do -------------------------------------------------------------------------------

    def fail(self, call: str) -> None:
        """Raise if the call fails now."""
        faults = self.faults
        if faults.chance and call in faults.calls and self.random.random() < faults.chance:
            raise _error(faults.number)
        if faults.is_read_only and call in _CHANGES:
            raise _error(errno.EROFS)

    def look_up(self, folder: Folder, name: str) -> Node:
        """What has a name."""
        node = folder.names.get(name)
        if node is None:
            raise _error(errno.ENOENT, name)
        return node

    def create(self, folder: Folder, name: str) -> File:
        """A new, empty file."""
        if name in folder.names:
            raise _error(errno.EEXIST, name)
        self._count += 1
        file = File(self._count, folder.device)
        self.touch(file)
        file.mtime_ns = file.ctime_ns
        file.place = (folder, name)
        folder.names[name] = file
        return file

    def make_folder(self, folder: Folder, name: str) -> Folder:
        """A new, empty folder."""
        if name in folder.names:
            raise _error(errno.EEXIST, name)
        self._count += 1
        made = Folder(self._count, folder.device, folder.root, (*folder.path, name))
        folder.names[name] = made
        return made

    def rename(self, folder: Folder, old: str, new: str) -> File:
        """Give a file another name."""
        file = self.look_up(folder, old)
        assert isinstance(file, File)
        former = folder.names.get(new)
        if isinstance(former, Folder):
            raise _error(errno.EISDIR, new)
        if former is not None:
            former.place = None
        del folder.names[old]
        folder.names[new] = file
        file.place = (folder, new)
        self.touch(file)
        return file

    def unlink(self, folder: Folder, name: str) -> None:
        """Remove a file's name."""
        file = self.look_up(folder, name)
        assert isinstance(file, File)
        file.place = None
        del folder.names[name]

    def write(self, file: File, place: int, data: bytes) -> None:
        """Write into a file."""
        if self.used_bytes() + max(0, place + len(data) - len(file.content)) > self.capacity_bytes:
            raise _error(errno.ENOSPC)
        before = file.content.ljust(place, b"\0")
        file.content = before[:place] + data + before[place + len(data) :]
        file.is_lost = False
        self.touch(file)
        file.mtime_ns = file.ctime_ns

    def truncate(self, file: File, size_bytes: int) -> None:
        """Cut a file off."""
        file.content = file.content[:size_bytes].ljust(size_bytes, b"\0")
        self.touch(file)
        file.mtime_ns = file.ctime_ns

    def sync_file(self, file: File) -> None:
        """Let the disk hold a file's content."""
        try:
            self.fail("sync_file")
        except OSError:
            file.is_lost = not file.is_durable
            raise
        if not file.is_lost:
            file.durable = file.content

    def sync_folder(self, folder: Folder) -> None:
        """Let the disk hold a folder's names."""
        folder.durable = dict(folder.names)

    def touch(self, file: File) -> None:
        """Its facts changed now; no two changes are told at one time."""
        self._last_ns = max(self._last_ns + 1, int((WHEN + self.now()) * 1e9))
        file.ctime_ns = self._last_ns

    def used_bytes(self) -> int:
        """Bytes of all files."""
        return sum(len(file.content) for root in self.every_root for _, file in files_below(root))

    # -- power ---------------------------------------------------------------------------------------

    def cut_power(self) -> None:
        """Forget what was not flushed, or not all of it."""
        for root in self.every_root:
            self._forget(root)

    def _forget(self, folder: Folder) -> None:
        kept: dict[str, Node] = {}
        for name in dict.fromkeys((*folder.durable, *folder.names)):
            was, now = folder.durable.get(name), folder.names.get(name)
            node = now if was is now or self.random.random() < 0.5 else was
            if node is not None:
                kept[name] = node
        for node in folder.names.values():
            if isinstance(node, File):
                node.place = None
        folder.names, folder.durable = kept, dict(kept)
        for name, node in kept.items():
            if isinstance(node, Folder):
                self._forget(node)
            else:
                node.place = (folder, name)
                self._forget_content(node)

    def _forget_content(self, file: File) -> None:
        was, now = file.durable, file.content
        if was != now:
            file.content = self._left_of(was or b"", now)
        file.durable, file.is_lost = file.content, False

    def _left_of(self, was: bytes, now: bytes) -> bytes:
        kind = self.random.random()
        if kind < 0.3:
            return now
        if kind < 0.5:
            return was
        length = len(self.random.choice((was, now)))
        blocks: list[bytes] = []
        for start in range(0, length, BLOCK_BYTES):
            size = min(BLOCK_BYTES, length - start)
            held = self.random.choice((was, now, b""))[start : start + size]
            blocks.append(held.ljust(size, b"\0"))
        return b"".join(blocks)


_CHANGES = frozenset(
    {"create", "make_folder", "rename", "unlink", "write", "truncate", "set_mtime", "set_mode"}
)


def files_below(folder: Folder) -> Iterator[tuple[tuple[str, ...], File]]:
    """All files below a folder, as programs see it, with the names that lead to them."""
    for name, node in folder.names.items():
        if isinstance(node, File):
            yield (*folder.path, name), node
        else:
            yield from files_below(node)


def find(folder: Folder, parts: tuple[str, ...]) -> File | None:
    """The file of these names, as programs see it."""
    node: Node | None = folder
    for name in parts:
        node = node.names.get(name) if isinstance(node, Folder) else None
    return node if isinstance(node, File) else None


def after_any_power_cut(folder: Folder, parts: tuple[str, ...]) -> Iterator[bytes | None]:
    """What a name may lead to if the power is cut now; None: to nothing, or nobody knows to what."""
    heads = [folder]
    for name in parts[:-1]:
        following: list[Folder] = []
        for head in heads:
            for node in (head.names.get(name), head.durable.get(name)):
                if isinstance(node, Folder):
                    following.append(node)
                else:
                    yield None
        heads = following
    for head in heads:
        for last in (head.names.get(parts[-1]), head.durable.get(parts[-1])):
            yield last.content if isinstance(last, File) and last.is_durable else None


def _error(number: int, name: str = "") -> OSError:
    return OSError(number, os.strerror(number), name)
