"""Everything around the programs of one simulation, made from one seed: what there is, and who runs."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random

from syncgui.providers.local_drive import LocalDriveSettings
from syncgui.settings import ProjectSettings, SiteSettings
from tests.simulate.cloud import CODE, Cloud, CloudSettings
from tests.simulate.disk import Disk, Folder, after_any_power_cut
from tests.simulate.program import Program
from tests.simulate.scheduler import Scheduler, SimThread
from tests.simulate.server import Server
from tests.simulate.watch import FILE_MODES, Watch

ROOTS = {"studio": "/studio", "backup": "/backup", "cloud": "/cloud"}
FOLDERS = ("studio", "backup")
LOCAL, REMOTE = "local", "remote"  # the projects: between folders, and with the cloud


class World:
    """See the module.

    Args:
        seed: decides everything.
        folder: for the files that are real, state and index.
        program: the class of programs.
        is_tracing: whether every event is remembered.
    """

    def __init__(
        self, seed: int, folder: Path, *, program: type[Program] = Program, is_tracing: bool = False
    ) -> None:
        self.random = Random(seed)
        self.folder = folder
        self.is_tracing = is_tracing
        self.lines: list[str] = []
        self.scheduler = Scheduler(
            Random(self.random.getrandbits(64)), self.random.choice((0.0, 0.02, 0.1, 0.4)), self._crashed
        )
        self.slowness = self.random.choice((0.0, 0.02, 0.1, 0.3))
        self.losses = 0.0
        self.watch = Watch(self)
        self.disk = Disk(Random(self.random.getrandbits(64)), lambda: self.scheduler.now)
        self.server = Server(self)
        self.cloud = Cloud()
        self.roots = {site: self.disk.new_root(ROOTS[site]) for site in FOLDERS}
        self.site_of_root: dict[Folder, str] = {root: site for site, root in self.roots.items()}
        self.programs: list[Program] = []
        self.is_finished = False
        self._program = program
        self._started = 0
        self._settings = {name: _settings(name) for name in (LOCAL, REMOTE)}

    # -- programs ------------------------------------------------------------------------------------

    def start(self, machine: str) -> Program:
        """Start a program on a machine."""
        (self.folder / machine).mkdir(parents=True, exist_ok=True)
        self._started += 1
        program = self._program(self, machine, f"p{self._started}")
        self.programs.append(program)
        return program

    def ended(self, program: Program) -> None:
        """A program was killed: after a while somebody starts it again."""
        self.programs.remove(program)
        if not self.is_finished:
            self.start_at(self.scheduler.now + self.random.choice((0.1, 3.0, 20.0)), program.machine)

    def start_at(self, time_s: float, machine: str) -> None:
        """Start a program at a time."""

        def event() -> None:
            if not self.is_finished:
                self.start(machine)

        self.scheduler.at(time_s, event)

    def finish(self) -> None:
        """End the run."""
        if self.is_finished:
            return
        self.is_finished = True
        for program in list(self.programs):
            program.kill()
        self.scheduler.end()

    def settings(self, local_id: str) -> Mapping[str, ProjectSettings]:
        """What a program works with, by project."""
        del local_id
        return {name: one for name, one in self._settings.items() if name in self.server.bodies}

    # -- looking -------------------------------------------------------------------------------------

    def held_for_good(self, site: str, parts: tuple[str, ...]) -> list[bytes | None]:
        """What a file of a site may be after a power cut now."""
        if site == "cloud":
            return [self.cloud.files.get("/".join((ROOTS[site], *parts)))]
        return list(after_any_power_cut(self.roots[site], parts))

    def trace(self, who: str, what: str, about: str = "") -> None:
        """Remember an event, if anybody wants to read it."""
        if self.is_tracing:
            self.lines.append(f"{self.scheduler.now:10.4f}  {who:<16} {what} {about}")

    def at_times(self, times: list[float], event: Callable[[], None]) -> None:
        """Let something happen again and again."""
        for time_s in times:
            self.scheduler.at(time_s, event)

    def _crashed(self, thread: SimThread, error: BaseException) -> None:
        logging.getLogger("tests.simulate").error("a thread ended", exc_info=error)
        self.watch.break_promise("P5", f"{thread.program.name} {thread.name} ended: {error!r}")


def _settings(project: str) -> ProjectSettings:
    sites = {
        site: SiteSettings(
            name=site,
            provider="local_drive" if site in FOLDERS else CODE,
            roots={"work": ROOTS[site]},
            other_roots={},
            options=LocalDriveSettings() if site in FOLDERS else CloudSettings(),
            slots=2,
            file_mode=FILE_MODES.get(site),
        )
        for site in ROOTS
    }
    return ProjectSettings(
        project=project,
        enabled=True,
        disabled_reason="",
        local_id="workstation",
        active_site="studio",
        remote_site="backup" if project == LOCAL else "cloud",
        retry_cnt=3,
        loop_delay_s=3600.0,
        sites=sites,
    )
