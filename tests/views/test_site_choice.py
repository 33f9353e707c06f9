"""What a choice of sites means, decided over the settings of a real studio."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from syncgui.model.status import Pair
from syncgui.settings import set_choices
from syncgui.site_choices import Changes, Known, keep, read_known
from syncgui.views.site_choice import (
    ALL,
    NOBODY,
    Choice,
    actives,
    candidates,
    carried,
    changes,
    current,
    folders,
    pairs,
    scope_of,
    with_folders,
)
from syncgui.views.site_lines import Counts, Kind, lines
from tests.engine.studio import PROJECT, Studio, change_settings


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """Two projects; the sites studio, backup, archive, and one whose provider is not here."""
    found = Studio(
        tmp_path,
        sites={
            "archive": {"provider": "local_drive", "root": {"work": str(tmp_path / "archive")}},
            "cloud": {"provider": "dropbox", "root": {"work": "/show"}},
        },
    )
    found.publish(["a.exr"])
    found.publish(["b.exr"], project="Other")
    yield found
    found.close()


def known(studio: Studio) -> Known:
    """The settings as they are now."""
    return read_known(studio.app)


def choose(studio: Studio, project: str | None = None, **given: str) -> None:
    """Write the user's choices."""
    set_choices(studio.app.places.user_file, project=project, **given)  # type: ignore[arg-type]


def said(known: Known, choice: Choice, counts: Counts | None = None, kind: Kind = Kind.SAID) -> str:
    """All lines of a kind."""
    return "\n".join(one.text for one in lines(known, choice, counts) if one.kind is kind)


# -- what there is -----------------------------------------------------------------------------------


def test_what_holds_needs_no_change(studio: Studio) -> None:
    for project in (ALL, PROJECT):
        choice = current(known(studio), project)
        assert (choice.active, choice.remote) == ("studio", "backup")
        assert not changes(known(studio), choice).any


def test_this_machines_site_is_local_whatever_the_machine_is_called(studio: Studio) -> None:
    choose(studio, local_id="laptop", publish_site="laptop", remote_site="studio")
    choice = current(known(studio), ALL)
    assert (choice.local_id, choice.active, choice.remote) == ("laptop", "local", "studio")


def test_studio_and_this_machine_come_first_and_unusable_sites_last(studio: Studio) -> None:
    found = candidates(known(studio), ALL)
    assert [one.name for one in found] == ["studio", "local", "archive", "backup", "cloud"]
    assert "not part of this installation" in found[-1].sentence
    assert found[-1].provider == "dropbox"


def test_one_works_on_a_folder_that_is_not_the_partners(studio: Studio) -> None:
    found = known(studio)
    choice = current(found, ALL)
    assert [one.name for one in actives(found, choice)] == ["studio", "local", "archive"]
    other = replace(choice, remote="archive")
    assert [one.name for one in actives(found, other)] == ["studio", "local", "backup"]
    home = replace(choice, active="local", remote="studio")
    assert [one.name for one in actives(found, home)] == ["studio", "local", "archive", "backup"]
    choose(studio, publish_site="backup", remote_site="studio")
    turned = current(known(studio), ALL)
    both = replace(turned, active="studio", remote="backup")
    assert "backup" in [one.name for one in actives(known(studio), both)], "what holds can be chosen again"


def test_a_site_that_is_chosen_and_is_not_there_is_listed_with_its_sentence(studio: Studio) -> None:
    choose(studio, publish_site="sutdio", remote_site="bakcup")
    found = {one.name: one.sentence for one in candidates(known(studio), ALL)}
    assert "no site" in found["bakcup"]
    choice = current(known(studio), ALL)
    assert "sutdio" in [one.name for one in actives(known(studio), choice)]


def test_each_root_of_the_chosen_folders_has_a_row(studio: Studio) -> None:
    choice = replace(current(known(studio), PROJECT), active="local", remote="studio")
    mine, theirs = folders(known(studio), choice)
    assert (mine.site, mine.root, mine.path) == ("local", "work", "")
    assert theirs.path == str(studio.root("studio"))
    assert [one.site for one in folders(known(studio), replace(choice, remote="cloud"))] == ["local"]


