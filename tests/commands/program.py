"""Runs the real program in a process of its own, in a small studio."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.engine.studio import PATIENCE_S, PROJECT, Studio

CHECKOUT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, object]:
        """What `--json` printed: the whole of stdout must be one value."""
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found


class Program:
    """The program, with the options of a studio.

    Args:
        folder: becomes HOME, so that nothing of this user is met.
    """

    def __init__(self, folder: Path, options: Sequence[str] = ()) -> None:
        self.folder = folder
        self.options = list(options)

    def environment(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """Few variables, none of this machine's user."""
        kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TMPDIR") if name in os.environ}
        home = {name: str(self.folder) for name in ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA")}
        # The program runs in another folder than the checkout, where it finds the package only by this.
        return {**kept, **home, "PYTHONPATH": str(CHECKOUT), "PYTHONWARNINGS": "error", **(more or {})}

    def run(
        self,
        *arguments: str | Path,
        stdin: str | None = None,
        variables: Mapping[str, str] | None = None,
        bare: bool = False,
    ) -> Ended:
        """Run one command to its end; `bare` without the studio's options."""
        done = subprocess.run(
            self.line(*arguments, bare=bare),
            capture_output=True,
            input=stdin,
            encoding="utf-8",
            env=self.environment(variables),
            cwd=self.folder,
            timeout=4 * PATIENCE_S,
            check=False,
        )
        assert "Traceback" not in done.stdout + done.stderr, done.stderr
        return Ended(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str | Path) -> subprocess.Popen[str]:
        """Start one command, with the studio's options."""
        return subprocess.Popen(
            self.line(*arguments),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            env=self.environment(),
            cwd=self.folder,
        )

    def line(self, *arguments: str | Path, bare: bool = False) -> list[str]:
        """What is run for a command."""
        options = [] if bare else self.options
        return [sys.executable, "-m", "syncgui", *map(str, arguments), *options]


class PublishingStudio(Studio):
    """A studio that is filled by the program itself."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.program = Program(folder, self.options())

    def run(self, *arguments: str | Path, stdin: str | None = None) -> Ended:
        """Run one command with the studio's options."""
        return self.program.run(*arguments, stdin=stdin)

    def published(self, *names: str, subset: str = "renderMain", each: bool = False) -> list[str]:
        """Write files on the studio site and publish them; the ids."""
        paths = [self.write(name, name.encode()) for name in names]
        more = ["--each"] if each else []
        what = ["--project", PROJECT, "--asset", "sh010", "--subset", subset, *more]
        done = self.run("publish", *paths, *what)
        assert done.code == 0, done.err
        return done.out.split()

    def counts(self, of: str = "files") -> dict[str, int]:
        """The figures of `status --json` that are not 0."""
        report = self.report()
        figures = report[of]
        assert isinstance(figures, dict)
        return {key: value for key, value in figures.items() if value}

    def report(self) -> dict[str, object]:
        """The only project of `status --json`."""
        done = self.run("status", "--json")
        assert done.code == 0, done.err
        projects = done.json["projects"]
        assert isinstance(projects, list)
        (report,) = projects
        assert isinstance(report, dict)
        return report
