"""File systems that take two names for one: blind for case (Windows, macOS, most shares) or Unicode's forms.

There "A.exr" and "a.exr" would replace each other in silence. Whether a file system is blind is not asked of
it but seen: the name is looked up in another spelling, and only where that leads to the same file is the
folder listed for the name that the file really has.
"""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Callable, Iterable

from syncgui.providers.file_operations import FileOperations, FolderHandle
from syncgui.providers.open_folders import OpenFolders, Parts

_MOST_KNOWN = 100_000


def folded(name: str) -> str:
    """Equal for all names that some file system may take for one."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


class KnownFolders:
    """Folders below a root that were found to be spelt so on the disk; used by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: set[Parts] = set()

    def __contains__(self, parts: Parts) -> bool:
        return parts in self._known

    def add(self, parts: Parts) -> None:
        with self._lock:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()  # to look twice costs little, to remember all costs memory
            self._known.add(parts)


class Listings:
    """Names that folders held when they were first asked for, for one piece of work of one thread.

    A name that was there then is spelt so, whatever came later; of any other the folder is listed again.

    Args:
        now_s: where the work may stand still for long: the time, in seconds. What was listed is believed for
            `GOOD_FOR_S` then.
    """

    GOOD_FOR_S = 10.0

    def __init__(self, now_s: Callable[[], float] = lambda: 0.0) -> None:
        self._now_s = now_s
        self._names: dict[tuple[int, int], tuple[float, set[str]]] = {}

    def names(self, files: FileOperations, folder: FolderHandle, wanted: str) -> set[str]:
        """The names in a folder. Raises `OSError`."""
        found = files.stat_folder(folder)
        key = (found.st_dev, found.st_ino)
        listed_s, names = self._names.get(key, (0.0, set[str]()))
        if wanted not in names or self._now_s() - listed_s > self.GOOD_FOR_S:
            names = {entry.name for entry in files.list_folder(folder)}
            self._names[key] = self._now_s(), names
        return names


def kept_as(
    files: FileOperations, folder: FolderHandle, name: str, listings: Listings | None = None
) -> str | None:
    """The other name under which a folder holds what this name leads to; None where it is this one.

    None, too, where nothing has that name. Raises `OSError`.
    """
    try:
        found = files.stat(folder, name)
    except FileNotFoundError:
        return None
    if not any(_is_same(files, folder, other, (found.st_dev, found.st_ino)) for other in _spellings(name)):
        return None
    names = (listings or Listings()).names(files, folder, name)
    if name in names:
        return None
    return next((one for one in sorted(names) if folded(one) == folded(name)), None)


def path_kept_as(
    files: FileOperations,
    folders: OpenFolders,
    parts: Parts,
    known: KnownFolders | None = None,
    listings: Listings | None = None,
) -> str | None:
    """The same for a folder, and each one above it below the root. Raises `OSError`.

    Args:
        known: folders that need no look; those that turn out right are added.
    """
    for depth, name in enumerate(parts):
        here = parts[: depth + 1]
        if known is not None and here in known:
            continue
        try:
            other = kept_as(files, folders.open(parts[:depth]), name, listings)
        except (FileNotFoundError, NotADirectoryError):
            return None
        if other is not None:
            return "/".join((*parts[:depth], other, *parts[depth + 1 :]))
        if known is not None:
            known.add(here)
    return None


def _spellings(name: str) -> Iterable[str]:
    spelt = (name.swapcase(), unicodedata.normalize("NFC", name), unicodedata.normalize("NFD", name))
    return dict.fromkeys(one for one in spelt if one != name)


def _is_same(files: FileOperations, folder: FolderHandle, name: str, identity: tuple[int, int]) -> bool:
    try:
        other = files.stat(folder, name)
    except OSError:
        return False
    return (other.st_dev, other.st_ino) == identity