def test_a_folder_that_projects_give_differently_is_not_shown_as_one(studio: Studio, tmp_path: Path) -> None:
    change_settings(studio, lambda server: server["sites"].update(studio={"provider": "local_drive"}))
    for project in (PROJECT, "Other"):
        document: dict[str, object] = {
            "type": "project",
            "name": project,
            "config": {"roots": {"work": f"/mnt/{project}"}},
        }
        studio.insert(document, project=project)
    (row,) = [one for one in folders(known(studio), current(known(studio), ALL)) if one.site == "studio"]
    assert (row.path, row.differs) == ("", True)
    (row,) = [one for one in folders(known(studio), current(known(studio), PROJECT)) if one.site == "studio"]
    assert (row.path, row.differs) == (f"/mnt/{PROJECT}", False)


# -- what is kept ------------------------------------------------------------------------------------


def test_only_what_differs_is_kept(studio: Studio) -> None:
    choice = replace(current(known(studio), ALL), remote="archive")
    assert changes(known(studio), choice) == Changes(remote_site="archive")
    nobody = replace(choice, remote=NOBODY)
    assert changes(known(studio), nobody) == Changes(remote_site="")


def test_a_folder_typed_as_it_was_is_no_change(studio: Studio) -> None:
    choice = current(known(studio), ALL)
    same = replace(choice, roots={("studio", "work"): f" {studio.root('studio')} "})
    assert not changes(known(studio), same).any
    other = replace(choice, roots={("studio", "work"): "/elsewhere"})
    assert changes(known(studio), other) == Changes(roots={("studio", "work"): "/elsewhere"})


def test_with_a_new_name_the_machine_keeps_its_folders_and_its_place_in_the_pair(studio: Studio) -> None:
    choose(studio, local_id="laptop", publish_site="laptop", remote_site="studio")
    keep(studio.app, Changes(roots={("laptop", "work"): "/home/mira/work"}))
    choice = replace(current(known(studio), ALL), local_id="tower")
    wanted = changes(known(studio), choice)
    assert (wanted.local_id, wanted.publish_site, wanted.remote_site) == ("tower", "local", None)
    keep(studio.app, wanted)
    own = known(studio).of(PROJECT)
    assert (own.local_id, own.active_site, own.remote_site) == ("tower", "tower", "studio")
    assert own.sites["tower"].roots["work"] == "/home/mira/work"


def test_what_is_kept_is_shown_to_the_running_loop_at_once(studio: Studio) -> None:
    before = studio.app.state.control().wakes
    keep(studio.app, Changes(remote_site="archive"), "Other")
    assert studio.app.state.control().wakes == before + 1
    assert known(studio).of("Other").remote_site == "archive"
    assert known(studio).of(PROJECT).remote_site == "backup"


def test_a_choice_comes_along_to_another_project(studio: Studio) -> None:
    choose(studio, "Other", publish_site="backup", remote_site="studio")
    general = replace(current(known(studio), ALL), remote="archive")
    there = carried(known(studio), general, "Other")
    assert (there.project, there.active, there.remote) == ("Other", "backup", "archive")


def test_folders_are_tried_as_they_are_typed(studio: Studio) -> None:
    choice = replace(current(known(studio), PROJECT), roots={("backup", "work"): "/typed"})
    own = with_folders(known(studio).of(PROJECT), "backup", folders(known(studio), choice))
    assert dict(own.sites["backup"].roots) == {"work": "/typed"}
    assert own.sites["studio"].roots["work"] == str(studio.root("studio"))


# -- for whom ----------------------------------------------------------------------------------------


def test_sites_are_chosen_for_all_unless_the_project_has_its_own(studio: Studio) -> None:
    assert scope_of(known(studio), PROJECT) == ALL
    choose(studio, "Other", remote_site="archive")
    assert scope_of(known(studio), "Other") == "Other"
    assert scope_of(known(studio), PROJECT) == ALL
    assert scope_of(known(studio), "nowhere") == ALL


