"""For how long this machine may be paused: the same three choices in the window and in the tray."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QMenu

from syncgui.views.texts import tr


def fill_pause_menu(menu: QMenu, pause: Callable[[float], None]) -> None:
    """Add the choices; `pause` is given the time until which, epoch seconds, inf for no end."""
    for text, seconds in (
        (tr("For &15 minutes"), 15 * 60.0),
        (tr("For &1 hour"), 3600.0),
        (tr("&Until I resume"), float("inf")),
    ):
        menu.addAction(text, partial(_pause_for, pause, seconds))


def _pause_for(pause: Callable[[float], None], seconds: float) -> None:
    pause(time.time() + seconds)
