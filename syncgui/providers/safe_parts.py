"""The last look at the names that lead to a file, before they reach a file system.

Whoever made the names has refused what leaves the root already; this holds even if they did not.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from syncgui.model.errors import PathRefusedError
from syncgui.model.paths import refuse_for_windows
from syncgui.providers.trash_names import is_in_trash

_FORBIDDEN = frozenset("\0/") | (frozenset("\\:") if os.name == "nt" else frozenset())


def refuse_unsafe_parts(
    parts: Sequence[str], *, site: str, path: str, may_be_root: bool = False, on_windows: bool = False
) -> None:
    """Refuse anything that is no plain chain of names.

    Args:
        on_windows: whether the storage has Windows' rules for names.

    Raises:
        NameRefusedError: the storage can not hold a name.
        PathRefusedError: no name at all, an empty one, ".", "..", one that holds a separator or NUL, or
            one that this system can not write; or they lead into the trash, where only old versions lie.
    """
    if not parts and not may_be_root:
        raise PathRefusedError(site=site, path=path, detail="it names a root and no file")
    if is_in_trash(parts):
        raise PathRefusedError(site=site, path=path, detail="it lies in the trash of the site")
    for part in parts:
        if part in ("", ".", ".."):
            raise PathRefusedError(site=site, path=path, detail=f"it holds {part!r}")
        if _FORBIDDEN.intersection(part) or not _can_be_written(part):
            raise PathRefusedError(site=site, path=path, detail=f"{part!r} can not be a name there")
    if on_windows:
        refuse_for_windows(parts, site=site, path=path)


def _can_be_written(part: str) -> bool:
    try:
        os.fsencode(part)
    except UnicodeEncodeError:
        return False
    return True