def test_a_project_with_a_choice_of_its_own_keeps_it_and_is_named(studio: Studio) -> None:
    choose(studio, "Other", remote_site="archive")
    choice = replace(current(known(studio), ALL), remote="cloud")
    assert pairs(known(studio), choice) == {
        PROJECT: (Pair("studio", "backup"), Pair("studio", "cloud")),
        "Other": (Pair("studio", "archive"), Pair("studio", "archive")),
    }
    assert "Other" in said(known(studio), choice, kind=Kind.WARNING)
    assert "Other" not in said(
        known(studio), replace(choice, active="local", remote="backup"), kind=Kind.WARNING
    )


# -- what is said ------------------------------------------------------------------------------------


def test_the_sentence_says_where_publishes_go_and_what_waits(studio: Studio) -> None:
    choice = current(known(studio), ALL)
    text = said(known(studio), choice, Counts(18, 18))
    assert text == (
        "New publishes on studio are uploaded to backup. "
        "18 files are to be exchanged between studio and backup."
    )


def test_turned_round_the_open_files_change_direction(studio: Studio) -> None:
    choice = replace(current(known(studio), ALL), active="backup", remote="studio")
    text = said(known(studio), choice, Counts(18, 18))
    assert "18 open files change direction." in text
    assert "Nothing is moved or deleted by this choice." in text


def test_another_pair_leaves_the_files_of_the_old_one_waiting(studio: Studio) -> None:
    choice = replace(current(known(studio), ALL), remote="archive")
    text = said(known(studio), choice, Counts(1, 2))
    assert "2 files are to be exchanged between studio and archive." in text
    assert "1 open file between studio and backup would wait" in text


def test_the_same_site_twice_and_nobody_are_said(studio: Studio) -> None:
    choice = current(known(studio), ALL)
    assert "both sides" in said(known(studio), replace(choice, remote="studio"))
    assert "exchanges with nobody" in said(known(studio), replace(choice, remote=NOBODY))


def test_a_site_that_can_not_be_used_says_why_when_it_is_chosen(studio: Studio) -> None:
    choice = current(known(studio), ALL)
    assert said(known(studio), choice, kind=Kind.PROBLEM) == ""
    assert "not part of" in said(known(studio), replace(choice, remote="cloud"), kind=Kind.PROBLEM)


def test_a_new_name_warns_of_the_files_that_are_recorded_under_the_old_one(studio: Studio) -> None:
    choice = replace(current(known(studio), ALL), local_id="tower")
    old = known(studio).general.local_id
    warning = said(known(studio), choice, Counts(recorded=1200), Kind.WARNING)
    assert "1,200 files are recorded" in warning
    assert old in warning
    assert said(known(studio), choice, Counts(), Kind.WARNING) == ""


@pytest.mark.parametrize("name", ["", "studio", "local"])
def test_a_name_that_can_not_be_the_machines_is_said(studio: Studio, name: str) -> None:
    choice = replace(current(known(studio), ALL), local_id=name)
    assert "needs a name of its own" in said(known(studio), choice, kind=Kind.PROBLEM)


def test_the_name_of_another_site_is_warned_of(studio: Studio) -> None:
    choice = replace(current(known(studio), ALL), local_id="backup")
    assert "would be that site" in said(known(studio), choice, kind=Kind.WARNING)


def test_settings_that_can_not_be_read_are_said_and_refuse(studio: Studio) -> None:
    assert known(studio).refusal(ALL) == ""
    path = studio.settings_dir / "project_settings" / "global.json"
    path.write_text("{ broken")
    found = known(studio)
    assert "global.json is not JSON" in found.refusal(PROJECT)
    assert "global.json is not JSON" in said(found, current(found, ALL), kind=Kind.PROBLEM)
    assert said(found, current(found, ALL)) == "", "nobody knows what holds"


def test_a_wrong_value_is_said_and_does_not_keep_from_choosing(studio: Studio) -> None:
    change_settings(studio, lambda server: server["config"].update(retry_cnt="many"))
    found = known(studio)
    assert found.refusal(ALL) == ""
    assert "retry_cnt" in said(found, current(found, ALL), kind=Kind.PROBLEM)


def test_a_broken_file_of_one_project_refuses_for_that_project_only(studio: Studio) -> None:
    path = studio.settings_dir / "project_settings" / "Other" / "global.json"
    path.parent.mkdir(parents=True)
    path.write_text("[]")
    found = known(studio)
    assert found.refusal("Other")
    assert not found.refusal(PROJECT)
    assert not found.refusal(ALL)
