"""The loop: ties planner, slots, recorder and index together, wakes up, and survives everything.

One thread owns all of it; slots move bytes, a watcher notices what others do. A step that fails is
logged and taken again after a wait; a store that does not answer stops planning and recording, never the
transfers that are under way. Other threads only call `stop`, `pause`, `resume` and `sync_now`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from syncgui.engine.dispatcher import Dispatcher
from syncgui.engine.environment import Environment
from syncgui.engine.events import Changed, Done, Event, Failed, Listener, Moving, Paused, Recorded, Trouble
from syncgui.engine.gate import Gate
from syncgui.engine.job import Group, Job, JobResult
from syncgui.engine.planner import Plan, Planner, Request
from syncgui.engine.project_roots import known_roots
from syncgui.engine.recorder import Recorder
from syncgui.engine.recovery import Recovery
from syncgui.engine.results import failure, releases, results_of
from syncgui.engine.root_guard import RootGuard
from syncgui.engine.route import Route, SyncedProject
from syncgui.engine.site_access import SiteAccess, SiteAccesses
from syncgui.engine.site_health import SiteHealth
from syncgui.engine.slots import Slots
from syncgui.engine.transfer import Mover, partial_of
from syncgui.engine.watcher import Watcher
from syncgui.index import Index, Indexer
from syncgui.model.edits import Result
from syncgui.model.errors import (
    DatabaseUnreachableError,
    RootUnknownError,
    RoundFailedError,
    SiteError,
    SyncError,
)
from syncgui.model.leases import new_worker
from syncgui.model.representation import read_representation
from syncgui.state import Partial, StateFile
from syncgui.store.abstract_store import Store

_log = logging.getLogger(__name__)

_SMALL_BYTES = 256 * 2**20  # claimed ahead at once, in the lane of small files
_TELL_S = 0.2
_RECHECK_S = 5.0
_LONGEST_DATABASE_WAIT_S = 60.0
_ONCE_DATABASE_WAIT_S = 30.0
_BACKGROUND_S = 0.05
_CLOSE_S = 10.0
_DEFAULT_JOBS = 16


class ProjectSource(Protocol):
    """Where the loop gets its projects from; asked again when it says that they changed."""

    def changed(self) -> bool:
        """Whether settings or projects may have changed since the last `load`; cheap."""

    def load(self) -> Mapping[str, SyncedProject]:
        """All projects of the store that the settings know, by name."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we are, for the record of workers."""

    host: str
    user: str
    local_id: str
    pid: int


