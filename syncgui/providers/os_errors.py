"""What the system's errors mean: from `OSError` to a member of the error family, by one table.

First the storage as a whole (full, gone, read-only), which is the same for reading and writing; then what
the error says about the one file that was read or written. Texts use the system's own words.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

from syncgui.model.errors import (
    DiskFullError,
    FileInUseError,
    LinkDeadError,
    LinkRefusedError,
    NameInTheWayError,
    NameRefusedError,
    PathRefusedError,
    ReadOnlyError,
    SiteError,
    SiteNotConnectedError,
    SourceMissingError,
    SourceNotAFileError,
    SourceUnreadableError,
    SourceUnstableError,
    SyncError,
    TargetNotWritableError,
    UnforeseenError,
)
from syncgui.providers.file_operations import (
    DeadLinkError,
    InUseError,
    LinkNotAllowedError,
    NotAFileError,
)


class RootNotWritableError(PermissionError):
    """The root folder itself refused a new name: nothing can be written on the whole site."""


def _numbers(*names: str) -> frozenset[int]:
    """Those of these errors that this system knows."""
    return frozenset(getattr(errno, name) for name in names if hasattr(errno, name))


STORAGE_TROUBLE = _numbers(
    *("EIO", "EREMOTEIO", "ESTALE", "ENODEV", "ENXIO", "ETIMEDOUT", "EHOSTDOWN", "EHOSTUNREACH"),
    *("ENETDOWN", "ENETUNREACH", "ENETRESET", "ECONNRESET", "ECONNREFUSED", "ECONNABORTED", "ENOTCONN"),
    *("ESHUTDOWN", "ENOLINK", "ENOLCK", "ENOKEY", "EKEYEXPIRED", "EKEYREVOKED", "ENOMEDIUM"),
)
"""The storage does not work at the moment, or is not there."""

# This machine is short of something: no file is at fault for that.
_SHORT = _numbers("EMFILE", "ENFILE", "ENOMEM", "ENOBUFS")
_DENIED = _numbers("EACCES", "EPERM")

_ANYWHERE: dict[frozenset[int], type[SyncError]] = {
    _numbers("ENOSPC", "EDQUOT"): DiskFullError,
    _numbers("EROFS"): ReadOnlyError,
    STORAGE_TROUBLE | _SHORT: SiteError,
    _numbers("ELOOP"): PathRefusedError,
    _numbers("ENAMETOOLONG"): NameRefusedError,
}
_TARGET: dict[frozenset[int], type[SyncError]] = {
    # Too large for this file system is this file's own trouble: smaller ones go on.
    _DENIED | _numbers("EFBIG"): TargetNotWritableError,
    _numbers("EISDIR", "ENOTDIR", "EEXIST", "ENOTEMPTY"): NameInTheWayError,
}
_SOURCE: dict[frozenset[int], type[SyncError]] = {
    # A bad sector under one file must not hold back all others, again and again.
    _DENIED | _numbers("EIO"): SourceUnreadableError,
    _numbers("ENOENT", "ENOTDIR"): SourceMissingError,
    _numbers("EISDIR"): SourceNotAFileError,
    _numbers("EBUSY", "EAGAIN", "ETXTBSY"): SourceUnstableError,
}
# Of Windows, which has EACCES for them too: ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION.
_IN_USE = frozenset({32, 33})
_NOT_CONNECTED = _DENIED | _numbers("ENOENT", "ENOTDIR", "ELOOP", "ENAMETOOLONG", "EINVAL")


def source_error(error: OSError, *, site: str, path: str) -> SyncError:
    """What it means that a file could not be looked at or read. `path` as the record has it."""
    if isinstance(error, NotAFileError):
        return SourceNotAFileError(site=site, path=path, detail=f"it is {error.strerror}")
    return _named(error, _SOURCE, site, path)


def target_error(error: OSError, *, site: str, path: str) -> SyncError:
    """What it means that a file could not be written, renamed or removed. `path` as the record has it."""
    if isinstance(error, RootNotWritableError):
        return ReadOnlyError(site=site, path=path, detail=_words(error))
    if isinstance(error, NotAFileError):
        return NameInTheWayError(site=site, path=path, detail=f"{error.strerror} of that name is there")
    return _named(error, _TARGET, site, path)


def root_error(error: OSError, *, site: str, root: str) -> SyncError:
    """What it means that a root folder could not be opened."""
    detail = f"{root}: {_words(error)}"
    if error.errno in _NOT_CONNECTED:
        return SiteNotConnectedError(site=site, detail=detail)
    return _named(error, {}, site, "", detail)


def _named(
    error: OSError, table: dict[frozenset[int], type[SyncError]], site: str, path: str, detail: str = ""
) -> SyncError:
    if isinstance(error, LinkNotAllowedError):
        return LinkRefusedError(site=site, path=path, detail=str(error.filename))
    if isinstance(error, DeadLinkError):
        return LinkDeadError(site=site, path=path, detail=str(error.filename))
    if path and (isinstance(error, InUseError) or getattr(error, "winerror", None) in _IN_USE):
        return FileInUseError(site=site, path=path, detail=_words(error))
    for numbers, kind in {**table, **_ANYWHERE}.items():
        if error.errno in numbers:
            return kind(site=site, path=path, detail=detail or _detail(error))
    return UnforeseenError(site=site, path=path, detail=detail or _words(error))


def _detail(error: OSError) -> str:
    name = error.filename if isinstance(error.filename, str) else ""
    if error.errno == errno.ELOOP:
        return f"{name or 'a name on the way'} is a link"
    if error.errno == errno.ENAMETOOLONG and name:
        last = Path(name).name
        return f"{last} is too long for a name there ({len(os.fsencode(last))} bytes, most disks hold 255)"
    if error.errno == errno.EISDIR:
        return "a folder of that name is there"
    if error.errno == errno.ENOTDIR:
        return f"{name or 'a name on the way'} is a file where a folder must be"
    if error.errno == errno.EEXIST:
        return f"{name or 'its partial file'} is there already"
    return _words(error)


def _words(error: OSError) -> str:
    """The system's words, without names of files of this machine."""
    if error.strerror:
        return error.strerror
    return os.strerror(error.errno) if error.errno is not None else type(error).__name__
