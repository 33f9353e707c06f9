"""The projects as they are served now: read again when settings, projects or rights have changed.

Everybody who works with them is given the new ones at once, and what is left alone is told with its
reason.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Protocol

from syncgui.engine.events import Idle, Reloaded
from syncgui.engine.index_keeper import IndexKeeper
from syncgui.engine.neighbours import NeighbourWatch
from syncgui.engine.own_worker import OwnWorker
from syncgui.engine.rights import Rights
from syncgui.engine.route import SyncedProject
from syncgui.engine.teller import Teller
from syncgui.engine.traffic import Traffic

_log = logging.getLogger(__name__)

_DELAY_S = 60.0  # where no project has one


class ProjectSource(Protocol):
    """Where the loop gets its projects from; asked again when it says that they changed."""

    def changed(self) -> bool:
        """Whether settings or projects may have changed since the last `every`; cheap."""

    def every(self) -> Mapping[str, SyncedProject]:
        """All projects of the store, by name, those that are not served here included."""

    @property
    def local_id(self) -> str:
        """This machine's name, as of the last `every`."""


class ServedProjects:
    """Keeps `every`. Owned by the loop's thread."""

    def __init__(
        self,
        source: ProjectSource,
        *,
        own: OwnWorker,
        rights: Rights,
        keeper: IndexKeeper,
        traffic: Traffic,
        neighbours: NeighbourWatch,
        teller: Teller,
    ) -> None:
        self._source = source
        self._own = own
        self._rights = rights
        self._keeper = keeper
        self._traffic = traffic
        self._neighbours = neighbours
        self._teller = teller
        self._told_idle: dict[str, str] = {}
        self.every: Mapping[str, SyncedProject] = {}

    @property
    def loop_delay_s(self) -> float:
        """Seconds after which everything is looked at though nothing was heard."""
        return min((one.settings.loop_delay_s for one in self.every.values()), default=_DELAY_S)

    def reload_if_changed(self) -> None:
        """Read them again where they may have changed.

        Raises:
            DatabaseUnreachableError: the store does not answer.
        """
        if self._source.changed():
            self.reload()

    def reload(self) -> None:
        """Read them again.

        Raises:
            DatabaseUnreachableError: the store does not answer.
        """
        self.every = self._rights.over(self._source.every())
        self._own.be_called(self._source.local_id)
        self._keeper.leave_alone(self._rights.refused_projects)
        self._keeper.set_views({name: one.view for name, one in self.every.items()})
        self._traffic.use_projects(self.every)
        self._teller.add(Reloaded(self.every))
        for name, one in self.every.items():
            if one.is_served:
                self._tell_idle(name, one)
        self._neighbours.tell_again()

    def _tell_idle(self, name: str, one: SyncedProject) -> None:
        if one.idle_reason == self._told_idle.get(name, ""):
            return
        self._told_idle[name] = one.idle_reason
        _log.warning("%s", one.idle_reason or f"{name} is synced again")
        next_step = "See what is wrong: syncgui settings check" if one.idle_reason else ""
        if one.refusal is not None:
            next_step = one.refusal.next_step
        self._teller.add(Idle(name, one.idle_reason, next_step))
