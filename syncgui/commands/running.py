"""Running the loop for a command: in its own thread, shown, stopped by a signal, judged at the end.

The main thread does nothing but draw and wait for signals, so that the first of them always gets through.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from syncgui.application import Application, Projects
from syncgui.commands import interrupts
from syncgui.commands.output import counted, say, say_problem
from syncgui.commands.progress import Standing, Tally, shown, summary
from syncgui.commands.refusals import RefusedError
from syncgui.commands.session import as_served
from syncgui.engine.doctor import Trouble
from syncgui.engine.loop import Loop
from syncgui.engine.route import SyncedProject
from syncgui.model.errors import SyncError

_REFRESH_S = 0.1
_LISTED = 10


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which projects are synced, between which sites (None: those of the settings), how many at once.

    `agreed`: a person said that everything may start, however much it is.
    """

    projects: Collection[str] = ()
    active_site: str | None = None
    remote_site: str | None = None
    jobs: int | None = None
    agreed: bool = False


def served_projects(application: Application, wanted: Wanted) -> dict[str, SyncedProject]:
    """The projects, with the pair that is served."""
    return _source(application, wanted).load()


def _source(application: Application, wanted: Wanted) -> Projects:
    return Projects(application, wanted.projects, wanted.active_site, wanted.remote_site)


def refuse_idle(projects: Mapping[str, SyncedProject]) -> None:
    """Say why projects do nothing.

    Raises:
        RefusedError: there are projects, and none of them can work.
    """
    reasons = list(dict.fromkeys(one.idle_reason for one in projects.values() if one.idle_reason))
    # What the database refuses today may be granted tomorrow; settings do not change by themselves.
    if reasons and all(one.settings.idle_reason for one in projects.values()):
        raise RefusedError("\n".join(reasons), "See everything that is wrong: syncgui settings check")
    for reason in reasons:
        say(reason)


def run_loop(application: Application, wanted: Wanted, *, once: bool) -> tuple[Standing, bool]:
    """Run the loop until it ends by itself or by a signal; where it stands, and whether a signal came.

    Raises:
        DatabaseUnreachableError: with `once`, when the store stays away.
    """
    tally = Tally(once=once)
    loop = application.loop(
        tally.listen,
        names=wanted.projects,
        active_site=wanted.active_site,
        remote_site=wanted.remote_site,
        jobs=wanted.jobs,
        agreed=wanted.agreed,
    )
    with interrupts.stopping(loop.stop) as was_interrupted:
        # Signals are handled in the main thread, so it is kept free of the loop's locks.
        running = _Running(loop, once=once)
        running.start()
        with shown(tally, _Remaining(application, wanted)) as view:
            while running.is_alive():
                running.join(_REFRESH_S)
                view.refresh()
        came = was_interrupted()
    if running.error is not None:
        raise running.error
    return tally.standing(), came


class _Running(threading.Thread):
    """The loop's thread; keeps what ended it."""

    def __init__(self, loop: Loop, *, once: bool) -> None:
        super().__init__(name="syncgui-loop", daemon=True)
        self._loop = loop
        self._once = once
        self.error: BaseException | None = None

    def run(self) -> None:
        """Run the loop."""
        try:
            self._loop.run(once=self._once)
        except BaseException as error:  # noqa: BLE001 - handed to the main thread, which raises it
            self.error = error


class _Remaining:
    """Files and bytes to come, as far as the index knows."""

    def __init__(self, application: Application, wanted: Wanted) -> None:
        self._index = application.index
        self._source = _source(application, wanted)
        self._projects: Mapping[str, SyncedProject] = {}

    def __call__(self) -> tuple[int, int]:
        files = size_bytes = 0
        try:
            if self._source.changed():
                self._projects = self._source.load()
            for name, project in self._projects.items():
                more = self._index.open_size(name, project.pair)
                files, size_bytes = files + more[0], size_bytes + more[1]
        except SyncError:
            return 0, 0  # the loop says what is wrong
        return files, size_bytes


def judge(application: Application, wanted: Wanted, standing: Standing) -> bool:
    """After `once`: whether nothing is open, said with what is."""
    projects = as_served(served_projects(application, wanted))
    application.index.use_views({name: one.view for name, one in projects.items()})
    is_open = sum(application.index.open_files(name, one.pair) for name, one in projects.items())
    reports = application.doctor().report(
        {name: one for name, one in projects.items() if not one.settings.idle_reason}
    )
    # What holds for a pair of sites stands in the report of each of its projects.
    every_trouble = [one for report in reports for one in report.problems]
    troubles = list(dict.fromkeys(every_trouble))
    repeated = len(every_trouble) - len(troubles)
    failed = [one for one in troubles if one.path and one.code != "odd_record"]
    say(summary(standing, len(failed)))
    is_refused = any(one.refusal is not None for one in projects.values())
    if not (is_open or is_refused):
        return True
    if standing.sentence not in ("", *(one.sentence for one in troubles)):
        say(standing.sentence)
    _list(troubles, sum(report.problems_total for report in reports) - repeated)
    waiting = is_open - len(failed)
    if waiting > 0:
        rest = (
            counted(waiting, "more file is", "more files are")
            if failed
            else counted(waiting, "file is", "files are")
        )
        say(f"{rest} open.")
    return False


def _list(troubles: Collection[Trouble], total: int) -> None:
    for one in list(troubles)[:_LISTED]:
        say_problem(f"• {one.sentence}", one.next_step)
    if total > _LISTED:
        say(f"… and {total - min(_LISTED, len(troubles)):,} more problems: syncgui status")
