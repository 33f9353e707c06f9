"""One simulation from its seed to its end."""

from __future__ import annotations

import gc
import logging
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from syncgui.model.errors import SyncError
from tests.simulate import cloud
from tests.simulate.program import Program
from tests.simulate.rest import leftovers, tries_used, untransferred
from tests.simulate.scheduler import StuckError
from tests.simulate.stand_in import load_all, simulated_locks
from tests.simulate.studio import LOCAL, REMOTE, Studio
from tests.simulate.troubles import Troubles
from tests.simulate.variants import Variant
from tests.simulate.world import World

_REST_S = 1200.0
"""So long after the last trouble everything is at rest, or it never will be: leases of the dead end after a
minute, sites and the store are asked once a minute, files after their tries once in ten."""

_LOOK_EVERY_S = 2.0
_LOOKS_BEFORE_LONG = 50
_LOOKS_BEFORE_RESUMING = 20
_MEMORY = Path("/dev/shm")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a simulation ended. `fingerprint` is the same whenever a seed replays."""

    seed: int
    violations: tuple[str, ...]
    steps: int
    simulated_s: float
    renames: int
    records: int
    fingerprint: str
    lines: tuple[str, ...]


def simulate(
    seed: int, variant: Variant | None = None, *, theme: str = "", is_tracing: bool = False
) -> Ended:
    """Run one seed; `theme`: the kind of troubles, "" for whatever the seed likes."""
    load_all()
    cloud.register()
    where = str(_MEMORY) if _MEMORY.is_dir() else None
    folder = Path(tempfile.mkdtemp(prefix="simulate-", dir=where))
    gc.disable()  # what it finds it would let go at a moment of its own
    try:
        program = variant.program if variant is not None else Program
        world = World(seed, folder, program=program, is_tracing=is_tracing)
        with simulated_locks(world.scheduler), _logged(world):
            if variant is None:
                _run(world, theme)
            else:
                with variant.applied():
                    _run(world, theme or variant.theme)
        return _ended(seed, world)
    finally:
        gc.enable()
        shutil.rmtree(folder, ignore_errors=True)


def _run(world: World, theme: str) -> None:
    random = world.random
    projects = random.choice(([LOCAL], [LOCAL], [REMOTE], [LOCAL, REMOTE]))
    studio = Studio(world)
    studio.begin(projects)
    troubles = Troubles(world, studio)
    ends_s = random.choice((3.0, 20.0, 60.0))
    for n in range(random.randrange(2, 6)):
        project = random.choice(projects)
        time_s = 0.0 if n < 2 else random.uniform(0.0, random.choice((1.0, ends_s)))
        world.scheduler.at(time_s, lambda project=project: studio.publish(project))  # type: ignore[misc]
    for machine in random.choice((["one"], ["one", "one"], ["one", "two"], ["one", "one", "two"])):
        world.start_at(random.choice((0.0, 0.3)), machine)
    troubles.plan(ends_s, theme)
    world.scheduler.at(ends_s + 1.0, troubles.heal)

    def resume() -> None:
        for program in world.programs:
            program.resume()

    world.at_times([ends_s + 25.0, ends_s + 50.0], resume)

    quits = looks = 0

    def look() -> None:
        """Everything must come to rest; what is still left over goes once the programs are started again."""
        nonlocal quits, looks
        looks += 1
        if looks % _LOOKS_BEFORE_RESUMING == 0:
            resume()  # a pause may have been slower than all that were to end it
        if world.is_finished:
            return
        if any(program.is_stopped for program in world.programs):
            world.scheduler.after(_LOOK_EVERY_S, look)  # what it will do when it goes on is of interest
            return
        if (left := next(_left(world), None)) is None:
            for one in tries_used(world):
                world.watch.violations.append(f"tries: {one}")
            world.finish()
        elif looks > _REST_S / _LOOK_EVERY_S:
            world.watch.violations.append(f"P3: no rest came: {left}")
            world.watch.violations.extend(_left(world))
            world.finish()
        else:
            if next(untransferred(world), None) is None:
                quits += 1
                if quits == 1:
                    for program in list(world.programs):
                        random.choice((program.quit, program.kill))()
                elif quits == _LOOKS_BEFORE_LONG:
                    _much_later(world)
            world.scheduler.after(_LOOK_EVERY_S, look)

    world.scheduler.at(ends_s + 30.0 if random.random() < 0.2 else ends_s + 2.0, look)
    try:
        world.scheduler.run()
    except StuckError as error:
        world.watch.violations.append(f"P5: {error}")


def _much_later(world: World) -> None:
    """So much later that nobody goes on with what was begun: all programs are started anew."""
    for program in list(world.programs):
        program.kill()
    world.scheduler.now += 4 * 24 * 3600.0


def _left(world: World) -> Iterator[str]:
    yield from untransferred(world)
    yield from leftovers(world)


def _ended(seed: int, world: World) -> Ended:
    scheduler = world.scheduler
    return Ended(
        seed=seed,
        violations=tuple(dict.fromkeys(world.watch.violations)),
        steps=scheduler.steps,
        simulated_s=scheduler.now,
        renames=world.watch.renames,
        records=world.watch.records,
        fingerprint=f"{scheduler.steps}:{scheduler.now:.6f}:{scheduler.random.getrandbits(32):08x}",
        lines=tuple(world.lines),
    )


class _Handler(logging.Handler):
    """An error with a traceback is one that nobody foresaw."""

    def __init__(self, world: World) -> None:
        super().__init__(logging.DEBUG if world.is_tracing else logging.WARNING)
        self._world = world

    def emit(self, record: logging.LogRecord) -> None:
        thread = self._world.scheduler.current
        who = f"{thread.program.name} {thread.name}" if thread is not None else ""
        self._world.trace(who, "logs", record.getMessage())
        is_foreseen = record.exc_info is not None and isinstance(record.exc_info[1], SyncError)
        if record.exc_info and record.levelno >= logging.ERROR and not is_foreseen:
            text = logging.Formatter().formatException(record.exc_info) if record.exc_info[0] else ""
            self._world.watch.break_promise("P5", f"{record.getMessage()}: {text}")


@contextmanager
def _logged(world: World) -> Iterator[None]:
    log = logging.getLogger("syncgui")
    handler = _Handler(world)
    level, propagates = log.level, log.propagate
    log.addHandler(handler)
    log.propagate = False
    log.setLevel(handler.level)
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.propagate = propagates
        log.setLevel(level)
