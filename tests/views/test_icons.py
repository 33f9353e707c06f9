"""Icons: all names resolve, pixmaps are sharp and made once, every shape of the tray has its own outline."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon, QImage
from PySide6.QtWidgets import QApplication

import syncgui.views
from syncgui.views import icons, marks, palettes
from syncgui.views.headline import Shape
from syncgui.views.palettes import Tone

NAME = re.compile(r'"(mdi6\.[a-z0-9-]+)"')
PANELS = ("#1e1e1e", "#f2f2f2")


@pytest.fixture(autouse=True)
def dark(qapp: QApplication) -> Iterator[None]:
    """All tests here begin with the dark palette."""
    before = palettes.scheme()
    palettes.apply(qapp, "dark")
    yield
    palettes.apply(qapp, before)


def names_in_the_views() -> set[str]:
    folder = Path(syncgui.views.__file__).parent
    return {name for path in folder.glob("*.py") for name in NAME.findall(path.read_text("utf-8"))}


def solid(image: QImage) -> frozenset[tuple[int, int]]:
    width, height = image.width(), image.height()
    return frozenset(
        (x, y) for x in range(width) for y in range(height) if image.pixelColor(x, y).alpha() > 127
    )


def test_every_name_in_the_views_resolves() -> None:
    names = names_in_the_views()
    assert len(names) > 10
    assert all(solid(icons.pixmap(name, Tone.TEXT, 16, 1.0).toImage()) for name in names)


def test_a_name_that_is_not_there_is_an_error() -> None:
    with pytest.raises(Exception, match="no-such-thing"):
        icons.pixmap("mdi6.no-such-thing", Tone.TEXT, 16, 1.0)


def test_a_pixmap_is_made_once_and_sharp_at_two_pixels_per_unit() -> None:
    made = icons.pixmap("mdi6.check", Tone.GREEN, 16, 2.0)
    assert made is icons.pixmap("mdi6.check", Tone.GREEN, 16, 2.0)
    assert (made.size(), made.devicePixelRatio()) == (QSize(32, 32), 2.0)
    assert made is not icons.pixmap("mdi6.check", Tone.GREEN, 16, 1.0)


def test_a_pixmap_has_the_colour_of_its_tone_in_the_palette_in_use() -> None:
    for choice in ("dark", "light"):
        palettes.choose(choice)
        image = icons.pixmap("mdi6.circle", Tone.RED, 32, 1.0).toImage()
        assert image.pixelColor(16, 16).name() == palettes.colour(Tone.RED).name()


def test_an_icon_is_light_on_a_selection() -> None:
    selected = icons.icon("mdi6.circle").pixmap(QSize(32, 32), QIcon.Mode.Selected).toImage()
    assert selected.pixelColor(16, 16).name() == palettes.colour(Tone.SELECTED_TEXT).name()


@pytest.mark.parametrize(
    ("code", "site"), [("gdrive", "gdrive"), ("local_drive", "studio"), ("nobody_has_this", "x")]
)
def test_a_site_has_an_icon_whatever_its_provider(code: str, site: str) -> None:
    made = icons.provider_pixmap(code, site, 16, 2.0)
    assert made.size() == QSize(32, 32)
    assert solid(made.toImage())


@pytest.mark.parametrize("size", [16, 22, 24, 32])
def test_shapes_differ_in_their_outlines_and_not_only_in_colour(size: int) -> None:
    outlines = {shape: solid(marks.mark(shape, size)) for shape in Shape}
    for one, other in combinations(Shape, 2):
        differing = len(outlines[one] ^ outlines[other])
        assert differing >= size * size * 0.08, (one, other, differing)


@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize("shape", Shape)
def test_a_mark_stands_out_on_dark_and_on_light_panels(shape: Shape, panel: str) -> None:
    image = marks.mark(shape, 22)
    colours = [image.pixelColor(x, y) for x, y in solid(image) if image.pixelColor(x, y).alpha() == 255]
    far = [one for one in colours if abs(one.lightness() - QColor(panel).lightness()) > 60]
    assert len(far) > 22 * 22 * 0.25


def test_the_moving_mark_moves_and_the_others_stand_still() -> None:
    frames = {solid(marks.mark(Shape.SYNCING, 22, number)) for number in range(marks.FRAMES)}
    assert len(frames) == marks.FRAMES
    assert icons.tray_icon(Shape.SYNCING, 0) is icons.tray_icon(Shape.SYNCING, marks.FRAMES)
    assert icons.tray_icon(Shape.SYNCED, 0) is icons.tray_icon(Shape.SYNCED, 5)


def test_tray_and_application_icons_have_what_panels_ask_for() -> None:
    sizes = set(icons.tray_icon(Shape.ERROR).availableSizes())
    assert {QSize(one, one) for one in (16, 22, 24, 32, 48)} <= sizes
    assert QSize(256, 256) in icons.application_icon().availableSizes()
