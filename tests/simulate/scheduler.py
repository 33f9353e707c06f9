"""Simulated time and threads: one thread runs at a time, and a seed decides which goes next.

A simulated thread is a real one that holds the baton. At every point where it may be interrupted it calls
`step`, `sleep` or `block`; there another one may go on, its program may be killed, or time may pass. Time
passes only when nobody can run. Nothing else chooses, so one seed gives one run.
"""

from __future__ import annotations

import _thread
import heapq
from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.simulate.program import Program


class Killed(BaseException):
    """The program of this thread was killed: everything that it still does has no effect."""


class StuckError(Exception):
    """Everybody waits, and nothing will ever happen."""


class Carrier:
    """A real thread that carries one simulated thread after another."""

    def __init__(self, pool: list[Carrier]) -> None:
        self.baton = _thread.allocate_lock()
        self.baton.acquire()
        self.job: Callable[[], Callable[[], None]] = lambda: lambda: None
        self._pool = pool
        _thread.start_new_thread(self._carry, ())

    def _carry(self) -> None:
        while True:
            self.baton.acquire()
            hand_over = self.job()
            self._pool.append(self)
            hand_over()


_idle: list[Carrier] = []


class SimThread:
    """One simulated thread; `Environment` calls it `Running`."""

    def __init__(self, scheduler: Scheduler, program: Program, name: str, run: Callable[[], None]) -> None:
        self.scheduler = scheduler
        self.program = program
        self.name = name
        self.run = run
        self.carrier = _idle.pop() if _idle else Carrier(_idle)
        self.carrier.job = self._main
        self.token: object | None = None  # what it waits for; None: it can run
        self.was_woken = False
        self.is_ready = True
        self.is_over = False
        self.doing = ""
        self._joiners: list[tuple[SimThread, object]] = []

    def join(self, timeout: float | None = None) -> None:
        """Wait for its end."""
        self.scheduler.step("join")
        if not self.is_over:
            self.scheduler.block(self._joiners, timeout)

    def is_alive(self) -> bool:
        """Whether it still runs."""
        return not self.is_over

    def _main(self) -> Callable[[], None]:
        try:
            if not self.program.is_dead:
                self.run()
        except Killed:
            pass
        except BaseException as error:  # noqa: BLE001 - a thread of the program that ends by an error
            self.scheduler.crashed(self, error)
        self.is_over = True
        self.program.threads.remove(self)
        self.scheduler.wake(self._joiners)
        return self.scheduler.hand_over


