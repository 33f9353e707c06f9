"""Environment variables in paths."""

from __future__ import annotations

import pytest

from syncgui.settings.variables import UnknownVariableError, expand
from tests.settings.studio_folder import StudioFolder, at

ENVIRONMENT = {"SHOW": "/mnt/show", "EMPTY": "", "NEST": "{SHOW}"}


@pytest.mark.parametrize("text", ["{SHOW}/a", "${SHOW}/a", "%SHOW%/a"])
def test_each_form_is_replaced(text: str) -> None:
    assert expand(text, ENVIRONMENT, platform="linux") == "/mnt/show/a"


@pytest.mark.parametrize("text", ["/a/100%/50%", "/a/$SHOW", "/a/{}", "/a/{1}", "/a%20b%20c", "/{a b}"])
def test_what_is_no_variable_stays(text: str) -> None:
    assert expand(text, ENVIRONMENT, platform="linux") == text


def test_a_replaced_text_is_not_looked_into_again() -> None:
    assert expand("{NEST}", ENVIRONMENT, platform="linux") == "{SHOW}"


@pytest.mark.parametrize("name", ["NONE", "EMPTY", "show"])
def test_an_unknown_or_empty_variable_is_refused_by_name(name: str) -> None:
    with pytest.raises(UnknownVariableError) as raised:
        expand(f"{{{name}}}/a", ENVIRONMENT, platform="linux")
    assert raised.value.name == name


def test_on_windows_names_know_no_case() -> None:
    assert expand("%show%/a", ENVIRONMENT, platform="windows") == "/mnt/show/a"


def test_an_unknown_variable_in_a_root_is_told_by_name_and_stops_that_site_only(
    studio: StudioFolder,
) -> None:
    studio.write({}, {"nas": {"provider": "local_drive", "root": {"work": "${SHOW}/w", "pub": "/p"}}})
    problem = at(studio.problems(), "sync_server.sites.nas.root.work")
    assert "The environment variable SHOW" in problem.sentence
    assert problem.fatal
    project = studio.project()
    assert project.enabled
    assert "nas" not in project.sites
    assert studio.project(environment=ENVIRONMENT).sites["nas"].roots["work"] == "/mnt/show/w"


def test_a_variable_of_another_platform_does_not_matter(studio: StudioFolder) -> None:
    root = {"windows": "%DRIVE%/p", "linux": "/p"}
    studio.write({}, {"nas": {"provider": "local_drive", "root": root}})
    assert studio.problems() == ()
    assert studio.project().sites["nas"].roots == {"": "/p"}


def test_paths_of_a_provider_are_expanded_and_chosen_by_platform(studio: StudioFolder) -> None:
    url = {"windows": "C:/c.json", "linux": "{SHOW}/c.json"}
    studio.write({}, {"g": {"provider": "gdrive", "credentials_url": url, "subject": "{x}"}})
    options = studio.project(environment=ENVIRONMENT).sites["g"].options
    assert options.model_dump() == {"credentials_url": "/mnt/show/c.json", "subject": "{x}"}
    settings = studio.load(ENVIRONMENT, platform="darwin")
    assert "no value for darwin" in at(settings.problems, "sync_server.sites.g.credentials_url").sentence


def test_link_targets_are_expanded(studio: StudioFolder) -> None:
    studio.write({}, {"nas": {"provider": "local_drive", "allowed_link_targets": ["{SHOW}/links"]}})
    site = studio.project(environment=ENVIRONMENT).sites["nas"]
    assert site.allowed_link_targets == ("/mnt/show/links",)
    at(studio.problems(), "sync_server.sites.nas.allowed_link_targets")
