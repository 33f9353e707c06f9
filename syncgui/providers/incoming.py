"""What is to be written: one file of a group."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from syncgui.model.errors import SyncError
from syncgui.providers.file_operations import Flush
from syncgui.providers.open_folders import Parts


@dataclass(frozen=True, slots=True)
class Incoming:
    """One file to be written.

    Args:
        parts: the names that lead to it from the root.
        path: the path as recorded, for error texts.
        partial: name of the temporary file beside the target, from `partial_name`.
        size_bytes: what must arrive; None for whatever `fill` gives.
        mtime_ns: time of last change that it gets, nanoseconds since 1970.
        fill: writes the whole content; may raise `SyncError`.
        confirm: called when the data is durable, directly before the rename; may raise `SyncError`. True: it
            had to wait, and has made sure that the partial of this file lies where it should.
        begun: name of an older partial that nobody writes any more: it becomes this one's, see `Writer`.
        keeps: whether what was written so far stays there for another time after this error.
        flushed: told how the data was made durable, once it is.
        reread: given a way to read what lies on the disk now, flushed, a number of bytes at a time; may raise
            `SyncError`. None: it is not read again.
        trash: gives the name of the day in the trash under which what it replaces is kept; None: it is not.
        keeping: called between two blocks where that has to be copied; may raise `SyncError`.
    """

    parts: Parts
    path: str
    partial: str
    size_bytes: int | None
    mtime_ns: int
    fill: Callable[[BinaryIO], None]
    confirm: Callable[[], bool | None]
    begun: str | None = None
    keeps: Callable[[SyncError, int], bool] = lambda _error, _size_bytes: False
    flushed: Callable[[Flush], None] = lambda _flush: None
    reread: Callable[[Callable[[int], bytes]], None] | None = None
    trash: Callable[[], str] | None = None
    keeping: Callable[[], object] = lambda: None
