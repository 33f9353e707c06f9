"""How the program stands, as plain values: what the session gathers and every view shows.

Times are epoch seconds, sizes bytes, speeds bytes per second. Nothing here is Qt.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from syncgui.engine.first_contact import HeldBack
from syncgui.engine.route import SyncedProject
from syncgui.index import Totals

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Hitch:
    """Something that does not work: one sentence, what to do, and since when."""

    sentence: str
    next_step: str
    since: float


@dataclass(frozen=True, slots=True)
class Health:
    """What keeps the program, a site or a project from syncing.

    Args:
        stopped: the loop ended by an error: its sentence; "" while it lives.
        database: why the database can not be used.
        sites: by site.
        idle: why projects are not synced, by project.
        notices: what a person should know though nothing is broken, by code.
        paused_until: this machine's pause, inf until resumed, None: not paused.
        held: projects that are not moved, or not wholly, until a person says so.
    """

    stopped: str = ""
    database: Hitch | None = None
    sites: Mapping[str, Hitch] = field(default_factory=dict)
    idle: Mapping[str, Hitch] = field(default_factory=dict)
    notices: Mapping[str, Hitch] = field(default_factory=dict)
    paused_until: float | None = None
    held: Mapping[str, HeldBack] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Progress:
    """Bytes under way of one representation, beyond what is recorded."""

    up_bytes: int = 0
    down_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Flow:
    """What moves now.

    Args:
        moving: by project and representation's id.
        seconds_left: shortest and longest guess, None while none can be made.
    """

    up_bytes_per_s: float = 0.0
    down_bytes_per_s: float = 0.0
    uploading: int = 0
    downloading: int = 0
    moving: Mapping[tuple[str, str], Progress] = field(default_factory=dict)
    seconds_left: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything at one moment.

    Args:
        projects: as the loop works with them, by name.
        totals: by project; those that were not read yet are missing.
        checked: when the index was last up to the store.
        reasons: why the newest failed file of a project failed, in a few words; only of projects that
            have one.
    """

    projects: Mapping[str, SyncedProject] = field(default_factory=dict)
    totals: Mapping[str, Totals] = field(default_factory=dict)
    health: Health = field(default_factory=Health)
    flow: Flow = field(default_factory=Flow)
    checked: float | None = None
    reasons: Mapping[str, str] = field(default_factory=dict)

    def with_projects(self, projects: Mapping[str, SyncedProject]) -> Standing:
        """With these projects, and nothing of others."""
        return replace(
            self,
            projects=projects,
            totals={name: one for name, one in self.totals.items() if name in projects},
            reasons={name: one for name, one in self.reasons.items() if name in projects},
        )

    def with_sums(
        self, totals: Mapping[str, Totals], reasons: Mapping[str, str], checked: float | None
    ) -> Standing:
        """With what was read of some projects; of those that are not known nothing is kept."""
        kept = {name: one for name, one in self.reasons.items() if name not in totals}
        return replace(
            self,
            totals={**self.totals, **_of(self.projects, totals)},
            reasons={**kept, **_of(self.projects, reasons)},
            checked=checked,
        )


def _of(projects: Mapping[str, SyncedProject], found: Mapping[str, T]) -> dict[str, T]:
    return {name: one for name, one in found.items() if name in projects}
