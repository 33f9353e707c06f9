"""`syncfs` of Linux: everything that was written to a file system is made durable by one call.

It tells of data that could not be written only since Linux 5.8, and it is asked only of file systems of
which it is known that the call also empties the disk's own cache: ext4, xfs, btrfs. Nothing else counts.
"""

from __future__ import annotations

import ctypes
import os
import platform
import re
from functools import cache

from syncgui.providers.linux_mounts import kind_of_mount

_TELLS_ERRORS_SINCE = (5, 8)
_EXT_MAGIC = 0xEF53
_XFS_MAGIC = 0x58465342
_BTRFS_MAGIC = 0x9123683E
_STATFS_BYTES = 512  # more than `struct statfs` has anywhere; its first member is the magic


def is_honest(fd: int) -> bool:
    """Whether `syncfs` keeps its word for the file system of an open folder."""
    if not tells_errors(platform.release()):
        return False
    magic = _magic(fd)
    if magic == _EXT_MAGIC:
        # ext2 has the same magic and, under its own driver, never empties the disk's cache.
        return kind_of_mount(os.fstat(fd).st_dev) == "ext4"
    return magic in (_XFS_MAGIC, _BTRFS_MAGIC)


def tells_errors(release: str) -> bool:
    """Whether a kernel of that release, "6.1.0-18-amd64", tells of lost data."""
    found = re.match(r"(\d+)\.(\d+)", release)
    return found is not None and (int(found[1]), int(found[2])) >= _TELLS_ERRORS_SINCE


def syncfs(fd: int) -> None:
    """Flush the file system of an open folder.

    Raises:
        OSError: something that was written since the descriptor was opened is lost.
    """
    if _libc().syncfs(fd) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _magic(fd: int) -> int | None:
    """What kind of file system it is, as the kernel says; None where that can not be told."""
    buffer = ctypes.create_string_buffer(_STATFS_BYTES)
    try:
        if _libc().fstatfs(fd, buffer) != 0:
            return None
    except AttributeError:
        return None
    return ctypes.c_ulong.from_buffer(buffer).value & 0xFFFFFFFF
