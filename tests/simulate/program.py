"""One running program of the simulation: its threads, its clocks, its state file, and how it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import apsw

from syncgui.engine.environment import Environment, Worth
from syncgui.engine.events import Event, Failed
from syncgui.engine.loop import Loop
from syncgui.engine.own_worker import Identity
from syncgui.engine.route import SyncedProject
from syncgui.index import Index
from syncgui.model.status import Pair
from syncgui.state import StateFile
from tests.simulate.disk import BLOCK_BYTES, WHEN
from tests.simulate.files import SimFiles
from tests.simulate.scheduler import SimSignal, SimThread
from tests.simulate.store import SimStore

if TYPE_CHECKING:
    from tests.simulate.world import World


_LAST_CALLS = ("files rename", "cloud finish")


class SimStateFile(StateFile):
    """The real state file; each use of it is a point at which others may go on."""

    def __init__(self, program: Program, path: Path) -> None:
        self._program = program
        super().__init__(path)
        # What was committed is there in any case: nothing ever takes the power from this machine.
        self._db.execute("PRAGMA synchronous = OFF")

    @contextmanager
    def _reading(self) -> Iterator[apsw.Connection]:
        self._program.call("state", "read")
        with super()._reading() as db:
            yield db

    @contextmanager
    def _writing(self) -> Iterator[apsw.Connection]:
        self._program.call("state", "write")
        with super()._writing() as db:
            yield db


class _Clock:
    def __init__(self, program: Program) -> None:
        self._program = program

    def wall_s(self) -> float:
        """The machine's own opinion of the time."""
        return WHEN + self._program.world.scheduler.now + self._program.skew_s

    def steady_s(self) -> float:
        """Goes on while the program is stopped; begins anywhere."""
        return self._program.world.scheduler.now + self._program.started_at_s


class _Projects:
    """What a program serves; it never changes."""

    def __init__(self, world: World, local_id: str) -> None:
        self._world = world
        self.local_id = local_id
        self._every: dict[str, SyncedProject] | None = None

    def changed(self) -> bool:
        return self._every is None

    def every(self) -> Mapping[str, SyncedProject]:
        self._every = {
            name: SyncedProject(settings, Pair(settings.active_site, settings.remote_site))
            for name, settings in self._world.settings(self.local_id).items()
        }
        return self._every


