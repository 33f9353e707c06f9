"""The desktop of the tests does what a desktop does."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desktop import probe, xserver
from tests.desktop.program import Running, started
from tests.desktop.xserver import Area, Desktop, awaited

PROBE = ["-m", "tests.desktop.probe"]


@pytest.fixture
def running(desktop: Desktop, tmp_path: Path) -> Iterator[Running]:
    """The small program on the desktop."""
    with started(desktop, PROBE, tmp_path / "probe.log") as found:
        yield found


def test_an_icon_is_seen_in_the_tray_where_its_program_says(desktop: Desktop, running: Running) -> None:
    assert running.line("tray ") == "True"
    area = Area(*map(int, running.line("icon ").split()))
    awaited(lambda: desktop.colours(area)[probe.COLOUR] > 100, "the icon's colour in the tray")
    seen = desktop.icon()
    assert abs(seen.x - area.x) <= 1 and abs(seen.y - area.y) <= 1
    running.process.kill()
    awaited(lambda: not desktop.tray_icons(), "the end of the icon")
    assert desktop.colours(area)[probe.COLOUR] == 0


def test_the_menu_of_an_icon_is_opened_by_a_click_and_an_entry_is_chosen(
    desktop: Desktop, running: Running
) -> None:
    icon = desktop.icon()
    desktop.open_menu(icon)
    desktop.key("Down", "Return")
    assert running.line("chosen ") == "first"
    desktop.open_menu(icon)
    desktop.key("q")
    assert running.ended() == 0
    assert running.lines("QDBus") == []


def test_a_window_gets_what_is_typed(desktop: Desktop, running: Running) -> None:
    window = desktop.window(f"^{probe.TITLE}$")
    desktop.activate(window)
    desktop.type("sh010")
    awaited(lambda: "typed sh010" in running.lines(), "the text")
    desktop.close(window)
    awaited(lambda: not desktop.windows(probe.TITLE), "the closed window")
    assert running.process.poll() is None


def test_a_desktop_without_a_tray_has_none(bare_desktop: Desktop, tmp_path: Path) -> None:
    with started(bare_desktop, PROBE, tmp_path / "probe.log") as running:
        bare_desktop.window(probe.TITLE)
        assert running.line("tray ") == "False"
        assert bare_desktop.tray_icons() == []


def test_nothing_is_left_of_a_desktop(possible: None, tmp_path: Path) -> None:
    with xserver.desktop(tmp_path / "one") as one, xserver.tray(one):
        number = one.env["DISPLAY"].removeprefix(":")
        socket = Path(f"/tmp/.X11-unix/X{number}")
        assert socket.exists()
        assert xserver.programs_with(one.env["XAUTHORITY"])
    assert not socket.exists()
    assert xserver.programs_with(str(tmp_path / "one")) == []
    assert os.listdir(tmp_path) == ["one"]
