"""Notifications: what is told, how often, and what a click opens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from pytestqt.qtbot import QtBot

from syncgui.engine.events import Failed
from syncgui.engine.first_contact import HeldBack
from syncgui.index import Totals
from syncgui.model.status import Pair, Status
from syncgui.views.digest import FailureDigest, Outages, arrival_note, quitting_note
from syncgui.views.notifier import Notifier
from syncgui.views.standing import Health, Hitch, Standing
from syncgui.views.task_thread import TaskThread
from syncgui.views.tray import Tray
from tests.engine.studio import PROJECT, PUBLISHED, Studio

PAIR = Pair("studio", "backup")
GONE = "{root[work]}/a.exr is not on studio, though the record says so"


def failure(number: int, sentence: str = GONE, project: str = "show", *, costs_try: bool = True) -> Failed:
    return Failed(project, f"/f{number}", "backup", "source_missing", sentence, "", costs_try, ("r",))


def standing(
    failed: int, project: str = "show", pair: Pair = PAIR, checked: float | None = 1.0, queued: int = 0
) -> Standing:
    counts = {Status.FAILED: failed, Status.QUEUED: queued}
    sizes = {Status.QUEUED: queued * 10**9}
    return Standing(totals={project: Totals(pair, counts, counts, sizes, 0, 9)}, checked=checked)


def seen(digest: FailureDigest, *counts: int) -> None:
    for count in counts:
        digest.see(standing(count))


def test_failures_are_told_as_one_digest_with_their_reason() -> None:
    digest = FailureDigest()
    digest.add([failure(number) for number in range(3)])
    seen(digest, 0, 3)
    note = digest.take(100.0)
    assert note is not None
    assert note.title == "3 files failed"
    assert note.text == "show: source file is gone"
    assert (note.project, note.statuses, note.is_warning) == ("show", frozenset({Status.FAILED}), True)


def test_there_is_one_digest_a_minute_at_most() -> None:
    digest = FailureDigest()
    seen(digest, 0, 1)
    assert digest.take(100.0) is not None
    seen(digest, 5)
    assert digest.due_in_s(101.0) == 59.0
    assert digest.take(159.9) is None
    note = digest.take(160.0)
    assert note is not None
    assert note.title == "4 files failed"
    assert digest.due_in_s(400.0) is None


def test_a_try_that_failed_is_not_worth_a_word() -> None:
    digest = FailureDigest()
    seen(digest, 0)
    digest.add([failure(1), failure(1), failure(2)])
    seen(digest, 0)
    assert digest.due_in_s(0.0) is None


def test_what_had_failed_before_is_not_told() -> None:
    digest = FailureDigest()
    digest.see(standing(20, checked=None))
    digest.see(standing(37, checked=None))
    seen(digest, 37)
    assert digest.due_in_s(0.0) is None
    seen(digest, 38)
    assert digest.due_in_s(0.0) == 0.0


def test_another_pair_of_sites_has_other_failures_that_are_no_news() -> None:
    digest = FailureDigest()
    seen(digest, 0)
    digest.see(standing(12, pair=Pair("studio", "gdrive")))
    assert digest.due_in_s(0.0) is None


def test_what_fails_again_after_a_retry_is_told_again() -> None:
    digest = FailureDigest()
    seen(digest, 0, 2)
    assert digest.take(0.0) is not None
    seen(digest, 0, 2)
    assert digest.take(60.0) is not None


def test_an_outage_is_told_once_and_again_when_it_comes_back() -> None:
    outages = Outages()
    out = Health(
        database=Hitch("The database is unreachable", "Wait", 0.0), sites={"gdrive": Hitch("Full.", "", 0.0)}
    )
    assert outages.new(out, 0.0) == []
    assert outages.due_in_s(1.0) == 4.0
    told = outages.new(out, 5.0)
    assert sorted(note.title for note in told) == [
        "Database not reachable",
        "gdrive does not work at the moment",
    ]
    assert outages.new(out, 500.0) == []
    assert outages.due_in_s(500.0) is None
    assert outages.new(Health(), 600.0) == []
    assert outages.new(out, 700.0) == []
    assert len(outages.new(out, 705.0)) == 2


def test_an_outage_of_a_moment_is_not_told() -> None:
    outages = Outages()
    out = Health(sites={"gdrive": Hitch("Full.", "", 0.0)})
    for moment in range(0, 40, 4):
        assert outages.new(out, float(moment)) == []
        assert outages.new(Health(), moment + 1.0) == []


def test_what_came_is_named_with_its_files() -> None:
    assert arrival_note({"sh010 lookMain v012": 43}, "show").title == "sh010 lookMain v012 is here, 43 files"
    two = arrival_note({"sh010 lookMain v012": 1, "sh020 animMain v003": 1}, "show")
    assert two.title == "sh010 lookMain v012 and 1 more are here, 2 files"


def test_quitting_says_what_is_left_and_nothing_when_nothing_is() -> None:
    note = quitting_note(standing(0, queued=12))
    assert note is not None
    assert note.text == "12.0 GB left, goes on from here next time"
    assert quitting_note(standing(3)) is None
    looks = Health(held={"show": HeldBack(PAIR, 12, 12 * 10**9)})
    assert quitting_note(replace(standing(0, queued=12), health=looks)) is None, "nothing goes on by itself"


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def no_tray() -> bool:
    return False


def notifier(clock: Callable[[], float]) -> tuple[Notifier, list[str], Tray]:
    tray = Tray(is_available=no_tray)
    made = Notifier(tray, clock)
    shown: list[str] = []
    made.shown_in_window.connect(shown.append)
    return made, shown, tray


def test_without_a_tray_the_window_is_told(qtbot: QtBot) -> None:
    made, shown, _ = notifier(Clock())
    made.set_standing(standing(0))
    made.failed([failure(1)])
    made.set_standing(standing(2))
    assert shown == []
    qtbot.waitUntil(lambda: bool(shown), timeout=10_000)
    assert shown == ["2 files failed: show: source file is gone"]


def test_a_click_opens_the_rows_that_the_notification_is_about(qtbot: QtBot) -> None:
    made, shown, tray = notifier(Clock())
    made.set_standing(standing(0))
    made.set_standing(standing(1))
    qtbot.waitUntil(lambda: bool(shown), timeout=10_000)
    with qtbot.waitSignal(made.rows_requested) as opened:
        tray.message_clicked.emit()
    assert opened.args == ["show", frozenset({Status.FAILED})]


def test_a_click_on_anything_else_opens_the_window(qtbot: QtBot) -> None:
    made, _, tray = notifier(Clock())
    made.say("syncgui goes on in the tray", "Quit it from the tray's menu.")
    with qtbot.waitSignal(tray.open_requested):
        tray.message_clicked.emit()


def test_an_outage_wakes_the_notifier_by_itself(qtbot: QtBot) -> None:
    clock = Clock()
    made, shown, _ = notifier(clock)
    out = Standing(health=Health(sites={"gdrive": Hitch("Full", "", 0.0)}))
    made.set_standing(out)
    clock.now += 4.5
    made.set_standing(out)
    clock.now += 1
    assert shown == []
    qtbot.waitUntil(lambda: bool(shown), timeout=20_000)
    assert shown == ["gdrive does not work at the moment: Full"]


def test_what_was_asked_for_is_told_when_all_its_files_are_here(qtbot: QtBot, tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    studio.write("b.exr", b"x")
    here_already = {**studio.file("b.exr", 1), "sites": [{"name": "studio", "created_dt": PUBLISHED}]}
    asked = studio.publish(["a.exr", here_already], present="backup", wanted="studio")
    another = studio.publish(["c.exr"], present="backup", wanted="studio")
    projects = studio.app.projects()
    studio.app.catch_up(projects)
    made, shown, _ = notifier(Clock())
    thread = TaskThread("reader")
    thread.start()
    made.read_with(thread.submit, lambda: studio.app.index)
    made.set_standing(Standing(projects=projects))
    with qtbot.assertNotEmitted(made.shown_in_window, wait=1500):
        made.asked(PROJECT, [asked])
    studio.sync_once()
    studio.app.catch_up(projects)
    made.rows_changed(PROJECT, frozenset({asked, another}))
    qtbot.waitUntil(lambda: bool(shown), timeout=20_000)
    assert thread.stop()
    studio.close()
    assert shown == ["sh010 renderMain v001 is here, 2 files: Downloaded for Test"]
