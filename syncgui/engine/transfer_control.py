"""The engine's side of one file on its way, as providers see it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from syncgui.engine.bandwidth import Bandwidth
from syncgui.engine.checksums import Checksums
from syncgui.engine.gate import Gate
from syncgui.engine.job import Job


@dataclass(frozen=True, slots=True)
class Tokens:
    """Where a provider's token for the next try is kept. `save` with None forgets it."""

    read: Callable[[], str | None]
    save: Callable[[str | None], None]


_NO_TOKENS = Tokens(lambda: None, lambda _: None)


class TransferControl:
    """Counts bytes, obeys gate and bandwidth, and confirms before anything becomes visible.

    It is a `syncgui.providers.abstract_provider.Transfer`.

    Args:
        job: what is moved; its `moved_bytes` are counted.
        gate: pause and stop.
        bandwidth: the limits of its sites.
        checksums: of what is read from the source, or written to the target.
        confirm: what is done before content becomes visible; None where that is not the provider's.
        known_id: the id under which the record knows the file on the provider's site.
        start_bytes: how much of a download is there already.
        tokens: for uploads that outlive this program.
    """

    def __init__(
        self,
        job: Job,
        gate: Gate,
        bandwidth: Bandwidth,
        checksums: Checksums,
        *,
        confirm: Callable[[], None] | None = None,
        known_id: str | None = None,
        start_bytes: int = 0,
        tokens: Tokens = _NO_TOKENS,
    ) -> None:
        self._job = job
        self._gate = gate
        self._bandwidth = bandwidth
        self._checksums = checksums
        self._confirm = confirm
        self._tokens = tokens
        self.known_id = known_id
        self.start_bytes = start_bytes
        self.was_confirmed = False

    def progress(self, size_bytes: int) -> None:
        """See `Transfer.progress`."""
        self._job.moved_bytes += size_bytes
        self._bandwidth.moved(self._job, size_bytes)
        self._gate.pass_through(self._job.cancellation, self._job.path)

    def kept(self, size_bytes: int) -> None:
        """See `Transfer.kept`."""
        self._job.moved_bytes += size_bytes
        self._gate.pass_through(self._job.cancellation, self._job.path)

    def piece_bytes(self, most_bytes: int) -> int:
        """See `Transfer.piece_bytes`."""
        return self._bandwidth.piece_bytes(self._job, most_bytes)

    def wait(self, seconds: float) -> None:
        """See `Transfer.wait`."""
        self._gate.wait(seconds, self._job.path, self._job.cancellation)
        # What follows a wait is a call: while everything is paused there is none.
        self._gate.pass_through(self._job.cancellation, self._job.path)

    def confirm(self) -> None:
        """See `Transfer.confirm`."""
        self._gate.pass_through(self._job.cancellation, self._job.path)
        if self._confirm is not None:
            self._confirm()
        self.was_confirmed = True

    def agrees(self, checksum: str) -> bool | None:
        """See `Transfer.agrees`."""
        return self._checksums.agrees(checksum)

    @property
    def resume(self) -> str | None:
        """See `Transfer.resume`."""
        return self._tokens.read()

    def save(self, token: str | None) -> None:
        """See `Transfer.save`."""
        self._tokens.save(token)
