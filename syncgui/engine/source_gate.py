"""Is the source what the record says, and does it stand still?

Recorded size equal to the size on disk: go. Otherwise two looks 2 s apart, one wait for the whole group:
still moving, it waits; still different, it waits for a person. A record without a size contradicts
nothing, so only standing still is asked of its source.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from syncgui.engine.gate import Gate
from syncgui.engine.job import Job
from syncgui.engine.root_guard import RootGuard
from syncgui.engine.site_access import SiteAccess
from syncgui.model.errors import (
    SiteUnknownError,
    SizeDiffersError,
    SourceMissingError,
    SourceNotAFileError,
    SourceUnstableError,
    SyncError,
)
from syncgui.model.times import ns_of
from syncgui.providers.abstract_provider import StoredFile
from syncgui.providers.local_folder import LocalFolder

LOOK_AGAIN_S = 2.0


@dataclass(frozen=True, slots=True)
class Look:
    """What the source is: its size and times, or why it is not to be taken.

    `content`: tells this content from every other one that the source may get; "" where nothing can.
    """

    size_bytes: int = 0
    mtime_ns: int = 0
    content: str = ""
    checksums: tuple[str, ...] = ()  # what the source itself says of the content, "algorithm:hex"
    folder: LocalFolder | None = None  # the open root in which it lies, if that is one of this machine
    error: SyncError | None = None


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
        looks = self._look(jobs, source)
        doubtful = [n for n, look in enumerate(looks) if look.error is None and not _fits(jobs[n], look)]
        if not doubtful:
            return looks
        self._gate.wait(LOOK_AGAIN_S, jobs[doubtful[0]].path)
        again = self._look([jobs[n] for n in doubtful], source)
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

    def _look(self, jobs: Sequence[Job], source: SiteAccess) -> list[Look]:
        if not source.is_folder:
            return _remote_looks(jobs, source)
        return [self._local_look(job, source) for job in jobs]

    def _local_look(self, job: Job, source: SiteAccess) -> Look:
        try:
            folder = self._guard.check(source, job.placed)
            if folder is None:
                raise SiteUnknownError(site=source.name, path=job.path, detail="it is no folder here")
            facts = folder.facts(job.placed.parts)
            if facts is None:
                self._guard.look_again(source, job.placed)
                raise SourceMissingError(site=source.name, path=job.path)
        except SyncError as error:
            return Look(error=with_path(error, job))
        if not facts.is_file:
            return Look(
                error=SourceNotAFileError(
                    site=source.name, path=job.path, detail="it is a folder, a link or a device"
                )
            )
        content = f"{facts.size_bytes}:{facts.mtime_ns}:{facts.ctime_ns}:{facts.device}:{facts.inode}"
        return Look(facts.size_bytes, facts.mtime_ns, content, folder=folder)


def size_mismatch(job: Job, recorded_bytes: int | None, look: Look) -> SyncError | None:
    """The error of one entry whose representation records another size than the file has."""
    if recorded_bytes is None or recorded_bytes == look.size_bytes:
        return None
    return SizeDiffersError(
        site=job.source,
        path=job.path,
        detail=f"it has {look.size_bytes} bytes, the record says {recorded_bytes}",
    )


def with_path(error: SyncError, job: Job) -> SyncError:
    """The error, about the path as the record has it: a folder knows only names below its root."""
    error.path = job.path
    return error


def _remote_looks(jobs: Sequence[Job], source: SiteAccess) -> list[Look]:
    looks: dict[int, Look] = {}
    paths: dict[int, str] = {}
    for n, job in enumerate(jobs):
        try:
            paths[n] = source.place(job.placed).path
        except SyncError as error:
            looks[n] = Look(error=with_path(error, job))
    found = source.provider.stat_many(list(paths.values()), [jobs[n].source_id for n in paths])
    for n, one in zip(paths, found, strict=True):
        job = jobs[n]
        if isinstance(one, SyncError):
            looks[n] = Look(error=with_path(one, job))
        elif one is None:
            looks[n] = Look(error=SourceMissingError(site=source.name, path=job.path))
        else:
            looks[n] = _look_of(one)
    return [looks[n] for n in range(len(jobs))]


def _look_of(stored: StoredFile) -> Look:
    mtime_ns = ns_of(stored.mtime) if stored.mtime else 0
    known = stored.checksums
    content = ":".join((str(stored.size_bytes), str(mtime_ns), stored.id, *known)) if known else ""
    return Look(stored.size_bytes, mtime_ns, content, known)


def _fits(job: Job, look: Look) -> bool:
    """Whether nothing is in doubt: some record has this size, or a record without one has no bytes."""
    return any((one.size_bytes or 0) == look.size_bytes for one in job.wanted)


def _differs(job: Job, look: Look) -> bool:
    return all(size_mismatch(job, one.size_bytes, look) is not None for one in job.wanted)


def _size_error(job: Job, look: Look, site: str) -> SyncError:
    recorded = next(one.size_bytes for one in job.wanted if one.size_bytes is not None)
    return size_mismatch(job, recorded, look) or SourceUnstableError(site=site, path=job.path)
