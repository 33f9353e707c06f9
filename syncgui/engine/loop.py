"""The loop: ties planner, slots, recorder and index together, wakes up, and survives everything.

One thread owns all of it; slots move bytes, a watcher notices what others do. A step that fails is
logged and taken again after a wait; a store that does not answer stops planning and recording, never the
transfers that are under way. Other threads only call `stop`, `pause`, `resume` and `sync_now`.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from syncgui.engine.environment import Environment
from syncgui.engine.events import Listener, Looking, Paused, Recorded
from syncgui.engine.first_contact import Allowance, HeldBack
from syncgui.engine.own_worker import Identity
from syncgui.engine.parts import Given, put_together
from syncgui.engine.served_projects import ProjectSource
from syncgui.engine.surroundings import RECHECK_S
from syncgui.engine.teller import EVERY_S as TELL_EVERY_S
from syncgui.engine.watcher import Watcher
from syncgui.index import Index
from syncgui.model.errors import DatabaseForbiddenError, DatabaseUnreachableError, SyncError
from syncgui.state import StateFile
from syncgui.store.abstract_store import Store

__all__ = ["Identity", "Loop", "ProjectSource"]

_log = logging.getLogger(__name__)

_BEHIND_S = 0.05
_RECONCILE_AT_MOST_EVERY_S = 0.05
_UNDECIDED_S = 0.2
_UNSURE_S = 0.2
_AWAY_S = 1.0
_ONCE_BEHIND_S = 10.0
_ONCE_OUTAGE_S = 30.0
_CLOSE_S = 10.0
_ONCE_CLEARS_S = 60.0  # so long a single pass waits at its end for old versions to go
_STUMBLED_S = 1.0


class Loop:
    """Everything that syncs, in one object.

    Args:
        jobs: groups at once over all sites, None for as many as the sites bear.
        agreed: a person said that everything is to start, however much waits at the first contact.
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
        agreed: bool = False,
    ) -> None:
        parts = put_together(
            Given(store, index, state, projects, environment, identity, listener, jobs, agreed)
        )
        self._store = store
        self._index = index
        self._state = state
        self._environment = environment
        self._clock = environment.clock
        self._bell = parts.bell
        self._stopping = parts.stopping
        self._gate = parts.gate
        self._orders = parts.orders
        self._teller = parts.teller
        self._outage = parts.outage
        self._rights = parts.rights
        self._accesses = parts.accesses
        self._keeper = parts.keeper
        self._recorder = parts.recorder
        self._progress = parts.progress
        self._contact = parts.contact
        self._traffic = parts.traffic
        self._trash = parts.trash
        self._own = parts.own
        self._projects = parts.projects
        self._around = parts.around
        self._news = parts.news
        self._once = False
        self._is_fresh = False  # nothing claimed in this step though everything was caught up
        self._is_unsure = False  # others may count this worker as dead: nothing is claimed meanwhile
        self._told_held: Mapping[str, HeldBack] = {}
        self._told_pause: float | None = None

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
    def worker(self) -> str:
        """The present name of this program among the workers."""
        return self._own.name

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
        watcher = Watcher(
            self._environment, self._store, self._state, self._orders, self._news.waiting, self._bell
        )
        joined = False
        try:
            while not self._stopping.is_set():
                self._bell.clear()
                wait_s = 0.0
                if not joined:
                    joined = self._outage.attempt(self._join)
                    self._teller.flush()  # why it has to wait is told before there is a round
                if joined:
                    wait_s = self._safe_step()
                    if once and self._is_over():
                        self._trash.close(_ONCE_CLEARS_S)  # else the end would stop it
                        break
                self._give_up_if_once()
                self._bell.wait(max(wait_s, min(_AWAY_S, self._outage.wait_s())))
        finally:
            self._finish()
            watcher.stop()

    def _join(self) -> None:
        self._own.enter()
        self._index.become_writer()
        self._projects.reload()
        if self._rights.viewer is None:
            self._around.arrive()

    def _safe_step(self) -> float:
        try:
            return self._step()
        except Exception:  # noqa: BLE001
            # The outermost edge: a loop that ends leaves a studio waiting.
            _log.exception("a round of the loop failed")
            return _STUMBLED_S

    def _step(self) -> float:
        """One round; seconds until the next is due if nobody rings."""
        self._is_fresh = self._is_unsure = False
        if self._own.is_heard_again():
            self._outage.hurry()
        if self._orders.take_wake():
            self._traffic.health.forgive()
            self._around.hurry()
            self._news.waiting.set()
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
        try:
            if self._rights.viewer is None or self._may_work_now():
                self._work()
            else:
                self._look_and_follow()
                self._reconcile(is_busy=False)
        except DatabaseForbiddenError:
            if self._rights.viewer is not None or not self._own.is_refused():
                raise

    def _work(self) -> None:
        """A round of a worker."""
        if self._own.is_over and not self._begin_anew():
            self._is_unsure = True  # transfers claimed under the old name still end
            return
        self._count_recorded(self._recorder.flush(everything=self._once and self._traffic.is_idle))
        self._progress.note(self._traffic.moving())
        self._look_and_follow()
        self._is_unsure = not self._own.may_commit
        if self._is_unsure:
            self._own.ask_why_unheard()
        claimed = 0
        if not (self._gate.is_paused or self._is_unsure):
            self._traffic.allow(self._allowed())
            claimed = self._traffic.plan(once=self._once)
            if self._rights.has_news:
                self._projects.reload()
            self._is_fresh = not (claimed or self._news.is_behind or self._contact.is_undecided)
        self._reconcile(is_busy=claimed > 0)

    def _look_and_follow(self) -> None:
        if self._around.look():
            self._news.waiting.set()
        self._news.follow()

    def _reconcile(self, *, is_busy: bool) -> None:
        if not self._once:  # a single pass has looked already
            self._news.reconcile(is_busy=is_busy)
        if self._rights.viewer is None and not self._contact.is_undecided:
            self._trash.look(self._projects.every)

    def _allowed(self) -> Mapping[str, Allowance]:
        """What may be moved; says what may not, when that changes."""
        # Who writes the index has caught up; who reads that of another program may be behind it.
        is_caught_up = self._index.is_writer or not self._keeper.is_behind
        allowed = self._contact.look(self._projects.every, is_caught_up=is_caught_up)
        if self._contact.held != self._told_held:
            self._told_held = self._contact.held
            self._teller.add(Looking(self._told_held))
        return allowed

    def _may_work_now(self) -> bool:
        """Whether a viewer was made a worker; tried once a minute."""
        return self._rights.should_try_to_work and self._begin_anew() and self._rights.viewer is None

    def _begin_anew(self) -> bool:
        """Be another worker from now on; False to wait, as what the former one had still ends."""
        if not self._own.drop():
            return False
        self._join()
        return True

    def _give_up_if_once(self) -> None:
        if self._once and self._rights.viewer is not None:
            raise self._rights.viewer
        error = self._outage.error
        lasts = self._outage.lasts_s() >= _ONCE_OUTAGE_S
        if self._once and error is not None and (lasts or error.waits_for_person):
            raise error
        if self._once and self._news.behind_for_s() >= _ONCE_BEHIND_S and self._traffic.is_idle:
            raise DatabaseUnreachableError(
                detail="another program of this user keeps this machine's index and does not get on with it"
            )

    def _obey_what_was_said(self) -> None:
        """A pause outlives a restart: nothing moves before it is known."""
        try:
            self._orders.look()
        except SyncError as error:
            _log.warning("%s", error.sentence)

    # -- end -----------------------------------------------------------------------------------------

    def _is_over(self) -> bool:
        """With `once`: everything open was tried, recorded and looked at again."""
        if not (self._traffic.is_idle and self._recorder.is_empty) or self._traffic.health.is_hopeful:
            return False
        return self._gate.is_paused or (self._is_fresh and not self._news.waiting.is_set())

    def _finish(self) -> None:
        """Stop transfers, record what is done, give back what is not, leave."""
        self._gate.stop()
        if not self._traffic.close(_CLOSE_S):
            _log.warning("a transfer is blocked in a system call and is left behind; it can not commit")
        try:
            if self._outage.error is None:  # else the end would wait for a database that is away
                self._count_recorded(self._recorder.flush(everything=True))
                for _ in self._keeper.catch_up():
                    pass
        except Exception:  # noqa: BLE001
            # The outer edge of the end: what was not recorded is kept in the state file.
            _log.exception("finished transfers could not be recorded; they are kept for the next time")
        self._teller.flush()
        self._trash.close(_CLOSE_S)
        self._accesses.close()

    # -- when next -------------------------------------------------------------------------------------

    def _next_round_s(self) -> float:
        if self._outage.error is not None:
            return min(_AWAY_S, self._outage.wait_s())
        if self._is_unsure:
            return _UNSURE_S
        waits = [RECHECK_S, self._traffic.health.next_look_s()]
        if not self._once:
            waits.append(max(self._keeper.next_due_s(), _RECONCILE_AT_MOST_EVERY_S))
        if self._traffic.is_moving:
            waits.append(TELL_EVERY_S)
        if self._news.waiting.is_set():
            waits.append(0.0)
        if self._keeper.is_behind:
            waits.append(_BEHIND_S)
        if self._contact.is_undecided:
            waits.append(_UNDECIDED_S)
        if self._rights.viewer is None:
            waits.append(self._recorder.next_due_s())
            waits.extend(self._next_retries_s())
        return max(0.0, min(wait for wait in waits if wait is not None))

    def _next_retries_s(self) -> list[float]:
        if self._gate.is_paused or self._once:
            return []
        wall = self._clock.wall_s()
        dues = (
            self._index.next_due(route.project, route.target, route.source, wall)
            for project in self._projects.every.values()
            for route in project.routes
        )
        return [due - wall for due in dues if due is not None]

    def _count_recorded(self, recorded: Mapping[str, int]) -> None:
        for project, entries in recorded.items():
            self._teller.add(Recorded(project, entries))
        if recorded:
            self._news.waiting.set()
