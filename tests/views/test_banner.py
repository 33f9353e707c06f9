"""The line across the window: what it says, and where its button leads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from syncgui.engine.route import SyncedProject
from syncgui.views.banner import SITES, Banner, hitch_of, way_out
from syncgui.views.standing import Health, Hitch, Standing
from tests.engine.studio import PROJECT, Studio

ODD = Hitch("Something <b>odd</b>", "Wait.", 1.0)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[SyncedProject]:
    """One whose pair is studio and backup."""
    studio = Studio(tmp_path)
    studio.publish(["a.mov"])
    yield studio.app.projects()[PROJECT]
    studio.close()


def test_it_is_there_only_while_it_says_something(qtbot: QtBot) -> None:
    banner = Banner()
    qtbot.addWidget(banner)
    assert banner.isHidden()
    banner.say(ODD.sentence, ODD.next_step)
    assert banner.text == "Something <b>odd</b>\nWait."
    assert banner.accessibleName() == "Something <b>odd</b> Wait."
    assert banner.button.isHidden()
    banner.say("")
    assert banner.isHidden()
    assert banner.text == ""


def test_its_button_leads_to_where_it_can_be_mended(qtbot: QtBot) -> None:
    banner = Banner()
    qtbot.addWidget(banner)
    banner.say(ODD.sentence, ODD.next_step, SITES)
    banner.show()
    assert banner.button.isVisible()
    assert banner.button.accessibleName() == "Sites"
    with qtbot.waitSignal(banner.action_requested) as asked:
        QTest.mouseClick(banner.button, Qt.MouseButton.LeftButton)
    assert asked.args == [SITES]
    with qtbot.waitSignal(banner.action_requested):
        QTest.keyClick(banner.button, Qt.Key.Key_Space)


@pytest.mark.parametrize(
    ("health", "told", "leads_to"),
    [
        (Health(), False, ""),
        (Health(idle={PROJECT: ODD}), True, SITES),
        (Health(idle={"another": ODD}), False, ""),
        (Health(sites={"backup": ODD}), True, SITES),
        (Health(sites={"studio": ODD}), True, SITES),
        (Health(sites={"elsewhere": ODD}), False, ""),
        (Health(database=ODD), True, ""),
        (Health(database=ODD, sites={"backup": ODD}), True, ""),
        (Health(stopped="It fell.", idle={PROJECT: ODD}), True, ""),
    ],
)
def test_sites_and_settings_of_this_project_can_be_mended_in_the_picker(
    project: SyncedProject, health: Health, told: bool, leads_to: str
) -> None:
    standing = Standing(projects={PROJECT: project}, health=health)
    assert (hitch_of(standing, PROJECT) is not None) == told
    assert way_out(standing, PROJECT) == leads_to
