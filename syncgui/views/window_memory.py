"""What the window remembers over a restart: place, widths, the project shown, the scheme chosen.

One small file per user and machine. What can not be read is forgotten; what can not be written is not
worth a word.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

_SCHEMES = ("system", "light", "dark")


class WindowMemory:
    """See the module.

    Args:
        path: the file; its folder is made when it is first written.
    """

    def __init__(self, path: Path) -> None:
        self._settings = QSettings(str(path), QSettings.Format.IniFormat)

    def text(self, name: str) -> str:
        """A text that was kept, "" when there is none."""
        value = self._settings.value(name, "")
        return value if isinstance(value, str) else ""

    def keep_text(self, name: str, value: str) -> None:
        """Keep a text."""
        self._settings.setValue(name, value)

    def state(self, name: str) -> QByteArray:
        """What a widget saved, empty when there is nothing."""
        return QByteArray.fromHex(self.text(name).encode("ascii", "ignore"))

    def keep_state(self, name: str, value: QByteArray) -> None:
        """Keep what a widget saved."""
        self.keep_text(name, bytes(value.toHex().data()).decode("ascii"))

    @property
    def scheme(self) -> str:
        """ "system", "light" or "dark"."""
        found = self.text("scheme")
        return found if found in _SCHEMES else "system"

    def flag(self, name: str) -> bool:
        """Whether something was noted as done."""
        return self.text(name) == "yes"

    def keep_flag(self, name: str) -> None:
        """Note something as done."""
        self.keep_text(name, "yes")

    def save(self) -> None:
        """Write now what is to be kept."""
        self._settings.sync()
