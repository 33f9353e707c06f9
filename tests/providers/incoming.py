"""Files to be written, for tests of folders and groups."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import BinaryIO

from syncgui.providers.local_folder import Incoming, partial_name

MTIME_NS = 1_600_000_000_123_456_789

_numbers = itertools.count(1)


def nothing() -> None:
    """A confirmation that agrees."""


def incoming(
    path: str,
    content: bytes,
    *,
    size_bytes: int | None = None,
    fill: Callable[[BinaryIO], None] | None = None,
    confirm: Callable[[], bool | None] = nothing,
) -> Incoming:
    """One file that is to hold `content`."""

    def write(target: BinaryIO) -> None:
        target.write(content)

    parts = tuple(path.split("/"))
    return Incoming(
        parts=parts,
        path=f"{{root}}/{path}",
        partial=partial_name(parts[-1], "tester", next(_numbers)),
        size_bytes=len(content) if size_bytes is None else size_bytes,
        mtime_ns=MTIME_NS,
        fill=fill or write,
        confirm=confirm,
    )
