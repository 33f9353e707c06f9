"""What is in trouble, from what the loop tells."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from syncgui.engine.events import Event, Idle, Looking, Paused, Recorded, Reloaded, Trouble
from syncgui.engine.first_contact import HeldBack
from syncgui.engine.route import SyncedProject
from syncgui.model.errors import RootUnknownError, SiteNotConnectedError, SyncError
from syncgui.model.status import Pair
from syncgui.views.health_watch import HealthWatch
from syncgui.views.standing import Health, Hitch
from tests.views.test_headline import project

GONE = SiteNotConnectedError(site="gdrive", detail="/mnt/gdrive is not there")
NO_ROOT = RootUnknownError(site="gdrive", detail="work")


def trouble(error: SyncError) -> Trouble:
    return Trouble(error.site, error.code, error.sentence, error.next_step)


def database(sentence: str) -> Trouble:
    return Trouble("", "database_unreachable", sentence, "Wait")


def over(site: str = "") -> Trouble:
    return Trouble(site, "", "", "")


def health(*events: Event) -> Health:
    """After these, one a second, the first at 100."""
    watch = HealthWatch()
    for at, event in enumerate(events, start=100):
        watch.take(event, at)
    return watch.health


def test_what_is_held_back_is_known_until_it_is_told_anew() -> None:
    held = {"A": HeldBack(Pair("studio", "gdrive"), 18_402, 41 * 10**12)}
    assert health(Looking(held)).held == held
    assert health(Looking(held), Looking({})).held == {}


def elsewhere(name: str = "A") -> SyncedProject:
    """The project with gdrive in another folder."""
    one = project(name)
    sites = {**one.settings.sites, "gdrive": replace(one.settings.sites["gdrive"], roots={"work": "/other"})}
    return replace(one, settings=replace(one.settings, sites=sites))


def without_gdrive() -> SyncedProject:
    one = project()
    return replace(one, settings=replace(one.settings, remote_site=None), shown=Pair("studio", None))


def test_an_outage_lasts_from_its_first_word_to_its_last() -> None:
    told = (database("It is locked"), database("It is gone"))
    assert health(*told).database == Hitch("It is gone", "Wait", 100)
    assert health(*told, over()) == Health()
    assert health(*told, over(), database("It is locked")).database == Hitch("It is locked", "Wait", 103)


def test_each_site_has_a_trouble_of_its_own() -> None:
    other = SiteNotConnectedError(site="studio", detail="x")
    found = health(trouble(GONE), trouble(other), over("gdrive"))
    assert found.sites == {"studio": Hitch(other.sentence, other.next_step, 101)}
    assert found.database is None


def test_a_project_idles_until_it_is_synced_again() -> None:
    idle = Idle("A", "It is switched off", "Switch it on")
    assert health(idle).idle == {"A": Hitch("It is switched off", "Switch it on", 100)}
    assert health(idle, Idle("A", "", "")).idle == {}


@pytest.mark.parametrize(
    ("remote", "sentence"),
    [(None, "A exchanges with nobody."), ("studio", "A has studio on both sides.")],
)
def test_a_partner_that_is_missing_is_told_in_the_words_of_the_window(
    remote: str | None, sentence: str
) -> None:
    told = (Reloaded({"A": project(remote=remote)}), Idle("A", "remote_site is odd", "Call the command"))
    assert health(*told).idle == {"A": Hitch(sentence, "Choose a partner: Sites…", 101)}
    assert health(*told, Idle("A", "", "")).idle == {}


def test_a_pause_is_as_it_was_told_last() -> None:
    assert health(Paused(math.inf)).paused_until == math.inf
    assert health(Paused(math.inf), Paused(200.0)).paused_until == 200
    assert health(Paused(200.0), Paused(None)) == Health()


def test_the_end_of_a_loop_leaves_the_pause_and_nothing_else() -> None:
    watch = HealthWatch()
    for event in (Paused(200.0), trouble(GONE), database("It is locked"), Idle("A", "x", "")):
        watch.take(event, 1.0)
    watch.died("It stopped")
    assert watch.health == Health(stopped="It stopped", paused_until=200.0)
    watch.revived()
    assert watch.health == Health(paused_until=200.0)


@pytest.mark.parametrize(
    ("after", "is_known"),
    [
        ({"A": project()}, True),
        ({"A": project(), "B": project("B")}, True),  # the loop does not tell of the same place again
        ({"B": project("B")}, True),
        ({"A": project(), "B": elsewhere("B")}, True),
        ({"A": elsewhere()}, False),
        ({"A": without_gdrive()}, False),
        ({}, False),
    ],
)
def test_a_site_stays_in_trouble_while_its_place_is_used(
    after: dict[str, SyncedProject], is_known: bool
) -> None:
    found = health(Reloaded({"A": project()}), trouble(GONE), Reloaded(after))
    assert ("gdrive" in found.sites) is is_known


def test_a_root_without_a_folder_is_asked_for_anew_by_each_reload() -> None:
    told = (Reloaded({"A": project()}), trouble(NO_ROOT))
    assert "gdrive" in health(*told).sites
    assert health(*told, Reloaded({"A": project()})).sites == {}


def test_a_project_that_is_gone_idles_no_longer() -> None:
    told = (Reloaded({"A": project(), "B": project("B")}), Idle("A", "x", ""), Idle("B", "y", ""))
    assert set(health(*told, Reloaded({"B": project("B")})).idle) == {"B"}


def test_what_is_no_trouble_changes_nothing() -> None:
    watch = HealthWatch()
    before = watch.health
    for event in (Recorded("A", 1), Paused(None), Reloaded({"A": project()})):
        watch.take(event, 1.0)
    assert watch.health is before
