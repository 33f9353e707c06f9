"""The tray: what its menu, line and icon show of a standing, and what choosing something tells."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from syncgui.index import Totals
from syncgui.model.status import Pair, Status
from syncgui.views.headline import Shape, shape, tooltip
from syncgui.views.standing import Health, Hitch, Standing
from syncgui.views.tray import Tray
from tests.engine.studio import PROJECT, Studio
from tests.views.test_headline import project

# The offscreen platform has no tray; Qt looks for one all the same when an icon is to be shown.
NO_TRAY_OFFSCREEN = pytest.mark.qt_log_ignore(
    "No such signal QPlatformNativeInterface::systemTrayWindowChanged"
)
NOW = 1_700_000_000.0
PAIR = Pair("studio", "backup")


def totals(**files: int) -> Totals:
    counts = {Status(name): count for name, count in files.items()}
    return Totals(PAIR, counts, counts, {}, 0, sum(files.values()))


def action(menu: QMenu, start: str) -> QAction:
    (found,) = [one for one in menu.actions() if one.text().replace("&", "").startswith(start)]
    return found


def texts(menu: QMenu) -> list[str]:
    return [one.text().replace("&", "") for one in menu.actions() if one.isVisible() and one.text()]


def no_tray() -> bool:
    return False


def some_tray() -> bool:
    return True


def test_the_first_line_and_the_shape_say_how_the_program_stands(qtbot: QtBot) -> None:
    tray = Tray()
    standing = Standing(health=Health(database=Hitch("locked", "wait", NOW)), checked=NOW)
    tray.set_standing(standing, NOW)
    assert tray.tooltip == tooltip(standing, NOW) != ""
    assert tray.status_line.text() == tray.tooltip
    assert not tray.status_line.isEnabled()
    assert tray.shape is shape(standing) is Shape.ERROR


def test_a_long_line_does_not_make_the_menu_as_wide_as_the_screen(qtbot: QtBot) -> None:
    tray = Tray()
    tray.set_standing(Standing(health=Health(stopped="R&D " * 100)), NOW)
    assert len(tray.status_line.text().replace("&&", "&")) <= 100
    assert tray.status_line.text().startswith("R&&D")


def test_the_menu_has_what_can_be_done_now(qtbot: QtBot) -> None:
    tray = Tray()
    tray.set_standing(Standing(checked=NOW), NOW)
    assert texts(tray.menu)[1:] == ["Open syncgui", "Pause this machine", "Sites…", "Quit"]
    paused = Standing(
        projects={"A": project("A"), "B": project("B"), "C": project("C", remote=None)},
        totals={"A": totals(failed=2), "B": totals(failed=1), "C": totals(failed=5)},
        health=Health(paused_until=NOW + 9),
    )
    tray.set_standing(paused, NOW)
    assert texts(tray.menu)[1:] == ["Open syncgui", "Resume", "Retry failed (3)", "Sites…", "Quit"]


def test_choosing_an_entry_tells_it(qtbot: QtBot) -> None:
    tray = Tray()
    for start, told in (
        ("Open", tray.open_requested),
        ("Resume", tray.resume_requested),
        ("Retry", tray.retry_requested),
        ("Sites", tray.sites_requested),
        ("Quit", tray.quit_requested),
    ):
        with qtbot.waitSignal(told):
            action(tray.menu, start).trigger()


def test_a_pause_is_asked_for_until_a_time(qtbot: QtBot) -> None:
    tray = Tray()
    menu = action(tray.menu, "Pause").menu()
    assert isinstance(menu, QMenu)
    asked: list[float] = []
    tray.pause_requested.connect(asked.append)
    for one in menu.actions():
        one.trigger()
    quarter, hour, ever = asked
    assert 0 <= time.time() + 900 - quarter < 60
    assert abs(hour - quarter - 2700) < 60
    assert ever == float("inf")


@NO_TRAY_OFFSCREEN
def test_the_icon_moves_only_while_something_is_synced_and_it_is_seen(qtbot: QtBot, tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    studio.publish(["a.exr"])
    projects = studio.app.projects()
    syncing = Standing(projects=projects, totals={PROJECT: totals(queued=1)}, checked=NOW)
    still = Standing(projects=projects, totals={PROJECT: totals(synced=1)}, checked=NOW)
    tray = Tray(is_available=some_tray)
    tray.set_standing(syncing, NOW)
    assert tray.shape is Shape.SYNCING
    assert (tray.is_moving, tray.is_shown) == (False, False)
    tray.wait_for_tray()
    assert (tray.is_moving, tray.is_shown) == (True, True)
    tray.set_standing(still, NOW)
    assert (tray.is_moving, tray.is_shown) == (False, True)
    tray.set_standing(syncing, NOW)
    qtbot.waitUntil(lambda: tray.is_moving)
    tray.hide()
    assert (tray.is_moving, tray.is_shown) == (False, False)
    studio.close()


def test_a_desktop_without_a_tray_is_told_once_and_only_after_a_while(qtbot: QtBot) -> None:
    tray = Tray(is_available=no_tray)
    missed: list[bool] = []
    tray.missing.connect(lambda: missed.append(True))
    tray.wait_for_tray(timeout_s=1.0)
    assert not missed
    qtbot.waitUntil(lambda: bool(missed), timeout=10_000)
    assert not tray.is_shown
    assert not tray.show_message("a", "b")
    tray.hide()


@NO_TRAY_OFFSCREEN
def test_a_tray_that_comes_later_is_used(qtbot: QtBot) -> None:
    there: list[bool] = []
    tray = Tray(is_available=lambda: bool(there))
    came: list[bool] = []
    tray.appeared.connect(lambda: came.append(True))
    tray.wait_for_tray(timeout_s=10.0)
    assert not came
    there.append(True)
    qtbot.waitUntil(lambda: bool(came), timeout=10_000)
    assert tray.is_shown
    tray.hide()


@NO_TRAY_OFFSCREEN
def test_a_tray_that_goes_away_is_told_and_so_is_its_return(qtbot: QtBot) -> None:
    there = [True]
    tray = Tray(is_available=lambda: bool(there), look_again_ms=20)
    told: list[str] = []
    tray.appeared.connect(lambda: told.append("appeared"))
    tray.missing.connect(lambda: told.append("missing"))
    tray.wait_for_tray()
    there.clear()
    qtbot.waitUntil(lambda: told == ["appeared", "missing"], timeout=10_000)
    there.append(True)
    qtbot.waitUntil(lambda: told == ["appeared", "missing", "appeared"], timeout=10_000)
    tray.hide()
