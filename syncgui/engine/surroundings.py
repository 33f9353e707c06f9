"""What is looked at around us now and then, though nobody said that it changed.

Settings, rights that were refused, entries of dead workers, other sync programs: every few seconds. Other
machines of our name: every ten. The whole store: every loop delay.
"""

from __future__ import annotations

from syncgui.engine.environment import Clock
from syncgui.engine.index_keeper import IndexKeeper
from syncgui.engine.neighbours import LOOK_EVERY_S, NeighbourWatch
from syncgui.engine.own_worker import OwnWorker
from syncgui.engine.recovery import Recovery
from syncgui.engine.rights import Rights
from syncgui.engine.served_projects import ServedProjects
from syncgui.engine.strangers import StrangerWatch

RECHECK_S = 5.0


class Surroundings:
    """Decides when to look at what. Owned by the loop's thread."""

    def __init__(
        self,
        *,
        clock: Clock,
        projects: ServedProjects,
        own: OwnWorker,
        rights: Rights,
        keeper: IndexKeeper,
        recovery: Recovery,
        neighbours: NeighbourWatch,
        strangers: StrangerWatch,
    ) -> None:
        self._clock = clock
        self._projects = projects
        self._own = own
        self._rights = rights
        self._keeper = keeper
        self._recovery = recovery
        self._neighbours = neighbours
        self._strangers = strangers
        self._rechecked_s = 0.0
        self._looked_s = 0.0
        self._neighbours_s = 0.0

    def hurry(self) -> None:
        """Look at everything the next time."""
        self._rights.hurry()
        self._looked_s = self._rechecked_s = self._neighbours_s = 0.0

    def arrive(self) -> None:
        """Directly after a worker has entered: what others left, and who else has our name.

        Raises:
            DatabaseUnreachableError: the store does not answer.
        """
        self._own.clean_up(self._projects.every.values())
        self._look_at_neighbours()

    def look(self) -> bool:
        """Look at what is due; whether the store is to be looked at, too.

        Raises:
            DatabaseUnreachableError: the store does not answer.
        """
        now = self._clock.steady_s()
        if now - self._rechecked_s >= RECHECK_S:
            self._rechecked_s = now
            self._recheck()
        if self._rights.has_news:
            self._projects.reload()
        if now - self._neighbours_s >= LOOK_EVERY_S and self._rights.viewer is None:
            self._look_at_neighbours()
        if now - self._looked_s < self._projects.loop_delay_s:
            return False
        self._looked_s = now
        return True

    def _recheck(self) -> None:
        self._rights.ask_again()
        self._projects.reload_if_changed()
        self._strangers.look()
        has_died = self._keeper.recheck_workers(self._own.name) or self._recovery.is_waiting
        if has_died and self._rights.viewer is None:
            self._own.clean_up(self._projects.every.values())

    def _look_at_neighbours(self) -> None:
        self._neighbours_s = self._clock.steady_s()
        self._neighbours.look(self._projects.every.values())
