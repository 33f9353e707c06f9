"""The bandwidth that settings give a site, shared by all that moves from it and to it in this program.

What was moved is paid for afterwards, by waiting: over any time a site moves no more than its limit allows,
and a quarter of a second's worth at once by each slot that begins just then. Of source and target the tighter
one counts. Who waits obeys stop and cancel, and a limit that is changed meanwhile.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping

from syncgui.engine.environment import Clock
from syncgui.engine.gate import Gate
from syncgui.engine.job import Job
from syncgui.settings import ProjectSettings

BURST_S = 0.25
"""So much of its time a site may be ahead."""

_LOOK_S = 0.5  # how often who waits looks whether the limit is still the same
_LEAST_BYTES = 64 * 1024  # smaller pieces cost more than they smooth


class Limiter:
    """One limit. `bytes_per_s`: more than 0."""

    def __init__(self, bytes_per_s: int) -> None:
        self.bytes_per_s = bytes_per_s
        self._paid_until_s = float("-inf")
        self._lock = threading.Lock()

    def charge(self, size_bytes: int, now_s: float) -> float:
        """Note that bytes were moved; until when whoever moved them is to wait, steady seconds."""
        with self._lock:
            begin_s = max(self._paid_until_s, now_s - BURST_S)
            self._paid_until_s = begin_s + size_bytes / self.bytes_per_s
            return self._paid_until_s


class Bandwidth:
    """The limits of all sites. Told of projects by the loop's thread, used from all slots."""

    def __init__(self, gate: Gate, clock: Clock) -> None:
        self._gate = gate
        self._clock = clock
        self._limiters: Mapping[tuple[str, str], Limiter] = {}

    def use_projects(self, projects: Mapping[str, ProjectSettings]) -> None:
        """Obey what these settings say from now on, in transfers under way, too.

        Projects in which a site has the same limit share it; what was moved already still counts.
        """
        known = {(site, one.bytes_per_s): one for (_, site), one in self._limiters.items()}
        limiters: dict[tuple[str, str], Limiter] = {}
        for project, settings in projects.items():
            for name, site in settings.sites.items():
                if limit := site.bandwidth_bytes_per_s:
                    limiters[project, name] = known.setdefault((name, limit), Limiter(limit))
        self._limiters = limiters

    def piece_bytes(self, job: Job, most_bytes: int) -> int:
        """How much is best moved at once: less than `most_bytes` where that would take long."""
        limits = [one.bytes_per_s for one in self._of(job)]
        return min([most_bytes, *(max(_LEAST_BYTES, int(one * BURST_S)) for one in limits)])

    def moved(self, job: Job, size_bytes: int) -> None:
        """Bytes of a transfer were moved: wait as long as its sites' limits want.

        Raises:
            CancelledError: it is to end.
        """
        limiters = self._of(job)
        if not limiters or size_bytes <= 0:
            return
        now_s = self._clock.steady_s()
        until_s = max(one.charge(size_bytes, now_s) for one in limiters)
        while (left_s := until_s - self._clock.steady_s()) > 0 and self._of(job) == limiters:
            self._gate.wait(min(left_s, _LOOK_S), job.path, job.cancellation)

    def _of(self, job: Job) -> list[Limiter]:
        if not self._limiters:
            return []
        found = [self._limiters.get((job.project, site)) for site in dict.fromkeys((job.source, job.target))]
        return [one for one in found if one is not None]
