"""Old versions of replaced files: which sites keep them, and when they go.

A site with `trash_days` keeps what is replaced in its trash for so many days, and one more that has begun.
Days are those of UTC, so that machines agree on them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date, timedelta

from syncgui.engine.environment import Clock
from syncgui.engine.gate import Gate
from syncgui.engine.site_access import SiteAccess
from syncgui.model.times import moment_of
from syncgui.providers.local_folder import LocalFolder
from syncgui.providers.trash import day_name

_log = logging.getLogger(__name__)


class OldVersions:
    """Asked by all slots, and by who clears."""

    def __init__(self, gate: Gate, clock: Clock) -> None:
        self._gate = gate
        self._clock = clock

    def day_of(self, target: SiteAccess) -> Callable[[], str] | None:
        """Tells under which day's name a site keeps what is replaced just then; None if it keeps nothing."""
        return (lambda: day_name(self.today())) if target.settings.trash_days else None

    def clear(self, folder: LocalFolder, days: int) -> int:
        """Remove what has been kept for so many whole days; how many files went.

        Raises:
            SyncError: it could not be looked at, or not all of it be removed.
        """
        removed = folder.clear_trash(self.today() - timedelta(days=days), lambda: not self._gate.is_stopped)
        if removed:
            _log.info("removed %d old versions from the trash of %s", removed, folder.site)
        return removed

    def today(self) -> date:
        """The day by UTC."""
        return moment_of(int(self._clock.wall_s() * 1e9)).date()
