"""What is said where no window can be shown, before Qt would end the process."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from syncgui.views import start_checks
from syncgui.views.start_checks import display_problem, library_problem, pair_problem, server_problem

FAR_DISPLAY = 61_000  # no display has such a number


def test_looking_does_not_load_qt() -> None:
    program = (
        "import sys; from syncgui.views import start_checks as s; s.display_problem({}, 'linux');"
        "s.pair_problem((3, 11, 0), '6.11.0'); s.server_problem({'DISPLAY': ':61000'}, 'linux');"
        "print(any(name.startswith('PySide6') for name in sys.modules))"
    )
    ended = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert ended.stdout == "False\n"


@pytest.mark.parametrize(
    ("environ", "platform", "is_fine"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ""}, "linux", False),
        ({"QT_QPA_PLATFORM": "xcb"}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({"QT_QPA_PLATFORM": "offscreen"}, "linux", True),
        ({"QT_QPA_PLATFORM": "vnc:size=800x600"}, "linux", True),
        ({}, "darwin", True),
        ({}, "win32", True),
    ],
)
def test_a_display_is_looked_for(environ: dict[str, str], platform: str, is_fine: bool) -> None:
    assert (display_problem(environ, platform) is None) == is_fine


@pytest.mark.parametrize(
    ("python", "pyside", "is_fine"),
    [
        ((3, 11, 7), "6.11.3", True),
        ((3, 11, 7), "6.12.0", False),
        ((3, 10, 1), "6.13.1", False),
        ((3, 12, 0), "6.12.0", True),
        ((3, 13, 0), "7.0.0", True),
        ((3, 11, 0), "7.0.0", False),
        ((3, 12, 0), "6.7.3", False),
        ((3, 12, 0), "", False),
    ],
)
def test_pairs_of_python_and_pyside_that_crash_are_refused(
    python: tuple[int, ...], pyside: str, is_fine: bool
) -> None:
    found = pair_problem(python, pyside)
    assert (found is None) == is_fine
    if found is not None:
        assert "PySide6-Essentials" in found.remedy
        assert pyside in found.sentence


def test_missing_libraries_are_named_with_their_packages() -> None:
    missing = {"libxcb-cursor.so.0", "libEGL.so.1"}
    found = library_problem({"DISPLAY": ":0"}, "linux", lambda name: name not in missing)
    assert found is not None
    assert "libxcb-cursor.so.0" in found.sentence
    assert found.remedy == "On Debian and Ubuntu: sudo apt install libegl1 libxcb-cursor0"


def test_libraries_for_x_are_wanted_where_x_is_used_only() -> None:
    def has_no_xcb(name: str) -> bool:
        return "xcb" not in name

    assert library_problem({"DISPLAY": ":0"}, "linux", has_no_xcb) is not None
    assert library_problem({"QT_QPA_PLATFORM": "offscreen"}, "linux", has_no_xcb) is None
    assert library_problem({"WAYLAND_DISPLAY": "wayland-0"}, "linux", has_no_xcb) is None


def test_a_display_that_nobody_serves_is_told() -> None:
    found = server_problem({"DISPLAY": f":{FAR_DISPLAY}"}, "linux")
    assert found is not None
    assert f":{FAR_DISPLAY}" in found.sentence
    assert server_problem({"DISPLAY": "no display"}, "linux") is not None
    assert server_problem({"DISPLAY": f":{FAR_DISPLAY}", "QT_QPA_PLATFORM": "offscreen"}, "linux") is None
    assert server_problem({}, "win32") is None


@contextmanager
def server(address: str, *, answers: bool) -> Iterator[None]:
    """An X server that refuses everybody, or one that hangs."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(address)
    listening.listen()
    accepted: list[socket.socket] = []

    def serve() -> None:
        while True:
            try:
                one, _ = listening.accept()
            except OSError:
                return
            accepted.append(one)
            if answers:
                one.recv(64)
                one.sendall(bytes(8))

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(10)
        for one in accepted:
            one.close()


@pytest.mark.skipif(sys.platform != "linux", reason="abstract sockets are Linux's")
def test_a_server_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start_checks, "_ANSWER_S", 0.2)
    with server(f"\0/tmp/.X11-unix/X{FAR_DISPLAY + 1}", answers=False):
        assert server_problem({"DISPLAY": f":{FAR_DISPLAY + 1}"}, "linux") is not None


@pytest.mark.skipif(sys.platform != "linux", reason="abstract sockets are Linux's")
def test_a_server_that_does_not_let_us_in_is_told() -> None:
    with server(f"\0/tmp/.X11-unix/X{FAR_DISPLAY + 2}", answers=True):
        assert server_problem({"DISPLAY": f":{FAR_DISPLAY + 2}"}, "linux") is not None


def test_a_wayland_server_is_asked_at_its_socket(tmp_path: Path) -> None:
    environ = {"WAYLAND_DISPLAY": "wayland-7", "XDG_RUNTIME_DIR": str(tmp_path)}
    assert server_problem(environ, "linux") is not None
    with server(str(tmp_path / "wayland-7"), answers=False):
        assert server_problem(environ, "linux") is None


def test_this_machine_can_show_windows_offscreen() -> None:
    assert start_checks.problem({"QT_QPA_PLATFORM": "offscreen"}, "linux") is None
