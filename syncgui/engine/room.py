"""Room on the disks of this machine's folders: promised to each file before its first byte.

What all running transfers have still to write to a disk is added up, so that files which fit one by one
do not fill it together, and each site's reserve stays free. One for the whole engine, used from all slots.

A small file that does not fit means that the site is full: it waits as a whole. A large one that does not
fit, where small ones would, waits by itself: nobody expects that a cache of 500 GB holds up a playblast.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from syncgui.index.values import LARGE_BYTES
from syncgui.model.errors import DiskFullError, TooLargeForRoomError
from syncgui.providers.local_folder import LocalFolder

LARGEST_DEFAULT_RESERVE_BYTES = 5 * 2**30
DEFAULT_RESERVE_SHARE = 0.05
_UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB")

_Left = Callable[[], int]


class Place(Protocol):
    """Where a file will lie: a root, or a folder below it, which may be on a disk of its own."""

    def device(self) -> int:
        """On which device that is. Raises `SyncError`."""

    def room_bytes(self) -> tuple[int, int]:
        """Room that is left there for an ordinary user, and that of the whole disk. Raises `SyncError`."""


class Room:
    """Knows what is promised on each disk."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._disks: dict[int, _Disk] = {}

    @contextmanager
    def promised(
        self,
        folder: LocalFolder,
        *,
        path: str,
        size_bytes: int,
        reserve_bytes: int | None,
        there: _Left,
        place: Place | None = None,
    ) -> Iterator[None]:
        """Keep room for a file until the end of the `with`.

        Args:
            folder: the root folder that it goes to.
            path: the file's path, for error texts.
            size_bytes: what it will have.
            reserve_bytes: what the site leaves free, None for the default.
            there: how much of it the disk has already, at any moment: from then on that room is not free.
            place: where below that folder it will lie, None: in it.

        Raises:
            DiskFullError: the site has no room.
            TooLargeForRoomError: it has none for a file of this size.
            SiteError: the disk does not say.
        """
        place = place or folder
        device = place.device()
        with self._guard:
            # One lock for each disk: one that hangs must not hold up the others.
            disk = self._disks.setdefault(device, _Disk())

        def left() -> int:
            return max(0, size_bytes - there())

        with disk.lock:
            # Added up before the disk is asked: what is written in between counts twice rather than never.
            lack = _Lack(size_bytes, left(), disk.promised_bytes(), reserve_bytes)
            lack.refuse(folder, path, place, is_roots=device == folder.device())
            disk.promises.append(left)
        try:
            yield
        finally:
            with disk.lock:
                disk.promises.remove(left)


class _Disk:
    """What is promised on one disk."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.promises: list[_Left] = []

    def promised_bytes(self) -> int:
        return sum(left() for left in self.promises)


def default_reserve_bytes(total_bytes: int) -> int:
    """What stays free on a disk of that size where the settings say nothing."""
    return min(LARGEST_DEFAULT_RESERVE_BYTES, int(total_bytes * DEFAULT_RESERVE_SHARE))


@dataclass(frozen=True, slots=True)
class _Lack:
    """What a file asks of a disk, in bytes."""

    size_bytes: int
    needed_bytes: int
    promised_bytes: int
    reserve_bytes: int | None

    def refuse(self, folder: LocalFolder, path: str, place: Place, *, is_roots: bool) -> None:
        free_bytes, total_bytes = place.room_bytes()
        if not total_bytes:
            return  # some shares do not say how large they are: then the write will
        reserve = default_reserve_bytes(total_bytes) if self.reserve_bytes is None else self.reserve_bytes
        left_bytes = free_bytes - self.promised_bytes - reserve
        if self.needed_bytes <= max(0, left_bytes):
            return
        promised = f", of which {_text(self.promised_bytes)} are promised to other files on their way"
        detail = (
            f"{_text(self.needed_bytes)} are needed, {_text(free_bytes)} are free"
            f"{promised if self.promised_bytes else ''}, and {_text(reserve)} are to stay free"
        )
        # Storage behind a link, or mounted there, that is full holds up nothing but what goes there.
        if not is_roots or (self.size_bytes >= LARGE_BYTES and left_bytes > 0):
            raise TooLargeForRoomError(site=folder.site, path=path, detail=detail)
        raise DiskFullError(site=folder.site, path=path, detail=detail)


def _text(size_bytes: int) -> str:
    """ "0 bytes", "980 MB", "6.2 GB": in powers of 1000, as disks are sold; one decimal below 10."""
    size, power = float(size_bytes), 0
    while size >= 1000 and power < len(_UNITS) - 1:
        size, power = size / 1000, power + 1
    return f"{size:.1f} {_UNITS[power]}" if power > 0 and size < 10 else f"{size:.0f} {_UNITS[power]}"
