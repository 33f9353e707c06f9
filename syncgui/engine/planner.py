"""What next: takes open entries from the index, claims them in the store, makes jobs of what is ours.

Highest priority first, then oldest; each worker starts at its own random place among equals. What has just
failed with its site comes last. A path is moved once, for every representation that lists it. The index only
proposes: direction, pause, tries and the source are decided by the documents that the store reads back.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random

from syncgui.engine.aside import Aside, Key
from syncgui.engine.first_contact import Allowance
from syncgui.engine.job import Job, Wanted
from syncgui.engine.route import Route, SyncedProject
from syncgui.index import Index, OpenEntry
from syncgui.model.edits import Claim, Outcome, Result, Target
from syncgui.model.errors import DatabaseUnreachableError, PathRefusedError, RootUnknownError
from syncgui.model.leases import lease_of
from syncgui.model.paths import place, root_folder
from syncgui.model.representation import Document, File, Representation, read_representation
from syncgui.store.abstract_store import Store

_WINDOW = 1_000
_HEAVY_FILES = 150  # a document of so many files is larger than about 64 KiB


@dataclass(frozen=True, slots=True)
class Request:
    """How much is wanted of a route: files, bytes, which lane; `once`: try each entry only once.

    Args:
        allowed: what of the project may be moved.
        is_probe: it is to show whether a site that failed works again.
    """

    route: Route
    project: SyncedProject
    roots: dict[str, tuple[str, ...]]
    large: bool
    files: int
    size_bytes: int
    once: bool
    allowed: Allowance
    is_probe: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """An entry that is ours and whose path leads nowhere."""

    wanted: Wanted
    lease: str
    error: PathRefusedError


@dataclass(frozen=True, slots=True)
class Plan:
    """What came of a request: jobs that are ours, claimed entries that can not be jobs, claims to give
    back, and roots that a site has no folder for.
    """

    jobs: tuple[Job, ...] = ()
    refused: tuple[Refused, ...] = ()
    released: tuple[Result, ...] = ()
    unknown_roots: tuple[RootUnknownError, ...] = ()


class Planner:
    """Proposes and claims. Owned by the loop's thread.

    Args:
        worker: our name, for leases.
    """

    def __init__(self, index: Index, store: Store, worker: str, random: Random) -> None:
        self._index = index
        self._store = store
        self.worker = worker
        self._random = random
        self._numbers = itertools.count(1)
        self._busy: set[Key] = set()
        self._tried: set[Target] = set()
        self._aside = Aside()
        self._unsure: list[tuple[str, list[Result]]] = []  # claims whose answer got lost

    def plan(self, request: Request, now: float) -> Plan:
        """Claim up to the requested number of files of a route.

        Args:
            now: epoch seconds.

        Raises:
            DatabaseUnreachableError: nothing was claimed.
        """
        self._settle(request.route.project)
        chosen, unknown = self._choose(request, now)
        if not chosen:
            return Plan(unknown_roots=unknown)
        route = request.route
        claims: list[Claim] = []
        leases: dict[Target, str] = {}
        for entries in self._with_same_paths(route, chosen, now):
            lease = lease_of(self.worker, next(self._numbers))
            for entry in entries:
                target = Target(entry.representation, entry.file, route.target)
                if target not in leases:
                    leases[target] = lease
                    claims.append(Claim(target, lease))
        membership = self._store.membership().number  # before the claim: rather looked at once too often
        documents = self._claim(route.project, claims)
        if request.once:
            self._tried.update(leases)
        plan = _Claimed(request, leases, membership).plan(map(read_representation, documents))
        self._busy.update((route.project, route.target, job.placed.key) for job in plan.jobs)
        return Plan(plan.jobs, plan.refused, plan.released, unknown)

    def finished(self, job: Job, *, tried: bool = True) -> None:
        """A job ended: its path may be proposed again. `tried`: whether the file itself had its chance."""
        key = (job.project, job.target, job.placed.key)
        self._busy.discard(key)
        if tried:
            self._aside.drop(key)
        else:
            self._tried.difference_update(wanted.target for wanted in job.wanted)

    def failed_with_site(self, job: Job, now: float) -> None:
        """A job ended because a site failed as a whole; or so it seems, if it is the only one that does.

        Args:
            now: epoch seconds.
        """
        self.finished(job, tried=False)
        self._aside.put((job.project, job.target, job.placed.key), now)

    def _claim(self, project: str, claims: Sequence[Claim]) -> list[Document]:
        try:
            return self._store.claim(project, claims)
        except DatabaseUnreachableError:
            # It may have been done all the same: what nobody knows to be ours would never be taken.
            releases = [Result(one.target, one.lease, Outcome.RELEASED) for one in claims]
            self._unsure.append((project, releases))
            raise

    def _settle(self, project: str) -> None:
        for unsure in [one for one in self._unsure if one[0] == project]:
            self._store.write_results(*unsure)
            self._unsure.remove(unsure)

    def _choose(self, request: Request, now: float) -> tuple[list[OpenEntry], tuple[RootUnknownError, ...]]:
        chosen: dict[str, OpenEntry] = {}
        aside: dict[str, OpenEntry] = {}
        unknown: dict[str, RootUnknownError] = {}
        size_bytes = 0
        after: tuple[int, float, int] | None = None
        while len(chosen) < request.files and (not chosen or size_bytes < request.size_bytes):
            window = self._index.next_entries(
                request.route.project,
                request.route.target,
                request.route.source,
                large=request.large,
                now=now,
                limit=_WINDOW,
                after=after,
                ignore_backoff=request.once,
                since=request.allowed.since,
                asked=request.allowed.asked,
            )
            for entry in self._rotated(window):
                if len(chosen) >= request.files or (chosen and size_bytes >= request.size_bytes):
                    break
                if entry.path_key in chosen or self._is_taken(entry, request):
                    continue
                missing = _unknown_root(entry, request)
                if missing is not None:
                    unknown[missing.detail] = missing
                    continue
                if self._aside.holds(_key_of(entry), now, is_probe=request.is_probe):
                    aside.setdefault(entry.path_key, entry)
                    continue
                chosen[entry.path_key] = entry
                size_bytes += entry.size_bytes or 0
            if len(window) < _WINDOW:
                break
            after = window[-1].key
        return list(chosen.values()) or self._of_those_aside(aside, request), tuple(unknown.values())

    def _of_those_aside(self, aside: dict[str, OpenEntry], request: Request) -> list[OpenEntry]:
        """Where nothing else waits."""
        found = list(aside.values())
        if request.is_probe:
            found.sort(key=lambda entry: self._aside.turn(_key_of(entry)))
        sums = itertools.accumulate((entry.size_bytes or 0 for entry in found), initial=0)
        fitting = itertools.takewhile(lambda sum_bytes: sum_bytes < request.size_bytes, sums)
        return found[: min(request.files, max(1, sum(1 for _ in fitting)))]

    def _is_taken(self, entry: OpenEntry, request: Request) -> bool:
        if _key_of(entry) in self._busy:
            return True
        return request.once and Target(entry.representation, entry.file, entry.wanting) in self._tried

    def _rotated(self, window: Sequence[OpenEntry]) -> Iterable[OpenEntry]:
        """The window, begun at a random place among those that are equally urgent."""
        if not window:
            return window
        first = window[0].key[:2]
        equals = sum(1 for _ in itertools.takewhile(lambda entry: entry.key[:2] == first, window))
        start = self._random.randrange(equals)
        return itertools.chain(window[start:equals], window[:start], window[equals:])

    def _with_same_paths(
        self, route: Route, chosen: Sequence[OpenEntry], now: float
    ) -> Iterable[list[OpenEntry]]:
        """Each chosen entry with the same wish in every other representation that lists its path."""
        by_path: dict[str, list[OpenEntry]] = {entry.path_key: [entry] for entry in chosen}
        for entry in self._index.same_path(route.project, route.target, route.source, list(by_path), now):
            by_path[entry.path_key].append(entry)
        return by_path.values()


class _Claimed:
    """Reads the documents that a claim gave back."""

    def __init__(self, request: Request, leases: dict[Target, str], membership: int) -> None:
        self._request = request
        self._leases = leases
        self._membership = membership
        self._wanted: dict[str, list[Wanted]] = {}
        self._paths: dict[str, str] = {}
        self._heavy: set[str] = set()
        self._ids: dict[str, tuple[str | None, str | None]] = {}
        self._released: list[Result] = []

    def plan(self, representations: Iterable[Representation]) -> Plan:
        for representation in representations:
            for file in representation.files:
                self._look(representation, file)
        jobs: list[Job] = []
        refused: list[Refused] = []
        for lease, wanted in self._wanted.items():
            path = self._paths[lease]
            try:
                placed = place(path, self._request.roots)
            except PathRefusedError as error:
                refused.extend(Refused(one, lease, error) for one in wanted)
                continue
            route = self._request.route
            jobs.append(
                Job(
                    project=route.project,
                    number=int(lease.rpartition(":")[2]),
                    lease=lease,
                    placed=placed,
                    path=path,
                    source=route.source,
                    target=route.target,
                    direction=route.direction,
                    wanted=tuple(wanted),
                    size_bytes=max(one.size_bytes or 0 for one in wanted),
                    heavy=lease in self._heavy,
                    source_id=self._ids[lease][0],
                    target_id=self._ids[lease][1],
                    membership=self._membership,
                )
            )
        return Plan(tuple(jobs), tuple(refused), tuple(self._released))

    def _look(self, representation: Representation, file: File) -> None:
        route = self._request.route
        target = Target(representation.id, file.ref, route.target)
        lease = self._leases.get(target)
        entry = file.entries.get(route.target)
        if lease is None or entry is None or entry.lease != lease:
            return
        source = file.entries.get(route.source)
        tries_left = entry.tries < self._request.project.settings.retry_cnt
        if entry.present or entry.paused or not tries_left or source is None or not source.present:
            self._released.append(Result(target, lease, Outcome.RELEASED))
            return
        self._wanted.setdefault(lease, []).append(Wanted(target, file.size_bytes, entry.tries))
        self._paths.setdefault(lease, file.path)
        self._ids.setdefault(lease, (source.id, entry.id))
        if len(representation.files) > _HEAVY_FILES:
            self._heavy.add(lease)


def _key_of(entry: OpenEntry) -> Key:
    return entry.project, entry.wanting, entry.path_key


def _unknown_root(entry: OpenEntry, request: Request) -> RootUnknownError | None:
    """The error of a path whose root one of the two sites does not have; a refused path has none."""
    try:
        placed = place(entry.file.path, request.roots)
        for site in (request.route.source, request.route.target):
            settings = request.project.settings.sites.get(site)
            if settings is not None:
                root_folder(placed, settings.roots, site=site)
    except PathRefusedError:
        return None
    except RootUnknownError as error:
        return error
    return None
