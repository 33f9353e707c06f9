"""A job in the middle of its transfer: what the steps of a transfer know of it and tell each other."""

from __future__ import annotations

from dataclasses import dataclass, field

from syncgui.engine.checksums import Checksums
from syncgui.engine.job import Job, JobResult
from syncgui.engine.source_gate import size_mismatch
from syncgui.engine.source_looks import Look
from syncgui.model.errors import SyncError
from syncgui.providers.blind_names import Listings
from syncgui.providers.local_folder import FileFacts, LocalFolder


@dataclass(slots=True)
class Moving:
    """One file on its way, with what is known of it so far."""

    job: Job
    look: Look
    checksums: Checksums
    from_folder: LocalFolder | None = None
    to_folder: LocalFolder | None = None
    facts: FileFacts | None = None  # of the source as it was opened
    partial: str = ""  # what its bytes are called in the target's folder until they get their name
    keeps_partial: bool = False
    stored_id: str | None = None
    copied: bool = True
    is_hashed: bool = True  # whether `checksums` are those of its content
    flush: str = ""  # how it was made durable
    error: SyncError | None = None
    begun_s: float = 0.0  # steady seconds
    listings: Listings = field(default_factory=Listings)  # the same for all of a group

    def result(self, now_s: float) -> JobResult:
        """How it ended, for each of its entries. `now_s`: steady seconds."""
        seconds = max(0.0, now_s - self.begun_s)
        if self.error is not None:
            errors: tuple[SyncError | None, ...] = tuple(self.error for _ in self.job.wanted)
            return JobResult(
                self.job,
                errors,
                size_bytes=self.look.size_bytes,
                seconds=seconds,
                flush=self.flush,
                keeps_partial=self.keeps_partial,
            )
        return JobResult(
            self.job,
            tuple(size_mismatch(self.job, wanted.size_bytes, self.look) for wanted in self.job.wanted),
            provider_id=self.stored_id,
            checksum=self.checksums.own if self.is_hashed else None,
            size_bytes=self.look.size_bytes,
            copied=self.copied,
            seconds=seconds,
            flush=self.flush,
        )
