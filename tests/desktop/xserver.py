"""A desktop of one's own: an X server without a screen, a window manager and a tray.

What is started here belongs to nobody else, is on a display that nobody else has, and ends with the `with`,
even when this process is killed. Every wait is for a condition and has a limit.
"""

from __future__ import annotations

import os
import secrets
import select
import shutil
import signal
import struct
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import TypeVar

T = TypeVar("T")
Colour = tuple[int, int, int]

_EARLY_S = (5.0, 5.0)
PATIENCE_S = 30.0
_LOOK_EVERY_S = 0.05
_STILL_LOOKS = 4
_PROGRAMS = {
    "Xvfb": "xvfb",
    "openbox": "openbox",
    "trayer": "trayer",
    "xdotool": "xdotool",
    "import": "imagemagick",
    "xprop": "x11-utils",
    "xwininfo": "x11-utils",
    "setpriv": "util-linux",
}
_PLACE = ("Absolute upper-left X:", "Absolute upper-left Y:", "Width:", "Height:")
_WILD = 0xFFFF  # an authority's family that fits every display


def missing() -> str:
    """Why there can be no desktop here; "" when there can."""
    packages = sorted({package for program, package in _PROGRAMS.items() if shutil.which(program) is None})
    return f"no desktop for tests: apt install {' '.join(packages)}" if packages else ""


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of the screen, in pixels."""

    x: int
    y: int
    width: int
    height: int

    @property
    def centre(self) -> tuple[int, int]:
        """Its middle."""
        return self.x + self.width // 2, self.y + self.height // 2


def awaited(look: Callable[[], T], what: str, patience_s: float = PATIENCE_S) -> T:
    """The first true answer of `look`; fails when none comes in time."""
    waited = Event()
    for _ in range(int(patience_s / _LOOK_EVERY_S)):
        if found := look():
            return found
        waited.wait(_LOOK_EVERY_S)
    raise AssertionError(f"{what} did not come within {patience_s} s")


class Desktop:
    """A running desktop: what a person does with hands and eyes.

    Args:
        env: the environment for programs that are to appear on it.
    """

    def __init__(self, env: Mapping[str, str]) -> None:
        self.env = dict(env)
        self._aside = 6

    # -- looking -------------------------------------------------------------------------------------

    def windows(self, title: str) -> list[int]:
        """Mapped windows whose title matches a regular expression."""
        return self._search("--onlyvisible", "--name", title)

    def window(self, title: str) -> int:
        """The window of that title, waited for."""
        return awaited(lambda: self.windows(title), f"a window titled {title!r}")[-1]

    def focused(self) -> int | None:
        """The window that gets the keys."""
        said = self._run("xdotool", "getwindowfocus", may_fail=True).strip()
        return int(said) if said else None

    def title(self, window: int) -> str:
        """A window's title, "" when it is gone."""
        return self._run("xdotool", "getwindowname", str(window), may_fail=True).strip()

    def geometry(self, window: int) -> Area:
        """Where a window is on the screen, without its frame."""
        said = self._run("xwininfo", "-id", str(window))
        return Area(*(int(_after(said, words)) for words in _PLACE))

    def tray_icons(self) -> list[Area]:
        """Where icons are in the tray, from left to right."""
        found = [
            self.geometry(child)
            for tray in self._search("--onlyvisible", "--class", "^trayer$")
            for child in self._children(tray)
        ]
        return sorted((area for area in found if min(area.width, area.height) > 8), key=lambda area: area.x)

    def icon(self) -> Area:
        """Where the only icon of the tray is, once its program has painted it there."""

        def settled() -> list[Area]:
            seen = self.tray_icons()
            is_painted = len(seen) == 1 and len(self.colours(seen[0])) > 1
            return seen if is_painted and seen == self.tray_icons() else []

        return awaited(settled, "an icon in the tray")[0]

    def popups(self) -> list[int]:
        """Menus and lists that are open, the last opened last."""
        every = self._search("--onlyvisible", "--class", ".")
        return [one for one in every if any(kind in self._kind(one) for kind in ("MENU", "COMBO"))]

    def screenshot(self, path: Path, window: int | None = None) -> Path:
        """A picture (PNG) of a window, or of all."""
        self._run("import", "-silent", "-window", str(window or "root"), str(path))
        return path

    def pixels(self, area: Area) -> list[Colour]:
        """What is seen in an area, row by row."""
        line = [
            "import",
            "-silent",
            "-window",
            "root",
            "-crop",
            f"{area.width}x{area.height}+{area.x}+{area.y}",
        ]
        raw = subprocess.run(
            [*line, "-depth", "8", "rgb:-"], env=self.env, capture_output=True, timeout=PATIENCE_S, check=True
        ).stdout
        return list(zip(raw[0::3], raw[1::3], raw[2::3], strict=True))

    def colours(self, area: Area) -> Counter[Colour]:
        """How many pixels of an area have which colour."""
        return Counter(self.pixels(area))

    def is_still(self, window: int) -> bool:
        """Whether a window looks the same for a while."""
        area = self.geometry(window)
        seen = [self.pixels(area)]
        for _ in range(_STILL_LOOKS):
            Event().wait(_LOOK_EVERY_S)
            seen.append(self.pixels(area))
        return all(one == seen[0] for one in seen)

    # -- doing ---------------------------------------------------------------------------------------

    def click(self, x: int, y: int, button: int = 1, *, times: int = 1) -> None:
        """Move the mouse there and click; 1 left, 2 middle, 3 right."""
        self._run("xdotool", "mousemove", str(x), str(y), "click", "--repeat", str(times), str(button))

    def key(self, *keys: str) -> None:
        """Press keys one after another, such as "ctrl+f" or "Return"."""
        self._run("xdotool", "key", "--delay", "30", *keys)

    def type(self, text: str) -> None:
        """Write a text with the keyboard."""
        self._run("xdotool", "type", "--delay", "15", text)

    def activate(self, window: int) -> None:
        """Give a window the focus and wait until it has it."""
        self._run("xdotool", "windowactivate", str(window), may_fail=True)
        awaited(lambda: self.focused() == window, f"the focus of window {self.title(window)!r}")

    def close(self, window: int) -> None:
        """Close a window by the window manager's key."""
        self.activate(window)
        self.key("alt+F4")

    def open_menu(self, icon: Area) -> int:
        """Click an icon of the tray with the right button; its menu, which has the keys."""
        awaited(lambda: not self.popups(), "the end of another menu")
        # Two clicks soon after one another at the same place would be a double click, which opens nothing.
        self._aside = -self._aside
        self.click(icon.centre[0] + self._aside, icon.centre[1], button=3)
        return awaited(self.popups, "the menu of the icon")[-1]

    def close_menus(self) -> None:
        """Leave every open menu."""

        def gone() -> bool:
            if not self.popups():
                return True
            self.key("Escape")
            return False

        awaited(gone, "the end of all menus")

    # -- inside --------------------------------------------------------------------------------------

    def _is_managed(self) -> bool:
        return "window id #" in self._run("xprop", "-root", "_NET_SUPPORTING_WM_CHECK", may_fail=True)

    def _kind(self, window: int) -> str:
        return self._run("xprop", "-id", str(window), "_NET_WM_WINDOW_TYPE", may_fail=True)

    def _search(self, *words: str) -> list[int]:
        # Windows that go away while they are looked through make it fail: whoever waits looks again.
        return [int(line) for line in self._run("xdotool", "search", *words, may_fail=True).split()]

    def _children(self, window: int) -> list[int]:
        said = self._run("xwininfo", "-id", str(window), "-children", may_fail=True)
        words = [line.split() for line in said.partition("child")[2].splitlines()]
        return [int(line[0], 16) for line in words if line and line[0].startswith("0x")]

    def _run(self, *line: str, may_fail: bool = False) -> str:
        done = subprocess.run(
            line, env=self.env, capture_output=True, text=True, timeout=PATIENCE_S, check=False
        )
        assert may_fail or done.returncode == 0, f"{line}: {done.stderr}"
        return done.stdout


