"""Sites that back off as one.

A site that fails as a whole waits 1 s, doubling up to a minute, and is then probed by a single file.
Its files stay queued; other sites go on. One success makes it whole again.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from syncgui.engine.environment import Clock
from syncgui.model.errors import SiteError, SiteNotConnectedError

_FIRST_WAIT_S = 1.0
_LONGEST_WAIT_S = 60.0
# Whether a local folder is back costs one look at it, so it is asked more often.
_LONGEST_LOCAL_WAIT_S = 4.0


@dataclass(slots=True)
class _Sick:
    error: SiteError
    failures: int
    until_s: float
    probing: bool = False


class SiteHealth:
    """Which sites may be used now. Owned by the loop's thread.

    A site is told apart by a key of its settings: sites of one name in two projects may be two places.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._sick: dict[Hashable, _Sick] = {}

    def failed(self, site: Hashable, error: SiteError) -> bool:
        """A site failed as a whole; True if that is news."""
        known = self._sick.get(site)
        now = self._clock.steady_s()
        if known is not None and not known.probing and now < known.until_s:
            return False  # the echo of transfers that were already on their way
        failures = known.failures + 1 if known else 1
        longest = _LONGEST_LOCAL_WAIT_S if isinstance(error, SiteNotConnectedError) else _LONGEST_WAIT_S
        wait_s = min(longest, _FIRST_WAIT_S * 2 ** (failures - 1))
        self._sick[site] = _Sick(error, failures, now + wait_s)
        return known is None or known.error.sentence != error.sentence

    def worked(self, site: Hashable) -> bool:
        """A transfer of the site succeeded; True if it was sick."""
        return self._sick.pop(site, None) is not None

    def may_start(self, site: Hashable) -> int | None:
        """How many files may be started: None for any number, 0 while waiting, 1 for a probe."""
        sick = self._sick.get(site)
        if sick is None:
            return None
        return 0 if sick.probing or self._clock.steady_s() < sick.until_s else 1

    def probing(self, site: Hashable) -> None:
        """A probe of the site is on its way."""
        if site in self._sick:
            self._sick[site].probing = True

    def probe_ended(self, site: Hashable) -> None:
        """The probe ended for a reason that says nothing about the site."""
        if site in self._sick:
            self._sick[site].probing = False

    def forgive(self) -> None:
        """Let every site be tried at once ("sync now", changed settings)."""
        for sick in self._sick.values():
            sick.until_s = 0.0

    def next_look_s(self) -> float | None:
        """Seconds until the first waiting site may be probed, None if none waits."""
        now = self._clock.steady_s()
        # One whose time has come needs no timer: it is probed as soon as there is a file for it.
        waits = [sick.until_s - now for sick in self._sick.values() if not sick.probing]
        return min((wait for wait in waits if wait > 0), default=None)

    @property
    def is_hopeful(self) -> bool:
        """Whether a site failed only once and its first probe is still to come or under way."""
        now = self._clock.steady_s()
        return any(
            sick.failures == 1 and (sick.probing or sick.until_s > now) for sick in self._sick.values()
        )
