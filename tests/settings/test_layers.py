"""Layouts and layers: flat and inner, overrides, older presets."""

from __future__ import annotations

import pytest

from tests.settings.studio_folder import StudioFolder, at


def test_keys_may_stand_flat_or_in_the_inner_config(studio: StudioFolder) -> None:
    studio.write({"retry_cnt": 7}, flat={"loop_delay": 5})
    project = studio.project()
    assert (project.retry_cnt, project.loop_delay_s) == (7, 5.0)


def test_the_same_value_flat_and_inner_is_fine(studio: StudioFolder) -> None:
    studio.write({"retry_cnt": "4"}, flat={"retry_cnt": 4})
    assert studio.problems() == ()
    assert studio.project().retry_cnt == 4


def test_different_values_flat_and_inner_are_a_problem(studio: StudioFolder) -> None:
    studio.write({"retry_cnt": 4}, flat={"retry_cnt": 5})
    problem = at(studio.problems(), "sync_server.config.retry_cnt")
    assert "sync_server.retry_cnt (5) disagree" in problem.sentence
    assert not studio.project().enabled


def test_a_project_wins_key_by_key(studio: StudioFolder) -> None:
    nas = {"provider": "local_drive", "root": {"work": "/a", "pub": "/b"}, "slots": 2}
    studio.write({"retry_cnt": 4, "loop_delay": 9}, {"nas": nas})
    studio.put(
        studio.override("Test"),
        {"sync_server": {"retry_cnt": 8, "sites": {"nas": {"root": {"pub": "/c"}}}}},
    )
    settings = studio.load()
    project = settings.project("Test", None)
    assert (project.retry_cnt, project.loop_delay_s) == (8, 9.0)
    assert project.sites["nas"].roots == {"work": "/a", "pub": "/c"}
    assert project.sites["nas"].slots == 2
    assert settings.project("Other", None).retry_cnt == 4
    assert settings.named_projects == ("Test",)


def test_roots_per_platform_do_not_mix_with_roots_by_name(studio: StudioFolder) -> None:
    studio.write({}, {"nas": {"provider": "local_drive", "root": {"work": "/a"}}})
    own = {"sites": {"nas": {"root": {"linux": "/b", "windows": "B:/"}}}}
    studio.put(studio.override("Test"), {"sync_server": own})
    assert studio.project().sites["nas"].roots == {"": "/b"}


def test_a_project_can_be_switched_off_by_its_own_file(studio: StudioFolder) -> None:
    studio.write()
    studio.put(studio.override("Test"), {"sync_server": {"enabled": False}})
    settings = studio.load()
    project = settings.project("Test", None)
    assert not project.enabled
    assert "switched off in project_settings/Test/global.json" in project.disabled_reason
    assert settings.project("Other", None).enabled


def test_a_wrong_override_stops_its_own_project_only(studio: StudioFolder) -> None:
    studio.write({"retry_cnt": 4})
    studio.put(studio.override("Test"), {"sync_server": {"retry_cnt": "many"}})
    settings = studio.load()
    assert settings.problems == ()
    problem = at(settings.project("Test", None).problems, "sync_server.retry_cnt")
    assert problem.file == str(studio.override("Test"))
    assert not settings.project("Test", None).enabled
    assert settings.project("Other", None).enabled


def test_a_broken_override_stops_its_own_project_only(studio: StudioFolder) -> None:
    studio.write()
    studio.put(studio.override("Test"), "{")
    settings = studio.load()
    assert "not JSON" in settings.project("Test", None).disabled_reason
    assert settings.project("Other", None).enabled


@pytest.mark.parametrize("name", ["publish_site", "active_site"])
def test_either_name_of_the_active_site_in_a_project_replaces_both(name: str, studio: StudioFolder) -> None:
    studio.write({"publish_site": "studio"})
    studio.put(studio.override("Test"), {"sync_server": {name: "local"}})
    project = studio.project()
    assert project.active_site == project.local_id
    assert project.enabled


def test_both_names_may_say_the_same(studio: StudioFolder) -> None:
    studio.write({"publish_site": "local", "active_site": "ws-9", "local_id": "ws-9"})
    assert studio.problems() == ()
    assert studio.project().active_site == "ws-9"


def test_sites_of_the_system_settings_lie_under_the_projects(studio: StudioFolder) -> None:
    listed = {"nas": {"provider": "local_drive", "root": "/a", "slots": 3}}
    studio.write({}, {"nas": {"root": "/b"}}, modules={"sync_server": {"enabled": True, "sites": listed}})
    nas = studio.project().sites["nas"]
    assert (nas.roots, nas.slots) == ({"": "/b"}, 3)


@pytest.mark.parametrize("folder", ["", "presets"])
def test_older_presets_are_read(folder: str, studio: StudioFolder) -> None:
    studio.put(studio.modules, {"sync_server": {"enabled": True}})
    presets = studio.folder / folder
    five = {"local_id": "local_0", "retry_cnt": 6, "loop_delay": 7, "active_site": "studio"}
    studio.put(presets / "config.json", {**five, "remote_site": "gdrive"})
    studio.put(presets / "gdrive.json", {"gdrive": {"credentials_url": "/c.json", "root": "/My Drive"}})
    project = studio.project()
    assert (project.retry_cnt, project.loop_delay_s, project.remote_site) == (6, 7.0, "gdrive")
    assert project.sites["gdrive"].provider == "gdrive"
    assert project.sites["gdrive"].roots == {"": "/My Drive"}
    assert "switched off in project_settings/global.json" in project.disabled_reason


def test_the_oldest_preset_of_a_single_site_is_read(studio: StudioFolder) -> None:
    studio.write({"remote_site": "gdrive"})
    preset = {"credentials_url": "/c.json", "root": {"root_one": "/My Drive/a"}}
    studio.put(studio.folder / "presets" / "gdrive.json", preset)
    gdrive = studio.project().sites["gdrive"]
    assert gdrive.provider == "gdrive"
    assert gdrive.roots == {"root_one": "/My Drive/a"}


def test_newer_settings_win_over_presets(studio: StudioFolder) -> None:
    studio.write({"retry_cnt": 2})
    studio.put(studio.folder / "config.json", {"retry_cnt": 6, "loop_delay": 8})
    project = studio.project()
    assert (project.retry_cnt, project.loop_delay_s) == (2, 8.0)


def test_a_foreign_file_called_config_json_is_left_alone(studio: StudioFolder) -> None:
    studio.write()
    studio.put(studio.folder / "config.json", {"theme": "dark"})
    assert studio.problems() == ()


@pytest.mark.parametrize("key", ["config", "sites"])
def test_a_part_of_the_wrong_type_is_a_problem(key: str, studio: StudioFolder) -> None:
    studio.write(flat={key: ["x"]})
    problem = at(studio.problems(), f"sync_server.{key}")
    assert problem.found == "a list"
    assert not studio.project().enabled


def test_sync_server_itself_of_the_wrong_type_is_a_problem(studio: StudioFolder) -> None:
    studio.write()
    studio.put(studio.common, {"sync_server": "on"})
    assert at(studio.problems(), "sync_server").found == '"on"'
    assert not studio.project().enabled
