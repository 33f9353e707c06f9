"""The palettes: readable on every surface, and the right one in use."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from syncgui.views import palettes
from syncgui.views.palettes import Scheme, Tone

ROLE = QPalette.ColorRole
SURFACES = (ROLE.Window, ROLE.Base, ROLE.AlternateBase, ROLE.Button, ROLE.ToolTipBase)
TEXT_TONES = (Tone.TEXT, Tone.DIM, Tone.GREEN, Tone.BLUE, Tone.AMBER, Tone.RED, Tone.GREY)


@pytest.fixture(autouse=True)
def palette_of_before(qapp: QApplication) -> Iterator[None]:
    """Other tests find the scheme that they had."""
    before = palettes.scheme()
    yield
    palettes.apply(qapp, before)


def luminance(colour: QColor) -> float:
    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4

    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF())


def contrast(one: QColor, other: QColor) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", Scheme)
@pytest.mark.parametrize("tone", TEXT_TONES)
def test_every_text_tone_is_readable_on_every_surface(scheme: Scheme, tone: Tone) -> None:
    surfaces = palettes.palette(scheme)
    found = {role: contrast(palettes.colour_in(scheme, tone), surfaces.color(role)) for role in SURFACES}
    assert min(found.values()) >= 4.5, found


@pytest.mark.parametrize("scheme", Scheme)
def test_selected_text_and_links_are_readable(scheme: Scheme) -> None:
    made = palettes.palette(scheme)
    assert contrast(made.color(ROLE.HighlightedText), made.color(ROLE.Highlight)) >= 4.5
    assert contrast(made.color(ROLE.Link), made.color(ROLE.Window)) >= 4.5
    assert contrast(made.color(ROLE.PlaceholderText), made.color(ROLE.Base)) >= 4.5
    # The tray's first line is a disabled entry, and meant to be read.
    assert contrast(palettes.disabled_colour(scheme), made.color(ROLE.Window)) >= 4


@pytest.mark.parametrize("scheme", Scheme)
def test_a_bar_is_seen_on_its_track(scheme: Scheme) -> None:
    track = palettes.colour_in(scheme, Tone.TRACK)
    assert contrast(palettes.colour_in(scheme, Tone.BLUE), track) >= 3


def test_every_tone_has_a_colour_in_both_palettes() -> None:
    assert all(palettes.colour_in(scheme, tone).isValid() for scheme in Scheme for tone in Tone)


@pytest.mark.parametrize(
    ("choice", "system", "window", "wanted"),
    [
        ("dark", Qt.ColorScheme.Light, "#ffffff", Scheme.DARK),
        ("light", Qt.ColorScheme.Dark, "#000000", Scheme.LIGHT),
        ("system", Qt.ColorScheme.Dark, "#ffffff", Scheme.DARK),
        ("system", Qt.ColorScheme.Light, "#000000", Scheme.LIGHT),
        ("system", Qt.ColorScheme.Unknown, "#202020", Scheme.DARK),
        ("system", Qt.ColorScheme.Unknown, "#efefef", Scheme.LIGHT),
        ("nonsense", Qt.ColorScheme.Light, "#000000", Scheme.LIGHT),
    ],
)
def test_a_choice_goes_before_the_system_and_the_system_before_its_window_colour(
    choice: str, system: Qt.ColorScheme, window: str, wanted: Scheme
) -> None:
    assert palettes.scheme_for(choice, system, QColor(window)) is wanted


def test_applying_changes_the_application_and_tells_it_once(qapp: QApplication, qtbot: QtBot) -> None:
    palettes.apply(qapp, "light")
    told: list[Scheme] = []

    def note() -> None:
        told.append(palettes.scheme())

    palettes.changes().changed.connect(note)
    palettes.apply(qapp, "dark")
    palettes.choose("dark")
    palettes.changes().changed.disconnect(note)
    assert told == [Scheme.DARK]
    assert qapp.style().name() == "fusion"
    assert qapp.palette().color(ROLE.Window) == palettes.palette(Scheme.DARK).color(ROLE.Window)
    assert palettes.colour(Tone.TEXT) == palettes.colour_in(Scheme.DARK, Tone.TEXT)
