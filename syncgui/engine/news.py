"""What has changed in the store, on its way to the index, to what is under way, and to whoever listens."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from syncgui.engine.environment import Clock, Signal
from syncgui.engine.events import Changed
from syncgui.engine.index_keeper import IndexKeeper
from syncgui.engine.rights import Rights
from syncgui.engine.served_projects import ServedProjects
from syncgui.engine.strangers import StrangerWatch
from syncgui.engine.teller import Teller
from syncgui.engine.traffic import Traffic
from syncgui.model.errors import DatabaseForbiddenError


class News:
    """Follows the store. Owned by the loop's thread, but for `waiting`, which any thread may set.

    Args:
        waiting: set when the store may have changed since it was followed last.
        bell: rung when there may be something to plan.
        is_ending: whether the rest is not worth reading any more.
    """

    def __init__(
        self,
        *,
        waiting: Signal,
        bell: Signal,
        is_ending: Callable[[], bool],
        clock: Clock,
        keeper: IndexKeeper,
        projects: ServedProjects,
        rights: Rights,
        strangers: StrangerWatch,
        teller: Teller,
        traffic: Traffic,
    ) -> None:
        self.waiting = waiting
        self._bell = bell
        self._is_ending = is_ending
        self._clock = clock
        self._keeper = keeper
        self._projects = projects
        self._rights = rights
        self._strangers = strangers
        self._teller = teller
        self._traffic = traffic
        self._behind_since_s: float | None = None

    @property
    def is_behind(self) -> bool:
        """Whether there is more to follow."""
        return self._keeper.is_behind or self.waiting.is_set()

    def behind_for_s(self) -> float:
        """Seconds since the index was last known to have what the store has; 0 while it has."""
        since_s = self._behind_since_s
        return 0.0 if since_s is None else self._clock.steady_s() - since_s

    def follow(self) -> None:
        """Bring the index up to the store where there is something new.

        Raises:
            DatabaseUnreachableError: the store does not answer.
        """
        if not self.is_behind:
            return
        self.waiting.clear()
        try:
            self._follow()
        except BaseException as error:
            self.waiting.set()  # what was not looked at is still to be looked at
            # A project that is refused is left alone from the next round on, the others go on.
            if not (isinstance(error, DatabaseForbiddenError) and self._rights.take(error)):
                raise

    def reconcile(self, *, is_busy: bool) -> None:
        """Find what the store could not tell, where that is due.

        Args:
            is_busy: whether other work waits.

        Raises:
            DatabaseUnreachableError: the store does not answer.
        """
        try:
            found: Mapping[str, Sequence[str]] = self._keeper.reconcile(is_busy=is_busy)
            self._pass_on(found.items())
        except DatabaseForbiddenError as error:
            if not self._rights.take(error):
                raise
            return
        if found:
            self._bell.set()

    def _follow(self) -> None:
        self._projects.reload_if_changed()  # a project may have come, which nobody indexes yet
        self._pass_on(self._keeper.catch_up())
        if self._is_ending():
            return
        now = self._clock.steady_s()
        self._behind_since_s = (self._behind_since_s or now) if self._keeper.is_behind else None

    def _pass_on(self, changes: Iterable[tuple[str, Sequence[str]]]) -> None:
        for project, ids in changes:
            self._teller.add(Changed(project, tuple(ids)))
            self._traffic.review(project, ids)
            self._strangers.look()
            if self._is_ending():
                return
