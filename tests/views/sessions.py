"""A session on a small studio, and everything that it tells."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from syncgui.application import Application
from syncgui.engine.events import Done, Failed
from syncgui.model.status import Status
from syncgui.views.session import Session
from syncgui.views.standing import Standing
from tests.engine.studio import PROJECT

PATIENCE_MS = 30_000


class Watched:
    """A session, and everything that it told, with the thread in which it did."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.threads: set[threading.Thread] = set()
        self.standings: list[Standing] = []
        self.told_s: list[float] = []
        self.rows_s: list[float] = []
        self.rows: list[tuple[str, frozenset[str]]] = []
        self.arrived: list[Done] = []
        self.failed: list[Failed] = []
        self.refused: list[Exception] = []
        self.projects = 0
        session.standing_changed.connect(self._stand)
        session.rows_changed.connect(self._row)
        session.arrived.connect(self.arrived.extend)
        session.failed.connect(self.failed.extend)
        session.refused.connect(self.refused.append)
        session.projects_changed.connect(self._project)

    def _stand(self) -> None:
        self.threads.add(threading.current_thread())
        self.told_s.append(time.monotonic())
        self.standings.append(self.session.standing)

    def _row(self, project: str, ids: frozenset[str]) -> None:
        self.threads.add(threading.current_thread())
        self.rows.append((project, ids))
        self.rows_s.append(time.monotonic())

    def _project(self) -> None:
        self.threads.add(threading.current_thread())
        self.projects += 1

    @property
    def standing(self) -> Standing:
        return self.session.standing

    def files(self, status: Status) -> int:
        """How many files the totals have in a state, -1 while they were not read."""
        totals = self.standing.totals.get(PROJECT)
        return -1 if totals is None else totals.files[status]


@contextmanager
def session_of(application: Application, *, again_s: float = 0.05) -> Iterator[Watched]:
    """Started, and stopped at the end."""
    session = Session(application, again_s=again_s)
    watched = Watched(session)
    session.start()
    try:
        yield watched
    finally:
        assert session.stop()
