"""From how a job ended to what is written about its entries."""

from __future__ import annotations

from random import Random

from syncgui.engine.job import Job, JobResult, Wanted
from syncgui.model.edits import Outcome, Result
from syncgui.model.errors import LeaseLostError, Scope, SyncError
from syncgui.state import Attempt
from syncgui.state.ledger import DONE, THERE

_LONGEST_WAIT_S = 600.0
_FIRST_WAIT_S = 5.0


def results_of(ended: JobResult, random: Random) -> list[Result]:
    """One result per entry; none for an entry that another worker may have by now."""
    found: list[Result] = []
    for wanted, error in zip(ended.job.wanted, ended.errors, strict=True):
        if error is None:
            found.append(
                Result(
                    wanted.target,
                    ended.job.lease,
                    Outcome.DONE,
                    provider_id=ended.provider_id,
                    checksum=ended.checksum,
                )
            )
        elif not isinstance(error, LeaseLostError):
            found.append(failure(wanted, ended.job.lease, error, random))
    return found


def attempt_of(ended: JobResult, at: float) -> Attempt:
    """What the ledger keeps of a job. `at`: epoch seconds."""
    error = next((one for one in ended.errors if one is not None), None)
    job = ended.job
    return Attempt(
        at=at,
        project=job.project,
        representation=job.representations[0],
        path=job.path,
        source=job.source,
        target=job.target,
        size_bytes=ended.size_bytes or job.size_bytes,
        moved_bytes=job.moved_bytes if ended.copied else 0,
        seconds=ended.seconds,
        checksum=ended.checksum,
        flush=ended.flush,
        result=error.code if error is not None else DONE if ended.copied else THERE,
        sentence=error.sentence if error is not None else "",
    )


def failure(wanted: Wanted, lease: str, error: SyncError, random: Random) -> Result:
    """What is written about an entry that failed: nothing but a release if the file is not at fault."""
    if error.scope is not Scope.FILE or error.code == "cancelled":
        return release(wanted, lease)
    wait_s = error.retry_after_s
    if wait_s is None:
        wait_s = random.uniform(0.0, min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2.0 ** min(wanted.tries, 10)))
    return Result(
        wanted.target,
        lease,
        Outcome.FAILED,
        error=error.sentence,
        costs_try=error.costs_try,
        retry_after_s=wait_s,
    )


def release(wanted: Wanted, lease: str) -> Result:
    """Give an entry back as it was."""
    return Result(wanted.target, lease, Outcome.RELEASED)


def releases(job: Job) -> list[Result]:
    """Give all entries of a job back."""
    return [release(wanted, job.lease) for wanted in job.wanted]
