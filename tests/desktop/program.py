"""Programs on the desktop of the tests: started as a person starts them, watched from outside."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.desktop.xserver import PATIENCE_S, Desktop, awaited

CHECKOUT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Running:
    """A program that was started; `log` gets all that it prints."""

    process: subprocess.Popen[bytes]
    log: Path

    def lines(self, start: str = "") -> list[str]:
        """What it printed so far, of lines that start so."""
        return [line for line in self.log.read_text(errors="replace").splitlines() if line.startswith(start)]

    def line(self, start: str) -> str:
        """The rest of the first line that starts so, waited for."""
        found = awaited(lambda: self.lines(start) or self._ended(), f"a line {start!r}")
        assert found is not True, f"it ended: {self.log.read_text()}"
        return found[0].removeprefix(start).strip()  # type: ignore[index]

    def ended(self) -> int:
        """Wait for its end; the exit code."""
        return self.process.wait(PATIENCE_S)

    def signalled(self, number: signal.Signals) -> int:
        """Send it a signal and wait for its end; the exit code."""
        self.process.send_signal(number)
        return self.ended()

    def _ended(self) -> bool:
        return self.process.poll() is not None


@contextmanager
def started(
    desktop: Desktop, line: Sequence[str], log: Path, more: Mapping[str, str] | None = None
) -> Iterator[Running]:
    """A program of this checkout on a desktop; killed at the end if it still runs."""
    with log.open("ab") as told:
        process = subprocess.Popen(
            [sys.executable, *line],
            env={**desktop.env, "PYTHONPATH": str(CHECKOUT), "PYTHONUNBUFFERED": "1", **(more or {})},
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            stdout=told,
            stderr=told,
        )
    try:
        yield Running(process, log)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(PATIENCE_S)
