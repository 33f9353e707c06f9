"""Is the source what the record says, and does it stand still?

Recorded size equal to the size on disk: go. Otherwise two looks 2 s apart, one wait for the whole group:
still moving, it waits; still different, it waits for a person. A record without a size contradicts
nothing, so only standing still is asked of its source.
"""

from __future__ import annotations

from collections.abc import Sequence

from syncgui.engine.gate import Gate
from syncgui.engine.job import Job
from syncgui.engine.root_guard import RootGuard
from syncgui.engine.site_access import SiteAccess
from syncgui.engine.source_looks import Look, looks_at
from syncgui.model.errors import SizeDiffersError, SourceUnstableError, SyncError

LOOK_AGAIN_S = 2.0


class SourceGate:
    """Looks at the sources of a group."""

    def __init__(self, gate: Gate, guard: RootGuard) -> None:
        self._gate = gate
        self._guard = guard

    def look(self, jobs: Sequence[Job], source: SiteAccess) -> list[Look]:
        """Look at each job's source.

        Raises:
            SyncError: everything stops.
        """
        looks = looks_at(jobs, source, self._guard)
        doubtful = [n for n, look in enumerate(looks) if look.error is None and not _fits(jobs[n], look)]
        if not doubtful:
            return looks
        self._gate.wait(LOOK_AGAIN_S, jobs[doubtful[0]].path)
        again = looks_at([jobs[n] for n in doubtful], source, self._guard)
        for n, second in zip(doubtful, again, strict=True):
            first = looks[n]
            if second.error is not None:
                looks[n] = second
            elif first != second:
                looks[n] = Look(error=SourceUnstableError(site=source.name, path=jobs[n].path))
            elif _differs(jobs[n], second):
                looks[n] = Look(error=_size_error(jobs[n], second, source.name))
            else:
                looks[n] = second
        return looks


def size_mismatch(job: Job, recorded_bytes: int | None, look: Look) -> SyncError | None:
    """The error of one entry whose representation records another size than the file has."""
    if recorded_bytes is None or recorded_bytes == look.size_bytes:
        return None
    return SizeDiffersError(
        site=job.source,
        path=job.path,
        detail=f"it has {look.size_bytes} bytes, the record says {recorded_bytes}",
    )


def _fits(job: Job, look: Look) -> bool:
    """Whether nothing is in doubt: some record has this size, or a record without one has no bytes."""
    return any((one.size_bytes or 0) == look.size_bytes for one in job.wanted)


def _differs(job: Job, look: Look) -> bool:
    return all(size_mismatch(job, one.size_bytes, look) is not None for one in job.wanted)


def _size_error(job: Job, look: Look, site: str) -> SyncError:
    recorded = next(one.size_bytes for one in job.wanted if one.size_bytes is not None)
    return size_mismatch(job, recorded, look) or SourceUnstableError(site=site, path=job.path)
