"""The engine's side of one file on its way, as providers see it."""

from __future__ import annotations

from collections.abc import Callable

from syncgui.engine.gate import Gate
from syncgui.engine.job import Job


class TransferControl:
    """Counts bytes, obeys the gate, and confirms before anything becomes visible.

    It is a `syncgui.providers.abstract_provider.Transfer`. Tokens are kept for this process only.
    """

    def __init__(self, job: Job, gate: Gate, confirm: Callable[[], None]) -> None:
        self._job = job
        self._gate = gate
        self._confirm = confirm
        self._token: str | None = None
        self.was_confirmed = False

    def progress(self, size_bytes: int) -> None:
        """See `Transfer.progress`."""
        self._job.moved_bytes += size_bytes
        self._gate.pass_through(self._job.cancellation, self._job.path)

    def confirm(self) -> None:
        """See `Transfer.confirm`."""
        self._gate.pass_through(self._job.cancellation, self._job.path)
        self._confirm()
        self.was_confirmed = True

    @property
    def resume(self) -> str | None:
        """See `Transfer.resume`."""
        return self._token

    def save(self, token: str) -> None:
        """See `Transfer.save`."""
        self._token = token
