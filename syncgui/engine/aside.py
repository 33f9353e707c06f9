"""Paths that failed together with a site: they come after all others that wait for it.

A site that fails is probed by one file. If that file alone is what fails, as one that the storage refuses in
words that sound like the whole site, another has to show that the site works; and when it does, the one
that failed is not the first again at once. Probes take turns, so each path gets to be one.
"""

from __future__ import annotations

_ASIDE_S = 10.0  # as long as that when the site works: long enough for others, short for one in a hurry
_MOST_ASIDE = 2_000  # each costs a look whenever a site is probed

Key = tuple[str, str, str]
"""Project, target site, the path's key."""


class Aside:
    """Knows what failed with a site. Owned by the loop's thread."""

    def __init__(self) -> None:
        self._failed: dict[Key, tuple[int, float]] = {}  # the latest last: its turn, epoch seconds
        self._turns = 0

    def put(self, key: Key, now: float) -> None:
        """A path failed with a site. `now`: epoch seconds."""
        self._failed.pop(key, None)
        self._failed[key] = (self._turns, now)
        self._turns += 1
        if len(self._failed) > _MOST_ASIDE:
            del self._failed[next(iter(self._failed))]

    def drop(self, key: Key) -> None:
        """A path did not fail with a site any more."""
        self._failed.pop(key, None)

    def holds(self, key: Key, now: float, *, is_probe: bool) -> bool:
        """Whether a path comes after others now: always among probes, else if it failed a moment ago."""
        failed = self._failed.get(key)
        return failed is not None and (is_probe or 0.0 <= now - failed[1] < _ASIDE_S)

    def turn(self, key: Key) -> int:
        """Sorts those that it holds by when they failed, the longest ago first."""
        return self._failed[key][0]
