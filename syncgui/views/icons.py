"""Every icon of the windows, by name and tone, in the colours of the palette in use.

Pixmaps are made once for each name, tone, palette, size and pixel ratio: delegates paint thousands of
them. An icon does not follow the palette by itself: views ask again on `palettes.changes().changed`.
Only to be used in the thread of the windows, when there is an application.
"""

from __future__ import annotations

from functools import cache, lru_cache
from importlib import resources
from pathlib import Path

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QIcon, QImage, QPainter, QPixmap

# Takes the bindings that are imported already, so this stands below them.
from qtawesome.iconic_font import IconicFont

from syncgui.providers import lib
from syncgui.views import marks, palettes
from syncgui.views.headline import Shape
from syncgui.views.palettes import Scheme, Tone

_TRAY_SIZES = (16, 18, 20, 22, 24, 32, 36, 40, 44, 48, 64, 96)
_APPLICATION_SIZES = (16, 24, 32, 48, 64, 128, 256)
_KEPT_PIXMAPS = 1024
_FONT, _FONT_FILES = "mdi6", "materialdesignicons6"
_NO_PROVIDER = "mdi6.help-network-outline"


def icon(name: str, tone: Tone = Tone.TEXT) -> QIcon:
    """The icon of a qtawesome name such as "mdi6.check"; on a selection and disabled in fitting colours."""
    return _icon(name, tone, palettes.scheme())


def pixmap(name: str, tone: Tone, size: int, ratio: float) -> QPixmap:
    """The icon as a pixmap of `size` units, sharp at this many pixels per unit."""
    return _pixmap(name, tone, palettes.scheme(), size, ratio)


@lru_cache(maxsize=_KEPT_PIXMAPS)
def provider_pixmap(code: str, site: str, size: int, ratio: float) -> QPixmap:
    """The icon of a site: its own, its provider's, or one that stands for any."""
    image = QImage(str(lib.icon(code, site)))
    if image.isNull():
        return pixmap(_NO_PROVIDER, Tone.DIM, size, ratio)
    pixels = round(size * ratio)
    smooth = Qt.TransformationMode.SmoothTransformation
    made = QPixmap.fromImage(image.scaled(pixels, pixels, Qt.AspectRatioMode.KeepAspectRatio, smooth))
    made.setDevicePixelRatio(ratio)
    return made


@cache
def _tray_frames(shape: Shape) -> tuple[QIcon, ...]:
    frames = marks.FRAMES if shape is Shape.SYNCING else 1
    return tuple(_tray_icon(shape, frame) for frame in range(frames))


def tray_icon(shape: Shape, frame: int = 0) -> QIcon:
    """The tray's icon; those that move have `marks.FRAMES` frames, and any number will do."""
    frames = _tray_frames(shape)
    return frames[frame % len(frames)]


@cache
def application_icon() -> QIcon:
    """The icon of windows and of the program."""
    made = QIcon()
    for size in _APPLICATION_SIZES:
        made.addPixmap(QPixmap.fromImage(marks.application_mark(size)))
    return made


def _tray_icon(shape: Shape, frame: int) -> QIcon:
    made = QIcon()
    for size in _TRAY_SIZES:
        made.addPixmap(QPixmap.fromImage(marks.mark(shape, size, frame)))
    return made


def _icon(name: str, tone: Tone, scheme: Scheme) -> QIcon:
    def hexed(wanted: Tone) -> str:
        return palettes.colour_in(scheme, wanted).name()

    made: QIcon = _glyphs().icon(  # type: ignore[no-untyped-call]
        name,
        color=hexed(tone),
        color_selected=hexed(Tone.SELECTED_TEXT),
        color_disabled=palettes.disabled_colour(scheme).name(),
    )
    return made


@cache
def _glyphs() -> IconicFont:
    """The one font that we use: all of qtawesome's would take 10 MB more, and on Windows be installed."""
    folder = Path(str(resources.files("qtawesome"))) / "fonts"
    (glyphs,) = folder.glob(f"{_FONT_FILES}-webfont-[0-9]*.ttf")
    (names,) = folder.glob(f"{_FONT_FILES}-webfont-charmap-*.json")
    return IconicFont((_FONT, glyphs.name, names.name, str(folder)))  # type: ignore[no-untyped-call]


@lru_cache(maxsize=_KEPT_PIXMAPS)
def _pixmap(name: str, tone: Tone, scheme: Scheme, size: int, ratio: float) -> QPixmap:
    pixels = round(size * ratio)
    glyph = _icon(name, tone, scheme)  # before the painter: an error while one is active ends the process
    made = QPixmap(pixels, pixels)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    glyph.paint(painter, QRect(0, 0, pixels, pixels))
    painter.end()
    made.setDevicePixelRatio(ratio)
    return made
