"""From where to where a project's files go on this machine: two routes for a pair of sites."""

from __future__ import annotations

from dataclasses import dataclass

from syncgui.engine.project_roots import known_roots
from syncgui.index import View
from syncgui.model.errors import SyncError
from syncgui.model.status import Direction, Pair
from syncgui.settings import ProjectSettings


@dataclass(frozen=True, slots=True)
class Route:
    """One direction of one project's pair."""

    project: str
    source: str
    target: str
    direction: Direction


@dataclass(frozen=True, slots=True)
class Refusal:
    """The database does not let this user work in a project: what it says, and what to do."""

    code: str
    sentence: str
    next_step: str

    @classmethod
    def of(cls, error: SyncError) -> Refusal:
        """What an error says."""
        return cls(error.code, error.sentence, error.next_step)


@dataclass(frozen=True, slots=True)
class SyncedProject:
    """A project as this program works with it.

    Args:
        settings: with the pair that this program serves.
        shown: the pair that the settings and the user name; the table shows it.
        is_served: whether this program moves its files; others it only indexes.
        refusal: why the database lets nobody work in it, None if it does as far as is known.
    """

    settings: ProjectSettings
    shown: Pair
    is_served: bool = True
    refusal: Refusal | None = None

    @property
    def name(self) -> str:
        """The project's name."""
        return self.settings.project

    @property
    def pair(self) -> Pair:
        """The pair that is served."""
        return Pair(self.settings.active_site, self.settings.remote_site)

    @property
    def idle_reason(self) -> str:
        """Why nothing is transferred, one sentence; "" when it is."""
        return self.refusal.sentence if self.refusal is not None else self.settings.idle_reason

    @property
    def routes(self) -> tuple[Route, ...]:
        """Both directions; none while there is a reason to idle, or another program serves it."""
        active, remote = self.pair.active, self.pair.remote
        if not self.is_served or self.idle_reason or not remote:
            return ()
        return (
            Route(self.name, active, remote, Direction.UPLOAD),
            Route(self.name, remote, active, Direction.DOWNLOAD),
        )

    @property
    def view(self) -> View:
        """How the index looks at it."""
        return View(
            pair=self.shown,
            retry_cnt=self.settings.retry_cnt,
            loop_delay_s=self.settings.loop_delay_s,
            known_roots=known_roots(self.settings),
        )
