"""Running whole processes and reading what the system says of them."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from syncgui.settings import write_settings

_LOOK_S = 0.005


@dataclass(frozen=True, slots=True)
class Run:
    """One finished process: wall and CPU seconds, largest resident memory in bytes."""

    wall_s: float
    cpu_s: float
    memory_bytes: int


def run(command: Sequence[str | Path], variables: Mapping[str, str] | None = None) -> Run:
    """Run a command to its end.

    Args:
        command: program and arguments.
        variables: further ones of the environment.

    Raises:
        RuntimeError: it ended with another code than 0; its words are in the message.
    """
    with tempfile.TemporaryFile() as words:
        begin = time.perf_counter()
        process = subprocess.Popen(
            [str(one) for one in command],
            stdout=subprocess.DEVNULL,
            stderr=words,
            env={**environment(), **(variables or {})},
        )
        memory_bytes = 0
        ended, status, used = 0, 0, None
        while not ended:
            memory_bytes = max(memory_bytes, peak_memory_bytes(process.pid))
            ended, status, used = os.wait4(process.pid, os.WNOHANG)
            if not ended:
                time.sleep(_LOOK_S)
        wall_s = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            words.seek(0)
            raise RuntimeError(f"{command[0]} ended with {process.returncode}: {words.read().decode()}")
    cpu_s = used.ru_utime + used.ru_stime if used else 0.0
    return Run(round(wall_s, 3), round(cpu_s, 3), memory_bytes)


def peak_memory_bytes(pid: int) -> int:
    """A process's largest resident memory so far; what `wait4` says includes its parent's."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")), 0)


def syncgui(*arguments: str | Path) -> list[str]:
    """The command line of this program, in this Python."""
    return [sys.executable, "-m", "syncgui", *(str(one) for one in arguments)]


def two_sites(folder: Path, home: str = "home") -> list[str]:
    """Settings for the sites `studio` and `backup` in a folder; the command line's options for them."""
    settings = folder / "settings"
    for name in ("studio", "backup"):
        (folder / name).mkdir(exist_ok=True)
    write_settings(
        settings,
        sites={
            name: {"provider": "local_drive", "root": {"work": str(folder / name)}}
            for name in ("studio", "backup")
        },
        publish_site="studio",
        remote_site="backup",
    )
    return [
        *("--home", str(folder / home)),
        *("--settings", str(settings)),
        *("--database", f"sqlite:///{folder / 'db.sqlite'}"),
    ]


def environment() -> dict[str, str]:
    """The environment without this user's own settings."""
    ours = ("SYNCGUI_", "AVALON_", "OPENPYPE_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def summary(runs: Iterable[Run]) -> dict[str, float]:
    """Medians of several runs."""
    fields = [asdict(one) for one in runs]
    return {name: statistics.median(one[name] for one in fields) for name in fields[0]}
