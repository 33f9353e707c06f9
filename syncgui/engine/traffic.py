"""What is under way: claims waiting for a slot, groups in slots, results on their way back.

Plans and claims for free slots, starts groups, takes their results to the recorder, lets sites that fail
back off, and stops what was paused or deleted meanwhile. The loop says when; nothing here waits.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence

from syncgui.engine.bandwidth import Bandwidth
from syncgui.engine.dispatcher import Dispatcher
from syncgui.engine.environment import Environment, Signal
from syncgui.engine.events import Trouble
from syncgui.engine.first_contact import Allowance
from syncgui.engine.gate import Gate
from syncgui.engine.job import Group, Job, JobResult
from syncgui.engine.lease_check import LeaseCheck
from syncgui.engine.planner import Plan, Planner, Request
from syncgui.engine.project_roots import known_roots
from syncgui.engine.recorder import Recorder
from syncgui.engine.recovery import Recovery
from syncgui.engine.results import attempt_of, failure, releases, results_of
from syncgui.engine.root_guard import RootGuard
from syncgui.engine.route import Route, SyncedProject
from syncgui.engine.site_access import SiteAccesses
from syncgui.engine.site_health import SiteHealth
from syncgui.engine.sites_in_use import SitesInUse
from syncgui.engine.slots import Slots
from syncgui.engine.teller import Teller
from syncgui.engine.transfer import Mover, partial_of
from syncgui.index import Index
from syncgui.model.edits import Result
from syncgui.model.errors import (
    DatabaseForbiddenError,
    DatabaseUnreachableError,
    RootUnknownError,
    SiteError,
    SyncError,
)
from syncgui.model.representation import read_representation
from syncgui.state import Attempt, Partial, SiteTrouble, StateFile
from syncgui.store.abstract_store import Membership, Store

_log = logging.getLogger(__name__)

_SMALL_BYTES = 256 * 2**20  # claimed ahead at once, in the lane of small files
_DEFAULT_JOBS = 16


class Traffic:
    """Everything between a claim and its result. Owned by the loop's thread.

    Args:
        worker: our name, for leases and partials.
        bell: rung when there is something to collect.
        jobs: groups at once over all sites, None for as many as the sites bear.
    """

    def __init__(
        self,
        *,
        worker: str,
        store: Store,
        index: Index,
        state: StateFile,
        environment: Environment,
        accesses: SiteAccesses,
        recorder: Recorder,
        recovery: Recovery,
        gate: Gate,
        teller: Teller,
        bell: Signal,
        jobs: int | None,
    ) -> None:
        self._store = store
        self._state = state
        self._environment = environment
        self._sites = SitesInUse(accesses)
        self._recorder = recorder
        self._rights = recorder.rights
        self._teller = teller
        self._bell = bell
        self._projects: dict[str, SyncedProject] = {}
        self._roots: dict[str, dict[str, tuple[str, ...]]] = {}
        self._allowed: Mapping[str, Allowance] = {}
        self._unknown_roots: set[tuple[str, str]] = set()
        self._stumble: DatabaseUnreachableError | None = None
        self.health = SiteHealth(environment.clock)
        self._fine: set[Hashable] = set()  # sites that worked since they were last in trouble
        self.held_sites: frozenset[str] = frozenset()
        guard = RootGuard(
            state,
            index,
            store,
            lambda: {name: one.settings for name, one in self._projects.items()},
            environment.clock,
        )
        self._lease_check = LeaseCheck(store, gate, environment.clock)
        self._bandwidth = Bandwidth(gate, environment.clock)
        self._planner = Planner(index, store, worker, environment.random)
        self._mover = Mover(
            worker=worker,
            gate=gate,
            bandwidth=self._bandwidth,
            state=state,
            guard=guard,
            recovery=recovery,
            lease_check=self._lease_check,
            clock=environment.clock,
            worth=environment.worth,
        )
        self._slots = Slots(environment, jobs or _DEFAULT_JOBS, self._move, bell)
        self._dispatcher = Dispatcher(
            self._slots, self.health, self._sites.slots_of, self._sites.takes_groups, self._sites.key_of
        )

    def use_projects(self, projects: Mapping[str, SyncedProject]) -> None:
        """Work with these projects from now on; sites are tried again at once."""
        self._projects = dict(projects)
        self._roots = {name: known_roots(one.settings) for name, one in projects.items()}
        self._unknown_roots.clear()
        self._sites.use_projects(projects)
        self._bandwidth.use_projects({name: one.settings for name, one in projects.items()})
        self.health.forgive()

    def use_worker(self, worker: str) -> None:
        """Claim under another name from now on."""
        self._planner.worker = self._mover.worker = worker

    def standing(self) -> Membership:
        """How this process stands among the workers."""
        return self._lease_check.standing()

    @property
    def is_idle(self) -> bool:
        """Whether nothing is claimed and nothing is in a slot."""
        return self._dispatcher.is_empty and not self._slots.under_way

    @property
    def is_moving(self) -> bool:
        """Whether a slot is taken."""
        return bool(self._slots.under_way)

    def moving(self) -> Iterator[Job]:
        """The jobs in slots."""
        return (job for group in self._slots.under_way for job in group.jobs)

    def start(self) -> None:
        """Fill free slots."""
        self._dispatcher.start()

    def drop(self) -> bool:
        """Stop everything and forget what was claimed, giving nothing back; False while slots still end."""
        for job in self.moving():
            job.cancellation.is_cancelled = True
        for job in self._dispatcher.take_back(lambda _: True):
            self._planner.finished(job)
        return not self._slots.under_way

    def close(self, timeout_s: float) -> bool:
        """End the slots, collect what is done, give back the rest; False if a slot is blocked."""
        ended = self._slots.close(timeout_s)
        self.collect()
        self._give_back(self._dispatcher.take_back(lambda _: True))
        return ended

    def take_stumble(self) -> DatabaseUnreachableError | None:
        """Why slots could not work, if that was a database of ours, since the last call."""
        stumble, self._stumble = self._stumble, None
        return stumble

    def review(self, project: str, ids: Sequence[str]) -> None:
        """Stop what was paused, deleted or taken over while it is under way."""
        concerned: dict[str, list[Job]] = {}
        for job in (*self.moving(), *self._dispatcher.waiting()):
            for wanted in job.wanted if job.project == project else ():
                concerned.setdefault(wanted.target.representation, []).append(job)
        changed = [one for one in ids if one in concerned]
        if not changed:
            return
        held: set[str] = set()
        try:
            documents = self._store.read(project, changed)
        except DatabaseForbiddenError as error:
            if not self._rights.take(error):
                raise
            return
        for document in documents:
            for file in read_representation(document).files:
                held.update(one.lease for one in file.entries.values() if one.lease and not one.paused)
        lost = {one for name in changed for one in concerned[name] if one.lease not in held}
        for job in lost:
            job.cancellation.is_cancelled = True
        self._give_back(self._dispatcher.take_back(lost.__contains__))

    # -- planning ------------------------------------------------------------------------------------

    def allow(self, allowed: Mapping[str, Allowance]) -> None:
        """Claim this from now on, by project, and nothing of others; what is claimed already goes on."""
        self._allowed = allowed

    def plan(self, *, once: bool) -> int:
        """Claim as much as the slots can soon use; how many claims were made.

        Args:
            once: try each entry only once, and wait for no backoff.

        Raises:
            DatabaseUnreachableError: the store does not answer.
        """
        return sum(self._plan_project(project, once=once) for project in list(self._projects.values()))

    def _plan_project(self, project: SyncedProject, *, once: bool) -> int:
        claimed = 0
        if project.name not in self._allowed:
            return 0
        try:
            for route in project.routes:
                if not self.held_sites.isdisjoint((route.source, route.target)):
                    continue
                for large in (False, True):
                    claimed += self._plan_route(route, large=large, once=once)
        except DatabaseForbiddenError as error:
            if not self._rights.take(error):
                raise
        return claimed

    def hold_sites(self, sites: Collection[str]) -> None:
        """Move nothing from or to these sites from now on; what is under way there stops."""
        new = frozenset(sites) - self.held_sites
        self.held_sites = frozenset(sites)

        def is_held(job: Job) -> bool:
            return not new.isdisjoint((job.source, job.target))

        for job in self.moving() if new else ():
            if is_held(job):
                job.cancellation.is_cancelled = True
        if new:
            self._give_back(self._dispatcher.take_back(is_held))

    def _plan_route(self, route: Route, *, large: bool, once: bool) -> int:
        files = self._dispatcher.wanted(route, large=large)
        if files <= 0:
            return 0
        request = Request(
            route=route,
            project=self._projects[route.project],
            roots=self._roots[route.project],
            large=large,
            files=files,
            size_bytes=_SMALL_BYTES,
            once=once,
            allowed=self._allowed[route.project],
            is_probe=self._dispatcher.is_probed(route),
        )
        plan = self._planner.plan(request, self._environment.clock.wall_s())
        self._take(route, plan, large=large)
        return len(plan.jobs) + len(plan.refused) + len(plan.released)

    def _take(self, route: Route, plan: Plan, *, large: bool) -> None:
        for unknown in plan.unknown_roots:
            self._root_unknown(unknown)
        self._dispatcher.add(route, plan.jobs, large=large)
        results = list(plan.released)
        for one in plan.refused:
            results.append(failure(one.wanted, one.lease, one.error, self._environment.random))
            self._teller.failed(route.project, route.target, one.error, (one.wanted.target.representation,))
        if results:
            self._keep(route.project, results, (), heavy=False)
            self._bell.set()

    def _root_unknown(self, error: RootUnknownError) -> None:
        if (error.site, error.detail) not in self._unknown_roots:
            self._unknown_roots.add((error.site, error.detail))
            self._teller.trouble(error)

    # -- slots ---------------------------------------------------------------------------------------

    def _move(self, group: Group, tell: Callable[[list[JobResult]], None]) -> None:
        """Runs in a slot's thread."""
        try:
            source = self._sites.access(group.project, group.source)
            target = self._sites.access(group.project, group.target)
        except SyncError as error:
            tell([JobResult(job, tuple(error for _ in job.wanted)) for job in group.jobs])
            return
        self._mover.move(group, source, target, tell)

    def collect(self) -> None:
        """Take back what ended: into the state file at once, towards the store soon."""
        for group, ended in self._slots.told():
            try:
                self._take_back(group, ended)
            except Exception:  # noqa: BLE001
                # The outer edge of a group: whatever is wrong with it, its claims are given back.
                _log.exception("the results of a group could not be used")
                self._give_back([one.job for one in ended])

    def _take_back(self, group: Group, ended: Sequence[JobResult]) -> None:
        self._judge_sites(group, ended)
        results: dict[bool, list[Result]] = {}
        partials: list[Partial] = []
        at = self._environment.clock.wall_s()
        attempts = [attempt_of(one, at) for one in ended]
        for one in ended:
            if any(isinstance(error, SiteError) for error in one.errors):
                self._planner.failed_with_site(one.job, at)
            else:
                self._planner.finished(one.job)
            self._teller.ended(one)
            results.setdefault(one.job.heavy, []).extend(results_of(one, self._environment.random))
            partials.extend(() if one.keeps_partial else self._partial(one.job))
        for heavy, these in results.items():
            self._keep(group.project, these, partials, attempts, heavy=heavy)
            partials, attempts = [], []

    def _give_back(self, jobs: Iterable[Job]) -> None:
        """Release claims whose files were not tried."""
        for job in jobs:
            self._planner.finished(job, tried=False)
            self._keep(job.project, releases(job), (), heavy=job.heavy)

    def _keep(
        self,
        project: str,
        results: Sequence[Result],
        partials: Sequence[Partial],
        attempts: Sequence[Attempt] = (),
        *,
        heavy: bool,
    ) -> None:
        try:
            self._recorder.keep(project, results, partials, attempts, heavy=heavy)
        except SyncError as error:
            # Without its state file a result can only be kept in memory until the store has it.
            _log.error("%s", error.sentence)
            self._recorder.keep_in_memory(project, results)

    def _partial(self, job: Job) -> list[Partial]:
        try:
            return [partial_of(job, self._mover.worker, self._sites.access(job.project, job.target))]
        except SyncError:
            return []

    def _judge_sites(self, group: Group, ended: Sequence[JobResult]) -> None:
        errors = [error for one in ended for error in one.errors]
        sick = {error.site: error for error in errors if isinstance(error, SiteError)}
        for error in sick.values():
            self._site_failed(group, error)
        for one in errors:
            is_refused = isinstance(one, DatabaseForbiddenError) and self._rights.take(one)
            if isinstance(one, DatabaseUnreachableError) and not is_refused:
                self._stumble = one
        worked = any(error is None for error in errors)
        for site in {group.source, group.target} - sick.keys():
            key = self._sites.key_of(group.project, site)
            if not worked:
                self.health.probe_ended(key)
                continue
            if self.health.worked(key):
                self._teller.add(Trouble(site, "", "", ""))
            if key not in self._fine:
                self._fine.add(key)
                self._note_trouble(group.project, site, None)

    def _note_trouble(self, project: str, site: str, error: SiteError | None) -> None:
        """For who asks from another program; without the state file only we know."""
        try:
            mark = self._sites.access(project, site).mark
            if error is None:
                self._state.drop_trouble(mark)
            else:
                since = self._environment.clock.wall_s()
                self._state.keep_trouble(
                    mark, SiteTrouble(site, error.code, error.sentence, error.next_step, since)
                )
        except SyncError as trouble:
            _log.warning("%s", trouble.sentence)

    def _site_failed(self, group: Group, error: SiteError) -> None:
        site = error.site if error.site in (group.source, group.target) else group.target
        key = self._sites.key_of(group.project, site)
        if self.health.failed(key, error):
            self._teller.trouble(error)
            self._fine.discard(key)
            self._note_trouble(group.project, site, error)
        self._give_back(
            self._dispatcher.take_back(
                lambda job: key in (self._sites.key_of(job.project, one) for one in (job.source, job.target))
            )
        )
