"""Start with the desktop session: a switch, kept where the system itself looks.

A file in the autostart folder (XDG), a value of the Run key (Windows), a LaunchAgent (macOS). What the user
switched off in the system's own settings counts as off. Everything here may take as long as a disk does.
"""

from __future__ import annotations

import os
import plistlib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol
from xml.parsers.expat import ExpatError

from syncgui.settings.places import APPLICATION

_LABEL = f"org.{APPLICATION}.tray"


class SessionStart(Protocol):
    """The switch of one system."""

    def is_on(self) -> bool:
        """Whether the program starts with the session."""

    def turn_on(self, command: Sequence[str]) -> None:
        """Start with the session from now on, by this command.

        Raises:
            OSError: it could not be written.
        """

    def turn_off(self) -> None:
        """Start with the session no more.

        Raises:
            OSError: it could not be removed.
        """


def session_start(platform: str, environ: Mapping[str, str], home: Path) -> SessionStart:
    """The switch of this system, for the user of this home folder."""
    if platform == "darwin":
        return LaunchAgent(home / "Library" / "LaunchAgents")
    if sys.platform == "win32" and platform == "win32":
        return RunKey()
    configured = environ.get("XDG_CONFIG_HOME", "")
    config = Path(configured) if os.path.isabs(configured) else home / ".config"  # noqa: PTH117
    return AutostartFile(config / "autostart")


class AutostartFile:
    """A desktop entry in the folder that XDG desktops start from."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / f"{APPLICATION}.desktop"

    def is_on(self) -> bool:
        """Whether the entry is there and nobody switched it off."""
        try:
            text = self._path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return False
        lines = {"".join(line.split()).lower() for line in text.splitlines()}
        return not lines & {"hidden=true", "x-gnome-autostart-enabled=false"}

    def turn_on(self, command: Sequence[str]) -> None:
        """Write the entry."""
        lines = ["[Desktop Entry]", "Type=Application", f"Name={APPLICATION}"]
        lines += [f"Exec={desktop_command(command)}", f"Icon={APPLICATION}", "Terminal=false"]
        _write(self._path, ("\n".join(lines) + "\n").encode())

    def turn_off(self) -> None:
        """Remove the entry."""
        self._path.unlink(missing_ok=True)


class LaunchAgent:
    """An agent that macOS starts when the user logs in."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / f"{_LABEL}.plist"

    def is_on(self) -> bool:
        """Whether the agent is there and is not disabled in its own file."""
        try:
            found = plistlib.loads(self._path.read_bytes())
        except (OSError, plistlib.InvalidFileException, ExpatError, ValueError):
            return False
        return isinstance(found, dict) and not found.get("Disabled", False)

    def turn_on(self, command: Sequence[str]) -> None:
        """Write the agent."""
        agent = {"Label": _LABEL, "ProgramArguments": list(command), "RunAtLoad": True}
        _write(self._path, plistlib.dumps({**agent, "ProcessType": "Interactive"}))

    def turn_off(self) -> None:
        """Remove the agent."""
        self._path.unlink(missing_ok=True)


if sys.platform == "win32":
    import subprocess
    import winreg

    _RUN = r"Software\Microsoft\Windows\CurrentVersion\Run"

    class RunKey:
        """A value of the key whose commands Windows starts when the user logs in."""

        def is_on(self) -> bool:
            """Whether the value is there."""
            try:
                with winreg.OpenKey(winreg.HKEY_CURRENT_USER, _RUN) as key:
                    winreg.QueryValueEx(key, APPLICATION)
            except OSError:
                return False
            return True

        def turn_on(self, command: Sequence[str]) -> None:
            """Write the value."""
            line = subprocess.list2cmdline(command)
            with winreg.CreateKey(winreg.HKEY_CURRENT_USER, _RUN) as key:
                winreg.SetValueEx(key, APPLICATION, 0, winreg.REG_SZ, line)

        def turn_off(self) -> None:
            """Remove the value."""
            with winreg.CreateKey(winreg.HKEY_CURRENT_USER, _RUN) as key:
                try:
                    winreg.DeleteValue(key, APPLICATION)
                except FileNotFoundError:
                    return


def desktop_command(command: Sequence[str]) -> str:
    """A command as a desktop entry's Exec line has it: each part quoted, by that specification's rules."""
    parts: list[str] = []
    for part in command:
        quoted = "".join(f"\\{sign}" if sign in '"`$\\' else sign for sign in part).replace("%", "%%")
        # The value is unescaped once as a string before it is taken apart as a command.
        parts.append('"' + quoted.replace("\\", "\\\\") + '"')
    return " ".join(parts)


def _write(path: Path, content: bytes) -> None:
    """Write a whole file in the place of what is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    beside.write_bytes(content)
    beside.replace(path)
