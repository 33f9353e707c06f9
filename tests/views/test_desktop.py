"""The program as a whole, offscreen: first start, window, tray's commands, a clean end."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from syncgui.application import Application, Options
from syncgui.demo import DemoFolder, DemoWish, set_up
from syncgui.model.status import Status
from syncgui.views.desktop import Desktop
from syncgui.views.set_up_dialog import SetUpDialog
from syncgui.views.window_memory import WindowMemory
from tests.engine.studio import Studio
from tests.views.windows import PATIENCE_MS, row_of, rows_of


@pytest.fixture
def desktop(qapp: QApplication, tmp_path: Path) -> Iterator[Desktop]:
    """The program's own object, ended at the end."""
    made = Desktop(qapp, WindowMemory(tmp_path / "window.ini"))
    yield made
    if made.window is not None:
        made.window.closes_to_tray = True  # so that closing it quits nothing
    made.stop()


def test_the_first_start_offers_three_ways_and_the_demo_goes_on_in_the_window(
    desktop: Desktop, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    desktop.welcome(Application(Options(tmp_path / "home"), {}))
    assert desktop.first is not None
    page = desktop.first.page
    assert page.isVisible()
    page.demo.click()
    qtbot.waitUntil(lambda: desktop.window is not None, timeout=PATIENCE_MS)
    window = desktop.window
    assert window is not None
    qtbot.waitUntil(lambda: len(rows_of(window)) > 5, timeout=PATIENCE_MS)
    assert not (tmp_path / "home").exists() or not list((tmp_path / "home").rglob("*.sqlite"))


def test_setting_up_anew_ends_with_the_first_file_synced(
    desktop: Desktop, qtbot: QtBot, tmp_path: Path
) -> None:
    desktop.welcome(Application(Options(tmp_path / "home"), {}))
    assert desktop.first is not None
    desktop.first.page.set_up.click()
    dialog = desktop.first.page.findChild(SetUpDialog)
    assert dialog is not None
    dialog.fill("Short", str(tmp_path / "work"), str(tmp_path / "copies"))
    qtbot.waitUntil(dialog.ok.isEnabled, timeout=PATIENCE_MS)
    dialog.ok.click()
    qtbot.waitUntil(lambda: desktop.window is not None, timeout=PATIENCE_MS)
    window = desktop.window
    assert window is not None
    qtbot.waitUntil(lambda: window.bar.chooser.currentText() == "Short", timeout=PATIENCE_MS)
    (tmp_path / "work" / "first.exr").write_bytes(b"pixels")
    window.publish()
    publishing = window.publish_dialog
    assert publishing is not None
    publishing.choose([str(tmp_path / "work" / "first.exr")])
    publishing.asset.setText("sh010")
    publishing.subset.setText("renderMain")
    qtbot.waitUntil(publishing.ok.isEnabled, timeout=PATIENCE_MS)
    publishing.ok.click()
    qtbot.waitUntil((tmp_path / "copies" / "first.exr").exists, timeout=PATIENCE_MS)
    qtbot.waitUntil(
        lambda: [row.status for row in rows_of(window) if row] == [Status.SYNCED], timeout=PATIENCE_MS
    )


def test_studio_settings_that_were_chosen_are_used_and_kept(
    desktop: Desktop, qtbot: QtBot, tmp_path: Path
) -> None:
    studio = Studio(tmp_path / "studio")
    first = studio.publish(["a/one.exr"])
    desktop.welcome(Application(Options(tmp_path / "home"), {}))
    assert desktop.first is not None
    page = desktop.first.page
    page.settings_chosen.emit(studio.settings_dir, studio.database)
    qtbot.waitUntil(lambda: desktop.window is not None, timeout=PATIENCE_MS)
    window = desktop.window
    assert window is not None
    qtbot.waitUntil(
        lambda: (row := row_of(window, first)) is not None and row.status is Status.SYNCED,
        timeout=PATIENCE_MS,
    )
    kept = json.loads((tmp_path / "home" / "config" / "start.json").read_text())
    assert kept["settings"] == str(studio.settings_dir)
    studio.close()


def test_what_nobody_foresaw_in_a_slot_is_logged_and_said_and_the_program_lives(
    desktop: Desktop, qtbot: QtBot, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    studio = Studio(tmp_path / "studio")
    desktop.start(studio.application())
    window = desktop.window
    assert window is not None
    with caplog.at_level(logging.ERROR, logger="syncgui"):
        desktop.unforeseen(ZeroDivisionError, ZeroDivisionError("odd"), None)
    assert "ZeroDivisionError" in caplog.text
    assert "odd" in window.foot.noted
    first = studio.publish(["a/one.exr"])
    qtbot.waitUntil(lambda: row_of(window, first) is not None, timeout=PATIENCE_MS)
    desktop.stop()
    studio.close()


def test_the_tray_pauses_resumes_and_opens_the_window(desktop: Desktop, qtbot: QtBot, tmp_path: Path) -> None:
    studio = Studio(tmp_path / "studio")
    desktop.start(studio.application(), hidden=True)
    window = desktop.window
    assert window is not None
    assert not window.isVisible()
    desktop.tray.open_requested.emit()
    assert window.isVisible()
    desktop.tray.pause_requested.emit(float("inf"))
    qtbot.waitUntil(lambda: "Resume" in window.bar.pause.text().replace("&", ""), timeout=PATIENCE_MS)
    held = studio.publish(["a/one.exr"])
    desktop.tray.resume_requested.emit()
    qtbot.waitUntil(lambda: studio.is_synced(held), timeout=PATIENCE_MS)
    desktop.stop()
    studio.close()


def test_without_a_tray_the_window_comes_and_says_so(desktop: Desktop, qtbot: QtBot, tmp_path: Path) -> None:
    studio = Studio(tmp_path / "studio")
    desktop.start(studio.application(), hidden=True)
    desktop.tray.missing.emit()
    window = desktop.window
    assert window is not None
    assert window.isVisible()
    assert "no tray" in window.foot.noted
    assert not window.closes_to_tray
    desktop.stop()
    studio.close()


def test_the_demo_is_published_once_and_goes_on_in_a_second_start(
    desktop: Desktop, qtbot: QtBot, tmp_path: Path
) -> None:
    place = DemoFolder(tmp_path / "demo")
    wish = set_up(place, DemoWish(20, 100, fails=False))
    options = Options(place.home, place.settings, place.database)
    desktop.start(Application(options, {}), demo=(place, wish))
    first = desktop.window
    assert first is not None
    qtbot.waitUntil(
        lambda: bool(rows := rows_of(first)) and all(row and row.status is Status.SYNCED for row in rows),
        timeout=PATIENCE_MS,
    )
    number = len(rows_of(first))
    desktop.stop()
    desktop.start(Application(options, {}), demo=(place, wish))
    window = desktop.window
    assert window is not None
    qtbot.waitUntil(lambda: len(rows_of(window)) == number, timeout=PATIENCE_MS)