class Scheduler:
    """Time and turns.

    Args:
        random: decides.
        eagerness: how often a thread that could go on is interrupted, 0 to 1.
        crashed: told of a thread that ended by an error.
    """

    def __init__(
        self, random: Random, eagerness: float, crashed: Callable[[SimThread, BaseException], None]
    ) -> None:
        self.random = random
        self.eagerness = eagerness
        self.crashed = crashed
        self.now = 0.0
        self.steps = 0
        self.current: SimThread | None = None
        self.is_over = False
        self.failure: BaseException | None = None
        self._ready: list[SimThread] = []
        self._timers: list[tuple[float, int, SimThread | None, object, Callable[[], object] | None]] = []
        self._count = 0
        self._main = _thread.allocate_lock()
        self._main.acquire()

    # -- from outside --------------------------------------------------------------------------------

    def run(self) -> None:
        """Run until `end`, or until somebody failed.

        Raises:
            StuckError: everybody waits for ever, or a thread waits outside the simulation.
        """
        self.hand_over()
        if not self._main.acquire(timeout=120.0):
            doing = self.current.doing if self.current else "nothing"
            raise StuckError(f"a thread waits outside the simulation, after {doing}")
        if self.failure is not None:
            raise self.failure

    def end(self) -> None:
        """Let `run` come to its end; called when no thread is left."""
        self.is_over = True

    def at(self, time_s: float, event: Callable[[], object]) -> None:
        """Let something happen at a time; it may not wait."""
        self._count += 1
        heapq.heappush(self._timers, (max(time_s, self.now), self._count, None, None, event))

    def after(self, seconds: float, event: Callable[[], object]) -> None:
        """Let something happen in so many seconds."""
        self.at(self.now + seconds, event)

    def start(self, program: Program, name: str, run: Callable[[], None]) -> SimThread:
        """Begin a thread."""
        thread = SimThread(self, program, name, run)
        program.threads.append(thread)
        self._ready.append(thread)
        return thread

    # -- from a simulated thread -----------------------------------------------------------------------

    def step(self, doing: str) -> None:
        """A point at which another thread may go on, or the program may end."""
        thread = self.current
        assert thread is not None
        thread.doing = doing
        program = thread.program
        if program.is_dead:
            raise Killed
        self.steps += 1
        program.count_step()
        if program.is_dead:
            raise Killed
        if program.is_stopped or (self._ready and self.random.random() < self.eagerness):
            self._make_ready(thread)
            self._yield(thread)

    def sleep(self, seconds: float) -> None:
        """Let time pass for this thread."""
        self.block([], seconds)

    def block(self, waiters: list[tuple[SimThread, object]], timeout: float | None) -> bool:
        """Wait until woken from the list, at most so many seconds; whether it was woken."""
        thread = self.current
        assert thread is not None
        if thread.program.is_dead:
            raise Killed
        token = object()
        thread.token = token
        thread.was_woken = False
        thread.is_ready = False
        waiters.append((thread, token))
        if timeout is not None:
            self._count += 1
            heapq.heappush(self._timers, (self.now + max(0.0, timeout), self._count, thread, token, None))
        self._yield(thread)
        return thread.was_woken

    def wake(self, waiters: list[tuple[SimThread, object]]) -> None:
        """Let everybody go on who waits on the list."""
        for thread, token in waiters:
            if thread.token is token:
                thread.was_woken = True
                self._make_ready(thread)
        waiters.clear()

    # -- of programs ---------------------------------------------------------------------------------

    def rouse(self, thread: SimThread) -> None:
        """Let a thread go on whatever it waits for: its program was killed, or goes on."""
        if thread is not self.current and not thread.is_ready:
            self._make_ready(thread)

    # -- private -------------------------------------------------------------------------------------

    def _make_ready(self, thread: SimThread) -> None:
        thread.token = None
        thread.is_ready = True
        self._ready.append(thread)

    def _yield(self, thread: SimThread) -> None:
        following = self._next()
        if following is not thread:
            self._pass_to(following)
            thread.carrier.baton.acquire()
        self.current = thread
        if thread.program.is_dead:
            raise Killed

    def hand_over(self) -> None:
        """Let the next thread run, from one that has ended."""
        self._pass_to(self._next())

    def _pass_to(self, thread: SimThread | None) -> None:
        if thread is None:
            self._main.release()
            return
        self.current = thread
        thread.carrier.baton.release()

    def _next(self) -> SimThread | None:
        """Whose turn it is; None: it is all over."""
        try:
            return self._choose()
        except BaseException as error:  # noqa: BLE001 - it is raised where `run` was called
            self.failure = error
            return None

    def _choose(self) -> SimThread | None:
        ready = self._ready
        while True:
            while ready:
                place = self.random.randrange(len(ready)) if len(ready) > 1 else 0
                ready[place], ready[-1] = ready[-1], ready[place]
                thread = ready.pop()
                if thread.program.is_stopped and not thread.program.is_dead:
                    thread.program.parked.append(thread)
                    continue
                return thread
            if self.is_over:
                return None
            if not self._timers:
                raise StuckError("everybody waits for ever")
            time_s, _, waiting, token, event = heapq.heappop(self._timers)
            self.now = max(self.now, time_s)
            if event is not None:
                self.current = None
                event()
            elif waiting is not None and waiting.token is token:
                self._make_ready(waiting)


class SimSignal:
    """Set by one thread, waited for by others; `Environment` calls it `Signal`."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._is_set = False
        self._waiters: list[tuple[SimThread, object]] = []

    def set(self) -> None:
        """Let everybody who waits go on."""
        self._is_set = True
        self._scheduler.wake(self._waiters)

    def clear(self) -> None:
        """Let waiters wait again."""
        self._is_set = False

    def is_set(self) -> bool:
        """Whether it is set."""
        return self._is_set

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is set."""
        self._scheduler.step("wait")
        if self._is_set:
            return True
        return self._scheduler.block(self._waiters, timeout)


class SimLock:
    """A lock among simulated threads: whoever waits for it lets others run."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._is_held = False
        self._waiters: list[tuple[SimThread, object]] = []

    def __enter__(self) -> bool:
        while self._is_held:
            self._scheduler.block(self._waiters, None)
        self._is_held = True
        return True

    def __exit__(self, *_: object) -> None:
        self._is_held = False
        self._scheduler.wake(self._waiters)
