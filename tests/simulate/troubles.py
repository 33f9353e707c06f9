"""What goes wrong in a simulation, and when; at the end everything is whole again."""

from __future__ import annotations

import errno
from collections.abc import Callable
from random import Random

from tests.simulate.disk import Faults
from tests.simulate.program import Program
from tests.simulate.studio import Studio
from tests.simulate.world import FOLDERS, ROOTS, World

_WRITING = frozenset(
    {"create", "write", "truncate", "rename", "sync_file", "sync_folder", "make_folder", "close"}
)
_LOOKING = frozenset({"stat", "open_folder", "open_read", "read", "stat_root", "open_root", "list_folder"})


_DIES_IN = (
    "",
    "",
    "",
    "files write",
    "files sync",
    "files rename",
    "state write",
    "records",
    "cloud send",
)
_NARROW = frozenset({"mixed", "kills", "readers", "stops", "late records"})


class Troubles:
    """Plans troubles from the world's seed."""

    def __init__(self, world: World, studio: Studio) -> None:
        self._world = world
        self._studio = studio
        self._random = Random(world.random.getrandbits(64))

    def plan(self, ends_s: float, theme: str) -> None:
        """Plan some, all over before a time; `theme`: which, "" for those that the seed likes."""
        themes = self._themes()
        names = ("mixed", "mixed", "mixed", *(name for name in themes if name not in _NARROW))
        kinds = themes[theme or self._random.choice(names)]
        for _ in range(self._random.choice((2, 3, 5) if theme else (0, 1, 2, 3, 5, 8))):
            kind = self._random.choice(kinds)
            latest_s = self._random.choice((0.5, 2.0, ends_s))
            self._world.scheduler.at(self._random.uniform(0.0, min(latest_s, ends_s)), kind)

    def _themes(self) -> dict[str, tuple[Callable[[], object], ...]]:
        crashes = (self._kill, self._kill_at_a_step, self._cut_power, self._cut_power_at_a_step)
        stops = (self._stop, self._stop_at_a_step, self._stop_at_a_step, self._stop_before_a_record)
        leases = (*stops, self._outage, self._cut_off)
        storage = (self._full, self._faults, self._faults, self._read_only, self._vanish)
        roots = (self._vanish, self._vanish, self._kill)
        pauses = (self._pause_at_a_step, self._pause_at_a_step, self._pause)
        strangers = (self._studio.meddle, self._studio.wait_for_a_reader)
        others = (self._jump, self._lossy, self._cloud_away)
        return {
            "mixed": (*crashes, *crashes, *leases, *storage, *roots, *pauses, *strangers, *others),
            "crashes": crashes,
            "leases": leases,
            "storage": storage,
            "roots": roots,
            "pauses": pauses,
            "strangers": (*strangers, *others),
            "kills": (self._kill_at_a_step,),
            "readers": (self._studio.wait_for_a_reader,),
            "stops": (self._stop_at_a_step,),
            "late records": (self._stop_before_a_record,),
        }

    def heal(self) -> None:
        """Everything works again; who is stopped or cut off, and the database, come back in their time."""
        world = self._world
        world.trace("", "healed")
        world.losses = world.cloud.losses = 0.0
        world.cloud.is_away = False
        world.disk.capacity_bytes = 1 << 40
        world.disk.faults = Faults()
        for site in FOLDERS:
            world.disk.mounts[ROOTS[site]] = world.roots[site]
        for program in world.programs:
            program.kill_at = program.stop_at = program.pause_at = -1
            program.takes_power_along = None
            program.skew_s = 0.0

    # -- programs ------------------------------------------------------------------------------------

    def _one(self) -> Program | None:
        programs = self._world.programs
        return self._random.choice(programs) if programs else None

    def _kill(self) -> None:
        program = self._one()
        if program is not None:
            program.kill()

    def _kill_at_a_step(self) -> Program | None:
        program = self._one()
        if program is not None:
            program.kill_at = program.steps + self._random.randrange(1, 400)
            program.dies_in = self._random.choice(_DIES_IN)
        return program

    def _cut_power(self) -> None:
        world = self._world
        world.trace("", "power cut")
        for program in list(world.programs):
            program.kill()
        world.disk.cut_power()
        world.watch.power_cut()

    def _cut_power_at_a_step(self) -> None:
        program = self._kill_at_a_step()
        if program is not None:
            program.takes_power_along = self._cut_power

    def _stop(self) -> None:
        program = self._one()
        if program is not None:
            seconds = self._random.choice((5.0, 50.0, 70.0, 100.0, 200.0))
            self._stop_when_it_may(program, seconds)

    def _stop_when_it_may(self, program: Program, seconds: float) -> None:
        if program.is_dead or program.is_stopped or self._world.is_finished:
            return
        if program.is_between:
            # Nobody can fence what was checked and is on its way to the disk: known, and not looked for.
            self._world.scheduler.after(0.01, lambda: self._stop_when_it_may(program, seconds))
            return
        program.stop(seconds)

    def _stop_at_a_step(self) -> None:
        program = self._one()
        if program is not None:
            program.stop_at = program.steps + self._random.randrange(1, 300)
            program.stops_in = self._random.choice(("", "files sync_file", "files stat_root"))
            program.stop_for_s = self._random.choice((20.0, 50.0, 70.0, 100.0, 200.0))

    def _stop_before_a_record(self) -> None:
        """One is stopped with results on their way, and goes on when another has claimed."""
        program = self._one()
        if program is None:
            return
        program.stop_at = program.steps + self._random.randrange(1, 100)
        program.stops_in = "store write results"
        program.stop_for_s = 200.0

        def go_on() -> None:
            if program.is_stopped:
                self._world.scheduler.after(self._random.uniform(0.0, 0.1), program.go_on)

        self._world.watch.on_claim = go_on

    def _pause(self) -> None:
        program = self._one()
        if program is not None:
            program.pause(self._random.uniform(0.5, 20.0))

    def _pause_at_a_step(self) -> None:
        program = self._one()
        if program is not None:
            program.pause_at = program.steps + self._random.randrange(50, 300)
            program.pause_for_s = self._random.uniform(0.5, 20.0)

    def _jump(self) -> None:
        program = self._one()
        if program is not None:
            program.skew_s += self._random.choice((-3600.0, 3600.0))

    # -- database and network ------------------------------------------------------------------------

    def _outage(self) -> None:
        server = self._world.server
        server.is_away = True
        self._world.trace("", "database away")
        server.ahead_s += self._random.uniform(-2.0, 2.0)  # another primary has another clock

        def back() -> None:
            server.is_away = False
            self._world.trace("", "database back")
            self._world.scheduler.wake(server.waiters)

        self._world.scheduler.after(self._random.choice((0.5, 5.0, 30.0, 70.0, 120.0)), back)

    def _cut_off(self) -> None:
        program = self._one()
        if program is None:
            return
        program.is_cut_off = True

        def back() -> None:
            program.is_cut_off = False

        self._world.scheduler.after(self._random.choice((1.0, 20.0, 50.0, 80.0, 150.0)), back)

    def _lossy(self) -> None:
        self._world.losses = 0.1
        self._world.cloud.losses = 0.1

        def back() -> None:
            self._world.losses = self._world.cloud.losses = 0.0

        self._world.scheduler.after(self._random.uniform(1.0, 20.0), back)

    def _cloud_away(self) -> None:
        self._world.cloud.is_away = True

        def back() -> None:
            self._world.cloud.is_away = False

        self._world.scheduler.after(self._random.uniform(0.5, 20.0), back)

    # -- storage -------------------------------------------------------------------------------------

    def _full(self) -> None:
        disk = self._world.disk
        disk.capacity_bytes = disk.used_bytes() + self._random.choice((0, 50, 200))

        def room() -> None:
            disk.capacity_bytes = 1 << 40

        self._world.scheduler.after(self._random.uniform(0.5, 30.0), room)

    def _faults(self) -> None:
        faults = self._random.choice(
            (
                Faults(_WRITING, errno.EIO, 0.1),
                Faults(_WRITING, errno.EIO, 0.5),
                Faults(frozenset({"sync_file"}), errno.EIO, 0.5),
                Faults(frozenset({"sync_folder"}), errno.EIO, 0.5),
                Faults(_LOOKING, errno.ESTALE, 0.05),
                Faults(_LOOKING | _WRITING, errno.ETIMEDOUT, 0.05),
            )
        )
        self._begin(faults)

    def _read_only(self) -> None:
        self._begin(Faults(is_read_only=True))

    def _begin(self, faults: Faults) -> None:
        self._world.trace("", "storage fails", f"{errno.errorcode[faults.number]} {faults.chance}")
        self._world.disk.faults = faults

        def over() -> None:
            self._world.disk.faults = Faults()

        self._world.scheduler.after(self._random.uniform(0.5, 20.0), over)

    def _vanish(self) -> None:
        """A root is gone, or another, empty folder lies in its place."""
        world, site = self._world, self._random.choice(FOLDERS)
        path = ROOTS[site]
        if self._random.random() < 0.5:
            world.disk.mounts.pop(path, None)
            world.trace("", "vanished", path)
        else:
            world.watch.wrong_roots.append(world.disk.new_root(path))
            world.site_of_root[world.disk.mounts[path]] = "nowhere"
            world.trace("", "another folder at", path)

        def back() -> None:
            world.disk.mounts[path] = world.roots[site]
            world.trace("", "back", path)

        world.scheduler.after(self._random.uniform(0.5, 20.0), back)
