"""Shape, line and sentence for each way in which the program can stand."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from pydantic import BaseModel

from syncgui.engine.first_contact import HeldBack
from syncgui.engine.route import SyncedProject
from syncgui.index import Totals
from syncgui.model.errors import DiskFullError, SiteNotConnectedError, SourceMissingError
from syncgui.model.status import Pair, Status
from syncgui.settings import Problem, ProjectSettings, SiteSettings
from syncgui.views.file_counts import working
from syncgui.views.headline import (
    Shape,
    failed_files,
    project_sentence,
    shape,
    short_reason,
    tooltip,
)
from syncgui.views.standing import Flow, Health, Hitch, Standing


class NoOptions(BaseModel):
    """Options of a provider that has none."""


NOW = datetime(2026, 5, 20, 14, 30).timestamp()  # noqa: DTZ001 - as the clock on the wall
AT_1402, AT_1500 = NOW - 28 * 60, NOW + 30 * 60
GONE = SiteNotConnectedError(site="studio", detail="/mnt/studio is not there")
FULL = DiskFullError(site="gdrive", detail="ENOSPC")
PAIR = Pair("studio", "gdrive")
NOT_SYNCED = "A is switched off in modules.json."
BROKEN = Problem("g.json", "", "no brace at line 4", "JSON", "Correct it there.")
UPLOADING = Flow(up_bytes_per_s=42e6, uploading=2, seconds_left=(700.0, 740.0))


def project(
    name: str = "A",
    idle: str = "",
    *,
    remote: str | None = "gdrive",
    problems: tuple[Problem, ...] = (),
) -> SyncedProject:
    """A project of studio and gdrive, idle if there is a reason."""
    sites = {
        one: SiteSettings(one, "local_drive", {"work": f"/mnt/{one}"}, {}, NoOptions())
        for one in ("studio", "gdrive")
    }
    settings = ProjectSettings(name, not idle, idle, "me", "studio", remote, 3, 60.0, sites)
    return SyncedProject(replace(settings, problems=problems), Pair("studio", remote))


def totals(**files: int) -> Totals:
    """Files by status."""
    counts = {Status(status): count for status, count in files.items()}
    return Totals(PAIR, counts, counts, {}, 0, sum(files.values()))


def standing(health: Health | None = None, flow: Flow | None = None, **files: int) -> Standing:
    """One project, checked at 14:02."""
    return Standing(
        projects={"A": project()},
        totals={"A": totals(**files)},
        health=health or Health(),
        flow=flow or Flow(),
        checked=AT_1402,
    )


def hitch(sentence: str, since: float = AT_1402) -> Hitch:
    return Hitch(sentence, "Do this.", since)


SYNCED = standing(synced=9)
MOVING = standing(flow=UPLOADING, synced=9, in_progress=2, queued=41)
PAUSED = standing(Health(paused_until=AT_1500), queued=5)
FAILED = replace(standing(synced=9, failed=3), reasons={"A": "source file is gone"})
GONE_SITE = standing(Health(sites={"studio": hitch(GONE.sentence)}), queued=5)
DATABASE = standing(Health(database=hitch("The database is unreachable: locked")), synced=9)


@pytest.mark.parametrize(
    ("stands", "is_shape", "line"),
    [
        (SYNCED, Shape.SYNCED, "everything synced (checked 14:02)"),
        (MOVING, Shape.SYNCING, "2 uploading, 41 queued, 42 MB/s, about 12 min"),
        (PAUSED, Shape.PAUSED, "Paused on this machine until 15:00"),
        (FAILED, Shape.ATTENTION, "3 files failed: source file is gone"),
        (GONE_SITE, Shape.WAITING, "Studio not connected: waiting, nothing is lost"),
        (DATABASE, Shape.ERROR, "Database not reachable since 14:02, trying again by itself"),
        (Standing(checked=NOW), Shape.WAITING, "No project yet"),
        (Standing(), Shape.WAITING, "Opening the database"),
    ],
)
def test_the_line_of_the_tray(stands: Standing, is_shape: Shape, line: str) -> None:
    assert (shape(stands), tooltip(stands, NOW)) == (is_shape, line)


@pytest.mark.parametrize(
    ("stands", "sentence"),
    [
        (SYNCED, "Everything synced (checked 14:02)"),
        (MOVING, "Syncing: 42 MB/s up, about 12 min"),
        (PAUSED, "Paused on this machine until 15:00"),
        (FAILED, "3 files failed: source file is gone"),
        (GONE_SITE, "Studio not connected: waiting, nothing is lost"),
        (DATABASE, "Database not reachable since 14:02, trying again by itself"),
        (standing(Health(idle={"A": hitch(NOT_SYNCED)}), queued=5), NOT_SYNCED),  # the settings come next
        (standing(queued=41), "Syncing: 41 queued"),
        (standing(retrying=2), "2 files try again by themselves"),
        (Standing(), "Opening the database"),
    ],
)
def test_the_sentence_of_a_project(stands: Standing, sentence: str) -> None:
    assert project_sentence(stands, "A", NOW) == sentence


def test_the_worst_comes_first() -> None:
    stopped = Health(
        "Syncing stopped", hitch("locked"), {"studio": hitch(GONE.sentence)}, {}, paused_until=AT_1500
    )
    paused = replace(stopped, stopped="", database=None)
    going = replace(paused, paused_until=None)
    ways = [
        replace(FAILED, health=stopped, flow=UPLOADING),
        replace(FAILED, health=replace(stopped, stopped=""), flow=UPLOADING),
        replace(FAILED, health=paused, flow=UPLOADING),
        replace(FAILED, health=going, flow=UPLOADING),
        standing(going, UPLOADING, queued=1),
        standing(flow=UPLOADING, queued=1),
        standing(synced=1),
    ]
    shapes = [shape(one) for one in ways]
    assert shapes == [
        Shape.ERROR,
        Shape.ERROR,
        Shape.PAUSED,
        Shape.ATTENTION,
        Shape.WAITING,
        Shape.SYNCING,
        Shape.SYNCED,
    ]


def test_what_goes_on_beside_a_failure_is_said_as_well() -> None:
    both = replace(FAILED, flow=UPLOADING, totals={"A": totals(failed=3, queued=41)})
    assert tooltip(both, NOW) == (
        "3 files failed: source file is gone; 2 uploading, 41 queued, 42 MB/s, about 12 min"
    )
    assert project_sentence(both, "A", NOW) == (
        "3 files failed: source file is gone. Syncing: 42 MB/s up, about 12 min"
    )


def test_a_speed_that_is_still_falling_does_not_make_what_is_done_look_undone() -> None:
    over = replace(SYNCED, flow=UPLOADING)
    assert (shape(over), tooltip(over, NOW)) == (Shape.SYNCED, "everything synced (checked 14:02)")
    assert project_sentence(over, "A", NOW) == "Everything synced (checked 14:02)"
    assert tooltip(replace(FAILED, flow=UPLOADING), NOW) == "3 files failed: source file is gone"


def test_a_site_in_trouble_concerns_only_the_projects_that_use_it() -> None:
    other = replace(SYNCED, health=Health(sites={"elsewhere": hitch(GONE.sentence)}))
    assert project_sentence(other, "A", NOW) == "Everything synced (checked 14:02)"


def test_of_several_sites_in_trouble_the_first_is_named() -> None:
    sites = {"gdrive": hitch(FULL.sentence, NOW), "studio": hitch(GONE.sentence, NOW - 9)}
    assert tooltip(replace(GONE_SITE, health=Health(sites=sites)), NOW) == (
        "Studio not connected, 1 more site: waiting, nothing is lost"
    )


def test_a_full_disk_is_named_with_its_site() -> None:
    full = replace(GONE_SITE, health=Health(sites={"gdrive": hitch(FULL.sentence)}))
    assert tooltip(full, NOW) == "Disk full on gdrive: waiting, nothing is lost"


def test_a_pause_without_end_names_none() -> None:
    assert tooltip(replace(PAUSED, health=Health(paused_until=float("inf"))), NOW) == "Paused on this machine"


def test_nothing_is_called_synced_before_it_is_known() -> None:
    unread = replace(SYNCED, totals={})
    assert (shape(unread), tooltip(unread, NOW)) == (Shape.WAITING, "reading the records")
    unindexed = replace(SYNCED, totals={"A": replace(totals(), pair=None)})
    assert shape(unindexed) is Shape.WAITING
    assert project_sentence(unindexed, "A", NOW) == "Reading the records"


def test_what_can_not_be_synced_from_here_is_not_called_synced() -> None:
    rest = standing(synced=9, no_source=1, paused=2)
    assert shape(rest) is Shape.SYNCED
    assert tooltip(rest, NOW) == (
        "everything synced but 1 file that waits for another site, 2 paused (checked 14:02)"
    )


def wrong(name: str = "A") -> SyncedProject:
    """A project whose settings can not be used."""
    reason = f"Project {name} is not synced, the settings have to be corrected: {BROKEN.sentence}"
    return project(name, reason, problems=(BROKEN,))


def without_folder() -> SyncedProject:
    one = project()
    sites = {**one.settings.sites, "gdrive": replace(one.settings.sites["gdrive"], roots={})}
    return replace(one, settings=replace(one.settings, sites=sites))


def without_remote_site() -> SyncedProject:
    return project(remote="elsewhere")


@pytest.mark.parametrize(
    ("one", "is_shape", "line"),
    [
        (wrong(), Shape.ERROR, "Not synced: the settings have an error"),
        (without_remote_site(), Shape.ERROR, "Not synced: the settings have an error"),
        (without_folder(), Shape.ERROR, "Not synced: a site has no folder on this machine"),
        (project("A", NOT_SYNCED), Shape.WAITING, "Not synced: switched off in the settings"),
        # the problem is of a site that the project does not use
        (
            project("A", NOT_SYNCED, problems=(BROKEN,)),
            Shape.WAITING,
            "Not synced: switched off in the settings",
        ),
        (project(remote=None), Shape.WAITING, "A exchanges with nobody. Choose a partner: Sites…"),
        (project(remote="studio"), Shape.WAITING, "A has studio on both sides. Choose a partner: Sites…"),
    ],
)
def test_only_what_has_to_be_put_right_is_an_error(one: SyncedProject, is_shape: Shape, line: str) -> None:
    long = Health(idle={"A": hitch("The whole reason, with its file. " * 9)})
    stands = replace(SYNCED, projects={"A": one}, health=long)
    assert (shape(stands), tooltip(stands, NOW), project_sentence(stands, "A", NOW)) == (is_shape, line, line)


def test_a_project_that_does_not_work_hides_no_other() -> None:
    one_of_two = replace(
        SYNCED,
        projects={"A": project(), "B": wrong("B")},
        totals={"A": totals(synced=1), "B": totals(queued=9, failed=4)},
    )
    assert (shape(one_of_two), working(one_of_two), failed_files(one_of_two)) == (Shape.SYNCED, ["A"], 0)


def test_of_projects_that_do_not_work_the_one_with_an_error_is_told() -> None:
    both = replace(SYNCED, projects={"A": project(remote=None), "B": wrong("B")}, totals={})
    assert (shape(both), tooltip(both, NOW)) == (Shape.ERROR, "Not synced: the settings have an error")
    assert project_sentence(both, "A", NOW).startswith("A exchanges with nobody")


LOOKS = {"A": HeldBack(PAIR, 18_402, 41 * 10**12)}
LOOKS_ONLY = "Looking only: 18,402 files, 41 TB wait for gdrive"


def test_who_only_looks_says_so_and_is_not_shown_as_syncing() -> None:
    stands = standing(Health(held=LOOKS), queued=18_402)
    assert (shape(stands), tooltip(stands, NOW)) == (Shape.WAITING, LOOKS_ONLY)
    assert project_sentence(stands, "A", NOW) == LOOKS_ONLY
    paused = replace(stands, health=replace(stands.health, paused_until=AT_1500))
    assert tooltip(paused, NOW) == "Paused on this machine until 15:00"


def test_a_project_that_only_looks_hides_no_other() -> None:
    two = replace(
        standing(Health(held=LOOKS), flow=UPLOADING, queued=18_402),
        projects={"A": project(), "B": project("B")},
        totals={"A": totals(queued=18_402), "B": totals(in_progress=2, queued=7)},
    )
    assert shape(two) is Shape.SYNCING
    assert tooltip(two, NOW).startswith("2 uploading, 7 queued")
    assert project_sentence(two, "A", NOW) == LOOKS_ONLY
    assert project_sentence(two, "B", NOW).startswith("Syncing")


def test_old_files_that_are_left_do_not_look_as_if_they_moved() -> None:
    health = Health(held={"A": HeldBack(PAIR, only_before=5.0)})
    still = standing(health, queued=18_402)
    assert (shape(still), tooltip(still, NOW)) == (Shape.WAITING, "only new files are synced")
    assert project_sentence(still, "A", NOW) == "Only new files are synced"
    moves = standing(health, flow=UPLOADING, in_progress=2, queued=18_402)
    assert shape(moves) is Shape.SYNCING
    assert project_sentence(moves, "A", NOW).startswith("Syncing: 42 MB/s up")
    done = standing(health, synced=9)
    assert project_sentence(done, "A", NOW) == "Everything synced (checked 14:02)"


def test_nothing_is_called_synced_where_nothing_is() -> None:
    assert (shape(standing()), tooltip(standing(), NOW)) == (Shape.SYNCED, "nothing published yet")
    assert project_sentence(standing(), "A", NOW) == "Nothing published yet"


def test_the_reason_is_that_of_the_project_with_most_failures() -> None:
    two = replace(
        FAILED,
        projects={"A": project(), "B": project("B")},
        totals={"A": totals(failed=1), "B": totals(failed=5)},
        reasons={"A": "source file is gone", "B": "path refused"},
    )
    assert tooltip(two, NOW) == "6 files failed: path refused"


def test_a_recorded_error_is_said_in_a_few_words_without_its_path() -> None:
    error = SourceMissingError(site="studio", path="{root[work]}/a.exr")
    assert short_reason(error.sentence) == "source file is gone"
    assert short_reason("A foreign tool\nsaid this") == "A foreign tool said this"
    assert len(short_reason("word " * 100)) == 80
