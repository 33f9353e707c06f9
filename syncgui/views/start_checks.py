"""What must be so before Qt is started: Qt ends the process where it finds no display or lacks a library.

Each check answers a sentence and what to do, or None. Nothing here imports Qt until it is asked to.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

_DISPLAY_VARIABLES = ("DISPLAY", "WAYLAND_DISPLAY")
_NEED_NO_DISPLAY = frozenset({"offscreen", "minimal", "vnc", "linuxfb", "eglfs", "vkkhrdisplay"})
_ANSWER_S = 5.0
_X_PORT = 6000

_ALWAYS = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
}
_FOR_X = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libX11-xcb.so.1": "libx11-xcb1",
}
"""Shared libraries that Qt's parts are linked to, and the Debian packages that have them."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why no window can be shown: one sentence, and what to do."""

    sentence: str
    remedy: str


def problem(environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Problem | None:
    """The first thing that keeps a window from being shown on this machine, None if nothing does."""
    return (
        pair_problem(tuple(sys.version_info[:3]), _pyside_version())
        or display_problem(environ, platform)
        or library_problem(environ, platform)
        or server_problem(environ, platform)
    )


def pair_problem(python_version: Sequence[int], pyside_version: str) -> Problem | None:
    """Whether this Python can not go with this PySide6: from 6.12 on it loses None and True below 3.12.

    Args:
        pyside_version: "" where it is not installed.
    """
    if not pyside_version:
        return Problem(
            "PySide6, which draws the windows, is not installed.",
            'Install it: pip install "PySide6-Essentials>=6.8"',
        )
    numbers = [int(part) if part.isdigit() else 0 for part in pyside_version.split(".")[:2]]
    if numbers >= [6, 12] and tuple(python_version[:2]) < (3, 12):
        python = ".".join(str(number) for number in python_version[:2])
        return Problem(
            f"PySide6 {pyside_version} crashes with Python {python}.",
            'Take Python 3.12 or newer, or an older PySide6: pip install "PySide6-Essentials>=6.8,<6.12"',
        )
    if numbers < [6, 8]:
        return Problem(
            f"PySide6 {pyside_version} is too old.",
            'Install a newer one: pip install "PySide6-Essentials>=6.8"',
        )
    return None


def display_problem(environ: Mapping[str, str], platform: str) -> Problem | None:
    """Whether there is no display to show a window on."""
    if not _has_displays(platform) or _plugin(environ) in _NEED_NO_DISPLAY:
        return None
    if any(environ.get(name) for name in _DISPLAY_VARIABLES):
        return None
    return Problem(
        "There is no display to show a window on.",
        "Start it on a desktop.",
    )


def library_problem(
    environ: Mapping[str, str] = os.environ,
    platform: str = sys.platform,
    is_there: Callable[[str], bool] | None = None,
) -> Problem | None:
    """Whether shared libraries are missing, or Qt can not be loaded for another reason.

    Args:
        is_there: whether a shared library of that name can be loaded.
    """
    if _has_displays(platform):
        wanted = _ALWAYS | (_FOR_X if _is_x(environ) else {})
        missing = [name for name in wanted if not (is_there or _can_be_loaded)(name)]
        if missing:
            packages = " ".join(sorted({wanted[name] for name in missing}))
            return Problem(
                f"Libraries that the windows need are missing: {', '.join(missing)}.",
                f"On Debian and Ubuntu: sudo apt install {packages}",
            )
    try:
        importlib.import_module("PySide6.QtWidgets")
    except ImportError as error:
        return Problem(
            f"Qt, which draws the windows, can not be loaded: {error}.",
            "Install the library that it names, or PySide6-Essentials anew.",
        )
    return None


def server_problem(environ: Mapping[str, str], platform: str) -> Problem | None:
    """Whether the X or Wayland server does not answer; waits for it 5 s at most."""
    if not _has_displays(platform) or _plugin(environ) in _NEED_NO_DISPLAY:
        return None
    if environ.get("WAYLAND_DISPLAY") and _plugin(environ) != "xcb":
        if _wayland_answers(environ):
            return None
        display = environ["WAYLAND_DISPLAY"]
        if environ.get("DISPLAY") and _x_answers(environ["DISPLAY"]):
            return None  # Qt falls back to it
    else:
        display = environ.get("DISPLAY", "")
        if not display or _x_answers(display):
            return None
    return Problem(
        f"The display {display} does not answer.",
        "Start it on a desktop that runs, as the user it belongs to.",
    )


# -- private -----------------------------------------------------------------------------------------


def _has_displays(platform: str) -> bool:
    """Whether the system's windows need a server: all but Windows and macOS."""
    return platform not in ("win32", "cygwin", "darwin")


def _plugin(environ: Mapping[str, str]) -> str:
    """The first platform plugin that the environment asks for, without its options."""
    return environ.get("QT_QPA_PLATFORM", "").split(";")[0].split(":")[0].strip().lower()


def _is_x(environ: Mapping[str, str]) -> bool:
    plugin = _plugin(environ)
    return plugin == "xcb" or (not plugin and not environ.get("WAYLAND_DISPLAY"))


def _can_be_loaded(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def _pyside_version() -> str:
    for name in ("PySide6_Essentials", "PySide6"):
        with suppress(metadata.PackageNotFoundError):
            return metadata.version(name)
    return ""


def _wayland_answers(environ: Mapping[str, str]) -> bool:
    path = Path(environ.get("XDG_RUNTIME_DIR", "")) / environ["WAYLAND_DISPLAY"]
    try:
        _connected(str(path)).close()
    except OSError:
        return False
    return True


def _x_answers(display: str) -> bool:
    """Whether an X server answers and lets us in; the second question is asked only of one that answers."""
    host, _, rest = display.rpartition(":")
    number = rest.split(".")[0]
    if not number.isdigit():
        return False
    if host in ("", "unix") or host.startswith("/"):
        places: list[str | tuple[str, int]] = [f"/tmp/.X11-unix/X{number}"]
        if sys.platform == "linux":
            places.insert(0, f"\0/tmp/.X11-unix/X{number}")
    else:
        places = [(host, _X_PORT + int(number))]
    return any(_greets(place) for place in places) and _lets_in(display)


def _greets(place: str | tuple[str, int]) -> bool:
    """Whether an X server says something to a greeting, be it that we may not enter.

    One that hangs accepts the connection and stays silent.
    """
    greeting = b"l\x00" + (11).to_bytes(2, "little") + bytes(8)
    try:
        with _connected(place) as server:
            server.sendall(greeting)
            return bool(server.recv(1))
    except OSError:
        return False


def _lets_in(display: str) -> bool:
    """Whether libxcb, with the right that it finds, can enter."""
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return True
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    xcb.xcb_connection_has_error.argtypes = [ctypes.c_void_p]
    xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(display.encode(), None)
    try:
        return not xcb.xcb_connection_has_error(connection)
    finally:
        xcb.xcb_disconnect(connection)


def _connected(place: str | tuple[str, int]) -> socket.socket:
    """A connection that is made, and answers, within some seconds."""
    if isinstance(place, tuple):
        return socket.create_connection(place, timeout=_ANSWER_S)
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    made.settimeout(_ANSWER_S)
    try:
        made.connect(place)
    except OSError:
        made.close()
        raise
    return made
