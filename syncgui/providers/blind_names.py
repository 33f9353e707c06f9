"""File systems that take two names for one: blind for case (Windows, macOS, most shares) or Unicode's forms.

There "A.exr" and "a.exr" would replace each other in silence. Whether a file system is blind is not asked of
it but seen: the name is looked up in another spelling, and only where that leads to the same file is the
folder listed for the name that the file really has.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from syncgui.providers.file_operations import FileOperations, FolderHandle
from syncgui.providers.open_folders import OpenFolders, Parts


def folded(name: str) -> str:
    """Equal for all names that some file system may take for one."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def kept_as(files: FileOperations, folder: FolderHandle, name: str) -> str | None:
    """The other name under which a folder holds what this name leads to; None where it is this one.

    None, too, where nothing has that name. Raises `OSError`.
    """
    try:
        found = files.stat(folder, name)
    except FileNotFoundError:
        return None
    if not any(_is_same(files, folder, other, (found.st_dev, found.st_ino)) for other in _spellings(name)):
        return None
    names = {entry.name for entry in files.list_folder(folder)}
    if name in names:
        return None
    return next((one for one in sorted(names) if folded(one) == folded(name)), None)


def path_kept_as(files: FileOperations, folders: OpenFolders, parts: Parts) -> str | None:
    """The same for a whole path below a root. Raises `OSError`."""
    for depth, name in enumerate(parts):
        try:
            other = kept_as(files, folders.open(parts[:depth]), name)
        except (FileNotFoundError, NotADirectoryError):
            return None
        if other is not None:
            return "/".join((*parts[:depth], other, *parts[depth + 1 :]))
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
