"""A file of a site, open for reading, and the facts by which a change of it is noticed.

A `Source` stays the file that was opened, whatever happens to its name; `facts` are its own at the moment
of opening. It is an ordinary raw binary stream whose failures are members of the error family.
"""

from __future__ import annotations

import io
import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, cast

from syncgui.providers.file_operations import FileOperations
from syncgui.providers.os_errors import source_error

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What the file system says about a name. Sizes in bytes, times in nanoseconds since 1970."""

    size_bytes: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    device: int
    is_file: bool


def facts_of(found: os.stat_result) -> FileFacts:
    """The facts, out of what `stat` gives."""
    return FileFacts(
        size_bytes=found.st_size,
        mtime_ns=found.st_mtime_ns,
        ctime_ns=found.st_ctime_ns,
        inode=found.st_ino,
        device=found.st_dev,
        is_file=stat.S_ISREG(found.st_mode),
    )


class Source(io.RawIOBase):
    """An open file. Closed by `close`, or at the end of a `with`.

    Args:
        files: the file operations.
        fd: its descriptor, owned from now on.
        site: the site's name, for error texts.
        path: the file's path, for error texts.
    """

    def __init__(self, files: FileOperations, fd: int, *, site: str, path: str) -> None:
        super().__init__()
        self._files = files
        self._fd = fd
        self._site = site
        self._path = path
        try:
            self.facts = facts_of(files.stat_file(fd))
        except OSError as error:
            self.close()
            raise self._failure(error) from error

    def __enter__(self) -> Source:
        return self

    @property
    def stream(self) -> BinaryIO:
        """The same object, as the type that providers take."""
        return cast("BinaryIO", self)

    @property
    def descriptor(self) -> int:
        """The open file itself, to be copied from inside the system."""
        return self._fd

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes, none at the end; all that is left for a negative size."""
        if size < 0:
            return self.readall()
        try:
            return self._files.read(self._fd, size)
        except OSError as error:
            raise self._failure(error) from error

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Fill a buffer; how many bytes came, 0 at the end."""
        try:
            return self._files.read_into(self._fd, memoryview(buffer).cast("B"))
        except OSError as error:
            raise self._failure(error) from error

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Go to a place; the place, in bytes from the start."""
        try:
            return self._files.seek(self._fd, offset, whence)
        except OSError as error:
            raise self._failure(error) from error

    def close(self) -> None:
        """Let the file go; twice is no error."""
        if not self.closed:
            super().close()
            with suppress(OSError):  # what was read was read, whatever a share says of it now
                self._files.close(self._fd)

    def _failure(self, error: OSError) -> Exception:
        return source_error(error, site=self._site, path=self._path)
