"""Names of partial files: what is on its way lies beside its target under a name that tells whose it is.

The name holds a hash of the target's name, not the name itself, so it is never too long; and the worker
and the number of its claim, so two workers never write into the same partial.
"""

from __future__ import annotations

import re

import xxhash

from syncgui.model.leases import is_worker

_PARTIAL = re.compile(r"\.syncgui-([0-9a-f]{16})-([a-z0-9-]{1,24})-(\d{1,18})\.part")


def partial_name(name: str, worker: str, number: int) -> str:
    """The name under which `worker` writes a file called `name`, for its claim `number`.

    Raises:
        ValueError: the worker's name or the number can not be part of a file's name.
    """
    if not is_worker(worker) or not 0 <= number < 10**18:
        raise ValueError(f"no worker and claim: {worker!r}, {number!r}")
    return f".syncgui-{_hash(name)}-{worker}-{number}.part"


def read_partial_name(text: str) -> tuple[str, str, int] | None:
    """Hash of the target's name, worker and number; None if it is no partial's name."""
    match = _PARTIAL.fullmatch(text)
    return (match[1], match[2], int(match[3])) if match else None


def _hash(name: str) -> str:
    # surrogatepass: a name that is no proper text still has a hash.
    return xxhash.xxh3_64(name.encode("utf-8", "surrogatepass")).hexdigest()
