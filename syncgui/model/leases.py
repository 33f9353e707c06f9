"""Who has a transfer: the names of workers and their leases.

A lease is the text "WORKER:N" in a site entry; WORKER names one running program, N counts its claims.
A lease is a fencing token: whoever finds another one in the entry neither renames nor records.
"""

from __future__ import annotations

import re
from random import Random

_WORKER = re.compile(r"[a-z0-9-]{1,24}")
_LEASE = re.compile(r"([a-z0-9-]{1,24}):(\d{1,18})")


def new_worker(random: Random) -> str:
    """A name that no other worker has had."""
    return f"w-{random.getrandbits(64):016x}"


def is_worker(name: str) -> bool:
    """Whether the text can be a worker's name; anything else never becomes a file name."""
    return _WORKER.fullmatch(name) is not None


def lease_of(worker: str, number: int) -> str:
    """The text that stands in an entry."""
    return f"{worker}:{number}"


def worker_of(lease: str) -> str | None:
    """The worker that a lease names, None if it is no lease of ours."""
    match = _LEASE.fullmatch(lease)
    return match[1] if match else None
