"""Whether what was claimed may still be committed: asked directly before a file gets its name.

While this worker counts as alive that costs nothing. Where it may have been taken for dead in between (no
heartbeat for a while: the server away, the machine asleep, the process stopped) a transfer waits, moves
nothing and loses no try, until the worker counts again; then the store says whose the entry is.
"""

from __future__ import annotations

import logging
import threading

from syncgui.engine.environment import Clock
from syncgui.engine.gate import Gate
from syncgui.engine.job import Job
from syncgui.model.errors import DatabaseUnreachableError, LeaseLostError
from syncgui.model.representation import read_representation
from syncgui.store.abstract_store import Membership, Store

SETTLED_AFTER_S = 15.0
"""So long after this worker counts again its entries are not looked at yet: whoever judged it dead before
that may only now be about to claim. From judging to claiming the others need two answers of a server."""

_LOOK_S = 0.2
_ASK_AGAIN_S = 1.0

_log = logging.getLogger(__name__)


class LeaseCheck:
    """Asked by all slots; the loop looks, too, so that it is known early when the worker counts again."""

    def __init__(self, store: Store, gate: Gate, clock: Clock) -> None:
        self._store = store
        self._gate = gate
        self._clock = clock
        self._guard = threading.Lock()
        self._number = 0
        self._since_s = float("-inf")
        self._held: dict[tuple[str, str], frozenset[str]] = {}

    def standing(self) -> Membership:
        """How this process stands now; remembers since when."""
        standing = self._store.membership()
        with self._guard:
            if standing.number > self._number:
                self._number = standing.number
                self._since_s = self._clock.steady_s()
                self._held = {}
        return standing

    def confirm(self, job: Job) -> bool:
        """Return once the job's result may be committed; whether that had to be waited for, or for a pause.

        Raises:
            LeaseLostError: another worker has the entry, or may have it.
            CancelledError: the transfer is to end.
            DatabaseUnreachableError: the store does not say, and waits for a person.
        """
        waited = is_told = False
        while True:
            waited = self._gate.pass_through(job.cancellation, job.path) or waited
            standing = self.standing()
            if standing.is_over:
                raise LeaseLostError(path=job.path)
            if standing.may_commit and standing.number == job.membership:
                return waited
            waited = True
            if not is_told:
                is_told = True
                _log.info("waits until it is sure whose file it is", extra={"path": job.path})
            if standing.may_commit and self._is_settled() and self._is_still_ours(job):
                job.membership = standing.number
                continue  # it may have been taken for dead again while the store was asked
            self._gate.wait(_LOOK_S, job.path)

    def _is_settled(self) -> bool:
        with self._guard:
            return self._clock.steady_s() - self._since_s >= SETTLED_AFTER_S

    def _is_still_ours(self, job: Job) -> bool:
        """Whether an entry of the job carries its lease; False if the store does not answer now.

        What was read while the worker counts holds as long as it does: each document is read once.
        """
        try:
            is_ours = any(
                job.lease in held
                for anew in (False, True)  # what is known may be older than the claim
                for held in [self._leases(job.project, one, anew=anew) for one in job.representations]
            )
        except DatabaseUnreachableError as error:
            if error.waits_for_person:
                raise
            self._gate.wait(_ASK_AGAIN_S, job.path)
            return False
        if not is_ours:
            raise LeaseLostError(path=job.path)
        return True

    def _leases(self, project: str, representation: str, *, anew: bool) -> frozenset[str]:
        with self._guard:
            number = self._number
            known = self._held.get((project, representation))
        if known is not None and not anew:
            return known
        found = frozenset(
            entry.lease
            for document in self._store.read(project, [representation])
            for file in read_representation(document).files
            for entry in file.entries.values()
            if entry.lease
        )
        with self._guard:
            if number == self._number:
                self._held[project, representation] = found
        return found
