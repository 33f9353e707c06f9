"""Programs on the desktop of the tests: started as a person starts them, watched from outside.

What the program did is read from its database, its settings files and `status --json`, where it can be; its
state also from the tray, where each shape of its icon has a colour of its own.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.commands.program import Ended, Program
from tests.desktop.xserver import PATIENCE_S, Area, Colour, Desktop, awaited

CHECKOUT = Path(__file__).parents[2]
TITLE = "^syncgui$"
SHAPES: Mapping[Colour, str] = {
    (0x2F, 0x91, 0x50): "synced",
    (0x3A, 0x80, 0xCC): "syncing",
    (0x7D, 0x85, 0x90): "waiting",
    (0xA8, 0x74, 0x14): "paused",
    (0xC4, 0x6A, 0x12): "attention",
    (0xD6, 0x45, 0x3F): "error",
}
_SEEN_PIXELS = 20
_HOLDS = """
import sys, threading, apsw
connection = apsw.Connection(sys.argv[1])
connection.setbusytimeout(30_000)
connection.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
threading.Event().wait()
"""


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

        def look() -> list[str]:
            assert self.lives or self.lines(start), f"it ended: {self.log.read_text()}"
            return self.lines(start)

        return awaited(look, f"a line {start!r}")[0].removeprefix(start).strip()

    @property
    def lives(self) -> bool:
        """Whether it still runs."""
        return self.process.poll() is None

    def ended(self) -> int:
        """Wait for its end; the exit code."""
        return self.process.wait(PATIENCE_S)

    def signalled(self, number: signal.Signals) -> int:
        """Send it a signal and wait for its end; the exit code."""
        self.process.send_signal(number)
        return self.ended()


class Shown:
    """The program on a desktop: its window, its icon, and what it did."""

    def __init__(self, desktop: Desktop, running: Running, folder: Path, options: Sequence[str]) -> None:
        self.desktop = desktop
        self.running = running
        self.options = list(options)
        self._program = Program(folder, self.options)

    @property
    def window(self) -> int:
        """Its window, waited for."""
        return self.desktop.window(TITLE)

    def is_mapped(self) -> bool:
        """Whether its window is on the screen."""
        return bool(self.desktop.windows(TITLE))

    def use(self) -> int:
        """Give its window the keys."""
        self.desktop.activate(self.window)
        return self.window

    def sees(self, shape: str) -> bool:
        """Whether the icon in the tray has this shape."""
        icons = self.desktop.tray_icons()
        if len(icons) != 1:
            return False
        colours = self.desktop.colours(icons[0])
        return colours[next(colour for colour, name in SHAPES.items() if name == shape)] > _SEEN_PIXELS

    def await_shape(self, *shapes: str) -> None:
        """Wait until the icon has one of these shapes."""
        awaited(lambda: any(self.sees(shape) for shape in shapes), f"an icon that tells {shapes}")

    def choose_in_tray(self, *keys: str) -> None:
        """Open the menu of the icon and press keys in it."""
        self.desktop.open_menu(self.desktop.icon())
        self.desktop.key(*keys)

    def run(self, *words: str) -> Ended:
        """Run a command of the program for the same studio."""
        return self._program.run(*words)

    def report(self) -> dict[str, object]:
        """The only project of `status --json`."""
        done = self.run("status", "--json")
        assert done.code == 0, done.err
        projects = done.json["projects"]
        assert isinstance(projects, list)
        report: dict[str, object] = projects[0]
        return report

    def counts(self, of: str = "files") -> dict[str, int]:
        """The figures of `status --json` that are not 0."""
        figures = self.report()[of]
        assert isinstance(figures, dict)
        return {key: value for key, value in figures.items() if value}

    def await_report(self, holds: Callable[[dict[str, object]], bool], what: str) -> None:
        """Wait until `status --json` says something."""
        awaited(lambda: holds(self.report()), what)

    def assert_clean(self) -> None:
        """It told of no error that nobody foresaw, on the terminal or in its log."""
        home = Path(self.options[self.options.index("--home") + 1])
        for log in (self.running.log, *home.rglob("syncgui.log")):
            text = log.read_text(errors="replace")
            for word in ("Traceback", "QThread", "unforeseen"):
                assert word not in text, text


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


@contextmanager
def shown(
    desktop: Desktop, folder: Path, options: Sequence[str], *words: str, log: str = "window.log"
) -> Iterator[Shown]:
    """The program with its window, for a studio given by the command line's options."""
    with started(desktop, ["main.py", *options, *words], folder / log) as running:
        yield Shown(desktop, running, folder, options)


@contextmanager
def database_held(path: Path) -> Iterator[None]:
    """Another program holds the database against all writers; killed at the end."""
    with subprocess.Popen([sys.executable, "-c", _HOLDS, str(path)], stdout=subprocess.PIPE) as holder:
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == b"held\n"
            yield
        finally:
            holder.kill()


def red_edge(desktop: Desktop, window: int, colour: Colour) -> list[tuple[int, int]]:
    """A place on each row that has an edge of this colour at its left, of 16 pixels at least."""
    area = desktop.geometry(window)
    strip = Area(area.x, area.y, min(40, area.width), area.height)
    pixels = desktop.pixels(strip)
    found, run = [], 0
    for y in range(strip.height):
        run = run + 1 if colour in pixels[y * strip.width : (y + 1) * strip.width] else 0
        if run == 16:
            found.append((strip.x + strip.width + 60, strip.y + y - 6))
    return found
