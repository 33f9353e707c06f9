"""When the index is held against the store, for stores that can not tell every change.

Gently: so many representations a second that 100,000 take 12 minutes where other programs' edits are
seen no other way (2 % of a core), 2 hours where a change stream tells nearly everything (0.2 %). Small
projects come by each loop delay; large ones follow one another. Work that waits to be planned goes first.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from syncgui.index import Index, Indexer, View
from syncgui.index.reconciling import Step
from syncgui.model.errors import DatabaseForbiddenError
from syncgui.store.abstract_store import Store

_log = logging.getLogger(__name__)

SMALL = 1_000
"""Representations up to which a project is gone through in one step."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast. `rate`: representations a second. `again_s`: from one round's beginning to the next."""

    rate: float
    again_s: float


QUICK = Pace(rate=140.0, again_s=0.0)
SLOW = Pace(rate=14.0, again_s=600.0)
_LATE_S = 30.0  # busy or not, a step is made after so long
_REFUSED_S = 60.0


@dataclass(slots=True)
class _Round:
    """A round through a project that is under way."""

    begun_s: float
    is_small: bool
    compared: int = 0
    mended: int = 0


class Reconciliation:
    """Decides which project is held against the store next, and has it done. Owned by one thread.

    Args:
        index: how large projects are.
        store: whether there is a need.
        indexer: does it.
        steady_s: seconds that never jump.
    """

    def __init__(self, index: Index, store: Store, indexer: Indexer, steady_s: Callable[[], float]) -> None:
        self._index = index
        self._store = store
        self._indexer = indexer
        self._steady_s = steady_s
        self._views: Mapping[str, View] = {}
        self._due_s: dict[str, float] = {}
        self._rounds: dict[str, _Round] = {}
        self._next_s = steady_s()

    def set_views(self, views: Mapping[str, View]) -> None:
        """The projects that there are now."""
        now = self._steady_s()
        # What a stream was followed for is right; where it was looked now and then, it may not be.
        first_s = now if self._store.misses_edits else now + SLOW.again_s
        self._views = dict(views)
        self._due_s = {name: self._due_s.get(name, first_s) for name in views}
        self._rounds = {name: one for name, one in self._rounds.items() if name in views}

    def next_due_s(self) -> float:
        """Seconds until something is to be done; infinite if never."""
        if self._store.misses_nothing or not self._due_s:
            return float("inf")
        due_s = self._next_s if self._rounds else max(self._next_s, min(self._due_s.values()))
        return max(0.0, due_s - self._steady_s())

    def step(self, *, is_busy: bool) -> Mapping[str, Sequence[str]]:
        """Do a bit if it is due; ids of what differed, by project.

        Args:
            is_busy: whether other work waits.

        Raises:
            DatabaseUnreachableError: the store does not answer.
        """
        now = self._steady_s()
        if self.next_due_s() > 0 or (is_busy and now < self._next_s + _LATE_S):
            return {}
        project = self._chosen(now)
        try:
            step = self._indexer.reconcile(project)
        except DatabaseForbiddenError as error:
            _log.info("%s is not held against the database: %s", project, error.sentence)
            self._rounds.pop(project)
            self._due_s[project] = now + _REFUSED_S
            return {}
        self._next_s = self._steady_s() + step.documents / self._pace.rate
        self._count(project, step)
        return step.changed

    @property
    def _pace(self) -> Pace:
        return QUICK if self._store.misses_edits else SLOW

    def _chosen(self, now: float) -> str:
        """The project to go on with: a small one that is due comes between two steps of a large one."""
        for name, due_s in self._due_s.items():
            if name not in self._rounds and due_s <= now and self._is_small(name):
                self._rounds[name] = _Round(now, is_small=True)
        if not self._rounds:
            name = min(self._due_s, key=self._due_s.__getitem__)
            self._rounds[name] = _Round(now, is_small=False)
        return min(self._rounds, key=lambda name: (not self._rounds[name].is_small, name))

    def _is_small(self, project: str) -> bool:
        return self._index.totals(project).every <= SMALL

    def _count(self, project: str, step: Step) -> None:
        one = self._rounds[project]
        one.compared += step.documents
        one.mended += sum(map(len, step.changed.values()))
        for note in step.notes:
            _log.warning("%s", note)
        if not step.is_over:
            return
        del self._rounds[project]
        again_s = max(self._pace.again_s, self._views[project].loop_delay_s)
        self._due_s[project] = one.begun_s + again_s
        if one.mended:
            _log.info("%s: %d of %d representations had changed unseen", project, one.mended, one.compared)
