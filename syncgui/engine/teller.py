"""Events on their way to whoever listens: gathered in a round, given as one batch at its end."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from syncgui.engine.environment import Clock
from syncgui.engine.events import Done, Event, Failed, Listener, Moving, Trouble
from syncgui.engine.job import Job, JobResult
from syncgui.model.errors import Scope, SyncError

_log = logging.getLogger(__name__)

EVERY_S = 0.2
"""How often the progress of what moves is told."""


class Teller:
    """Gathers events. Owned by the loop's thread."""

    def __init__(self, clock: Clock, listener: Listener) -> None:
        self._clock = clock
        self._listener = listener
        self._events: list[Event] = []
        self._moving_told_s = 0.0

    def add(self, event: Event) -> None:
        """Tell an event with the next batch."""
        self._events.append(event)

    def ended(self, one: JobResult) -> None:
        """Tell how a job ended; a failure of a site or a database is told once, not of each file."""
        job = one.job
        for error in dict.fromkeys(one.errors):
            if error is None:
                self.add(
                    Done(
                        job.project,
                        job.path,
                        job.target,
                        job.direction,
                        one.size_bytes,
                        one.copied,
                        job.representations,
                    )
                )
            elif error.scope is Scope.FILE:
                self.failed(job.project, job.target, error, job.representations)

    def failed(self, project: str, site: str, error: SyncError, representations: tuple[str, ...]) -> None:
        """Tell that a file failed."""
        self.add(
            Failed(
                project,
                error.path,
                error.site or site,
                error.code,
                error.sentence,
                error.next_step,
                error.costs_try,
                representations,
            )
        )

    def trouble(self, error: SyncError) -> None:
        """Tell that a site is in trouble."""
        _log.warning("%s", error.sentence)
        self.add(Trouble(error.site, error.code, error.sentence, error.next_step))

    def moving(self, jobs: Iterable[Job]) -> None:
        """Tell how far jobs are, a few times a second."""
        now = self._clock.steady_s()
        if now - self._moving_told_s < EVERY_S:
            return
        self._moving_told_s = now
        for job in jobs:
            if 0 < job.moved_bytes < job.size_bytes:
                self.add(
                    Moving(
                        job.project,
                        job.path,
                        job.direction,
                        job.moved_bytes,
                        job.size_bytes,
                        job.representations,
                    )
                )

    def flush(self) -> None:
        """Give the batch to the listener."""
        if self._events:
            events, self._events = self._events, []
            self._listener(events)
