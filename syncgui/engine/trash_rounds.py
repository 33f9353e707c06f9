"""Old versions go when their days are over: on all sites into which this program moves files.

Each root folder is looked at once a day, in a thread of its own, so that neither a long list nor a share that
hangs holds up a transfer. A folder that several projects or sites share is one folder: who wants to keep
longest is obeyed. What is not the folder that it was is left alone, as it is by transfers.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TypeVar

from syncgui.engine.environment import Environment, Running
from syncgui.engine.gate import Gate
from syncgui.engine.old_versions import OldVersions
from syncgui.engine.root_guard import RootGuard
from syncgui.engine.route import SyncedProject
from syncgui.engine.site_access import SiteAccess, SiteAccesses
from syncgui.model.errors import SyncError
from syncgui.providers.local_folder import LocalFolder

_log = logging.getLogger(__name__)
_T = TypeVar("_T")
EVERY_S = 3600.0
"""So often what could not be cleared today is tried again."""


@dataclass(frozen=True, slots=True)
class _Place:
    """One root of one site that keeps old versions, for how many days."""

    access: SiteAccess
    root: str
    days: int

    @property
    def key(self) -> Hashable:
        return self.access.key, self.root


class TrashRounds:
    """Owned by the loop's thread."""

    def __init__(
        self, environment: Environment, accesses: SiteAccesses, guard: RootGuard, gate: Gate
    ) -> None:
        self._environment = environment
        self._accesses = accesses
        self._guard = guard
        self._gate = gate
        self._old_versions = OldVersions(gate, environment.clock)
        self._next_s = float("-inf")
        self._projects: Mapping[str, SyncedProject] = {}
        self._looked_at: frozenset[Hashable] = frozenset()
        self._done: dict[Hashable, date] = {}  # by place: when it was last cleared
        self._running: Running | None = None

    def look(self, projects: Mapping[str, SyncedProject]) -> None:
        """Begin a round if one is due, or there are other sites than before; if there is anything to look at.

        Args:
            projects: all of the store's; another mapping where they have changed.
        """
        if self._running is not None and self._running.is_alive():
            return
        now_s = self._environment.clock.steady_s()
        if now_s < self._next_s and projects is self._projects:
            return
        self._projects = projects
        places = self._places(projects.values())
        if now_s < self._next_s and self._looked_at.issuperset(places):
            return
        self._next_s = now_s + EVERY_S
        self._looked_at = frozenset(places)
        today = self._old_versions.today()
        if any(self._done.get(key) != today for key in places):
            self._running = self._environment.start("syncgui-trash", lambda: self._round(places, today))

    def close(self, timeout_s: float) -> None:
        """Wait for a round under way; it stops with everything else."""
        if self._running is not None:
            self._running.join(timeout_s)

    # -- what is to be looked at ---------------------------------------------------------------------

    def _places(self, projects: Iterable[SyncedProject]) -> dict[Hashable, _Place]:
        longest = _longest(projects)
        found: dict[Hashable, _Place] = {}
        for project in projects:
            for name in {route.target for route in project.routes}:
                site = project.settings.sites.get(name)
                if site is None or not site.trash_days:
                    continue
                try:
                    access = self._accesses.get(project.settings, name)
                except SyncError as error:
                    _log.info("the trash of %s can not be looked at: %s", name, error.sentence)
                    continue
                for root in site.roots.values():
                    place = _Place(access, root, longest[site.provider, root])
                    found[place.key] = place
        return found

    # -- in the round's own thread -------------------------------------------------------------------

    def _round(self, places: Mapping[Hashable, _Place], today: date) -> None:
        for folder, of_folder in self._folders(places.values()):
            if all(self._done.get(one.key) == today for one in of_folder):
                continue
            if self._gate.is_stopped or not any(self._is_right(folder, one) for one in of_folder):
                continue
            days = max(one.days for one in of_folder)
            if self._attempt(folder.site, partial(self._old_versions.clear, folder, days)) is not None:
                self._done.update((one.key, today) for one in of_folder)

    def _folders(self, places: Iterable[_Place]) -> list[tuple[LocalFolder, list[_Place]]]:
        """The folders of this machine that are there, each with all that keep in it."""
        found: dict[tuple[int, int], tuple[LocalFolder, list[_Place]]] = {}
        for one in places:
            access = one.access
            folder = self._attempt(access.name, partial(access.provider.local_folder, one.root))
            if folder is not None:
                found.setdefault(folder.identity, (folder, []))[1].append(one)
        return list(found.values())

    def _is_right(self, folder: LocalFolder, one: _Place) -> bool:
        """Whether it may be the folder that this site had."""
        examine = partial(self._guard.examine, one.access, one.root, folder)
        return self._attempt(one.access.name, examine) is not None

    def _attempt(self, site: str, work: Callable[[], _T]) -> _T | None:
        try:
            return work()
        except SyncError as error:
            _log.info("the trash of %s can not be cleared: %s", site, error.sentence)
        except Exception:  # noqa: BLE001 - a provider is other people's code
            _log.exception("the trash of %s can not be cleared", site)
        return None


def _longest(projects: Iterable[SyncedProject]) -> dict[tuple[str, str], int]:
    """The longest days of each root by provider and path, sites included into which nothing is moved here."""
    found: dict[tuple[str, str], int] = {}
    for project in projects:
        for site in project.settings.sites.values():
            for root in site.roots.values():
                key = site.provider, root
                found[key] = max(found.get(key, 0), site.trash_days or 0)
    return found
