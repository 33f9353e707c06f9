"""How many files of some projects are in which state, as line, sentence and shape count them.

Only projects that their settings let work here are counted: what nobody moves is neither open nor failed.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from syncgui.model.status import Status
from syncgui.views.standing import Standing


def works(standing: Standing, name: str) -> bool:
    """Whether the settings let a project work here."""
    one = standing.projects.get(name)
    return one is not None and one.is_served and not one.idle_reason and name not in standing.health.idle


def working(standing: Standing) -> list[str]:
    """The projects that their settings let work here."""
    return [name for name in standing.projects if works(standing, name)]


@dataclass(frozen=True, slots=True)
class FileCounts:
    """Files of some projects; those that their settings keep from working do not count as open."""

    failed: int = 0
    queued: int = 0
    moving: int = 0
    retrying: int = 0
    paused: int = 0
    without_source: int = 0
    representations: int = 0
    is_known: bool = False

    @property
    def is_active(self) -> bool:
        """Whether something is on its way, or next."""
        return bool(self.queued or self.moving)

    @classmethod
    def of(cls, standing: Standing, names: Collection[str]) -> FileCounts:
        """Of these projects."""
        counted = [name for name in names if works(standing, name)]
        known = [standing.totals[name] for name in counted if name in standing.totals]
        is_indexed = len(known) == len(counted) and all(one.pair is not None for one in known)

        def count(status: Status) -> int:
            return sum(one.files.get(status, 0) for one in known)

        return cls(
            failed=count(Status.FAILED),
            queued=count(Status.QUEUED),
            moving=count(Status.IN_PROGRESS),
            retrying=count(Status.RETRYING),
            paused=count(Status.PAUSED),
            without_source=count(Status.NO_SOURCE),
            representations=sum(one.every for one in known),
            is_known=bool(counted) and is_indexed,
        )
