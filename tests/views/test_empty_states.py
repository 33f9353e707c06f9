"""Which empty state is shown, and what it offers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, SignalInstance
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from syncgui.model.status import Pair, Status
from syncgui.settings import set_choices
from syncgui.views.empty_states import Case, EmptyState, case_of, work_folder
from syncgui.views.standing import Health, Hitch, Standing
from syncgui.views.table_rows import Query
from tests.engine.studio import PROJECT, Studio

HITCH = Hitch("It does not work.", "Wait.", 0.0)


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """A studio that is synced."""
    found = Studio(tmp_path)
    found.publish(["a.exr"])
    found.sync_once()
    yield found
    found.close()


@pytest.fixture
def standing(studio: Studio) -> Standing:
    """How it stands."""
    return Standing(
        projects=studio.app.projects(), totals={PROJECT: studio.app.index.totals(PROJECT)}, checked=1.0
    )


@pytest.fixture
def widget(qtbot: QtBot) -> EmptyState:
    """The widget, shown."""
    found = EmptyState("syncgui")
    qtbot.addWidget(found)
    found.resize(900, 500)
    found.show()
    return found


def test_with_rows_there_is_nothing_to_say(standing: Standing) -> None:
    assert case_of(standing, PROJECT, Query(PROJECT), 1) is Case.NONE


def test_a_filter_or_a_search_that_nothing_fits_is_told(standing: Standing) -> None:
    assert case_of(standing, PROJECT, Query(PROJECT, search="x"), 0) is Case.NO_MATCH
    failed = frozenset({Status.FAILED})
    assert case_of(standing, PROJECT, Query(PROJECT, statuses=failed), 0) is Case.NO_MATCH


def test_while_it_is_not_known_it_is_being_read(standing: Standing) -> None:
    assert case_of(standing, PROJECT, Query(PROJECT), None) is Case.READING
    assert case_of(Standing(), PROJECT, Query(), None) is Case.READING
    assert case_of(replace(standing, totals={}), PROJECT, Query(PROJECT), 0) is Case.READING
    first_scan = {PROJECT: replace(standing.totals[PROJECT], pair=None)}
    assert case_of(replace(standing, totals=first_scan), PROJECT, Query(PROJECT), 0) is Case.READING


def test_a_database_without_projects_says_so(standing: Standing) -> None:
    assert case_of(replace(standing, projects={}), "", Query(), None) is Case.NO_PROJECT


def test_a_project_without_publishes_says_so(standing: Standing) -> None:
    assert standing.totals[PROJECT].pair == Pair("studio", "backup")
    assert case_of(standing, PROJECT, Query(PROJECT), 0) is Case.NOTHING_PUBLISHED


def test_a_project_that_is_not_synced_says_so_first(studio: Studio, standing: Standing) -> None:
    told = replace(standing, health=Health(idle={PROJECT: HITCH}))
    assert case_of(told, PROJECT, Query(PROJECT), 0) is Case.IDLE
    set_choices(studio.app.places.user_file, remote_site="")
    alone = replace(standing, projects=studio.application().projects())
    assert case_of(alone, PROJECT, Query(PROJECT), 0) is Case.IDLE


def test_a_database_out_of_reach_is_no_empty_project(standing: Standing) -> None:
    for health in (Health(database=HITCH), Health(stopped="It fell over.")):
        assert case_of(replace(standing, health=health), PROJECT, Query(PROJECT), 0) is Case.TROUBLE
        assert case_of(Standing(health=health), "", Query(), None) is Case.TROUBLE


@pytest.mark.parametrize(
    ("case", "offered"),
    [
        (Case.NOTHING_PUBLISHED, "publish"),
        (Case.NO_MATCH, "show_all"),
        (Case.IDLE, "sites"),
        (Case.READING, ""),
        (Case.TROUBLE, ""),
        (Case.NO_PROJECT, ""),
    ],
)
def test_each_case_offers_what_helps_and_nothing_else(
    widget: EmptyState, qtbot: QtBot, case: Case, offered: str
) -> None:
    widget.show_case(case)
    signals: dict[str, tuple[QPushButton, SignalInstance]] = {
        "publish": (widget.publish, widget.publish_requested),
        "show_all": (widget.show_all, widget.show_all_requested),
        "sites": (widget.sites, widget.sites_requested),
    }
    assert [name for name, (button, _) in signals.items() if button.isVisible()] == [offered] * bool(offered)
    if offered:
        button, signal = signals[offered]
        with qtbot.waitSignal(signal):
            QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_the_reason_and_what_to_do_are_shown_as_they_are_told(widget: EmptyState) -> None:
    widget.show_case(Case.IDLE, "Project <b>Test</b> exchanges with nobody.", "Choose a site.")
    assert widget.texts[1:] == ("Project <b>Test</b> exchanges with nobody.", "Choose a site.")
    widget.show_case(Case.NO_MATCH)
    assert "fits the search" in widget.texts[1]
    assert widget.texts[2] == ""


def test_an_empty_project_says_where_files_are_put(
    widget: EmptyState, studio: Studio, standing: Standing
) -> None:
    folder = work_folder(standing, PROJECT)
    assert folder == str(studio.root("studio"))
    widget.show_case(Case.NOTHING_PUBLISHED, project=PROJECT, folder=folder)
    assert widget.texts[2] == f"Put files below {folder}, then choose Publish files…"
    assert work_folder(standing, "nowhere") == ""
    widget.show_case(Case.NOTHING_PUBLISHED, project=PROJECT)
    assert "in which this machine works" in widget.texts[2]


def test_a_long_way_to_the_program_does_not_hide_what_is_to_be_done(qtbot: QtBot) -> None:
    found = EmptyState("/opt/a/very/long/way/to/python main.py")
    qtbot.addWidget(found)
    found.show_case(Case.NOTHING_PUBLISHED, project="film")
    (line,) = found.findChildren(QLineEdit)
    assert line.text() == "… publish FILE --project film --asset ASSET --subset SUBSET"
    (copy,) = found.findChildren(QToolButton)
    QTest.mouseClick(copy, Qt.MouseButton.LeftButton)
    assert QApplication.clipboard().text() == (
        "/opt/a/very/long/way/to/python main.py publish FILE --project film --asset ASSET --subset SUBSET"
    )


def test_the_command_that_publishes_is_copied(widget: EmptyState, qtbot: QtBot) -> None:
    widget.show_case(Case.NOTHING_PUBLISHED, project="My film")
    (copy,) = widget.findChildren(QToolButton)
    QTest.mouseClick(copy, Qt.MouseButton.LeftButton)
    assert QApplication.clipboard().text() == (
        "syncgui publish FILE --project 'My film' --asset ASSET --subset SUBSET"
    )
