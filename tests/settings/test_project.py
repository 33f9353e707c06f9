"""A project: which pair, why idle, further and alternative sites."""

from __future__ import annotations

import pytest

from tests.settings.studio_folder import StudioFolder, at

NAS = {"provider": "local_drive", "root": "/nas"}
SITES = {"nas": NAS, "studio": {"root": "/s"}}


def test_a_working_project_has_no_reason_to_be_idle(studio: StudioFolder) -> None:
    project = studio.write({"remote_site": "nas"}, SITES).project()
    assert (project.enabled, project.disabled_reason, project.idle_reason) == (True, "", "")
    assert project.problems == ()


def test_an_empty_remote_site_is_said(studio: StudioFolder) -> None:
    project = studio.write({"remote_site": ""}, SITES).project()
    assert project.remote_site is None
    assert "remote_site is empty" in project.idle_reason
    assert project.enabled


def test_the_same_site_on_both_sides_is_said(studio: StudioFolder) -> None:
    project = studio.write({"remote_site": "studio"}, SITES).project()
    assert "studio on both sides" in project.idle_reason


def test_local_means_the_own_site_everywhere(studio: StudioFolder) -> None:
    config = {
        "local_id": "ws-9",
        "publish_site": "local",
        "remote_site": "studio",
        "always_accessible_on": ["local", "nas"],
    }
    studio.write(config, {**SITES, "nas": {**NAS, "alternative_sites": ["local"]}})
    studio.user({"roots": {"local": {"": "/mine"}}})
    project = studio.project()
    assert project.active_site == "ws-9"
    assert project.always_accessible_on == ("ws-9", "nas")
    assert project.alternative_sites == {"nas": {"ws-9"}, "ws-9": {"nas"}}
    assert project.sites["ws-9"].roots == {"": "/mine"}
    assert project.idle_reason == ""


def test_an_unknown_remote_site_is_told_with_the_closest_and_says_why_idle(studio: StudioFolder) -> None:
    project = studio.write({"remote_site": "nass"}, SITES).project()
    problem = at(project.problems, "sync_server.config.remote_site")
    assert problem.remedy == "Did you mean nas?"
    assert project.idle_reason == problem.sentence
    assert project.enabled


@pytest.mark.parametrize("key", ["publish_site", "active_site", "remote_site", "always_accessible_on"])
@pytest.mark.parametrize("value", [3, None, {}, [3], True])
def test_a_site_of_the_wrong_type_stops_the_project(key: str, value: object, studio: StudioFolder) -> None:
    studio.write({key: value}, SITES)
    at(studio.problems(), f"sync_server.config.{key}")
    assert not studio.project().enabled


def test_the_users_choice_of_sites_wins_and_one_for_a_project_wins_over_all(studio: StudioFolder) -> None:
    studio.write({"publish_site": "studio", "remote_site": "nas"}, SITES)
    studio.user({"remote_site": "", "projects": {"Test": {"publish_site": "nas", "remote_site": "studio"}}})
    settings = studio.load()
    project = settings.project("Test", None)
    assert (project.active_site, project.remote_site) == ("nas", "studio")
    assert settings.project("Other", None).remote_site is None


def test_a_pair_from_the_command_line_wins_over_everything(studio: StudioFolder) -> None:
    studio.write({"remote_site": "nowhere"}, SITES)
    settings = studio.load()
    project = settings.project("Test", None, active_site="local", remote_site="nas")
    assert (project.active_site, project.remote_site) == (project.local_id, "nas")
    at(project.problems, f"sync_server.sites.{project.local_id}.root")
    wrong = settings.project("Test", None, active_site="studio", remote_site="nas2")
    problem = at(wrong.problems, "--remote-site")
    assert problem.file == ""
    assert "Did you mean nas?" in problem.sentence


def test_disagreeing_names_do_not_matter_where_the_user_chose(studio: StudioFolder) -> None:
    studio.write({"publish_site": "studio", "active_site": "local", "remote_site": "nas"}, SITES)
    studio.user({"publish_site": "studio"})
    assert not at(studio.problems(), "sync_server.config.active_site").fatal
    assert studio.project().idle_reason == ""


def test_unknown_names_in_lists_are_told_and_left_out(studio: StudioFolder) -> None:
    sites = {**SITES, "nas": {**NAS, "alternative_sites": ["studi"]}}
    studio.write({"remote_site": "nas", "always_accessible_on": ["nas", "moon", "nas"]}, sites)
    problems = studio.problems()
    assert not at(problems, "sync_server.config.always_accessible_on").fatal
    assert "Did you mean studio?" in at(problems, "sync_server.sites.nas.alternative_sites").remedy
    project = studio.project()
    assert project.always_accessible_on == ("nas",)
    assert project.alternative_sites == {}
    assert project.idle_reason == ""


def test_alternative_sites_are_symmetric_and_transitive(studio: StudioFolder) -> None:
    sites = {name: {"provider": "local_drive"} for name in "abcdef"}
    linked = {"a": ["b"], "c": ["d"], "d": ["b"], "e": ["e"]}
    studio.write(
        {}, {name: {**site, "alternative_sites": linked.get(name, [])} for name, site in sites.items()}
    )
    alternatives = studio.project().alternative_sites
    assert alternatives == {name: frozenset("abcd") - {name} for name in "abcd"}


def test_a_project_without_enabled_is_off_and_the_file_is_named(studio: StudioFolder) -> None:
    studio.write()
    studio.put(studio.common, {"sync_server": {}})
    project = studio.project()
    assert not project.enabled
    assert "switched off in project_settings/global.json" in project.disabled_reason
    assert str(studio.common) in project.disabled_reason
    assert project.idle_reason == project.disabled_reason


def test_a_site_that_can_not_be_used_is_said_before_a_missing_folder(studio: StudioFolder) -> None:
    studio.write({"remote_site": "s"}, {"s": {"provider": "sftp"}})
    project = studio.project()
    assert project.sites["studio"].roots == {}
    assert "provider sftp" in project.idle_reason
