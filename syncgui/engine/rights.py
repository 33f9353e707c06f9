"""What the database lets this user do: work, only look, or nothing in some projects.

A project that is refused is left alone and explained, all others go on. A user who may be no worker is a
viewer: the index is kept up, nothing is claimed. Both are asked again every minute, and end by themselves.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from syncgui.engine.environment import Clock
from syncgui.engine.events import Notice
from syncgui.engine.route import Refusal, SyncedProject
from syncgui.engine.teller import Teller
from syncgui.model.errors import DatabaseForbiddenError, ViewerError
from syncgui.store.abstract_store import Store

AGAIN_S = 60.0
"""How often is asked whether what was refused is allowed by now."""

_log = logging.getLogger(__name__)


class Rights:
    """What was refused. Owned by the loop's thread."""

    def __init__(self, store: Store, clock: Clock, teller: Teller) -> None:
        self._store = store
        self._clock = clock
        self._teller = teller
        self._known: frozenset[str] = frozenset()
        self._refused: dict[str, tuple[Refusal, float]] = {}  # and when to ask again, steady seconds
        self._viewer: ViewerError | None = None
        self._viewer_until_s = 0.0
        self.has_news = False  # what `over` says has changed

    # -- projects ------------------------------------------------------------------------------------

    @property
    def refused_projects(self) -> Collection[str]:
        """The projects that are left alone."""
        return self._refused.keys()

    def take(self, error: DatabaseForbiddenError) -> bool:
        """Remember a refusal; False if it is not about a project, but about the whole database."""
        if error.path not in self._known:
            return False
        known = self._refused.get(error.path)
        refusal = Refusal.of(error)
        self._refused[error.path] = refusal, self._clock.steady_s() + AGAIN_S
        self.has_news = self.has_news or known is None or known[0] != refusal
        return True

    def over(self, projects: Mapping[str, SyncedProject]) -> dict[str, SyncedProject]:
        """The projects with what is known to be refused; what the source of them knows counts first."""
        self.has_news = False
        self._known = frozenset(projects)
        self._refused = {name: one for name, one in self._refused.items() if name in projects}
        found: dict[str, SyncedProject] = {}
        for name, project in projects.items():
            known = self._refused.get(name)
            if project.refusal is not None:
                again_s = known[1] if known is not None else self._clock.steady_s() + AGAIN_S
                self._refused[name] = project.refusal, again_s
            elif known is not None:
                project = replace(project, refusal=known[0])  # noqa: PLW2901
            found[name] = project
        return found

    def ask_again(self) -> None:
        """Ask once a minute for what was refused; what is allowed by now is forgotten.

        Raises:
            DatabaseUnreachableError: the store does not answer.
        """
        now = self._clock.steady_s()
        for name in [name for name, (_, again_s) in self._refused.items() if again_s <= now]:
            try:
                self._store.check_rights(name)
            except DatabaseForbiddenError as error:
                self.take(error)
            else:
                del self._refused[name]
                self.has_news = True

    def hurry(self) -> None:
        """Ask for everything at once, the next time."""
        self._viewer_until_s = 0.0
        self._refused = {name: (refusal, 0.0) for name, (refusal, _) in self._refused.items()}

    # -- being a worker ------------------------------------------------------------------------------

    @property
    def viewer(self) -> ViewerError | None:
        """Why this program only looks; None while it works."""
        return self._viewer

    def may_only_look(self, error: DatabaseForbiddenError) -> None:
        """This user may be no worker."""
        viewer = ViewerError(path=error.path, detail=error.detail)
        if self._viewer is None or self._viewer.sentence != viewer.sentence:
            _log.warning("%s. %s", viewer.sentence, viewer.next_step)
            self._teller.add(Notice(ViewerError.code, viewer.sentence, viewer.next_step))
        self._viewer = viewer
        self._viewer_until_s = self._clock.steady_s() + AGAIN_S

    def may_work(self) -> None:
        """This user is a worker."""
        if self._viewer is not None:
            self._viewer = None
            _log.warning("This program may work in the database now")
            self._teller.add(Notice(ViewerError.code, "", ""))

    @property
    def should_try_to_work(self) -> bool:
        """Whether a viewer should try again to become a worker."""
        return self._viewer is not None and self._clock.steady_s() >= self._viewer_until_s


def living(store: Store) -> Callable[[str], bool]:
    """Whether a worker lives; one that this user may not ask about does: what it has is left to it."""

    def is_alive(worker: str) -> bool:
        try:
            return store.is_alive(worker)
        except DatabaseForbiddenError:
            return True

    return is_alive
