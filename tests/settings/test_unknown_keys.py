"""Keys that nobody knows are kept and told once; known ones in a wrong place are told where they belong."""

from __future__ import annotations

import pytest

from syncgui.settings import every_problem
from tests.settings.studio_folder import StudioFolder, at


def test_an_unknown_key_is_kept_and_reported_once_and_stops_nothing(studio: StudioFolder) -> None:
    studio.write({"colour": "red"})
    settings = studio.load()
    projects = [settings.project("A", None), settings.project("B", None)]
    problem = at(every_problem(settings, projects), "sync_server.config.colour")
    assert not problem.fatal
    assert [(key.key, key.value) for key in settings.unknown] == [("sync_server.config.colour", "red")]
    assert all(project.enabled and project.problems == () for project in projects)


def test_an_unknown_key_of_one_project_is_told_with_that_project(studio: StudioFolder) -> None:
    studio.write()
    studio.put(studio.override("Test"), {"sync_server": {"colour": "red"}})
    settings = studio.load()
    assert settings.problems == ()
    at(settings.project("Test", None).problems, "sync_server.colour")
    assert settings.project("Other", None).problems == ()
    assert [key.file for key in settings.unknown] == [str(studio.override("Test"))]


def test_an_unknown_key_of_a_site_does_not_reach_the_provider_and_the_site_works(
    studio: StudioFolder,
) -> None:
    studio.write({}, {"g": {"provider": "gdrive", "credentials_url": "/c", "shade": {"deep": 1}}})
    assert not at(studio.problems(), "sync_server.sites.g.shade").fatal
    assert "g" in studio.project().sites
    assert studio.load().unknown[0].value == {"deep": 1}


@pytest.mark.parametrize(
    ("where", "key", "place"),
    [
        ("top", "credentials_url", "sync_server.sites.<site>"),
        ("top", "retry_cnt", "sync_server.config"),
        ("top", "port", "sync_server.sites.<site>"),
        ("server", "root", "sync_server.sites.<site>"),
        ("config", "sites", "sync_server"),
        ("config", "verify", "sync_server.sites.<site>"),
        ("site", "remote_site", "sync_server.config"),
        ("modules", "loop_delay", "sync_server.config of project_settings/global.json"),
    ],
)
def test_a_known_key_in_the_wrong_place_is_told_where_it_belongs(
    where: str, key: str, place: str, studio: StudioFolder
) -> None:
    inside: dict[str, dict[str, object]] = {
        name: {} for name in ("top", "server", "config", "site", "modules")
    }
    inside[where] = {key: "x"}
    sites = {"nas": {"provider": "local_drive", **inside["site"]}}
    server = {"enabled": True, "config": inside["config"], "sites": sites, **inside["server"]}
    studio.put(studio.modules, {"sync_server": {"enabled": True, **inside["modules"]}})
    studio.put(studio.common, {"sync_server": server, **inside["top"]})
    problems = studio.problems()
    assert len(problems) == 1
    problem = at(problems, problems[0].key)
    assert problem.key.endswith(key)
    assert f"belongs to {place}" in problem.sentence
    assert not problem.fatal


def test_the_value_of_an_unknown_key_is_not_shown_since_it_may_be_a_secret(studio: StudioFolder) -> None:
    studio.write({"pw_of_ann": "hunter2"}, {"nas": {"provider": "local_drive", "code": "hunter2"}})
    settings = studio.load()
    assert len(settings.problems) == 2
    assert "hunter2" not in " ".join(problem.sentence for problem in settings.problems)
    assert "hunter2" not in repr(settings)