class Program:
    """A program on a machine, from its start to its end.

    Args:
        world: everything around it.
        machine: its name; programs of one machine share state file and index.
        name: for the trace.
    """

    store_class: type[SimStore] = SimStore

    def __init__(self, world: World, machine: str, name: str) -> None:
        self.world = world
        self.machine = machine
        self.name = name
        self.threads: list[SimThread] = []
        self.parked: list[SimThread] = []
        self.is_dead = False
        self.is_stopped = False
        self.is_cut_off = False
        self.steps = 0
        self.kill_at = self.stop_at = self.pause_at = -1  # steps
        self.stop_for_s = self.pause_for_s = 0.0
        self.stops_in = self.dies_in = ""  # which call it is to be in when that happens, at a step or later
        self.skew_s = world.random.choice((0.0, 0.0, world.random.uniform(-30.0, 30.0)))
        self.started_at_s = world.random.uniform(10.0, 1e6)
        self.takes_power_along: Callable[[], None] | None = None
        self.is_taking_over = False  # it knows who is dead, and takes what they had
        self.paused_at_s: float | None = None
        self.written_since: dict[SimThread, int] = {}
        self.loop: Loop | None = None
        self.random = Random(world.random.getrandbits(64))
        self.files = SimFiles(self)
        scheduler = world.scheduler
        self.environment = Environment(
            clock=_Clock(self),
            random=Random(world.random.getrandbits(64)),
            files=self.files,
            signal=lambda: SimSignal(scheduler),
            start=self.begin,
            worth=Worth(file_bytes=2 * BLOCK_BYTES, written_bytes=BLOCK_BYTES),
        )
        world.trace(self.name, "starts", machine)
        self.begin("loop", self._run)

    def begin(self, name: str, run: Callable[[], None]) -> SimThread:
        """Begin a thread."""
        return self.world.scheduler.start(self, name, run)

    # -- what happens to it --------------------------------------------------------------------------

    def kill(self) -> None:
        """`kill -9`: all its threads end at once, wherever they are."""
        if self.is_dead:
            return
        self.world.trace(self.name, "killed", ", ".join(f"{one.name}: {one.doing}" for one in self.threads))
        self.is_dead = True
        self.go_on()
        for thread in list(self.threads):
            self.world.scheduler.rouse(thread)
        self.world.ended(self)
        if self.takes_power_along is not None and not self.world.is_finished:
            self.takes_power_along()

    def quit(self) -> None:
        """Let it end cleanly; it is started again, too."""
        self.world.trace(self.name, "is to quit")
        if self.loop is not None:
            self.loop.stop()

    @property
    def is_between(self) -> bool:
        """Whether something was checked and is on its way to its effect, which nothing can fence."""
        return self.is_taking_over or any(one.doing.startswith(_LAST_CALLS) for one in self.threads)

    def stop(self, seconds: float) -> None:
        """SIGSTOP, and SIGCONT after so many seconds."""
        if not self.is_stopped:
            self.world.trace(self.name, "stopped", f"for {seconds} s")
            self.is_stopped = True
            self.world.scheduler.after(seconds, self.go_on)

    def go_on(self) -> None:
        """SIGCONT."""
        self.is_stopped = False
        parked, self.parked = self.parked, []
        for thread in parked:
            thread.is_ready = False
            self.world.scheduler.rouse(thread)

    def pause(self, seconds: float) -> None:
        """A person pauses the machine in this program, and resumes after so many seconds."""
        if self.loop is not None and not self.is_dead:
            self.begin("pause", self._pause)
            self.world.scheduler.after(seconds, self.resume)

    def resume(self) -> None:
        """The person lets it go on."""
        if self.loop is not None and not self.is_dead:
            self.begin("resume", self._resume)

    def _pause(self) -> None:
        assert self.loop is not None
        self.loop.pause()
        if self.loop.is_paused:  # nobody has resumed meanwhile
            self.paused_at_s = self.world.scheduler.now
            self.written_since.clear()

    def _resume(self) -> None:
        assert self.loop is not None
        self._forget_pauses()
        self.loop.resume()
        self._forget_pauses()  # one that was told meanwhile is over, too

    def _forget_pauses(self) -> None:
        for program in self.world.programs:
            if program.machine == self.machine:  # they share what they were told
                program.paused_at_s = None

    def count_step(self) -> None:
        """One more point at which something may happen to it."""
        self.steps += 1
        thread = self.world.scheduler.current
        doing = thread.doing if thread is not None else ""
        if self.steps >= self.kill_at > 0 and doing.startswith(self.dies_in):
            self.kill()
        elif self.steps >= self.stop_at > 0 and doing.startswith(self.stops_in) and not self.is_between:
            self.stop_at = -1
            self.stop(self.stop_for_s)
        elif self.steps == self.pause_at:
            self.pause(self.pause_for_s)

    # -- what it does --------------------------------------------------------------------------------

    def call(self, kind: str, call: str, about: str = "") -> None:
        """A call to the outside: others may go on, and it takes its time."""
        scheduler = self.world.scheduler
        scheduler.step(f"{kind} {call} {about}")
        slowness = self.world.slowness
        if slowness and kind == "files":
            dice = scheduler.random.random()
            if dice < slowness:
                scheduler.sleep(scheduler.random.uniform(0.001, 0.03) if dice > slowness / 20 else 2.0)
        if self.world.is_tracing:
            thread = scheduler.current
            self.world.trace(f"{self.name} {thread.name if thread else ''}", f"{kind} {call}", about)

    def _run(self) -> None:
        folder = self.world.folder / self.machine
        state = SimStateFile(self, folder / "state.sqlite")
        index = Index(folder / "index.sqlite", identity=self.world.server.identity)
        store = self.store_class(self)
        try:
            self.loop = Loop(
                store=store,
                index=index,
                state=state,
                projects=_Projects(self.world, self.machine),
                environment=self.environment,
                identity=Identity(self.machine, "artist", self.machine, 1),
                listener=self._listen,
                agreed=True,
            )
            self.loop.run()
            store.close()
        finally:
            index.close()
            state.close()
        self.world.trace(self.name, "ended")
        self.is_dead = True
        self.world.ended(self)

    def _listen(self, events: Sequence[Event]) -> None:
        for one in events:
            if self.world.is_tracing:
                self.world.trace(self.name, "tells", str(one)[:200])
            if isinstance(one, Failed) and one.code == "unforeseen":
                self.world.watch.break_promise("P5", f"unforeseen: {one.sentence}")
