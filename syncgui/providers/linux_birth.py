"""When an open file or folder was made, as Linux tells: `statx`, which Python does not offer yet.

A number of a folder that was removed is soon given to another one; the two differ in this only.
"""

from __future__ import annotations

import ctypes
import struct
from functools import cache
from typing import Any

_EMPTY_PATH = 0x1000
_BIRTH = 0x800  # the bit of what is asked for, and of what was told
_STATX_BYTES = 256
_BIRTH_OFFSET = 80


def born_ns(fd: int) -> int:
    """Nanoseconds since 1970; 0 where the system or the file system does not tell."""
    statx = _statx()
    told = ctypes.create_string_buffer(_STATX_BYTES)
    if statx is None or statx(fd, b"", _EMPTY_PATH, _BIRTH, told) != 0:
        return 0
    (mask,) = struct.unpack_from("=I", told, 0)
    if not mask & _BIRTH:
        return 0
    seconds, nanoseconds = struct.unpack_from("=qI", told, _BIRTH_OFFSET)
    return int(seconds) * 10**9 + int(nanoseconds)


@cache
def _statx() -> Any:
    statx = getattr(ctypes.CDLL(None), "statx", None)
    if statx is not None:
        statx.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_uint, ctypes.c_char_p)
    return statx
