"""What the trash of a root is called."""

from __future__ import annotations

from collections.abc import Sequence

TRASH = ".syncgui-trash"


def is_in_trash(parts: Sequence[str]) -> bool:
    """Whether these names lead into the trash, on whatever file system."""
    return bool(parts) and parts[0].casefold() == TRASH
