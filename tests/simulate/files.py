"""The file operations of one simulated program, on the simulated disk."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

from syncgui.providers.file_operations import (
    FileOperations,
    Flush,
    FolderEntry,
    FolderHandle,
    NotAFileError,
)
from syncgui.providers.folder_turns import FolderTurns
from tests.simulate.disk import BLOCK_BYTES, File, Folder, Node

if TYPE_CHECKING:
    from tests.simulate.program import Program

_FOLDER = stat.S_IFDIR | 0o755


class SimFiles(FileOperations):
    """See the module. Every call is a point at which others may go on, takes its time, and may fail.

    A new call is added with one line: `self._call("its_name", what)` before its effect.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.turns = FolderTurns()  # each program has its own
        self._disk = program.world.disk
        self._folders: dict[int, Folder] = {}
        self._files: dict[int, tuple[File, list[int]]] = {}
        self._last = 2

    def _call(self, call: str, about: str = "") -> None:
        self.program.call("files", call, about)
        if call != "sync_file":
            self._disk.fail(call)

    # -- folders -------------------------------------------------------------------------------------

    def open_root(self, path: str) -> FolderHandle:
        self._call("open_root", path)
        return self._opened(path, self._mounted(path))

    def stat_root(self, path: str) -> os.stat_result:
        self._call("stat_root", path)
        return _facts(self._mounted(path))

    def open_folder(self, folder: FolderHandle, name: str) -> FolderHandle:
        self._call("open_folder", name)
        node = self._disk.look_up(self._folders[folder.fd], name)
        if not isinstance(node, Folder):
            raise OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), name)
        return self._opened(f"{folder.path}/{name}", node)

    def make_folder(self, folder: FolderHandle, name: str, mode: int | None) -> None:
        del mode
        self._call("make_folder", name)
        self._disk.make_folder(self._folders[folder.fd], name)
        self.program.world.watch.made(self._folders[folder.fd], name)

    def stat_folder(self, folder: FolderHandle) -> os.stat_result:
        self._call("stat_folder")
        return _facts(self._folders[folder.fd])

    def list_folder(self, folder: FolderHandle) -> list[FolderEntry]:
        self._call("list_folder")
        names = self._folders[folder.fd].names
        return [FolderEntry(name, isinstance(node, Folder)) for name, node in names.items()]

    def free_bytes(self, folder: FolderHandle) -> int:
        self._call("free_bytes", folder.path)
        return max(0, self._disk.capacity_bytes - self._disk.used_bytes())

    def sync_folder(self, folder: FolderHandle) -> None:
        self._call("sync_folder", "/".join(self._folders[folder.fd].path))
        self._disk.sync_folder(self._folders[folder.fd])

    def close_folder(self, folder: FolderHandle) -> None:
        # Also called when the last reference goes, at a moment that is nobody's turn.
        self._folders.pop(folder.fd, None)

    # -- names ---------------------------------------------------------------------------------------

    def stat(self, folder: FolderHandle, name: str) -> os.stat_result:
        self._call("stat", name)
        return _facts(self._disk.look_up(self._folders[folder.fd], name))

    def rename(self, folder: FolderHandle, old: str, new: str) -> None:
        self._call("rename", f"{old} > {new}")
        file = self._disk.rename(self._folders[folder.fd], old, new)
        self.program.world.watch.renamed(file, old)

    def unlink(self, folder: FolderHandle, name: str) -> None:
        self._call("unlink", name)
        self.program.world.watch.removes(name)
        self._disk.unlink(self._folders[folder.fd], name)

    def link(self, folder: FolderHandle, name: str, to: FolderHandle, new: str) -> None:
        """This disk gives a file one name only."""
        del to
        self._call("link", f"{name} > {new}")
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP), folder.path)

    def remove_folder(self, folder: FolderHandle, name: str) -> None:
        """Nothing is kept in a trash here, so no folder of one is removed."""
        self._call("remove_folder", name)
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP), folder.path)

    # -- files ---------------------------------------------------------------------------------------

    def open_read(self, folder: FolderHandle, name: str) -> int:
        return self._open("open_read", folder, name)

    def open_to_sync(self, folder: FolderHandle, name: str) -> int:
        return self._open("open_to_sync", folder, name)

    def open_again(self, folder: FolderHandle, name: str) -> int:
        fd = self._open("open_again", folder, name)
        if not self._files[fd][0].mode & stat.S_IWUSR:
            del self._files[fd]
            raise OSError(errno.EACCES, os.strerror(errno.EACCES), name)
        return fd

    def create(self, folder: FolderHandle, name: str, mode: int | None) -> int:
        self._call("create", name)
        within = self._folders[folder.fd]
        file = self._disk.create(within, name)
        file.mode = file.mode if mode is None else mode
        self.program.world.watch.made(within, name)
        self.program.world.watch.wrote(file)
        return self._descriptor(file)

    def set_mtime(self, folder: FolderHandle, name: str, fd: int, mtime_ns: int) -> None:
        del folder
        self._call("set_mtime", name)
        file = self._files[fd][0]
        self._disk.touch(file)
        file.mtime_ns = mtime_ns

    def set_mode(self, folder: FolderHandle, name: str, fd: int, mode: int) -> None:
        del folder
        self._call("set_mode", name)
        file = self._files[fd][0]
        self._disk.touch(file)
        file.mode = mode

    def stat_file(self, fd: int) -> os.stat_result:
        self._call("stat_file")
        return _facts(self._files[fd][0])

    def read(self, fd: int, size_bytes: int) -> bytes:
        self._call("read")
        file, place = self._files[fd]
        self.program.world.watch.reads(file)
        data = file.content[place[0] : place[0] + min(size_bytes, BLOCK_BYTES)]
        place[0] += len(data)
        return data

    def read_into(self, fd: int, buffer: memoryview) -> int:
        data = self.read(fd, len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def seek(self, fd: int, offset: int, whence: int) -> int:
        self._call("seek")
        file, place = self._files[fd]
        start = {os.SEEK_SET: 0, os.SEEK_CUR: place[0], os.SEEK_END: len(file.content)}[whence]
        place[0] = start + offset
        return place[0]

    def truncate(self, fd: int, size_bytes: int) -> None:
        self._call("truncate")
        file = self._files[fd][0]
        self._disk.truncate(file, size_bytes)
        self.program.world.watch.wrote(file)

    def write(self, fd: int, data: memoryview) -> None:
        while data:
            self.program.world.watch.begins_to_write(self.program)
            self._call("write")
            file, place = self._files[fd]
            part = bytes(data[:BLOCK_BYTES])
            self._disk.write(file, place[0], part)
            place[0] += len(part)
            data = data[len(part) :]
            self.program.world.watch.wrote(file)

    def sync_file(self, fd: int) -> Flush:
        self._call("sync_file")
        self._disk.sync_file(self._files[fd][0])
        return Flush.FSYNC

    def close(self, fd: int) -> None:
        self._call("close")
        self._files.pop(fd)

    # -- private -------------------------------------------------------------------------------------

    def _mounted(self, path: str) -> Folder:
        root = self._disk.mounts.get(path)
        if root is None:
            raise OSError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        return root

    def _opened(self, path: str, folder: Folder) -> FolderHandle:
        self._last += 1
        self._folders[self._last] = folder
        return FolderHandle(path, self._last)

    def _open(self, call: str, folder: FolderHandle, name: str) -> int:
        self._call(call, name)
        node = self._disk.look_up(self._folders[folder.fd], name)
        if not isinstance(node, File):
            raise NotAFileError(errno.EINVAL, "a folder", name)
        return self._descriptor(node)

    def _descriptor(self, file: File) -> int:
        self._last += 1
        self._files[self._last] = (file, [0])
        return self._last


def _facts(node: Node) -> os.stat_result:
    size_bytes = mtime_ns = ctime_ns = 0
    if isinstance(node, File):
        size_bytes, mtime_ns, ctime_ns = len(node.content), node.mtime_ns, node.ctime_ns
    mode = stat.S_IFREG | node.mode if isinstance(node, File) else _FOLDER
    seconds = (0, mtime_ns // 10**9, ctime_ns // 10**9)
    fractions = (0.0, mtime_ns / 1e9, ctime_ns / 1e9, 0, mtime_ns, ctime_ns)
    return os.stat_result((mode, node.inode, node.device, 1, 0, 0, size_bytes, *seconds, *fractions))