class Loop:
    """Everything that syncs, in one object.

    Args:
        jobs: groups at once over all sites, None for as many as the sites bear.
        listener: told of events, in batches, from the loop's thread.
    """

    def __init__(
        self,
        *,
        store: Store,
        index: Index,
        state: StateFile,
        projects: ProjectSource,
        environment: Environment,
        identity: Identity,
        listener: Listener,
        jobs: int | None = None,
    ) -> None:
        self._store = store
        self._index = index
        self._state = state
        self._source = projects
        self._environment = environment
        self._clock = environment.clock
        self._identity = identity
        self._listener = listener
        self._jobs = jobs
        self.worker = new_worker(environment.random)
        self._bell = environment.signal()
        self._stopping = environment.signal()
        self._gate = Gate(environment)
        self._accesses = SiteAccesses(environment)
        self._health = SiteHealth(environment.clock)
        self._projects: dict[str, SyncedProject] = {}
        self._roots: dict[str, dict[str, tuple[str, ...]]] = {}
        self._indexer = Indexer(index, store, is_alive=store.is_alive, wall_clock=environment.clock.wall_s)
        self._guard = RootGuard(
            state, index, store, lambda: {name: one.settings for name, one in self._projects.items()}
        )
        self._recorder = Recorder(store, state, self.worker, environment.clock)
        self._recovery = Recovery(store, state, self._accesses, identity.host)
        self._planner = Planner(index, store, self.worker, environment.random)
        self._mover = Mover(
            worker=self.worker,
            gate=self._gate,
            state=state,
            guard=self._guard,
            recovery=self._recovery,
            may_commit=store.may_commit,
        )
        self._slots = Slots(environment, jobs or _DEFAULT_JOBS, self._move, self._bell)
        self._dispatcher = Dispatcher(self._slots, self._health, self._slots_of, self._shares_flushes)
        self._events: list[Event] = []
        self._told_at_s = 0.0
        self._once = False
        self._is_fresh = False  # nothing claimed in this step though everything was caught up
        self._database: DatabaseUnreachableError | None = None
        self._database_failures = 0
        self._database_until_s = 0.0
        self._database_since_s = 0.0
        self._rechecked_s = 0.0
        self._looked_s = 0.0
        self._paused_until: float | None = None
        self._wakes: int | None = None
        self._unknown_roots: set[tuple[str, str]] = set()

    # -- from any thread -----------------------------------------------------------------------------

    def stop(self) -> None:
        """End `run` cleanly: transfers stop at their next block, claims are given back."""
        self._stopping.set()
        self._gate.stop()
        self._bell.set()

    def pause(self, until: float = float("inf")) -> None:
        """Pause this machine until a time (epoch seconds), over restarts; no byte moves after 0.5 s."""
        self._gate.pause()
        self._state.pause(until)
        self._bell.set()

    def resume(self) -> None:
        """End this machine's pause."""
        self._state.resume()
        self._gate.resume()
        self._bell.set()

    def sync_now(self) -> None:
        """Look at everything now, waiting sites included."""
        self._state.wake()
        self._bell.set()

    # -- the loop's thread ---------------------------------------------------------------------------

    def run(self, *, once: bool = False) -> None:
        """Sync until `stop`; with `once` until each open file was tried once.

        Raises:
            DatabaseUnreachableError: with `once`, when the store stays away.
        """
        self._once = once
        watcher = Watcher(self._environment, self._store, self._state, self._bell)
        self._watcher = watcher
        joined = False
        try:
            while not self._stopping.is_set():
                self._bell.clear()
                wait_s = 0.0
                if not joined:
                    joined = self._guarded(self._join)
                if joined:
                    wait_s = self._step()
                    if once and self._is_over():
                        break
                self._give_up_if_once()
                self._bell.wait(max(wait_s, self._database_wait_s()))
        finally:
            self._finish()
            watcher.stop()

    def _join(self) -> None:
        me = self._identity
        self._store.join(
            self.worker,
            host=me.host,
            user=me.user,
            local_id=me.local_id,
            pid=me.pid,
            now=self._environment.utc(),
        )
        self._index.become_writer()
        self._reload()
        self._recover()

    def _step(self) -> float:
        """One round; seconds until the next is due if nobody rings."""
        self._is_fresh = False
        self._obey()
        self._collect()
        self._guarded(self._database_round)
        self._dispatcher.start()
        self._tell_moving()
        self._tell()
        return self._next_round_s()

    def _database_round(self) -> None:
        if self._stopping.is_set():
            return
        if not self._store.may_commit() and not self._begin_anew():
            return
        self._count_recorded(self._recorder.flush(everything=self._once and self._is_idle))
        self._look_around()
        self._catch_up()
        if not self._gate.is_paused:
            self._plan()

    def _begin_anew(self) -> bool:
        """Others count this worker as dead: drop what it had, then be another one; False to wait.

        Nothing may commit under the new name that was claimed under the old one, so every transfer has
        to be over first.
        """
        for group in self._slots.under_way:
            for job in group.jobs:
                job.cancellation.is_cancelled = True
        for job in self._dispatcher.take_back(lambda _: True):
            self._planner.finished(job)
        if self._slots.under_way:
            return False
        _log.warning("the lock of worker %s is gone; going on as a new one", self.worker)
        self.worker = new_worker(self._environment.random)
        for one in (self._planner, self._mover, self._recorder):
            one.worker = self.worker
        self._join()
        return True

    # -- survival ------------------------------------------------------------------------------------

    def _guarded(self, step: Callable[[], None]) -> bool:
        """Do something that needs the store; whether it was done."""
        if self._clock.steady_s() < self._database_until_s:
            return False
        try:
            step()
        except DatabaseUnreachableError as error:
            self._database_failed(error)
            return False
        except Exception as error:  # noqa: BLE001
            # The outer edge of the loop: whatever one round trips over, the next one comes.
            failure = RoundFailedError(detail=f"{type(error).__name__}: {error}")
            if self._database is None or self._database.sentence != failure.sentence:
                _log.exception("a round of the loop failed")
            self._database_failed(failure)
            return False
        if self._database is not None:
            self._database = None
            self._database_failures = 0
            self._events.append(Trouble("", "", "", ""))
        return True

    def _database_failed(self, error: DatabaseUnreachableError) -> None:
        now = self._clock.steady_s()
        if self._database is None:
            self._database_since_s = now
        if self._database is None or self._database.sentence != error.sentence:
            _log.warning("%s", error.sentence)
            self._events.append(Trouble("", error.code, error.sentence, error.next_step))
        self._database = error
        self._database_failures += 1
        self._database_until_s = now + min(
            _LONGEST_DATABASE_WAIT_S, 0.5 * 2 ** min(self._database_failures, 10)
        )
        self._tell()

    def _database_wait_s(self) -> float:
        return (
            0.0
            if self._database is None
            else max(0.0, min(1.0, self._database_until_s - self._clock.steady_s()))
        )

    def _give_up_if_once(self) -> None:
        if self._once and self._database is not None:
            away_s = self._clock.steady_s() - self._database_since_s
            if away_s >= _ONCE_DATABASE_WAIT_S or self._database.waits_for_person:
                raise self._database

    # -- orders and settings -------------------------------------------------------------------------

    def _obey(self) -> None:
        """Do what a person told this machine, here or in another program."""
        wall = self._clock.wall_s()
        if self._watcher.told.is_set():
            self._watcher.told.clear()
            try:
                control = self._state.control()
            except SyncError as error:
                _log.warning("%s", error.sentence)
                self._watcher.told.set()
                return
            if self._wakes is not None and control.wakes != self._wakes:
                self._health.forgive()
                self._looked_s = self._rechecked_s = 0.0
                self._watcher.store_changed.set()
            self._wakes = control.wakes
            self._set_pause(control.paused_until if control.is_paused(wall) else None)
        if self._paused_until is not None and wall >= self._paused_until:
            self._set_pause(None)

    def _set_pause(self, until: float | None) -> None:
        if until == self._paused_until:
            return
        self._paused_until = until
        if until is None:
            self._gate.resume()
        else:
            self._gate.pause()
        self._events.append(Paused(until))

    def _look_around(self) -> None:
        """Every loop delay: settings, dead workers, the index against the store."""
        now = self._clock.steady_s()
        if now - self._rechecked_s >= _RECHECK_S:
            self._rechecked_s = now
            if self._source.changed():
                self._reload()
            if self._index.leased_workers() - {self.worker} and self._indexer.recheck_workers():
                self._recover()
        delay_s = min((one.settings.loop_delay_s for one in self._projects.values()), default=60.0)
        if now - self._looked_s >= delay_s:
            self._looked_s = now
            self._watcher.store_changed.set()

    def _reload(self) -> None:
        self._projects = dict(self._source.load())
        self._roots = {name: known_roots(one.settings) for name, one in self._projects.items()}
        self._indexer.set_views({name: one.view for name, one in self._projects.items()})
        self._unknown_roots.clear()
        self._health.forgive()
        for name, one in self._projects.items():
            if one.idle_reason:
                _log.info("%s: %s", name, one.idle_reason)

    def _recover(self) -> None:
        self._recorder.adopt(self._recovery.dead_with_results())
        self._recovery.remove_partials(self._projects.values())
        self._recovery.forget_workers()

    # -- index ---------------------------------------------------------------------------------------

    def _catch_up(self) -> None:
        if not self._watcher.store_changed.is_set():
            return
        self._watcher.store_changed.clear()
        more = True
        while more and not self._stopping.is_set():
            caught = self._indexer.catch_up()
            more = caught.more
            for note in caught.notes:
                _log.warning("%s", note)
            for project, ids in caught.changed.items():
                if project not in self._projects:
                    self._rechecked_s = 0.0
                self._events.append(Changed(project, tuple(ids)))
                self._review(project, ids)
        if self._indexer.work(_BACKGROUND_S):
            self._watcher.store_changed.set()

    def _review(self, project: str, ids: Sequence[str]) -> None:
        """Stop what was paused, deleted or taken over while it is under way."""
        jobs = [job for group in self._slots.under_way if group.project == project for job in group.jobs]
        concerned: dict[str, list[Job]] = {}
        for job in jobs:
            for wanted in job.wanted:
                concerned.setdefault(wanted.target.representation, []).append(job)
        changed = [one for one in ids if one in concerned]
        if not changed:
            return
        held: set[str] = set()
        for document in self._store.read(project, changed):
            for file in read_representation(document).files:
                held.update(one.lease for one in file.entries.values() if one.lease and not one.paused)
        for job in {one for identifier in changed for one in concerned[identifier]}:
            if job.lease not in held:
                job.cancellation.is_cancelled = True

    # -- planning ------------------------------------------------------------------------------------

    def _plan(self) -> None:
        """Claim as much as the slots can soon use; afterwards `_is_fresh` if there was nothing."""
        claimed = 0
        routes = [route for project in self._projects.values() for route in project.routes]
        for route in routes:
            for large in (False, True):
                claimed += self._plan_route(route, large=large)
        self._is_fresh = claimed == 0 and not self._watcher.store_changed.is_set()

    def _plan_route(self, route: Route, *, large: bool) -> int:
        try:
            files = self._dispatcher.wanted(route, large=large)
        except SiteError as error:
            self._site_failed(error)
            return 0
        if files <= 0:
            return 0
        request = Request(
            route=route,
            project=self._projects[route.project],
            roots=self._roots[route.project],
            large=large,
            files=files,
            size_bytes=_SMALL_BYTES,
            once=self._once,
        )
        plan = self._planner.plan(request, self._clock.wall_s())
        self._take(route, plan, large=large)
        return len(plan.jobs) + len(plan.refused) + len(plan.released)

    def _take(self, route: Route, plan: Plan, *, large: bool) -> None:
        for unknown in plan.unknown_roots:
            self._root_unknown(unknown)
        self._dispatcher.add(route, plan.jobs, large=large)
        results = list(plan.released)
        for one in plan.refused:
            results.append(failure(one.wanted, one.lease, one.error, self._environment.random))
            self._events.append(_failed(route.project, route.target, one.error))
        if results:
            self._recorder.keep(route.project, results, (), heavy=False)
            self._bell.set()

    def _root_unknown(self, error: RootUnknownError) -> None:
        if (error.site, error.detail) not in self._unknown_roots:
            self._unknown_roots.add((error.site, error.detail))
            self._tell_trouble(error)

    # -- slots ---------------------------------------------------------------------------------------

    def _access(self, project: str, site: str) -> SiteAccess:
        return self._accesses.get(self._projects[project].settings, site)

    def _slots_of(self, project: str, site: str) -> int:
        return self._access(project, site).slots

    def _shares_flushes(self, route: Route) -> bool:
        return all(self._access(route.project, site).is_folder for site in (route.source, route.target))

    def _move(self, group: Group) -> list[JobResult]:
        """Runs in a slot's thread."""
        try:
            source = self._access(group.project, group.source)
            target = self._access(group.project, group.target)
        except SyncError as error:
            return [JobResult(job, tuple(error for _ in job.wanted)) for job in group.jobs]
        return self._mover.move(group, source, target)

    def _collect(self) -> None:
        """Take back what ended: into the state file at once, towards the store soon."""
        for group, ended in self._slots.finished():
            self._judge_sites(group, ended)
            results: dict[bool, list[Result]] = {}
            partials: list[Partial] = []
            for one in ended:
                self._planner.finished(one.job)
                self._tell_ended(one)
                results.setdefault(one.job.heavy, []).extend(results_of(one, self._environment.random))
                partials.extend(self._partial(one.job))
            for heavy, these in results.items():
                self._keep(group.project, these, partials, heavy=heavy)
                partials = []

    def _keep(
        self, project: str, results: Sequence[Result], partials: Sequence[Partial], *, heavy: bool
    ) -> None:
        try:
            self._recorder.keep(project, results, partials, heavy=heavy)
        except SyncError as error:
            # Without its state file a result can only be kept in memory until the store has it.
            _log.error("%s", error.sentence)
            self._recorder.keep_in_memory(project, results)

    def _partial(self, job: Job) -> list[Partial]:
        try:
            return [partial_of(job, self.worker, self._access(job.project, job.target))]
        except SyncError:
            return []

    def _judge_sites(self, group: Group, ended: Sequence[JobResult]) -> None:
        errors = [error for one in ended for error in one.errors]
        sick = {error.site: error for error in errors if isinstance(error, SiteError)}
        for error in sick.values():
            self._site_failed(error)
        for site in (group.source, group.target):
            if site not in sick and any(error is None for error in errors):
                if self._health.worked(site):
                    self._events.append(Trouble(site, "", "", ""))
            elif site not in sick:
                self._health.probe_ended(site)

    def _site_failed(self, error: SiteError) -> None:
        if self._health.failed(error):
            self._tell_trouble(error)
        jobs = self._dispatcher.take_back(lambda job: error.site in (job.source, job.target))
        for job in jobs:
            self._planner.finished(job)
            self._keep(job.project, releases(job), (), heavy=job.heavy)

    # -- end -----------------------------------------------------------------------------------------

    @property
    def _is_idle(self) -> bool:
        return self._dispatcher.is_empty and not self._slots.under_way

    def _is_over(self) -> bool:
        """With `once`: everything open was tried, recorded and looked at again."""
        return (
            self._is_fresh
            and self._is_idle
            and self._recorder.is_empty
            and not self._watcher.store_changed.is_set()
        ) or (self._gate.is_paused and self._is_idle and self._recorder.is_empty)

    def _finish(self) -> None:
        """Stop transfers, record what is done, give back what is not, leave."""
        self._gate.stop()
        if not self._slots.close(_CLOSE_S):
            _log.warning("a transfer is blocked in a system call and is left behind; it can not commit")
        self._collect()
        for job in self._dispatcher.take_back(lambda _: True):
            self._keep(job.project, releases(job), (), heavy=False)
        try:
            self._count_recorded(self._recorder.flush(everything=True))
            self._indexer.catch_up()
        except Exception:  # noqa: BLE001
            # The outer edge of the end: what was not recorded is kept in the state file.
            _log.exception("finished transfers could not be recorded; they are kept for the next time")
        self._tell()
        self._accesses.close()

    # -- telling -------------------------------------------------------------------------------------

    def _next_round_s(self) -> float:
        waits = [_RECHECK_S, self._recorder.next_due_s(), self._health.next_look_s()]
        if self._slots.under_way:
            waits.append(_TELL_S)
        if self._watcher.store_changed.is_set():
            waits.append(0.0)
        if self._paused_until is not None:
            waits.append(self._paused_until - self._clock.wall_s())
        elif not self._once and self._database is None:
            waits.extend(self._next_retries_s())
        return max(0.0, min(wait for wait in waits if wait is not None))

    def _next_retries_s(self) -> list[float]:
        wall = self._clock.wall_s()
        dues = (
            self._index.next_due(route.project, route.target, route.source)
            for project in self._projects.values()
            for route in project.routes
        )
        return [due - wall for due in dues if due is not None]

    def _count_recorded(self, recorded: Mapping[str, int]) -> None:
        for project, entries in recorded.items():
            self._events.append(Recorded(project, entries))
        if recorded:
            self._watcher.store_changed.set()

    def _tell_ended(self, ended: JobResult) -> None:
        job = ended.job
        for error in dict.fromkeys(ended.errors):
            if error is None:
                self._events.append(
                    Done(job.project, job.path, job.target, job.direction, ended.size_bytes, ended.copied)
                )
            elif not isinstance(error, SiteError):
                self._events.append(_failed(job.project, job.target, error))

    def _tell_trouble(self, error: SyncError) -> None:
        _log.warning("%s", error.sentence)
        self._events.append(Trouble(error.site, error.code, error.sentence, error.next_step))

    def _tell_moving(self) -> None:
        now = self._clock.steady_s()
        if now - self._told_at_s < _TELL_S:
            return
        self._told_at_s = now
        for group in self._slots.under_way:
            for job in group.jobs:
                if 0 < job.moved_bytes < job.size_bytes:
                    self._events.append(
                        Moving(job.project, job.path, job.direction, job.moved_bytes, job.size_bytes)
                    )

    def _tell(self) -> None:
        if self._events:
            events, self._events = self._events, []
            self._listener(events)


def _failed(project: str, site: str, error: SyncError) -> Failed:
    return Failed(
        project, error.path, error.site or site, error.code, error.sentence, error.next_step, error.costs_try
    )
