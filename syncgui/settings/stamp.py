"""Seeing cheaply that a settings file changed.

A stamp remembers of each path its time, size and inode, or that it was not there. It is taken before
the files are read: a change during the reading is seen afterwards rather than missed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_Seen = tuple[int, int, int] | None


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the files looked like; two stamps are equal when nothing changed between them."""

    seen: tuple[tuple[str, _Seen], ...]

    @classmethod
    def of(cls, paths: Iterable[Path]) -> Stamp:
        """Look at each path now."""
        return cls(tuple((str(path), _look(path)) for path in paths))

    def changed(self) -> bool:
        """Whether any of the files is another one now, appeared or went away."""
        return any(_look(Path(path)) != seen for path, seen in self.seen)

    def renewed(self, path: Path) -> Stamp:
        """The same, with one path looked at again (after this program itself wrote it)."""
        text = str(path)
        return Stamp(tuple((name, _look(path) if name == text else seen) for name, seen in self.seen))


def _look(path: Path) -> _Seen:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
