"""The columns of the index's rows, as named tuples in the order of the tables.

A tuple as it should be is compared with the tuple that is stored; only what differs is written.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import NamedTuple, TypeAlias

from syncgui.model.status import Status

Flow: TypeAlias = tuple[str, str, int]
"""Wanting site, holding site ("" for none), 1 where both want the file and trying failed."""

Place: TypeAlias = tuple[str, str]
"""Site, and the roots under which its files lie: "{NAME}", a line for each, sorted."""

PlaceTally: TypeAlias = tuple[int, int, float | None]
"""Files present, their bytes, and when the newest came."""

NO_STATUS = -1
STATUSES = tuple(Status)
CODES = {status: code for code, status in enumerate(STATUSES)}

_RANKS = {Status.FAILED: 0, Status.RETRYING: 1, Status.IN_PROGRESS: 2, Status.QUEUED: 3}
_LAST_RANK = 4
_PACKED = struct.Struct("<BIQ")


class RepColumns(NamedTuple):
    """The columns of `rep` after its id and project."""

    key: str
    parent: str
    name: str
    asset: str
    subset: str
    version: int | None
    hero: int
    hierarchy: str
    task: str
    username: str
    files: int
    size: int
    changed: float
    status: int
    rank: int
    shown: int
    among: int
    packed: bytes
    available: int
    active_share: float
    remote_share: float
    priority: int
    error: str | None
    direction: str | None
    paused_by: str | None
    waits_for: str | None
    next_try: float | None
    notes: str | None


class OpenColumns(NamedTuple):
    """The columns of `open` after id, rep, project, position and flow.

    `site` is the site whose entry the row speaks of; `lead` marks one row of each entry; `failing` that
    it has an error or tries.
    """

    file_id: str | None
    path: str
    path_key: str
    path_hash: int
    size: int | None
    large: int
    mark: int
    tries: int
    neg_priority: int
    since: float
    next_try: float
    lease: str | None
    worker: str | None
    error: str | None
    site: str
    progress: float | None
    moved_at: float
    failing: int
    lead: int


def rank(status: Status | None) -> int:
    """The place of a status in the table's default order."""
    return _LAST_RANK if status is None else _RANKS.get(status, _LAST_RANK)


def pack(counts: Mapping[Status, tuple[int, int]]) -> bytes:
    """Files and bytes by status, in one small value; equal counts give equal values."""
    return b"".join(_PACKED.pack(CODES[status], *counts[status]) for status in STATUSES if status in counts)


def unpack(packed: bytes) -> Iterable[tuple[int, int, int]]:
    """Status code, files, bytes."""
    return _PACKED.iter_unpack(packed)


def path_hash(path_key: str) -> int:
    """A number of 64 bits for a path key."""
    raw = blake2b(path_key.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(raw, "little", signed=True)
