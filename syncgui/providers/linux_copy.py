"""Copies that Linux makes by itself: shared blocks, or bytes that never come up to the program.

Neither is possible everywhere (another file system, another kind of it, an older kernel), and what goes
wrong on the way is not told by whose fault it is. So any failure means only that there is no such way: the
ordinary copy that follows finds out the rest.
"""

from __future__ import annotations

import fcntl
import os

_FICLONE = 0x40049409


def clone(source_fd: int, fd: int) -> bool:
    """Let a file share all blocks of another one; False where that can not be."""
    try:
        fcntl.ioctl(fd, _FICLONE, source_fd)
    except OSError:
        return False
    return True


def copy_range(source_fd: int, fd: int, size_bytes: int) -> int:
    """Copy at most so many bytes from one file's place to the other's; 0 at the end or where it can't be."""
    try:
        return os.copy_file_range(source_fd, fd, size_bytes)
    except OSError:
        return 0
