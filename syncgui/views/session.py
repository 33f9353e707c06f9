"""One open studio: the parts, the loop in its thread, and what the windows know of it.

Lives in the thread of the windows. Commands go in and are carried out elsewhere; events come out of the
loop's thread in batches and are told here at most 12 times a second. Nothing here waits for a disk, but
`stop`, and that not for ever.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QElapsedTimer, QObject, Qt, QThread, QTimer, Signal

from syncgui import actions
from syncgui.actions import Action
from syncgui.application import Application
from syncgui.engine import first_contact
from syncgui.engine.events import Changed, Done, Event, Failed, Reloaded
from syncgui.engine.route import SyncedProject
from syncgui.model.errors import SettingsError, SyncError
from syncgui.model.status import Pair
from syncgui.state import Contacts
from syncgui.views.ask_threads import AskThreads
from syncgui.views.event_queue import EVERY_MS, EventQueue
from syncgui.views.file_counts import working
from syncgui.views.health_watch import HealthWatch
from syncgui.views.loop_thread import LoopThread, leave_behind
from syncgui.views.standing import Flow, Standing
from syncgui.views.sums import Sums, SumsWatch
from syncgui.views.task_thread import Ask
from syncgui.views.texts import tr
from syncgui.views.throughput import Step, Throughput

_log = logging.getLogger(__name__)

_TICK_MS = 500
_SHORTEST_WAIT_S = 0.2


class Session(QObject):
    """See the module.

    Args:
        application: not opened yet; closed by `stop`.
        again_s: seconds until a loop that ended by an error is started again.
    """

    opened = Signal()
    standing_changed = Signal()
    projects_changed = Signal()
    rows_changed = Signal(str, object)  # project, frozenset of ids; empty: not known which
    failed = Signal(object)  # tuple of Failed
    arrived = Signal(object)  # tuple of Done
    refused = Signal(object)  # the exception that a command ended with

    def __init__(
        self, application: Application, *, again_s: float = 5.0, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.application = application
        self.standing = self._told = Standing()
        self._clock = application.environment.clock
        self._health = HealthWatch()
        self._throughput = Throughput()
        self._open_work: dict[str, tuple[int, int]] = {}
        self._ended: bool | None = None
        self._address = ""
        self._queue = EventQueue(self)
        self._queue.drained.connect(self._take)
        self._loop = LoopThread(application, self._queue, again_s=again_s, parent=self)
        self._loop.opened.connect(self._start_asking)
        self._loop.died.connect(self._loop_died)
        self._loop.revived.connect(self._loop_revived)
        self._threads = AskThreads(self)
        self._sums = SumsWatch(application, self._threads.reader.submit, self)
        self._sums.read.connect(self._take_sums)
        self._sums.rows_changed.connect(self._add_rows)
        self._rows: dict[str, frozenset[str]] = {}  # that are to be told of
        self._tell_timer = QTimer(self)
        self._tell_timer.setSingleShot(True)
        self._tell_timer.setTimerType(Qt.TimerType.PreciseTimer)  # others come early
        self._tell_timer.timeout.connect(self._tell)
        self._since_told = QElapsedTimer()
        self._tick_timer = QTimer(self)
        self._tick_timer.setInterval(_TICK_MS)
        self._tick_timer.timeout.connect(self._tick)

    # -- beginning and end ---------------------------------------------------------------------------

    def start(self) -> None:
        """Open the parts and sync; `opened` comes when the parts are open.

        Commands and looks work before: a database that can not be opened keeps nobody from pausing.
        """
        self._loop.start()
        self._threads.start()
        self._look_at_pause()

    def stop(self, timeout_s: float = 15.0) -> bool:
        """End everything and close the parts; whether all threads ended in time.

        What is under way stops at its next block and goes on from there another time. A thread that is
        blocked in a system call is left behind, with the parts it may be using; the process can end.
        """
        if self._ended is not None:
            return self._ended
        self._ended = False
        for timer in (self._tell_timer, self._tick_timer):
            timer.stop()
        self._queue.stop()
        self._sums.stop()
        self._threads.forget_looks()
        waited = QElapsedTimer()
        waited.start()

        def left_s() -> float:
            return max(_SHORTEST_WAIT_S, timeout_s - waited.elapsed() / 1000)

        self._loop.request_stop()
        stuck: list[QThread] = [] if self._loop.wait(int(left_s() * 1000)) else [self._loop]
        stuck += self._threads.stop(left_s)
        if stuck:
            leave_behind(stuck, self._queue)
        else:
            self._close()
        self._ended = not stuck
        return self._ended

    def _close(self) -> None:
        try:
            self.application.close()
        except (SyncError, OSError):
            _log.exception("the parts could not be closed")

    def _start_asking(self) -> None:
        if self._ended is not None:
            return
        self._threads.reader.start()
        self._address = self.application.store.address
        self._look_at_pause()
        self._sums.start()
        self.opened.emit()

    # -- asking --------------------------------------------------------------------------------------

    @property
    def ask(self) -> Ask:
        """Read in the reader's thread; what is asked before `opened` waits for it."""
        return self._threads.reader.submit

    @property
    def do(self) -> Ask:
        """Write to the store or to the settings, in the doer's thread; it does not wait for `opened`.

        What needs the store before that tries to open it, and raises what keeps it from being opened.
        """
        return self._threads.doer.submit

    @property
    def look(self) -> Ask:
        """Look at disks and sites, which may hang, in a thread that nothing else waits for; at once.

        What is under way when the session ends is left behind.
        """
        return self._threads.looker.submit

    @property
    def address(self) -> str:
        """Where the database is, without secrets; "" before `opened`."""
        return self._address

    # -- commands ------------------------------------------------------------------------------------

    def pause(self, until: float = math.inf) -> None:
        """Pause this machine until a time in epoch seconds, over restarts."""
        self._order(partial(self._loop.pause, until))

    def resume(self) -> None:
        """End this machine's pause."""
        self._order(self._loop.resume)

    def sync_now(self) -> None:
        """Look at everything now, waiting sites included."""
        self._loop.hurry()
        self._threads.orderer.submit(self._loop.sync_now, _ignore, self._refuse)

    def start_all(self, pair: Pair) -> None:
        """Let everything of a pair move that only looked so far."""
        self._answer_contact(lambda contacts: first_contact.to_start(contacts, pair))

    def start_new(self, pair: Pair) -> None:
        """Let only that move which is published from now on, or asked for by a person."""
        now = self._clock.wall_s()
        self._answer_contact(lambda contacts: first_contact.to_start_new(contacts, pair, now))

    def start_some(self, pair: Pair, held: Collection[str], chosen: Collection[str]) -> None:
        """Of the projects that only look let the chosen ones move."""
        self._answer_contact(lambda contacts: first_contact.to_start_some(contacts, pair, held, chosen))

    def _answer_contact(self, answers: Callable[[Contacts], Contacts]) -> None:
        self._threads.orderer.submit(partial(self._keep_answer, answers), _ignore, self._refuse)

    def _keep_answer(self, answers: Callable[[Contacts], Contacts]) -> None:
        state, store = self.application.state, self.application.store.identity
        state.answer(store, answers(state.contacts(store)))
        self._loop.sync_now()

    def retry_failed(self, project: str | None, done: Callable[[int], None] | None = None) -> None:
        """Try every failed file of a project again; `done` gets how many. None: of all that work here."""
        names = [project] if project is not None else working(self.standing)
        task = partial(actions.retry_failed, self.application, names) if names else int  # none: nothing
        self._threads.doer.submit(task, done or _ignore, self._refuse)

    def act(
        self,
        action: Action,
        project: str,
        ids: Sequence[str],
        done: Callable[[int], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """Do something with representations; `done` gets how many files it changed.

        Without `failed`, what goes wrong is told by `refused`.
        """
        refuse = failed or self._refuse
        one = self.standing.projects.get(project)
        if one is None:
            refuse(SettingsError(detail=f"Project {project} is not there any more."))
            return
        task = partial(actions.act, self.application, one, tuple(ids), action)
        self._threads.doer.submit(task, done or _ignore, refuse)

    def history(self) -> tuple[Step, ...]:
        """Speeds of the last 15 minutes in steps of 5 s, oldest first."""
        return self._throughput.history(self._clock.steady_s())

    def _order(self, order: Callable[[], None]) -> None:
        self._threads.orderer.submit(partial(self._obey, order), self._take_pause, self._refuse)

    def _obey(self, order: Callable[[], None]) -> float | None:
        order()
        return self._paused_until()

    def _paused_until(self) -> float | None:
        control = self.application.state.control()
        return control.paused_until if control.is_paused(self._clock.wall_s()) else None

    def _look_at_pause(self) -> None:
        self._threads.orderer.submit(self._paused_until, self._take_pause, _log_unforeseen)

    def _take_pause(self, until: float | None) -> None:
        self._health.paused(until)
        self._changed()

    def _refuse(self, error: Exception) -> None:
        _log_unforeseen(error)
        self.refused.emit(error)

    # -- what the loop tells -------------------------------------------------------------------------

    def _take(self, events: Sequence[Event]) -> None:
        now, before = self._clock.wall_s(), self.standing.projects
        had_database = self._health.health.database is None
        rows: dict[str, set[str]] = {}
        for event in events:
            self._health.take(event, now)
            if isinstance(event, Changed):
                rows.setdefault(event.project, set()).update(event.representations)
            elif isinstance(event, Reloaded):
                self._use_projects(event.projects)
        self._throughput.feed(events, self._clock.steady_s())
        if self._health.health.database is None and not had_database:
            self._sums.retry()
        if not self._tick_timer.isActive():
            self._tick_timer.start()
        for project, ids in rows.items():
            self._sums.changed(project, ids)
            self._add_rows(project, frozenset(ids))
        self._changed()
        if self.standing.projects is not before:
            self.projects_changed.emit()
        if failures := tuple(one for one in events if isinstance(one, Failed)):
            self.failed.emit(failures)
        if arrivals := tuple(one for one in events if isinstance(one, Done)):
            self.arrived.emit(arrivals)

    def _use_projects(self, projects: Mapping[str, SyncedProject]) -> None:
        self._sums.use_projects(projects)
        if projects == self.standing.projects:
            return
        self.standing = self.standing.with_projects(projects)
        self._open_work = {name: one for name, one in self._open_work.items() if name in projects}

    def _take_sums(self, sums: Sums) -> None:
        known = self.standing.projects
        self._open_work.update((name, one) for name, one in sums.open_work.items() if name in known)
        self.standing = self.standing.with_sums(sums.totals, sums.reasons, sums.checked)
        self._changed()

    def _loop_died(self, text: str) -> None:
        self._queue.drain()
        self._throughput.stop()
        sentence = tr("Syncing stopped for a reason nobody foresaw and starts again by itself: {reason}")
        self._health.died(sentence.format(reason=text))
        self._changed()

    def _loop_revived(self) -> None:
        self._health.revived()
        self._look_at_pause()
        self._changed()

    # -- telling -------------------------------------------------------------------------------------

    def _changed(self) -> None:
        """Tell what is new in `standing`, together with what comes meanwhile."""
        if self._ended is None and not self._tell_timer.isActive():
            wait_ms = EVERY_MS - self._since_told.elapsed() if self._since_told.isValid() else 0
            self._tell_timer.start(max(0, int(wait_ms)))

    def _add_rows(self, project: str, ids: frozenset[str]) -> None:
        known = self._rows.get(project)
        is_unknown = not ids or known == frozenset()
        self._rows[project] = frozenset() if is_unknown else ids | (known or frozenset())
        self._changed()

    def _tell(self) -> None:
        self.standing = replace(self.standing, health=self._health.health, flow=self._flow())
        rows, self._rows = self._rows, {}
        if rows or self.standing != self._told:
            self._since_told.start()
        if self.standing != self._told:
            self._told = self.standing
            self.standing_changed.emit()
        for project, ids in rows.items():
            self.rows_changed.emit(project, ids)

    def _flow(self) -> Flow:
        now, health = self._clock.steady_s(), self._health.health
        flow = self._throughput.flow(now)
        if health.paused_until is not None or health.database is not None or health.stopped:
            return flow  # how long that takes nobody knows
        work = [one for name, one in self._open_work.items() if name not in health.held]
        files = sum(files for files, _ in work)
        size_bytes = sum(size for _, size in work)
        return replace(flow, seconds_left=self._throughput.seconds_left(size_bytes, files, now))

    def _tick(self) -> None:
        """While something moves, or is shown as moving: speeds fall when nothing comes any more."""
        if self._throughput.is_quiet(self._clock.steady_s()):
            self._tick_timer.stop()
        self._changed()


def _ignore(_: object) -> None:
    """Nobody asked to be told."""


def _log_unforeseen(error: Exception) -> None:
    if not isinstance(error, SyncError):
        _log.error("a command failed", exc_info=error)
