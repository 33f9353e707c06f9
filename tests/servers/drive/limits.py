"""How often an account may call: a bucket of tokens for each."""

from __future__ import annotations

import threading
import time

from tests.servers.drive.errors import rate_limited
from tests.servers.drive.settings import Settings


class RateLimit:
    """Refuses calls that come too early."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._buckets: dict[str, tuple[float, float]] = {}  # tokens, when that was so

    def spend(self, account: str, settings: Settings) -> None:
        """Count one call.

        Raises:
            ApiError: it comes too early.
        """
        if settings.rate_per_s is None:
            return
        now = time.monotonic()
        burst = float(max(1, settings.rate_burst))
        with self._lock:
            tokens, at = self._buckets.get(account, (burst, now))
            tokens = min(burst, tokens + (now - at) * settings.rate_per_s)
            refused = tokens < 1
            self._buckets[account] = (tokens if refused else tokens - 1, now)
        if refused:
            raise rate_limited(settings.rate_status, settings.rate_reason, settings.rate_retry_after_s)
