"""Counts what gets its name in some folders, as the Linux kernel tells it; nothing is polled or missed.

inotify(7) through the C library: the standard library does not offer it.
"""

from __future__ import annotations

import ctypes
import os
import select
import struct
import threading
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

_IN_MOVED_TO = 0x80
_IN_Q_OVERFLOW = 0x4000
_EVENT = struct.Struct("iIII")
_BUFFER_BYTES = 2**20
_LOOK_S = 0.1


class Renames:
    """Counts files that are moved into folders, by folder and name, until `stop`.

    Args:
        folders: those that are looked at, not what lies below them.

    Raises:
        OSError: the system refuses.
    """

    def __init__(self, folders: Iterable[Path]) -> None:
        library = ctypes.CDLL(None, use_errno=True)
        self.counted: Counter[Path] = Counter()
        self.has_missed = False
        self._folders: dict[int, Path] = {}
        self._descriptor = _checked(library.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC))
        for folder in folders:
            watch = library.inotify_add_watch(self._descriptor, os.fsencode(folder), _IN_MOVED_TO)
            self._folders[_checked(watch)] = folder
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="renames", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End counting; what has happened by now is counted."""
        self._stopping.set()
        self._thread.join()
        self._read()
        os.close(self._descriptor)

    def _run(self) -> None:
        while not self._stopping.is_set():
            if select.select([self._descriptor], [], [], _LOOK_S)[0]:
                self._read()

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._descriptor, _BUFFER_BYTES)
            except BlockingIOError:
                return
            at = 0
            while at < len(data):
                watch, mask, _, length = _EVENT.unpack_from(data, at)
                at += _EVENT.size
                name = data[at : at + length].rstrip(b"\0")
                at += length
                if mask & _IN_Q_OVERFLOW:
                    self.has_missed = True
                elif mask & _IN_MOVED_TO:
                    self.counted[self._folders[watch] / os.fsdecode(name)] += 1


def _checked(answer: int) -> int:
    if answer < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return answer
