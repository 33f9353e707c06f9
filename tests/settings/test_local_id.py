"""The name of this machine."""

from __future__ import annotations

import json
from random import Random

import pytest

from syncgui.settings.words import ADJECTIVES, ANIMALS, three_words
from tests.settings.studio_folder import StudioFolder, at


def registry(studio: StudioFolder, content: object) -> None:
    studio.put(studio.openpype / "openpype_settings.json", content)


def test_the_first_that_gives_a_name_wins(studio: StudioFolder) -> None:
    studio.write({"local_id": "from-settings"})
    registry(studio, {"registry": {"localId": "from-registry"}})
    both = {"SYNCGUI_LOCAL_ID": "from-us", "OPENPYPE_LOCAL_ID": "from-openpype"}
    studio.user({"local_id": "from-user"})
    assert studio.load(both).local_id == "from-user"
    studio.places.user_file.unlink()
    assert studio.load(both).local_id == "from-us"
    assert studio.load({"OPENPYPE_LOCAL_ID": "from-openpype"}).local_id == "from-openpype"
    assert studio.load().local_id == "from-settings"
    studio.write({"local_id": "local_0"})
    assert studio.load().local_id == "from-registry"
    registry(studio, {})
    assert studio.load().local_id.count("-") == 2
    assert studio.load().problems == ()


def test_a_made_name_is_three_words_kept_and_the_same_next_time(studio: StudioFolder) -> None:
    studio.write()
    made = studio.load(seed=1).local_id
    first, second, animal = made.split("-")
    assert first in ADJECTIVES
    assert second in ADJECTIVES
    assert animal in ANIMALS
    assert first != second
    assert studio.load(seed=2).local_id == made
    assert json.loads(studio.places.user_file.read_text(encoding="utf-8")) == {"made_local_id": made}


def test_a_name_given_later_wins_over_the_made_one(studio: StudioFolder) -> None:
    studio.write()
    studio.load()
    assert studio.load({"SYNCGUI_LOCAL_ID": "ws-9"}).local_id == "ws-9"


def test_nothing_is_made_where_a_name_is_given(studio: StudioFolder) -> None:
    studio.write({"local_id": "ws-9"}).load()
    assert not studio.places.user_file.exists()


def test_different_machines_get_different_names() -> None:
    assert len({three_words(Random(seed)) for seed in range(200)}) > 190
    assert len(set(ADJECTIVES)) == len(ADJECTIVES)
    assert len(set(ANIMALS)) == len(ANIMALS)


def test_where_nothing_can_be_written_the_name_holds_for_the_process_and_it_is_said(
    studio: StudioFolder,
) -> None:
    studio.write()
    studio.put(studio.places.config_dir, "a file where the folder should be")
    settings = studio.load(seed=1)
    assert not at(settings.problems, "local_id").fatal
    assert settings.local_id in at(settings.problems, "local_id").sentence
    assert settings.project("Test", None).enabled
    assert studio.load(seed=2).local_id == settings.local_id


def test_a_project_may_have_a_name_of_its_own_and_the_shipped_one_hides_none(studio: StudioFolder) -> None:
    studio.write({"local_id": "ws-9"})
    studio.put(studio.override("Own"), {"sync_server": {"local_id": "ws-own"}})
    studio.put(studio.override("Shipped"), {"sync_server": {"local_id": "local_0"}})
    settings = studio.load()
    assert settings.project("Own", None).local_id == "ws-own"
    assert "ws-own" in settings.project("Own", None).sites
    assert settings.project("Shipped", None).local_id == "ws-9"


@pytest.mark.parametrize("name", ["", "studio", "local", 3, None, ["a"], {"a": 1}])
def test_a_wrong_name_in_the_settings_stops_the_project(name: object, studio: StudioFolder) -> None:
    studio.write({"local_id": name})
    at(studio.problems(), "sync_server.config.local_id")
    assert not studio.project().enabled


def test_a_wrong_name_in_the_environment_is_told_with_the_variable(studio: StudioFolder) -> None:
    settings = studio.write().load({"SYNCGUI_LOCAL_ID": "studio"})
    problem = at(settings.problems, "SYNCGUI_LOCAL_ID")
    assert problem.file == ""
    assert not settings.project("Test", None).enabled


@pytest.mark.parametrize("content", ["{", [], {"registry": {"localId": 3}}, {"registry": {"localId": ""}}])
def test_a_broken_registry_is_told_and_passed_over(content: object, studio: StudioFolder) -> None:
    studio.write()
    registry(studio, content)
    settings = studio.load()
    assert [problem.fatal for problem in settings.problems] == [False]
    assert "openpype_settings.json" in settings.problems[0].file
    assert settings.project("Test", None).enabled


@pytest.mark.parametrize("content", [{"registry": 3}, {"registry": {}}, {"other": {"localId": "x"}}])
def test_a_registry_without_a_name_is_passed_over(content: object, studio: StudioFolder) -> None:
    studio.write()
    registry(studio, content)
    assert studio.load().problems == ()
