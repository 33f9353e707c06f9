"""What the content of one file is written into on its way to a partial.

A failure counts even if whoever writes takes no notice of it, and nothing more than was promised is
written, so that a source that grows does not fill the disk.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from syncgui.model.errors import DiskFullError, SyncError, TooLargeForRoomError
from syncgui.providers.file_operations import FileOperations, FolderHandle
from syncgui.providers.source import Source

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_BEGIN_SYNC_BYTES = 32 * 2**20


class Writer(io.RawIOBase):
    """What `fill` writes into. A failure counts even if `fill` takes no notice of it.

    Where a partial was taken over it holds `begun_bytes` already: `fill` may read them with `read_begun` and
    says with `begin_at` how many of them are right. Whoever just writes begins anew.
    """

    def __init__(
        self,
        files: FileOperations,
        fd: int,
        *,
        folder: FolderHandle,
        promised_bytes: int | None,
        is_taken_over: bool,
        failure: Callable[[OSError], SyncError],
        damaged: Callable[[str], SyncError],
    ) -> None:
        super().__init__()
        self._files = files
        self._fd = fd
        self._folder = folder
        self._promised_bytes = promised_bytes
        self._failure = failure
        self._damaged = damaged
        self.written_bytes = 0
        self._told_bytes = 0
        self.failure: SyncError | None = None
        self.is_lost = False  # the storage failed: nobody knows what of the content it will hold
        there = self._size() if is_taken_over else 0
        self.begun_bytes = there if promised_bytes is None else min(there, promised_bytes)
        self._is_begun = there > 0

    @property
    def there_bytes(self) -> int:
        """How much of the content is on the disk by now, what an earlier try left included."""
        return self.begun_bytes if self._is_begun else self.written_bytes

    def device(self) -> int:
        """On which device its folder lies."""
        try:
            return self._files.stat_folder(self._folder).st_dev
        except OSError as error:
            raise self._failure(error) from error

    def room_bytes(self) -> tuple[int, int]:
        """Room left there for an ordinary user, and that of the whole disk, 0 where it is not told."""
        try:
            return self._files.free_bytes(self._folder), self._files.total_bytes(self._folder)
        except OSError as error:
            raise self._failure(error) from error

    def read_begun(self, size_bytes: int) -> bytes:
        """At most so many of the bytes that are there; none at their end."""
        try:
            return self._files.read(self._fd, size_bytes)
        except OSError as error:
            raise self._failure(error) from error

    def begin_at(self, place: int) -> None:
        """Go on after so many bytes of what is there; what lies behind them goes."""
        self._is_begun = False
        try:
            self._files.truncate(self._fd, place)
            self._files.seek(self._fd, place, os.SEEK_SET)
        except OSError as error:
            raise self._failure(error) from error
        self.written_bytes = self._told_bytes = place

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.written_bytes

    def write(self, data: ReadableBuffer, /) -> int:
        """Write all of it; more than was promised is refused before it fills the disk."""
        if self.failure is not None:
            raise self.failure
        if self._is_begun:
            self.begin_at(0)
        view = memoryview(data).cast("B")
        size_bytes = len(view)
        promised = self._promised_bytes
        if promised is not None and self.written_bytes + size_bytes > promised:
            self.failure = self._damaged(f"more than the promised {promised} bytes came")
            raise self.failure
        try:
            self._files.write(self._fd, view)
        except OSError as error:
            self.failure = self._failure(error)
            self.is_lost = not isinstance(self.failure, DiskFullError | TooLargeForRoomError)
            raise self.failure from error
        self._count(size_bytes)
        return size_bytes

    def clone_from(self, source: Source) -> bool:
        """Take over the whole of another file by sharing its blocks, where that can be; before any write."""
        if self._is_begun or self.written_bytes or not self._files.clone(source.descriptor, self._fd):
            return False
        self.written_bytes = self._told_bytes = self._size()
        return True

    def copy_from(self, source: Source, size_bytes: int) -> int:
        """Take over at most so many bytes of another file inside the system; 0 where there is no such way."""
        if self._is_begun:
            self.begin_at(0)
        copied = self._files.copy_range(source.descriptor, self._fd, size_bytes)
        self._count(copied)
        return copied

    def _count(self, size_bytes: int) -> None:
        self.written_bytes += size_bytes
        if self.written_bytes - self._told_bytes >= _BEGIN_SYNC_BYTES:
            self._files.begin_sync(self._fd, self._told_bytes, self.written_bytes - self._told_bytes)
            self._told_bytes = self.written_bytes

    def _size(self) -> int:
        try:
            return self._files.stat_file(self._fd).st_size
        except OSError as error:
            raise self._failure(error) from error
