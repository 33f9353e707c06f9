"""Counts what gets its name in some folders, as the Linux kernel tells it; nothing is polled or missed."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

_LOOK_MS = 100


class Renames:
    """Counts files that are moved into folders, by folder and name, until `stop`.

    Args:
        folders: those that are looked at, not what lies below them.

    Raises:
        OSError: the system refuses.
    """

    def __init__(self, folders: Iterable[Path]) -> None:
        from inotify_simple import INotify, flags  # noqa: PLC0415 - Linux only

        self.counted: Counter[Path] = Counter()
        self.has_missed = False
        self._inotify = INotify()
        self._folders = {self._inotify.add_watch(folder, flags.MOVED_TO): folder for folder in folders}
        self._given, self._missed = int(flags.MOVED_TO), int(flags.Q_OVERFLOW)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="renames", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End counting; what has happened by now is counted."""
        self._stopping.set()
        self._thread.join()
        self._read(0)
        self._inotify.close()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._read(_LOOK_MS)

    def _read(self, timeout_ms: int) -> None:
        for event in self._inotify.read(timeout=timeout_ms):
            if event.mask & self._missed:
                self.has_missed = True
            elif event.mask & self._given:
                self.counted[self._folders[event.wd] / event.name] += 1
