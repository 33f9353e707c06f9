"""Which claimed files go into which slot next.

Small and large files wait in lanes of their own, so that no small one waits for a large one: large ones
never take the last slot of a site. Every route gets its turn, group by group, and every lane, probe by probe.
Small files travel in groups where that shares something, flushes or questions; else one by one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable

from syncgui.engine.job import Group, Job
from syncgui.engine.route import Route
from syncgui.engine.site_health import SiteHealth
from syncgui.engine.slots import Slots

GROUP_FILES = 32
GROUP_BYTES = 64 * 2**20


class Dispatcher:
    """Claimed jobs that wait for a slot. Owned by the loop's thread.

    Args:
        slots_of: how many groups at once a site of a project bears.
        takes_groups: whether files of a route travel in groups.
        key_of: what tells a site of a project apart, for its health.
    """

    def __init__(
        self,
        slots: Slots,
        health: SiteHealth,
        slots_of: Callable[[str, str], int],
        takes_groups: Callable[[Route], bool],
        key_of: Callable[[str, str], Hashable],
    ) -> None:
        self._slots = slots
        self._health = health
        self._slots_of = slots_of
        self._takes_groups = takes_groups
        self._key_of = key_of
        self._ready: dict[tuple[Route, bool], deque[Job]] = {}

    def add(self, route: Route, jobs: Iterable[Job], *, large: bool) -> None:
        """Let jobs wait for a slot."""
        self._ready.setdefault((route, large), deque()).extend(jobs)

    @property
    def is_empty(self) -> bool:
        """Whether no claimed job waits."""
        return not any(self._ready.values())

    def waiting(self) -> Iterable[Job]:
        """All claimed jobs that wait."""
        return (job for jobs in self._ready.values() for job in jobs)

    def wanted(self, route: Route, *, large: bool) -> int:
        """How many more files of a lane are worth claiming now: enough for two rounds of its slots."""
        allowed = self._allowed_files(route)
        free = self.free(route, large=large)
        if not free or allowed == 0:
            return 0
        waiting = len(self._ready.get((route, large), ()))
        if allowed is not None:
            return max(0, allowed - waiting)
        each = GROUP_FILES if not large and self._takes_groups(route) else 1
        bears = min(self._slots_of(route.project, route.source), self._slots_of(route.project, route.target))
        if waiting >= free * each:
            return 0
        return 2 * bears * each - waiting if each > 1 else free - waiting

    def free(self, route: Route, *, large: bool) -> int:
        """How many groups of a lane could start now."""
        free = self._slots.free
        for site in (route.source, route.target):
            bears = self._slots_of(route.project, site)
            groups = [one for one in self._slots.under_way if site in (one.source, one.target)]
            free = min(free, bears - len(groups))
            if large and bears > 1:
                free = min(free, bears - 1 - sum(one.is_large for one in groups))
        if large and self._slots.count > 1:
            all_large = sum(one.is_large for one in self._slots.under_way)
            free = min(free, self._slots.count - 1 - all_large)
        if not large and self._slots.free and self._is_unserved(route):
            # A target that hangs may hold all slots of a source: another target gets one all the same.
            return max(1, free)
        return max(0, free)

    def is_probed(self, route: Route) -> bool:
        """Whether a site of a route failed, so that single files are to show whether it works again."""
        return self._allowed_files(route) is not None

    def start(self) -> int:
        """Fill free slots, every lane in its turn; how many groups were started."""
        started = 0
        going_on = True
        while going_on and self._slots.free:
            going_on = False
            for route, large in list(self._ready):
                if self._start_one(route, large=large):
                    started += 1
                    going_on = True
        return started

    def take_back(self, concerns: Callable[[Job], bool]) -> list[Job]:
        """Remove waiting jobs, so that their claims can be released."""
        taken: list[Job] = []
        for key, jobs in self._ready.items():
            taken.extend(job for job in jobs if concerns(job))
            self._ready[key] = deque(job for job in jobs if not concerns(job))
        return taken

    def _allowed_files(self, route: Route) -> int | None:
        limits = [self._health.may_start(key) for key in self._keys(route)]
        known = [limit for limit in limits if limit is not None]
        return min(known) if known else None

    def _keys(self, route: Route) -> list[Hashable]:
        return [self._key_of(route.project, site) for site in (route.source, route.target)]

    def _is_unserved(self, route: Route) -> bool:
        """Whether nothing is on its way to a route's target."""
        key = self._key_of(route.project, route.target)
        return all(self._key_of(one.project, one.target) != key for one in self._slots.under_way)

    def _start_one(self, route: Route, *, large: bool) -> bool:
        jobs = self._ready.get((route, large))
        free = self.free(route, large=large)
        allowed = self._allowed_files(route)
        if not jobs or not free or allowed == 0:
            return False
        most = 1
        if allowed is None and not large and self._takes_groups(route):
            # Few files are spread over the free slots rather than queued behind each other.
            most = min(GROUP_FILES, -(-len(jobs) // free))
        taken = [jobs.popleft()]
        size_bytes = taken[0].size_bytes
        while jobs and len(taken) < most and size_bytes < GROUP_BYTES:
            size_bytes += jobs[0].size_bytes
            taken.append(jobs.popleft())
        if allowed is not None:
            for key in self._keys(route):
                self._health.probing(key)
            self._ready[route, large] = self._ready.pop((route, large))  # the next probe is another lane's
        self._slots.start(Group(route.project, route.source, route.target, tuple(taken), large))
        return True
