"""The one table of states: every text, every icon."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from syncgui.engine.route import SyncedProject
from syncgui.index import Row, SiteTally
from syncgui.model.errors import DiskFullError, SiteNotConnectedError, SourceMissingError, UnforeseenError
from syncgui.model.status import Direction, Pair, Status
from syncgui.views import icons
from syncgui.views.columns import Column, Scene, cell_text, site_cell, status_cell, tooltip
from syncgui.views.standing import Health, Hitch, Progress
from syncgui.views.states import STATES, label, percent, reason, sentence, shown_state
from tests.engine.studio import PROJECT, Studio

NOW = datetime(2026, 5, 20, 14, 0).timestamp()  # noqa: DTZ001 - as the clock on the wall
GONE = SourceMissingError(site="studio", path="{root[work]}/a").sentence
FULL = Hitch(DiskFullError(site="backup", detail="ENOSPC").sentence, "", NOW)

ROW = Row(
    row_id=1, project=PROJECT, representation="r", parent="p", name="exr", asset="sh010", subset="lookMain",
    version=7, hero=False, hierarchy="shots/sq01", task="comp", username="anna", files=92, size_bytes=1_000,
    changed=NOW, status=Status.SYNCED, count=92, of=92, files_by_status={Status.SYNCED: 92},
    bytes_by_status={}, available_files=0, active_share=1.0, remote_share=1.0, priority=50, error=None,
    direction=None, paused_by=None, waits_for=(), next_try=None, notes=(),
    sites={"studio": SiteTally(92, 1_000, NOW - 180), "backup": SiteTally(92, 1_000, NOW - 5)},
)  # fmt: skip
MOVING = replace(
    ROW, status=Status.IN_PROGRESS, direction=Direction.UPLOAD, remote_share=0.1,
    files_by_status={Status.SYNCED: 9, Status.IN_PROGRESS: 83}, sites={"studio": SiteTally(92, 1_000, NOW)},
)  # fmt: skip
QUEUED = replace(MOVING, status=Status.QUEUED, files_by_status={Status.QUEUED: 92}, remote_share=0.0)
FAILED = replace(QUEUED, status=Status.FAILED, count=3, error=GONE, direction=None)
AVAILABLE = replace(ROW, status=None, available_files=92, active_share=0.0)

SENTENCES: list[tuple[Row, str, str]] = [
    (ROW, "On both sites", "mdi6.check"),
    (MOVING, "Uploading 10 %", "mdi6.arrow-up"),
    (replace(MOVING, direction=Direction.DOWNLOAD, active_share=0.16), "Downloading 16 %", "mdi6.arrow-down"),
    (QUEUED, "Queued", "mdi6.clock-outline"),
    (replace(QUEUED, status=Status.RETRYING, next_try=NOW + 1_920), "Trying again 14:32", "mdi6.refresh"),
    (replace(QUEUED, status=Status.RETRYING, next_try=NOW - 1), "Trying again", "mdi6.refresh"),
    (FAILED, "Failed 3 of 92: source file is gone", "mdi6.alert-circle-outline"),
    (replace(FAILED, error=None), "Failed 3 of 92", "mdi6.alert-circle-outline"),
    (replace(QUEUED, status=Status.PAUSED, paused_by="anna"), "Paused by anna", "mdi6.pause"),
    (replace(QUEUED, status=Status.PAUSED), "Paused", "mdi6.pause"),
    (
        replace(QUEUED, status=Status.NO_SOURCE, waits_for=("studio",)),
        "Waiting for studio",
        "mdi6.timer-sand",
    ),
    (replace(QUEUED, status=Status.NO_SOURCE), "No site has it", "mdi6.timer-sand"),
    (AVAILABLE, "Not on this machine", "mdi6.circle-outline"),
    (replace(ROW, status=None), "Only on backup, studio", "mdi6.minus"),
    (
        replace(ROW, status=Status.PARTIAL, count=999, of=1000),
        "Partly asked for, 999 of 1000",
        "mdi6.circle-half-full",
    ),
]


@pytest.fixture
def project(tmp_path: Path) -> Iterator[SyncedProject]:
    """The pair studio and backup."""
    studio = Studio(tmp_path)
    studio.publish(["a"])
    yield studio.app.projects()[PROJECT]
    studio.close()


@pytest.mark.parametrize(("row", "text", "icon"), SENTENCES, ids=[text for _, text, _ in SENTENCES])
def test_each_state_has_its_sentence_and_its_icon(row: Row, text: str, icon: str) -> None:
    assert sentence(row, None, None, Health(), NOW) == text
    assert shown_state(row, None, None, Health(), NOW).icon == icon


def test_every_status_has_a_word_and_an_icon_that_exists(qapp: QApplication) -> None:
    assert set(STATES) == set(Status)
    for status, state in STATES.items():
        assert label(status)
        assert not icons.icon(state.icon).isNull()


def test_a_site_in_trouble_is_named_in_what_waits_for_it(project: SyncedProject) -> None:
    assert project.shown == Pair("studio", "backup")
    health = Health(sites={"backup": FULL})
    assert sentence(QUEUED, project, None, health, NOW) == "Waiting: disk full on backup"
    assert shown_state(QUEUED, project, None, health, NOW) == STATES[Status.NO_SOURCE]
    assert sentence(ROW, project, None, health, NOW) == "On both sites"
    assert sentence(QUEUED, project, None, Health(sites={"home": FULL}), NOW) == "Queued"


def test_this_machines_pause_is_said_of_what_waits() -> None:
    assert sentence(QUEUED, None, None, Health(paused_until=NOW + 3_600), NOW) == (
        "Paused on this machine until 15:00"
    )
    assert sentence(QUEUED, None, None, Health(paused_until=float("inf")), NOW) == "Paused on this machine"
    assert sentence(FAILED, None, None, Health(paused_until=NOW), NOW).startswith("Failed")


def test_an_idle_project_says_why_its_rows_wait() -> None:
    health = Health(idle={PROJECT: Hitch("Project Test is switched off.", "", NOW)})
    assert sentence(QUEUED, None, None, health, NOW) == "Waiting: Project Test is switched off."


def test_bytes_under_way_count_and_100_is_only_said_of_what_is_complete() -> None:
    assert sentence(MOVING, None, Progress(up_bytes=60), Health(), NOW) == "Uploading 16 %"
    assert sentence(MOVING, None, Progress(up_bytes=900), Health(), NOW) == "Uploading 99 %"
    assert sentence(QUEUED, None, Progress(up_bytes=60), Health(), NOW) == "Uploading 6 %"
    assert [percent(part) for part in (-1.0, 0.0, 0.999, 1.0)] == [0, 0, 99, 100]


def test_an_error_is_said_in_a_few_words() -> None:
    assert reason(SiteNotConnectedError(site="NAS", detail="x").sentence) == "NAS not connected"
    assert reason(UnforeseenError(detail="KeyError: 'a'").sentence) == "KeyError: 'a'"
    assert reason("an old\n  program's words") == "an old program's words"


def test_a_site_cell_is_a_tick_with_an_age_a_bar_or_nothing(project: SyncedProject) -> None:
    scene = Scene(project)
    done = site_cell(ROW, Column.ACTIVE, scene, NOW)
    assert (done.text, done.complete, done.fresh, done.share) == ("3 min", True, False, None)
    assert site_cell(ROW, Column.REMOTE, scene, NOW).fresh
    assert not site_cell(ROW, Column.REMOTE, scene, NOW + 6).fresh
    moving = site_cell(MOVING, Column.REMOTE, scene, NOW)
    assert (moving.text, moving.complete, moving.share) == ("10 %", False, 0.1)
    assert site_cell(FAILED, Column.REMOTE, scene, NOW).text == ""
    hidden = replace(FAILED, files_by_status={Status.FAILED: 3, Status.IN_PROGRESS: 1}, remote_share=0.5)
    assert site_cell(hidden, Column.REMOTE, scene, NOW).share == 0.5


def test_files_are_those_on_both_sites_of_all() -> None:
    assert cell_text(ROW, Column.FILES, Scene(), NOW) == "92"
    assert (
        cell_text(replace(FAILED, files_by_status={Status.SYNCED: 89}), Column.FILES, Scene(), NOW) == "89/92"
    )
    assert cell_text(replace(AVAILABLE, files=1_000), Column.FILES, Scene(), NOW) == "1,000"


def test_a_priority_other_than_50_is_an_arrow_and_a_number_in_the_tooltip() -> None:
    assert [status_cell(replace(QUEUED, priority=one), Scene(), NOW).priority for one in (90, 50, 10)] == [
        1,
        0,
        -1,
    ]
    assert "Priority 90" in tooltip(replace(QUEUED, priority=90), Column.STATUS, Scene(), NOW)
    assert "Priority" not in tooltip(QUEUED, Column.STATUS, Scene(), NOW)
    assert GONE in tooltip(FAILED, Column.STATUS, Scene(), NOW)


def test_versions_are_numbers_or_hero() -> None:
    rows = (ROW, replace(ROW, hero=True), replace(ROW, version=None))
    assert [cell_text(row, Column.VERSION, Scene(), NOW) for row in rows] == ["v007", "hero", ""]


def test_a_file_that_no_site_has_does_not_wait_for_the_site_in_trouble(project: SyncedProject) -> None:
    health = Health(sites={"backup": Hitch("Site backup is not connected: gone", "", NOW)})
    nowhere = replace(QUEUED, status=Status.NO_SOURCE)
    assert sentence(nowhere, project, None, health, NOW) == "No site has it"
    elsewhere = replace(nowhere, waits_for=("anna",))
    assert sentence(elsewhere, project, None, health, NOW) == "Waiting for anna"
    there = replace(nowhere, waits_for=("backup",))
    assert "backup" in sentence(there, project, None, health, NOW)
