"""This program among the workers of the store: enters, begins anew, only looks, cleans up after others.

A worker that others may have taken for dead drops what it had and goes on under another name. A user who
may be no worker, from the beginning or from now on, is a viewer.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace

from syncgui.engine.environment import Environment
from syncgui.engine.recorder import Recorder
from syncgui.engine.recovery import Recovery
from syncgui.engine.rights import Rights
from syncgui.engine.route import SyncedProject
from syncgui.engine.traffic import Traffic
from syncgui.model.errors import DatabaseForbiddenError
from syncgui.model.leases import new_worker
from syncgui.state import StateFile
from syncgui.store.abstract_store import Store

_log = logging.getLogger(__name__)

_ASK_S = 5.0


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we are, for the record of workers."""

    host: str
    user: str
    local_id: str
    pid: int


class OwnWorker:
    """This program as a worker. Owned by the loop's thread.

    Args:
        name: the first name; `name` is the present one.
        traffic, recorder: told of another name.
    """

    def __init__(
        self,
        name: str,
        identity: Identity,
        *,
        store: Store,
        state: StateFile,
        environment: Environment,
        rights: Rights,
        recorder: Recorder,
        recovery: Recovery,
        traffic: Traffic,
    ) -> None:
        self.name = name
        self.identity = identity
        self._store = store
        self._state = state
        self._environment = environment
        self._rights = rights
        self._recorder = recorder
        self._recovery = recovery
        self._traffic = traffic
        self._joined_as: str | None = None
        self._is_renamed = False  # this machine has another name: it is another worker from now on
        self._asked_s = float("-inf")
        self._number = 0

    # -- entering and beginning anew -----------------------------------------------------------------

    def enter(self) -> None:
        """Become a worker, or a viewer where that is not allowed.

        Raises:
            DatabaseUnreachableError: the store does not answer.
        """
        me = self.identity
        self._state.note_worker(self.name, self._store.identity)
        try:
            self._store.join(
                self.name,
                host=me.host,
                user=me.user,
                local_id=me.local_id,
                pid=me.pid,
                now=self._environment.utc(),
            )
        except DatabaseForbiddenError as error:
            self._rights.may_only_look(error)
        else:
            # Once more: whoever looked before it was known to the store may have taken it for ended.
            self._state.note_worker(self.name, self._store.identity)
            self._joined_as = self.name
            self._is_renamed = False
            self._rights.may_work()

    def be_called(self, local_id: str) -> None:
        """This machine's name, as the settings have it now."""
        if local_id != self.identity.local_id:
            self.identity = replace(self.identity, local_id=local_id)
            self._is_renamed = True

    @property
    def is_over(self) -> bool:
        """Whether nothing will be committed under this name any more."""
        return self._is_renamed or self._traffic.standing().is_over

    @property
    def may_commit(self) -> bool:
        """Whether others count this worker as alive."""
        return self._traffic.standing().may_commit

    def drop(self) -> bool:
        """Give up what this worker has and take another name; False to come again.

        Nothing may commit under the new name that was claimed under the old one, so every transfer has
        to be over first.
        """
        if not self._traffic.drop():
            return False
        if self._joined_as == self.name:
            reason = "another name for this machine" if self._is_renamed else "its lock or record is gone"
            reason = "it may work again" if self._rights.viewer is not None else reason
            _log.warning("worker %s goes on as a new one: %s", self.name, reason)
            self.name = new_worker(self._environment.random)
            self._recorder.worker = self.name
            self._traffic.use_worker(self.name)
        return True

    # -- standing ------------------------------------------------------------------------------------

    def is_heard_again(self) -> bool:
        """Whether the store has answered this worker again, after a while, since the last call."""
        before, self._number = self._number, self._traffic.standing().number
        return self._number > before

    def ask_why_unheard(self) -> None:
        """Nobody hears this worker: find out, every few seconds, whether it may be one at all.

        Raises:
            DatabaseUnreachableError: the store does not answer.
        """
        now = self._environment.clock.steady_s()
        if now - self._asked_s >= _ASK_S:
            self._asked_s = now
            self.is_refused()

    def is_refused(self) -> bool:
        """Whether this user may be no worker any more: then nothing is moved from now on.

        Raises:
            DatabaseUnreachableError: the store does not answer.
        """
        try:
            self._store.check_rights()
        except DatabaseForbiddenError as error:
            self._rights.may_only_look(error)
            self._traffic.drop()
            return True
        return False

    # -- after the dead ------------------------------------------------------------------------------

    def clean_up(self, projects: Iterable[SyncedProject]) -> None:
        """Record and remove what ended programs of this user left behind.

        Raises:
            DatabaseUnreachableError: the store does not answer.
        """
        dead = self._recovery.ended_workers()
        self._recorder.adopt(dead)
        self._recovery.remove_partials(dead, projects)
        self._recovery.forget_workers()
