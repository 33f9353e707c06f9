"""The trash of sites on which nothing arrives any more: cleared, too, when its days are over.

Where something arrives the trash is cleared then. The others of the pairs that are served are looked at once
a day, in a thread of its own, so that a share that hangs holds up no transfer. What is not the folder that it
was is left alone, as it is by transfers.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from syncgui.engine.environment import Environment, Running
from syncgui.engine.gate import Gate
from syncgui.engine.old_versions import OldVersions
from syncgui.engine.root_guard import RootGuard
from syncgui.engine.route import SyncedProject
from syncgui.engine.site_access import SiteAccess, SiteAccesses
from syncgui.model.errors import SyncError

_log = logging.getLogger(__name__)
EVERY_S = 3600.0
"""So often what could not be cleared today is tried again."""


@dataclass(slots=True)
class _Due:
    access: SiteAccess
    days: int


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
        self._done: dict[tuple[str, str], date] = {}  # by site and root: when it was last cleared
        self._running: Running | None = None

    def look(self, projects: Iterable[SyncedProject]) -> None:
        """Begin a round if one is due and there is anything to look at."""
        now_s = self._environment.clock.steady_s()
        if now_s < self._next_s or (self._running is not None and self._running.is_alive()):
            return
        self._next_s = now_s + EVERY_S
        today = self._old_versions.today()
        due: dict[tuple[str, str], _Due] = {}
        for project in projects:
            for name in {route.target for route in project.routes}:
                for key, one in self._of(project, name).items():
                    if self._done.get(key) != today:
                        # Projects that differ share a trash: who wants to keep longest is obeyed.
                        one.days = max(one.days, due[key].days if key in due else 0)
                        due[key] = one
        if due:
            self._running = self._environment.start("syncgui-trash", lambda: self._round(due, today))

    def close(self, timeout_s: float) -> None:
        """Wait for a round under way, which stops with everything else."""
        if self._running is not None:
            self._running.join(timeout_s)

    def _of(self, project: SyncedProject, name: str) -> dict[tuple[str, str], _Due]:
        site = project.settings.sites.get(name)
        if site is None or not site.trash_days:
            return {}
        try:
            access = self._accesses.get(project.settings, name)
        except SyncError as error:
            _log.info("the trash of %s can not be looked at: %s", name, error.sentence)
            return {}
        return {(name, root): _Due(access, site.trash_days) for root in site.roots.values()}

    def _round(self, due: dict[tuple[str, str], _Due], today: date) -> None:
        for (name, root), one in due.items():
            if self._gate.is_stopped:
                return
            try:
                folder = one.access.provider.local_folder(root)
                if folder is not None:
                    self._guard.examine(one.access, root, folder)
                    self._old_versions.clear_now(folder, one.days)
                self._done[name, root] = today
            except SyncError as error:
                _log.info("the trash of %s can not be cleared: %s", name, error.sentence)
            except Exception:  # noqa: BLE001 - a provider is other people's code
                _log.exception("the trash of %s can not be cleared", name)
