"""Old versions of replaced files: which sites keep them, and when they go.

A site with `trash_days` keeps what is replaced in its trash for so many days, and one more that has begun.
Days are those of UTC, so that machines agree on them. Each root's trash is looked at once a day, after
something was written there.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import date, timedelta

from syncgui.engine.environment import Clock
from syncgui.engine.gate import Gate
from syncgui.engine.site_access import SiteAccess
from syncgui.model.errors import SyncError
from syncgui.model.times import moment_of
from syncgui.providers.local_folder import LocalFolder
from syncgui.providers.trash import day_name

_log = logging.getLogger(__name__)


class OldVersions:
    """Asked by all slots."""

    def __init__(self, gate: Gate, clock: Clock) -> None:
        self._gate = gate
        self._clock = clock
        self._lock = threading.Lock()
        self._looked: dict[tuple[int, int], date] = {}

    def day_of(self, target: SiteAccess) -> Callable[[], str] | None:
        """Tells under which day's name a site keeps what is replaced just then; None if it keeps nothing."""
        return (lambda: day_name(self.today())) if target.settings.trash_days else None

    def clear(self, folder: LocalFolder, target: SiteAccess) -> None:
        """Remove what has been kept for long enough, unless that was done today."""
        days = target.settings.trash_days
        if not days:
            return
        today = self.today()
        with self._lock:
            if self._looked.get(folder.identity) == today:
                return
            self._looked[folder.identity] = today
        try:
            self.clear_now(folder, days)
        except SyncError as error:
            _log.warning("the trash could not be cleared: %s", error.sentence)

    def clear_now(self, folder: LocalFolder, days: int) -> None:
        """Remove what has been kept for so many whole days.

        Raises:
            SyncError: it could not be looked at, or not be removed.
        """
        removed = folder.clear_trash(self.today() - timedelta(days=days), lambda: not self._gate.is_stopped)
        if removed:
            _log.info("removed %d old versions from the trash of %s", removed, folder.site)

    def today(self) -> date:
        """The day by UTC."""
        return moment_of(int(self._clock.wall_s() * 1e9)).date()
