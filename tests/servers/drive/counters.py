"""What was called: counts by kind, a log of the last calls, how many ran at once."""

from __future__ import annotations

import threading
import time
from collections import defaultdict, deque
from dataclasses import asdict, dataclass, field

from tests.servers.drive.errors import Document

_LOGGED = 100_000


@dataclass(slots=True)
class _Kind:
    calls: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    statuses: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class LogEntry:
    """One call that has ended; status 0 when it got no answer.

    Args:
        at_s: when it began, in seconds of the machine's clock.
        seconds: how long it took.
        through_proxy: whether it came by CONNECT.
    """

    kind: str
    method: str
    target: str
    account: str
    status: int
    at_s: float
    seconds: float
    bytes_in: int
    bytes_out: int
    through_proxy: bool


class Counters:
    """Counts; calls of the control interface are left out."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running = 0
        self.reset()

    def reset(self) -> None:
        """Begin anew."""
        with self._lock:
            self._kinds: defaultdict[str, _Kind] = defaultdict(_Kind)
            self._log: deque[LogEntry] = deque(maxlen=_LOGGED)
            self._peak = self._running
            self._rate_limited = 0
            self._tunnels = 0
            self._connections = 0

    def begin(self) -> None:
        """A call runs."""
        with self._lock:
            self._running += 1
            self._peak = max(self._peak, self._running)

    def end(self, entry: LogEntry) -> None:
        """A call that was begun has ended: before its answer's last bytes go out, so that whoever has the
        answer finds it counted."""
        with self._lock:
            self._running -= 1
        self.add(entry)

    def add(self, entry: LogEntry) -> None:
        """Keep a call in counts and log."""
        with self._lock:
            kind = self._kinds[entry.kind]
            kind.calls += 1
            kind.bytes_in += entry.bytes_in
            kind.bytes_out += entry.bytes_out
            status = str(entry.status)
            kind.statuses[status] = kind.statuses.get(status, 0) + 1
            self._log.append(entry)

    def add_rate_limited(self) -> None:
        """A call was refused for coming too early."""
        with self._lock:
            self._rate_limited += 1

    def add_tunnel(self, target: str, status: int) -> None:
        """A CONNECT was let through (200) or not."""
        with self._lock:
            self._tunnels += status == 200
        self.add(LogEntry("connect", "", target, "", status, time.time(), 0.0, 0, 0, True))

    def add_connection(self) -> None:
        """A client has connected."""
        with self._lock:
            self._connections += 1

    def document(self) -> Document:
        """All counts."""
        with self._lock:
            return {
                "kinds": {name: asdict(kind) for name, kind in self._kinds.items()},
                "calls": sum(kind.calls for name, kind in self._kinds.items() if name != "connect"),
                "running": self._running,
                "peak_concurrent": self._peak,
                "rate_limited": self._rate_limited,
                "tunnels": self._tunnels,
                "connections": self._connections,
            }

    def log(self) -> list[Document]:
        """The last calls, oldest first."""
        with self._lock:
            return [asdict(entry) for entry in self._log]
