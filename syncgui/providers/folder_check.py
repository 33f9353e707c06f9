"""Can a folder of this machine be used as a site's root? Tried out, and said in sentences.

It is opened, listed, a small file is written, flushed, read back and removed, the room that is left and
the clock of the storage are looked at. Nothing stays behind; the root is never created.
"""

from __future__ import annotations

from collections.abc import Callable
from random import SystemRandom

from syncgui.model.errors import SyncError
from syncgui.model.leases import new_worker
from syncgui.providers.abstract_provider import CheckLine
from syncgui.providers.file_operations import FileOperations, FolderHandle
from syncgui.providers.os_errors import RootNotWritableError, root_error, source_error, target_error
from syncgui.providers.partial_names import partial_name

_PROBE = b"written by syncgui to see whether this folder can be used\n"
_CLOCKS_AGREE_S = 2.0
_CLOCKS_DIFFER_S = 300.0  # from here on people wonder about dates that lie in the future
_SCARCE_BYTES = 1_000_000
_UNITS = ("MB", "GB", "TB", "PB")


def check_root(
    root: str, *, site: str, files: FileOperations, wall_clock: Callable[[], float]
) -> list[CheckLine]:
    """Try everything that a transfer needs of a root folder.

    Args:
        root: its path.
        site: the site's name, for error texts.
        files: the file operations.
        wall_clock: seconds since 1970.
    """
    try:
        folder = files.open_root(root)
    except OSError as error:
        return [CheckLine(False, root_error(error, site=site, root=root).sentence)]
    try:
        lines = [CheckLine(True, f"{root} is there")]
        lines += _listed(folder, site, files)
        lines += _probed(folder, site, files, wall_clock)
        lines += _room(folder, site, files)
        return lines
    finally:
        files.close_folder(folder)


def _listed(folder: FolderHandle, site: str, files: FileOperations) -> list[CheckLine]:
    try:
        files.list_folder(folder)
    except OSError as error:
        return [_bad(source_error(error, site=site, path=folder.path))]
    return [CheckLine(True, "It can be listed")]


def _probed(
    folder: FolderHandle, site: str, files: FileOperations, wall_clock: Callable[[], float]
) -> list[CheckLine]:
    # Named like any partial, so that what finds those finds it too, should this process die now.
    name = partial_name("check", new_worker(SystemRandom()), 0)
    try:
        fd = files.create(folder, name, None)
    except PermissionError as error:
        refused = RootNotWritableError(*error.args)
        return [_bad(target_error(refused, site=site, path=folder.path))]
    except OSError as error:
        return [_bad(target_error(error, site=site, path=folder.path))]
    try:
        now = wall_clock()
        try:
            files.write(fd, memoryview(_PROBE))
            files.sync_file(fd)
            ahead_s = files.stat_file(fd).st_mtime - now
        finally:
            files.close(fd)
        if _read(folder, name, files) != _PROBE:
            return [CheckLine(False, "A file that was written there reads back differently")]
    except OSError as error:
        return [_bad(target_error(error, site=site, path=folder.path))]
    finally:
        left = _removed(folder, name, site, files)
    return left or [CheckLine(True, "Files can be written, read and removed there"), _clock(ahead_s)]


def _read(folder: FolderHandle, name: str, files: FileOperations) -> bytes:
    fd = files.open_read(folder, name)
    try:
        return files.read(fd, len(_PROBE) + 1)
    finally:
        files.close(fd)


def _removed(folder: FolderHandle, name: str, site: str, files: FileOperations) -> list[CheckLine]:
    try:
        files.unlink(folder, name)
    except OSError as error:
        return [_bad(target_error(error, site=site, path=name))]
    return []


def _clock(ahead_s: float) -> CheckLine:
    if abs(ahead_s) < _CLOCKS_AGREE_S:
        return CheckLine(True, "Its clock agrees with this machine's")
    side = "ahead of" if ahead_s > 0 else "behind"
    sentence = f"Its clock is {abs(ahead_s):.0f} s {side} this machine's"
    return CheckLine(abs(ahead_s) < _CLOCKS_DIFFER_S, sentence)


def _room(folder: FolderHandle, site: str, files: FileOperations) -> list[CheckLine]:
    try:
        free_bytes = files.free_bytes(folder)
    except OSError as error:
        return [_bad(root_error(error, site=site, root=folder.path))]
    return [CheckLine(free_bytes >= _SCARCE_BYTES, f"{_size_text(free_bytes)} are free there")]


def _size_text(size_bytes: int) -> str:
    """ "980 MB", "66 GB", "1.3 TB": in powers of 1000, as disks are sold; one decimal below 10."""
    power = 2
    while size_bytes >= 1000 ** (power + 1) and power < len(_UNITS) + 1:
        power += 1
    size = size_bytes / 1000**power
    return f"{size:.1f} {_UNITS[power - 2]}" if size < 10 else f"{size:.0f} {_UNITS[power - 2]}"


def _bad(error: SyncError) -> CheckLine:
    return CheckLine(False, error.sentence)
