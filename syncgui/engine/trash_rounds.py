"""The trash of sites on which nothing arrives any more: cleared, too, when its days are over.

Where something arrives the trash is cleared then. All others are looked at once a day, in a thread of its
own: a share that is slow or hangs holds up nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import date

from syncgui.engine.environment import Environment, Running
from syncgui.engine.gate import Gate
from syncgui.engine.old_versions import OldVersions
from syncgui.engine.route import SyncedProject
from syncgui.engine.site_access import SiteAccess, SiteAccesses
from syncgui.model.errors import SyncError
from syncgui.model.times import moment_of

_log = logging.getLogger(__name__)
EVERY_S = 3600.0
"""So often what could not be looked at today is tried again."""


class TrashRounds:
    """Owned by the loop's thread."""

    def __init__(self, environment: Environment, accesses: SiteAccesses, gate: Gate) -> None:
        self._environment = environment
        self._accesses = accesses
        self._old_versions = OldVersions(gate, environment.clock)
        self._gate = gate
        self._next_s = float("-inf")
        self._done: dict[tuple[str, str], date] = {}  # by site and root: when it was last looked at
        self._running: Running | None = None

    def look(self, projects: Iterable[SyncedProject]) -> None:
        """Begin a round if one is due and there is anything to look at."""
        now_s = self._environment.clock.steady_s()
        if now_s < self._next_s or (self._running is not None and self._running.is_alive()):
            return
        self._next_s = now_s + EVERY_S
        today = moment_of(int(self._environment.clock.wall_s() * 1e9)).date()
        due: dict[tuple[str, str], SiteAccess] = {}
        for project in projects:
            for name, site in project.settings.sites.items():
                for root in site.roots.values() if site.trash_days else ():
                    if self._done.get((name, root)) == today:
                        continue
                    try:
                        due[name, root] = self._accesses.get(project.settings, name)
                    except SyncError as error:
                        _log.info("the trash of %s can not be looked at: %s", name, error.sentence)
        if due:
            self._running = self._environment.start("syncgui-trash", lambda: self._round(due, today))

    def close(self, timeout_s: float) -> None:
        """Wait for a round under way, which stops with everything else."""
        if self._running is not None:
            self._running.join(timeout_s)

    def _round(self, due: dict[tuple[str, str], SiteAccess], today: date) -> None:
        for (name, root), access in due.items():
            if self._gate.is_stopped:
                return
            try:
                folder = access.provider.local_folder(root)
                if folder is not None:
                    self._old_versions.clear(folder, access)
                self._done[name, root] = today
            except SyncError as error:
                _log.info("the trash of %s can not be looked at: %s", name, error.sentence)
            except Exception:  # noqa: BLE001 - a provider is other people's code
                _log.exception("the trash of %s can not be looked at", name)