def programs_with(word: str) -> list[int]:
    """Ids of the programs that were started with a word in their environment."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # gone meanwhile, or somebody else's
            if os.fsencode(word) in (folder / "environ").read_bytes():
                found.append(int(folder.name))
    return found


@contextmanager
def desktop(folder: Path, size: str = "1600x1000") -> Iterator[Desktop]:
    """An X server with a window manager, and no tray. `folder` becomes its HOME."""
    folder.mkdir(parents=True, exist_ok=True)
    authority = folder / "authority"
    authority.write_bytes(_authority())
    env = _environment(folder, authority)
    with _server(folder, env, size) as number:
        found = Desktop({**env, "DISPLAY": f":{number}"})
        with _running(["openbox", "--sm-disable"], found.env, folder / "openbox.log"):
            awaited(found._is_managed, "the window manager")
            yield found


@contextmanager
def tray(found: Desktop) -> Iterator[None]:
    """A tray at the top right of a desktop."""
    place = ["--edge", "top", "--align", "right", "--widthtype", "pixel", "--width", "240", "--height", "28"]
    looks = ["--SetDockType", "true", "--SetPartialStrut", "true", "--expand", "true"]
    log = Path(found.env["HOME"]) / "trayer.log"
    # On a machine where fonts were never listed the very first one may come too early and is never shown.
    for patience_s in (*_EARLY_S, PATIENCE_S):
        with _running(["trayer", *place, *looks], found.env, log):
            try:
                awaited(lambda: found._search("--onlyvisible", "--class", "^trayer$"), "the tray", patience_s)
            except AssertionError:
                if patience_s == PATIENCE_S:
                    raise
                continue
            yield
            return


@contextmanager
def _server(folder: Path, env: Mapping[str, str], size: str) -> Iterator[int]:
    """An X server on a display that is free; its number."""
    reading, writing = os.pipe()
    line = ["Xvfb", "-displayfd", str(writing), "-auth", env["XAUTHORITY"], "-screen", "0", f"{size}x24"]
    options = ["-nolisten", "tcp", "-noreset"]
    try:
        with _running([*line, *options], env, folder / "xserver.log", pass_fds=(writing,)):
            os.close(writing)
            writing = -1
            said = b""
            while not said.endswith(b"\n"):
                ready, _, _ = select.select([reading], [], [], PATIENCE_S)
                more = os.read(reading, 16) if ready else b""
                assert more, f"no X server: {(folder / 'xserver.log').read_text()}"
                said += more
            yield int(said)
    finally:
        for one in (reading, writing):
            if one >= 0:
                os.close(one)


@contextmanager
def _running(
    line: Sequence[str], env: Mapping[str, str], log: Path, pass_fds: tuple[int, ...] = ()
) -> Iterator[subprocess.Popen[bytes]]:
    """A program that is ended with the `with`, or with this process."""
    with log.open("ab") as told:
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", *line],
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=told,
            stderr=told,
            pass_fds=pass_fds,
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(PATIENCE_S)
        if process.poll() is None:
            process.kill()
            process.wait()


def _environment(folder: Path, authority: Path) -> dict[str, str]:
    """Few variables, none of this machine's user, and no message bus: the tray is that of X itself."""
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR", "LANG") if name in os.environ}
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700, exist_ok=True)
    return {
        **kept,
        "HOME": str(folder),
        "XDG_RUNTIME_DIR": str(runtime),
        "XAUTHORITY": str(authority),
        # Without an address one would be started for whoever asks, and stay.
        "DBUS_SESSION_BUS_ADDRESS": f"unix:path={runtime / 'no-bus'}",
        "NO_AT_BRIDGE": "1",
        "QT_QPA_PLATFORM": "xcb",
        "QT_ACCESSIBILITY": "0",
    }


def _after(text: str, words: str) -> str:
    """The word that follows some others."""
    return text.partition(words)[2].split()[0]


def _authority() -> bytes:
    """The secret that lets programs onto the display, in the format of an X authority file."""
    words = (b"", b"", b"MIT-MAGIC-COOKIE-1", secrets.token_bytes(16))
    return struct.pack(">H", _WILD) + b"".join(struct.pack(">H", len(word)) + word for word in words)
