"""What sources are at this moment: their sizes and times, or why they are not to be taken.

A file of this machine is looked at below its root, which is looked at before (P11); of one that lies far
away its provider is asked, for all of a group at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from syncgui.engine.root_guard import RootGuard
from syncgui.engine.site_access import SiteAccess
from syncgui.model.errors import SiteUnknownError, SourceMissingError, SourceNotAFileError, SyncError
from syncgui.model.paths import PlacedPath
from syncgui.model.times import ns_of
from syncgui.providers.abstract_provider import StoredFile
from syncgui.providers.local_folder import FileFacts, LocalFolder


class Sought(Protocol):
    """A file that is to be looked at on a site."""

    @property
    def path(self) -> str:
        """As the record has it."""

    @property
    def placed(self) -> PlacedPath:
        """The same below its root."""

    @property
    def source_id(self) -> str | None:
        """Under which the record knows it on the site, None where it does not."""


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

    def is_of(self, facts: FileFacts) -> bool:
        """Whether a file that was opened since is what was looked at, and will get its time."""
        return (facts.size_bytes, facts.mtime_ns) == (self.size_bytes, self.mtime_ns)

    def differs(self, other: Look) -> bool:
        """Whether what is looked at has changed between the two; False where one of them saw nothing."""
        if self.error is not None or other.error is not None:
            return False
        facts = (self.size_bytes, self.mtime_ns, self.checksums)
        return facts != (other.size_bytes, other.mtime_ns, other.checksums)


def looks_at(jobs: Sequence[Sought], source: SiteAccess, guard: RootGuard) -> list[Look]:
    """Look at each file, once.

    Raises:
        SyncError: nothing can be looked at there.
    """
    if not source.is_folder:
        return far_looks(jobs, source)
    return [_local_look(job, source, guard) for job in jobs]


def far_looks(jobs: Sequence[Sought], source: SiteAccess) -> list[Look]:
    """Look at each file of a site that is no folder of this machine, once."""
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


def with_path(error: SyncError, job: Sought) -> SyncError:
    """The error, about the path as the record has it: a folder knows only names below its root."""
    error.path = job.path
    return error


def _local_look(job: Sought, source: SiteAccess, guard: RootGuard) -> Look:
    try:
        folder = guard.check(source, job.placed)
        if folder is None:
            raise SiteUnknownError(site=source.name, path=job.path, detail="it is no folder here")
        facts = folder.facts(job.placed.parts)
        if facts is None:
            guard.look_again(source, job.placed)
            raise SourceMissingError(site=source.name, path=job.path)
    except SyncError as error:
        return Look(error=with_path(error, job))
    if not facts.is_file:
        return Look(
            error=SourceNotAFileError(
                site=source.name, path=job.path, detail="it is a folder, a link or a device"
            )
        )
    # Without its device: network file systems, and disks that are mounted anew, get another number.
    content = f"{facts.size_bytes}:{facts.mtime_ns}:{facts.ctime_ns}:{facts.inode}"
    return Look(facts.size_bytes, facts.mtime_ns, content, folder=folder)


def _look_of(stored: StoredFile) -> Look:
    mtime_ns = ns_of(stored.mtime) if stored.mtime else 0
    known = stored.checksums
    content = ":".join((str(stored.size_bytes), str(mtime_ns), stored.id, *known)) if known else ""
    return Look(stored.size_bytes, mtime_ns, content, known)
