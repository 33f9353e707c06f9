"""The two palettes, dark and light, and the one that is in use.

Every colour that a view paints with comes from here, by its `Tone`. Text tones are readable (contrast of
4.5 to 1 and more) on every surface of their palette. `apply` follows the system where the system tells;
whoever keeps icons or pixmaps makes them again on `changes().changed`.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QToolTip


class Scheme(StrEnum):
    """A palette."""

    DARK = "dark"
    LIGHT = "light"


class Tone(StrEnum):
    """What a colour means."""

    TEXT = "text"
    DIM = "dim"
    GREEN = "green"
    BLUE = "blue"
    AMBER = "amber"
    RED = "red"
    GREY = "grey"
    TRACK = "track"  # the empty part of a bar
    EDGE = "edge"
    SELECTED_TEXT = "selected_text"


_TONES = {
    Scheme.DARK: {
        Tone.TEXT: "#d5d9e0",
        Tone.DIM: "#9aa2ae",
        Tone.GREEN: "#4cb86a",
        Tone.BLUE: "#5aa2ec",
        Tone.AMBER: "#e0a53c",
        Tone.RED: "#f2726b",
        Tone.GREY: "#8d96a3",
        Tone.TRACK: "#383e47",
        Tone.EDGE: "#3b424c",
        Tone.SELECTED_TEXT: "#ffffff",
    },
    Scheme.LIGHT: {
        Tone.TEXT: "#1f2328",
        Tone.DIM: "#59626d",
        Tone.GREEN: "#1b7a38",
        Tone.BLUE: "#1b68b8",
        Tone.AMBER: "#8a5c00",
        Tone.RED: "#c2262f",
        Tone.GREY: "#626b77",
        Tone.TRACK: "#d0d6de",
        Tone.EDGE: "#c4cad2",
        Tone.SELECTED_TEXT: "#ffffff",
    },
}

_Role = QPalette.ColorRole

_ROLES = {
    Scheme.DARK: {
        _Role.Window: "#1e2227",
        _Role.Base: "#1b1e23",
        _Role.AlternateBase: "#20242a",
        _Role.Button: "#2a2f37",
        _Role.Highlight: "#2c5f93",
        _Role.ToolTipBase: "#2a2f37",
        _Role.Light: "#3b424c",
        _Role.Midlight: "#333942",
        _Role.Mid: "#181b20",
        _Role.Dark: "#14171a",
        _Role.Shadow: "#0b0d0f",
        _Role.Link: "#5aa2ec",
        _Role.LinkVisited: "#b99af0",
        _Role.Accent: "#5aa2ec",
    },
    Scheme.LIGHT: {
        _Role.Window: "#f2f3f5",
        _Role.Base: "#ffffff",
        _Role.AlternateBase: "#f6f7f9",
        _Role.Button: "#fafbfc",
        _Role.Highlight: "#2d6bb0",
        _Role.ToolTipBase: "#ffffff",
        _Role.Light: "#ffffff",
        _Role.Midlight: "#e7eaee",
        _Role.Mid: "#c4cad2",
        _Role.Dark: "#a7afb9",
        _Role.Shadow: "#76808c",
        _Role.Link: "#1b68b8",
        _Role.LinkVisited: "#6b3fb0",
        _Role.Accent: "#1b68b8",
    },
}

_TEXT_ROLES = (_Role.WindowText, _Role.Text, _Role.ButtonText, _Role.ToolTipText)
_SELECTED_TEXT_ROLES = (_Role.HighlightedText, _Role.BrightText)
_DISABLED = {Scheme.DARK: "#838b97", Scheme.LIGHT: "#6c7580"}


class Changes(QObject):
    """Tells that another palette is in use, at once; Qt gives it to the widgets with their next events."""

    changed = Signal()


def scheme() -> Scheme:
    """The palette in use; before `apply` the dark one."""
    return _current().scheme


def colour(tone: Tone) -> QColor:
    """The tone's colour in the palette in use."""
    return colour_in(_current().scheme, tone)


def colour_in(wanted: Scheme, tone: Tone) -> QColor:
    """The tone's colour in one of the palettes."""
    return QColor(_TONES[wanted][tone])


def disabled_colour(wanted: Scheme) -> QColor:
    """The colour of what can not be used now."""
    return QColor(_DISABLED[wanted])


def changes() -> Changes:
    """The object whose signal `changed` tells that another palette is in use."""
    return _current()


def apply(application: QApplication, choice: str) -> None:
    """Use the Fusion style with a palette: "light", "dark", or "system", also when that one changes later."""
    _current().follow(application, choice)


def choose(choice: str) -> None:
    """Another choice for the application that `apply` was called for."""
    _current().choose(choice)


def palette(wanted: Scheme) -> QPalette:
    """A whole palette, for active, inactive and disabled widgets."""
    made = QPalette()
    for role, name in _ROLES[wanted].items():
        made.setColor(role, QColor(name))
    for role in _TEXT_ROLES:
        made.setColor(role, colour_in(wanted, Tone.TEXT))
        made.setColor(QPalette.ColorGroup.Disabled, role, disabled_colour(wanted))
    for role in _SELECTED_TEXT_ROLES:
        made.setColor(role, colour_in(wanted, Tone.SELECTED_TEXT))
    made.setColor(_Role.PlaceholderText, colour_in(wanted, Tone.DIM))
    made.setColor(QPalette.ColorGroup.Disabled, _Role.Highlight, QColor(_TONES[wanted][Tone.TRACK]))
    return made


def scheme_for(choice: str, system: Qt.ColorScheme, window: QColor) -> Scheme:
    """Which palette to use.

    Args:
        choice: "light", "dark"; anything else is "system".
        system: what the system says of itself, often nothing.
        window: the window colour that the system gave, for when it says nothing.
    """
    if choice in list(Scheme):
        return Scheme(choice)
    if system is not Qt.ColorScheme.Unknown:
        return Scheme.DARK if system is Qt.ColorScheme.Dark else Scheme.LIGHT
    return Scheme.DARK if window.lightness() < 128 else Scheme.LIGHT


class _Current(Changes):
    """The palette in use, and the choice that led to it."""

    def __init__(self) -> None:
        super().__init__()
        self.scheme = Scheme.DARK
        self._choice = "system"
        self._application: QApplication | None = None
        self._window = QColor()

    def follow(self, application: QApplication, choice: str) -> None:
        if application is not self._application:
            self._application = application
            self._window = application.palette().color(_Role.Window)
            application.styleHints().colorSchemeChanged.connect(self._look_again)
        if application.style().name() != "fusion":
            application.setStyle("Fusion")
        self.choose(choice)

    def choose(self, choice: str) -> None:
        self._choice = choice
        if self._application is None:
            return
        # Frames and dialogs that the system draws follow the choice, too.
        hints = self._application.styleHints()
        if choice in list(Scheme):
            dark = Scheme(choice) is Scheme.DARK
            hints.setColorScheme(Qt.ColorScheme.Dark if dark else Qt.ColorScheme.Light)
        else:
            hints.unsetColorScheme()
        self._look_again()

    def _look_again(self) -> None:
        if self._application is None:
            return
        wanted = scheme_for(self._choice, self._application.styleHints().colorScheme(), self._window)
        made = palette(wanted)
        self._application.setPalette(made)
        QToolTip.setPalette(made)
        if wanted is not self.scheme:
            self.scheme = wanted
            self.changed.emit()


@cache
def _current() -> _Current:
    return _Current()
