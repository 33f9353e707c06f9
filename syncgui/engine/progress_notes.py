"""How far large files are, told to the database now and then, so that others see it, too.

Only entries that carry our lease are written, and only while the file moves; whatever ends the transfer takes
the note away. A note that is lost is no harm: it is written for people, nothing depends on it.
"""

from __future__ import annotations

from collections.abc import Iterable

from syncgui.engine.environment import Clock, Noting
from syncgui.engine.job import Job
from syncgui.engine.rights import Rights
from syncgui.model.edits import Outcome, Result
from syncgui.model.errors import DatabaseForbiddenError
from syncgui.store.abstract_store import Store

_STEPS = 1000  # nobody looks closer


class ProgressNotes:
    """Owned by the loop's thread.

    Args:
        noting: of which files, and how often.
    """

    def __init__(self, store: Store, clock: Clock, rights: Rights, noting: Noting) -> None:
        self._store = store
        self._clock = clock
        self._rights = rights
        self._noting = noting
        self._noted: dict[Job, tuple[float, int]] = {}  # when, steady seconds, and how many bytes

    def note(self, moving: Iterable[Job]) -> None:
        """Write what is due of the jobs in slots.

        Raises:
            DatabaseUnreachableError: the store does not answer.
        """
        now_s = self._clock.steady_s()
        large = [job for job in moving if job.size_bytes >= self._noting.file_bytes]
        self._noted = {job: self._noted.get(job, (now_s, 0)) for job in large}
        due: dict[str, list[Result]] = {}
        for job in large:
            then_s, then_bytes = self._noted[job]
            moved_bytes = job.moved_bytes
            if now_s - then_s < self._noting.every_s or moved_bytes == then_bytes:
                continue
            self._noted[job] = now_s, moved_bytes
            if 0 < moved_bytes < job.size_bytes and not job.cancellation.is_cancelled:
                due.setdefault(job.project, []).extend(_results(job, moved_bytes / job.size_bytes))
        for project, results in due.items():
            try:
                self._store.write_results(project, results)
            except DatabaseForbiddenError as error:
                if not self._rights.take(error):
                    raise


def _results(job: Job, share: float) -> list[Result]:
    progress = int(share * _STEPS) / _STEPS
    return [Result(one.target, job.lease, Outcome.MOVING, progress=progress) for one in job.wanted]
