"""No text escapes translation: every window, in a language that puts all of ours in brackets."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from syncgui.application import Application, Options
from syncgui.views.publish_dialog import PublishDialog
from syncgui.views.set_up_dialog import SetUpDialog
from syncgui.views.standing import Health, Hitch, Standing
from syncgui.views.tray import Tray
from syncgui.views.welcome import WelcomePage
from tests.engine.studio import PROJECT, Studio
from tests.views.pseudo_locale import pseudo_locale, texts, untranslated
from tests.views.windows import PATIENCE_MS, select, window_on

NAME = "syncgui"
DATA = {PROJECT, NAME, "studio", "backup", "sh010", "renderMain", "exr", "work", "local_id", "publish_site"}


@pytest.fixture(autouse=True)
def in_brackets(qtbot: QtBot) -> Iterator[None]:
    """Every test here is in that language."""
    with pseudo_locale():
        yield


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """One row that is on both sites, and one that fails."""
    made = Studio(tmp_path, retry_cnt=1)
    yield made
    made.close()


def test_a_forgotten_text_is_found(qtbot: QtBot) -> None:
    label = QLabel("Forgotten sh010")
    qtbot.addWidget(label)
    assert untranslated(label, DATA) == ["QLabel in NoneType: Forgotten sh010"]
    label.setText("sh010: 3 ⟦files⟧")
    assert untranslated(label, DATA) == []


def test_every_text_of_the_main_window_can_be_translated(studio: Studio, qtbot: QtBot) -> None:
    studio.publish(["right.exr"])
    failing = studio.publish(["wrong.exr"])
    (studio.root("backup") / "wrong.exr").mkdir()
    with window_on(studio, qtbot) as window:
        qtbot.waitUntil(window.bar.retry.isEnabled, timeout=PATIENCE_MS)
        qtbot.waitUntil(lambda: window.model.rowCount() == 2, timeout=PATIENCE_MS)
        qtbot.waitUntil(lambda: window.model.row_at(0) is not None, timeout=PATIENCE_MS)
        select(window, failing)
        qtbot.waitUntil(
            lambda: any("wrong.exr" in text for _, text in texts(window.detail)), timeout=PATIENCE_MS
        )
        # What stands in a record is shown as it was written, by whatever program.
        recorded = str(studio.entry(failing)["error"])
        assert untranslated(window, DATA | {"v001", "wrong.exr", "right.exr", recorded}) == []


def test_every_text_of_the_site_picker_can_be_translated(studio: Studio, qtbot: QtBot) -> None:
    studio.publish(["a.exr"])
    with window_on(studio, qtbot) as window:
        qtbot.waitUntil(lambda: window.project is not None, timeout=PATIENCE_MS)
        window.open_picker()
        picker = window.picker
        assert picker is not None
        qtbot.waitUntil(lambda: picker.choice is not None, timeout=PATIENCE_MS)
        qtbot.waitUntil(
            lambda: any("⟦New publishes" in text for _, text in texts(picker)), timeout=PATIENCE_MS
        )
        assert untranslated(picker, DATA | {"remote_site", str(studio.folder)}) == []
        picker.close()


def test_every_text_of_the_publish_dialog_can_be_translated(studio: Studio, qtbot: QtBot) -> None:
    studio.publish(["a.exr"])
    with window_on(studio, qtbot) as window:
        qtbot.waitUntil(lambda: window.project is not None, timeout=PATIENCE_MS)
        project = window.project
        assert project is not None
        dialog = PublishDialog(window._session, project, window)
        dialog.open()
        assert untranslated(dialog, DATA | {str(studio.root("studio"))}) == []
        dialog.close()


def test_every_text_of_the_first_start_can_be_translated(tmp_path: Path, qtbot: QtBot) -> None:
    application = Application(Options(tmp_path / "home", tmp_path / "settings", None), {})
    page = WelcomePage()
    qtbot.addWidget(page)
    dialog = SetUpDialog(application)
    qtbot.addWidget(dialog)
    assert untranslated(page, {NAME, "sqlite:////absolute/file", "mongodb://host:27017"}) == []
    assert untranslated(dialog, {str(tmp_path / "settings")}) == []
    dialog.close()
    page.close()
    application.close()


def test_every_text_of_the_tray_can_be_translated(qtbot: QtBot) -> None:
    tray = Tray(is_available=lambda: False)
    now = time.time()
    hitch = Hitch("⟦gone⟧", "⟦wait⟧", now)
    standing = Standing(checked=now)
    for health in (
        Health(),
        Health(paused_until=now + 900),
        Health(sites={"backup": hitch}),
        Health(database=hitch),
        Health(stopped="⟦stopped⟧"),
    ):
        tray.set_standing(replace(standing, health=health), now)
        assert untranslated(tray.menu, DATA) == []
    tray.hide()
