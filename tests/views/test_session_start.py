"""The switch that starts the program with the desktop session."""

from __future__ import annotations

import plistlib
from pathlib import Path

import pytest

from syncgui.views.session_start import AutostartFile, SessionStart, desktop_command, session_start

COMMAND = ["/opt/sync gui/bin/python", "-m", "syncgui", "--home", "/a b"]


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_it_is_off_until_it_is_turned_on_and_off_again_afterwards(platform: str, tmp_path: Path) -> None:
    switch: SessionStart = session_start(platform, {}, tmp_path)
    assert not switch.is_on()
    switch.turn_off()
    switch.turn_on(COMMAND)
    switch.turn_on(COMMAND)
    assert switch.is_on()
    assert session_start(platform, {}, tmp_path).is_on()
    switch.turn_off()
    assert not switch.is_on()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_desktop_entry_is_where_and_how_desktops_want_it(tmp_path: Path) -> None:
    session_start("linux", {"XDG_CONFIG_HOME": str(tmp_path / "config")}, tmp_path / "home").turn_on(COMMAND)
    lines = (tmp_path / "config" / "autostart" / "syncgui.desktop").read_text().splitlines()
    assert lines[0] == "[Desktop Entry]"
    assert 'Exec="/opt/sync gui/bin/python" "-m" "syncgui" "--home" "/a b"' in lines
    session_start("linux", {"XDG_CONFIG_HOME": "not/absolute"}, tmp_path).turn_on(COMMAND)
    assert (tmp_path / ".config" / "autostart" / "syncgui.desktop").is_file()


@pytest.mark.parametrize("line", ["Hidden=true", "X-GNOME-Autostart-enabled = false"])
def test_what_was_switched_off_in_the_desktops_own_settings_is_off(line: str, tmp_path: Path) -> None:
    switch = AutostartFile(tmp_path)
    switch.turn_on(COMMAND)
    path = tmp_path / "syncgui.desktop"
    path.write_text(path.read_text() + line + "\n")
    assert not switch.is_on()


@pytest.mark.parametrize(
    ("part", "written"),
    [
        ("a b", '"a b"'),
        ("100%", '"100%%"'),
        ('say "x"', r'"say \\"x\\""'),
        ("$HOME", r'"\\$HOME"'),
        ("a\\b", r'"a\\\\b"'),
    ],
)
def test_signs_that_mean_something_in_a_desktop_entry_are_kept(part: str, written: str) -> None:
    assert desktop_command([part]) == written


def test_a_launch_agent_starts_the_command_at_login(tmp_path: Path) -> None:
    switch = session_start("darwin", {}, tmp_path)
    switch.turn_on(COMMAND)
    (path,) = (tmp_path / "Library" / "LaunchAgents").iterdir()
    agent = plistlib.loads(path.read_bytes())
    assert (agent["ProgramArguments"], agent["RunAtLoad"]) == (COMMAND, True)
    assert path.name == f"{agent['Label']}.plist"
    path.write_bytes(b"broken")
    assert not switch.is_on()
