"""How many files this process may hold open: as many as the system lets it, not what it begins with.

Each slot holds a group of files and their folders open; macOS begins with 256, Linux with 1,024.
"""

from __future__ import annotations

import logging
import sys

if sys.platform != "win32":
    import resource

WANTED = 8192

_log = logging.getLogger(__name__)


def raise_limit() -> int:
    """Raise this process's own limit where that can be; what it is then, 0 where there is none to know."""
    if sys.platform == "win32":
        return 0
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        except (OSError, ValueError) as error:  # macOS has a further limit of its own
            _log.info("the limit of open files stays at %d: %s", soft, error)
            return soft
        return wanted
    return soft
