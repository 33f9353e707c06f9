"""What a person does with rows: what is changed, what is left alone, and when it fits."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from syncgui.actions import Action, act, fits, retry_failed
from syncgui.engine.route import SyncedProject
from syncgui.index import Row
from syncgui.model.edits import Claim, Target
from syncgui.model.representation import file_ref
from tests.engine.studio import PATIENCE_S, PROJECT, PUBLISHED, Studio, eventually

RETRY, DOWNLOAD, PAUSE, RESUME = Action
FAILED_ENTRY = {"name": "backup", "tries": 3, "error": "it broke", "last_failed_dt": PUBLISHED}


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """An empty studio with its settings."""
    found = Studio(tmp_path)
    yield found
    found.close()


def project(studio: Studio, name: str = PROJECT) -> SyncedProject:
    """The project as the program works with it."""
    return studio.app.projects([name])[name]


def record(studio: Studio, *sites: list[object], project: str = PROJECT) -> str:
    """One representation with a file for each list of site entries; its id."""
    files = [
        {**studio.file(f"{number}.exr", 6), "sites": entries} for number, entries in enumerate(sites, start=1)
    ]
    return studio.insert({"files": files}, project=project)


def row(studio: Studio, representation: str) -> Row:
    """The row as the index has it now."""
    studio.app.catch_up(studio.app.projects())
    found = studio.app.index.find(PROJECT, representation)
    assert found is not None
    return found


def here(name: str = "studio") -> dict[str, object]:
    """The entry of a site that has the file."""
    return {"name": name, "created_dt": PUBLISHED}


# -- retry -------------------------------------------------------------------------------------------


def test_retry_clears_what_failed_and_leaves_what_waits_or_is_there(studio: Studio) -> None:
    failed = record(studio, [here(), dict(FAILED_ENTRY)], [here(), {"name": "backup", "priority": 80}])
    other = record(studio, [here(), dict(FAILED_ENTRY)])
    assert act(studio.app, project(studio), [failed], RETRY) == 1
    assert studio.entry(failed) == {"name": "backup"}
    assert studio.entry(failed, position=1) == {"name": "backup", "priority": 80}
    assert studio.entry(other)["tries"] == 3
    assert act(studio.app, project(studio), [failed], RETRY) == 0


def test_retry_takes_no_file_from_the_worker_that_moves_it(studio: Studio) -> None:
    both = record(studio, [here(), {"name": "backup"}], [here(), dict(FAILED_ENTRY)])
    files = studio.document(both)["files"]
    assert isinstance(files, list)
    ref = file_ref(files[0])
    assert ref is not None
    studio.app.store.claim(PROJECT, [Claim(Target(both, ref, "backup"), "w-1:1")])
    assert act(studio.app, project(studio), [both], RETRY) == 1
    assert studio.entry(both)["lease"] == "w-1:1"


def test_a_retry_time_alone_is_cleared_too(studio: Studio) -> None:
    waits = record(studio, [here(), {"name": "backup", "retry_at": PUBLISHED + timedelta(days=9_000)}])
    assert act(studio.app, project(studio), [waits], RETRY) == 1
    assert studio.entry(waits) == {"name": "backup"}


def test_retry_failed_is_about_the_projects_that_are_named_or_all(studio: Studio) -> None:
    ids = {name: record(studio, [here(), dict(FAILED_ENTRY)], project=name) for name in (PROJECT, "Other")}
    studio.app.catch_up(studio.app.projects())
    assert retry_failed(studio.app, ["Other"]) == 1
    assert "tries" in studio.entry(ids[PROJECT])
    assert retry_failed(studio.app, []) == 1
    assert studio.entry(ids[PROJECT]) == {"name": "backup"}


# -- download ----------------------------------------------------------------------------------------


def test_download_asks_for_what_only_others_have_and_puts_old_wishes_ahead(studio: Studio) -> None:
    found = record(
        studio,
        [here("backup")],
        [here("backup"), {"name": "studio", "priority": 60}],
        [here("backup"), {"name": "studio", "priority": 95}],
        [here("backup"), here()],
        [{"name": "backup"}],
    )
    assert act(studio.app, project(studio), [found], DOWNLOAD) == 2
    priorities = [studio.entry(found, "studio", number).get("priority") for number in range(4)]
    assert priorities == [90, 90, 95, None]
    files = studio.document(found)["files"]
    assert isinstance(files, list)
    assert files[4]["sites"] == [{"name": "backup"}]


# -- pause and resume --------------------------------------------------------------------------------


def test_pause_and_resume_touch_the_pairs_wishes_only(studio: Studio) -> None:
    found = record(studio, [here(), {"name": "backup"}, {"name": "anna_home"}], [here(), here("backup")])
    assert act(studio.app, project(studio), [found], PAUSE) == 1
    assert studio.entry(found) == {"name": "backup", "paused": True, "paused_by": studio.app.user}
    assert studio.entry(found, "anna_home") == {"name": "anna_home"}
    assert studio.entry(found, position=1) == here("backup")
    assert act(studio.app, project(studio), [found], PAUSE) == 0
    assert act(studio.app, project(studio), [found], RESUME) == 1
    assert studio.entry(found) == {"name": "backup"}


# -- for all of them ---------------------------------------------------------------------------------


def test_many_rows_are_counted_by_files_and_those_that_are_gone_are_left_out(studio: Studio) -> None:
    ids = [record(studio, [here(), {"name": "backup"}], [here(), {"name": "backup"}]) for _ in range(230)]
    assert act(studio.app, project(studio), [*ids, "0123456789abcdef01234567"], PAUSE) == 460
    assert all(studio.entry(one, position=1)["paused"] is True for one in ids)


def test_a_file_with_two_wishes_counts_once(studio: Studio) -> None:
    found = record(studio, [{"name": "studio"}, {"name": "backup"}])
    assert act(studio.app, project(studio), [found], PAUSE) == 1
    assert studio.entry(found, "studio")["paused"] is True


def test_an_action_wakes_the_running_program(studio: Studio) -> None:
    found = studio.publish(["a.exr"])
    before = studio.app.state.control().wakes
    act(studio.app, project(studio), [found], PAUSE)
    assert studio.app.state.control().wakes > before


def test_while_the_loop_runs_a_retried_file_is_brought_at_once(studio: Studio) -> None:
    found = record(studio, [here(), dict(FAILED_ENTRY)])
    studio.write("1.exr", b"pixels")
    other = studio.publish(["other.exr"])
    with studio.syncing():
        eventually(lambda: studio.is_synced(other), "the file that did not fail")
        assert not studio.is_synced(found)
        assert act(studio.app, project(studio), [found], RETRY) == 1
        eventually(lambda: studio.is_synced(found), "the next try")


def test_an_action_from_another_thread_is_as_good(studio: Studio) -> None:
    found = studio.publish(["a.exr"])
    counts: list[int] = []
    one = project(studio)
    thread = threading.Thread(target=lambda: counts.append(act(studio.app, one, [found], PAUSE)))
    thread.start()
    thread.join(PATIENCE_S)
    assert counts == [1]


# -- what fits ---------------------------------------------------------------------------------------

DONE, WISH = here("backup"), {"name": "backup"}
PAUSED = {"name": "backup", "paused": True}
WANTED_HERE = {"name": "studio"}


@pytest.mark.parametrize(
    ("sites", "fitting"),
    [
        pytest.param([here(), WISH], {PAUSE}, id="queued for upload"),
        pytest.param([here(), FAILED_ENTRY], {RETRY, PAUSE}, id="failed"),
        pytest.param([here(), {**WISH, "tries": 1, "error": "e"}], {RETRY, PAUSE}, id="retrying"),
        pytest.param([here(), PAUSED], {RESUME}, id="paused"),
        pytest.param([here(), DONE], set(), id="synced"),
        pytest.param([DONE], {DOWNLOAD}, id="not here"),
        pytest.param([DONE, WANTED_HERE], {DOWNLOAD, PAUSE}, id="queued for download"),
        pytest.param([DONE, {**WANTED_HERE, "priority": 90}], {PAUSE}, id="asked for"),
        pytest.param([WANTED_HERE, WISH], {PAUSE}, id="nowhere"),
        pytest.param([here()], set(), id="only here"),
    ],
)
def test_what_fits_a_row_is_what_changes_it(
    studio: Studio, sites: list[object], fitting: set[Action]
) -> None:
    found = record(studio, sites)
    seen = row(studio, found)
    assert {action for action in Action if not fits(action, seen)} == fitting
    for action in Action:
        again = record(studio, sites)
        changed = act(studio.app, project(studio), [again], action)
        assert bool(changed) is (action in fitting), action


@pytest.mark.parametrize(
    ("action", "sites", "reason"),
    [
        (RETRY, [here(), WISH], "Nothing of it failed."),
        (PAUSE, [here(), PAUSED], "It is paused already."),
        (PAUSE, [here(), DONE], "Nothing of it waits or moves."),
        (RESUME, [here(), WISH], "Nothing of it is paused."),
        (DOWNLOAD, [here(), WISH], "All of it is on this machine's site already."),
        (DOWNLOAD, [DONE, {**WANTED_HERE, "priority": 90}], "It is asked for already, ahead of the rest."),
        (DOWNLOAD, [WANTED_HERE, WISH], "No site that this machine exchanges with has it yet."),
    ],
)
def test_what_does_not_fit_is_told_in_a_sentence(
    studio: Studio, action: Action, sites: list[object], reason: str
) -> None:
    assert fits(action, row(studio, record(studio, sites))) == reason


def test_one_file_that_fits_is_enough(studio: Studio) -> None:
    mixed = row(studio, record(studio, [here(), DONE], [here(), FAILED_ENTRY], [here(), PAUSED], [DONE]))
    assert [fits(action, mixed) for action in Action] == ["", "", "", ""]
