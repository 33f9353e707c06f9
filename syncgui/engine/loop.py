"""The loop: ties planner, slots, recorder and index together, wakes up, and survives everything.

One thread owns all of it; slots move bytes, a watcher notices what others do. A step that fails is
logged and taken again after a wait; a store that does not answer stops planning and recording, never the
transfers that are under way. Other threads only call `stop`, `pause`, `resume` and `sync_now`.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from syncgui.engine.environment import Environment
from syncgui.engine.events import Changed, Idle, Listener, Paused, Recorded, Reloaded
from syncgui.engine.gate import Gate
from syncgui.engine.index_keeper import IndexKeeper
from syncgui.engine.orders import Orders
from syncgui.engine.outage import Outage
from syncgui.engine.recorder import Recorder
from syncgui.engine.recovery import Recovery
from syncgui.engine.route import SyncedProject
from syncgui.engine.site_access import SiteAccesses
from syncgui.engine.teller import EVERY_S as TELL_EVERY_S
from syncgui.engine.teller import Teller
from syncgui.engine.traffic import Traffic
from syncgui.engine.watcher import Watcher
from syncgui.index import Index, Indexer
from syncgui.model.errors import DatabaseUnreachableError, SyncError
from syncgui.model.leases import new_worker
from syncgui.state import StateFile
from syncgui.store.abstract_store import Store

_log = logging.getLogger(__name__)

_RECHECK_S = 5.0
_BEHIND_S = 0.05
_LOSING_S = 0.2
_ONCE_BEHIND_S = 10.0
_ONCE_OUTAGE_S = 30.0
_CLOSE_S = 10.0
_STUMBLED_S = 1.0


class ProjectSource(Protocol):
    """Where the loop gets its projects from; asked again when it says that they changed."""

    def changed(self) -> bool:
        """Whether settings or projects may have changed since the last `every`; cheap."""

    def every(self) -> Mapping[str, SyncedProject]:
        """All projects of the store, by name, those that are not served here included."""


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
        self.worker = new_worker(environment.random)
        self._bell = environment.signal()
        self._stopping = environment.signal()
        self._gate = Gate(environment)
        self._teller = Teller(environment.clock, listener)
        self._outage = Outage(environment.clock, self._teller)
        self._orders = Orders(state, self._gate, environment.clock)
        self._keeper = IndexKeeper(
            index,
            store,
            Indexer(index, store, is_alive=store.is_alive, wall_clock=environment.clock.wall_s),
        )
        self._accesses = SiteAccesses(environment)
        self._projects: dict[str, SyncedProject] = {}
        self._recorder = Recorder(store, state, self.worker, environment.clock)
        self._recovery = Recovery(store, state, self._accesses)
        self._traffic = Traffic(
            worker=self.worker,
            store=store,
            index=index,
            state=state,
            environment=environment,
            accesses=self._accesses,
            recorder=self._recorder,
            recovery=self._recovery,
            gate=self._gate,
            teller=self._teller,
            bell=self._bell,
            jobs=jobs,
        )
        self._once = False
        self._is_fresh = False  # nothing claimed in this step though everything was caught up
        self._is_losing = False  # the lock is gone, and transfers claimed under it still end
        self._told_pause: float | None = None
        self._behind_since_s: float | None = None
        self._told_idle: dict[str, str] = {}
        self._rechecked_s = 0.0
        self._looked_s = 0.0

    # -- from any thread -----------------------------------------------------------------------------

    def stop(self) -> None:
        """End `run` cleanly: transfers stop at their next block, claims are given back."""
        self._stopping.set()
        self._gate.stop()
        self._bell.set()

    def pause(self, until: float = float("inf")) -> None:
        """Pause this machine until a time (epoch seconds), over restarts; no byte moves after 0.5 s."""
        self._gate.pause()  # before anything that may have to wait
        try:
            self._state.pause(until)
        finally:
            self._orders.look()
            self._bell.set()

    def resume(self) -> None:
        """End this machine's pause."""
        self._state.resume()
        self._orders.look()
        self._bell.set()

    def sync_now(self) -> None:
        """Look at everything now, waiting sites included."""
        self._state.wake()
        self._orders.look()
        self._bell.set()

    @property
    def is_paused(self) -> bool:
        """Whether this machine is paused."""
        return self._gate.is_paused

    # -- the loop's thread ---------------------------------------------------------------------------

    def run(self, *, once: bool = False) -> None:
        """Sync until `stop`; with `once` until each open file was tried once.

        Raises:
            DatabaseUnreachableError: with `once`, when the store stays away.
        """
        self._once = once
        self._obey_what_was_said()
        watcher = Watcher(self._environment, self._store, self._state, self._orders, self._bell)
        self._watcher = watcher
        joined = False
        try:
            while not self._stopping.is_set():
                self._bell.clear()
                wait_s = 0.0
                if not joined:
                    joined = self._outage.attempt(self._join)
                if joined:
                    wait_s = self._safe_step()
                    if once and self._is_over():
                        break
                self._give_up_if_once()
                self._bell.wait(max(wait_s, min(1.0, self._outage.wait_s())))
        finally:
            self._finish()
            watcher.stop()

    def _join(self) -> None:
        me = self._identity
        self._state.note_worker(self.worker, self._store.identity)
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

    def _safe_step(self) -> float:
        try:
            return self._step()
        except Exception:  # noqa: BLE001
            # The outermost edge: a loop that ends leaves a studio waiting.
            _log.exception("a round of the loop failed")
            return _STUMBLED_S

    def _step(self) -> float:
        """One round; seconds until the next is due if nobody rings."""
        self._is_fresh = self._is_losing = False
        if self._orders.take_wake():
            self._look_at_everything()
        if self._orders.paused_until != self._told_pause:
            self._told_pause = self._orders.paused_until
            self._teller.add(Paused(self._told_pause))
        self._traffic.collect()
        self._outage.attempt(self._store_round)
        stumble = self._traffic.take_stumble()
        if stumble is not None:
            self._outage.failed(stumble)
        self._traffic.start()
        self._teller.moving(self._traffic.moving())
        self._teller.flush()
        return self._next_round_s()

    def _store_round(self) -> None:
        if self._stopping.is_set():
            return
        if not self._store.may_commit() and not self._begin_anew():
            self._is_losing = True
            return
        self._count_recorded(self._recorder.flush(everything=self._once and self._traffic.is_idle))
        self._look_around()
        self._catch_up()
        if not self._gate.is_paused:
            claimed = self._traffic.plan(once=self._once)
            behind = self._keeper.is_behind or self._watcher.store_changed.is_set()
            self._is_fresh = not (claimed or behind)

    def _begin_anew(self) -> bool:
        """Others count this worker as dead: drop what it had, then be another one; False to wait.

        Nothing may commit under the new name that was claimed under the old one, so every transfer has
        to be over first.
        """
        if not self._traffic.drop():
            return False
        _log.warning("the lock of worker %s is gone; going on as a new one", self.worker)
        self.worker = new_worker(self._environment.random)
        self._recorder.worker = self.worker
        self._traffic.use_worker(self.worker)
        self._join()
        return True

    def _give_up_if_once(self) -> None:
        error = self._outage.error
        lasts = self._outage.lasts_s() >= _ONCE_OUTAGE_S
        if self._once and error is not None and (lasts or error.waits_for_person):
            raise error
        behind_s = self._clock.steady_s() - (self._behind_since_s or self._clock.steady_s())
        if self._once and behind_s >= _ONCE_BEHIND_S and self._traffic.is_idle:
            raise DatabaseUnreachableError(
                detail="another program of this user keeps this machine's index and does not get on with it"
            )

    def _obey_what_was_said(self) -> None:
        """A pause outlives a restart: nothing moves before it is known."""
        try:
            self._orders.look()
        except SyncError as error:
            _log.warning("%s", error.sentence)

    # -- settings, workers, the index ------------------------------------------------------------------

    def _look_at_everything(self) -> None:
        self._traffic.health.forgive()
        self._looked_s = self._rechecked_s = 0.0
        self._watcher.store_changed.set()

    def _look_around(self) -> None:
        """Every loop delay: settings, dead workers, the index against the store."""
        now = self._clock.steady_s()
        if now - self._rechecked_s >= _RECHECK_S:
            self._rechecked_s = now
            if self._source.changed():
                self._reload()
            if self._keeper.recheck_workers(self.worker):
                self._recover()
        delay_s = min((one.settings.loop_delay_s for one in self._projects.values()), default=60.0)
        if now - self._looked_s >= delay_s:
            self._looked_s = now
            self._watcher.store_changed.set()

    def _reload(self) -> None:
        self._projects = dict(self._source.every())
        self._keeper.set_views({name: one.view for name, one in self._projects.items()})
        self._traffic.use_projects(self._projects)
        self._teller.add(Reloaded(self._projects))
        for name, one in self._projects.items():
            if one.is_served and one.idle_reason != self._told_idle.get(name, ""):
                self._told_idle[name] = one.idle_reason
                _log.warning("%s", one.idle_reason or f"{name} is synced again")
                next_step = "See what is wrong: syncgui settings check" if one.idle_reason else ""
                self._teller.add(Idle(name, one.idle_reason, next_step))

    def _recover(self) -> None:
        dead = self._recovery.dead_workers()
        self._recorder.adopt(dead)
        self._recovery.remove_partials(dead, self._projects.values())
        self._recovery.forget_workers(dead)

    def _catch_up(self) -> None:
        if not (self._watcher.store_changed.is_set() or self._keeper.is_behind):
            return
        self._watcher.store_changed.clear()
        try:
            self._follow_changes()
        except BaseException:
            self._watcher.store_changed.set()  # what was not looked at is still to be looked at
            raise

    def _follow_changes(self) -> None:
        if self._source.changed():  # what changed may be that a project came, which nobody indexes yet
            self._reload()
        for project, ids in self._keeper.catch_up():
            self._teller.add(Changed(project, tuple(ids)))
            self._traffic.review(project, ids)
            if self._stopping.is_set():
                return
        behind = self._keeper.is_behind
        self._behind_since_s = (self._behind_since_s or self._clock.steady_s()) if behind else None

    # -- end -----------------------------------------------------------------------------------------

    def _is_over(self) -> bool:
        """With `once`: everything open was tried, recorded and looked at again."""
        if not (self._traffic.is_idle and self._recorder.is_empty) or self._traffic.health.is_hopeful:
            return False
        return self._gate.is_paused or (self._is_fresh and not self._watcher.store_changed.is_set())

    def _finish(self) -> None:
        """Stop transfers, record what is done, give back what is not, leave."""
        self._gate.stop()
        if not self._traffic.close(_CLOSE_S):
            _log.warning("a transfer is blocked in a system call and is left behind; it can not commit")
        try:
            self._count_recorded(self._recorder.flush(everything=True))
            for _ in self._keeper.catch_up():
                pass
        except Exception:  # noqa: BLE001
            # The outer edge of the end: what was not recorded is kept in the state file.
            _log.exception("finished transfers could not be recorded; they are kept for the next time")
        self._teller.flush()
        self._accesses.close()

    # -- when next -------------------------------------------------------------------------------------

    def _next_round_s(self) -> float:
        waits = [
            _RECHECK_S,
            self._recorder.next_due_s(),
            self._traffic.health.next_look_s(),
        ]
        if self._is_losing:
            return _LOSING_S
        if self._traffic.is_moving:
            waits.append(TELL_EVERY_S)
        if self._watcher.store_changed.is_set():
            waits.append(0.0)
        if self._keeper.is_behind:
            waits.append(_BEHIND_S)
        if not (self._gate.is_paused or self._once or self._outage.error):
            waits.extend(self._next_retries_s())
        return max(0.0, min(wait for wait in waits if wait is not None))

    def _next_retries_s(self) -> list[float]:
        wall = self._clock.wall_s()
        dues = (
            self._index.next_due(route.project, route.target, route.source, wall)
            for project in self._projects.values()
            for route in project.routes
        )
        return [due - wall for due in dues if due is not None]

    def _count_recorded(self, recorded: Mapping[str, int]) -> None:
        for project, entries in recorded.items():
            self._teller.add(Recorded(project, entries))
        if recorded:
            self._watcher.store_changed.set()
