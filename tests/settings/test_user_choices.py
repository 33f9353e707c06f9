"""The user's own file: read, changed, never lost."""

from __future__ import annotations

import json
import os
import stat
import threading
from pathlib import Path

import pytest

from syncgui.settings import SettingsError, set_choices
from tests.settings.studio_folder import StudioFolder, at


def content_of(path: Path) -> dict[str, object]:
    content = json.loads(path.read_text(encoding="utf-8"))
    assert isinstance(content, dict)
    return content


def test_choices_are_set_and_read_again(studio: StudioFolder) -> None:
    studio.write({}, {"nas": {"provider": "local_drive", "root": "/n"}})
    path = studio.places.user_file
    set_choices(path, local_id="ws-9", publish_site="local", remote_site="nas")
    set_choices(path, roots={("local", ""): "/mine", ("nas", "work"): "/n/w"})
    project = studio.project()
    assert (project.local_id, project.active_site, project.remote_site) == ("ws-9", "ws-9", "nas")
    assert project.sites["ws-9"].roots[""] == "/mine"


def test_what_is_not_named_stays_and_so_do_unknown_keys(studio: StudioFolder) -> None:
    studio.user({"colour": {"deep": [1]}, "remote_site": "nas", "projects": {"A": {"x": 1}}})
    path = studio.places.user_file
    set_choices(path, project="A", publish_site="studio")
    assert content_of(path) == {
        "colour": {"deep": [1]},
        "remote_site": "nas",
        "projects": {"A": {"x": 1, "publish_site": "studio"}},
    }
    problem = at(studio.write().problems(), "colour")
    assert not problem.fatal
    assert problem.file == str(path)
    assert "colour" in {key.key for key in studio.load().unknown}


def test_an_empty_remote_site_is_a_choice_and_an_empty_path_forgets_a_root(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "user.json"
    set_choices(path, remote_site="", roots={("nas", "work"): "/w", ("nas", "pub"): "/p"})
    set_choices(path, roots={("nas", "work"): ""})
    assert content_of(path) == {"remote_site": "", "roots": {"nas": {"pub": "/p"}}}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such bits")
def test_only_the_user_reads_the_file_and_no_temporary_stays(tmp_path: Path) -> None:
    path = tmp_path / "user.json"
    set_choices(path, local_id="ws-9")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {entry.name for entry in tmp_path.iterdir()} <= {"user.json", "user.json.lock"}


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"a": 1, "a": 2}', '{"roots": {"nas": {"w": "/a", "w": "/b"}}}']
)
def test_a_broken_file_is_never_written(text: str, tmp_path: Path) -> None:
    path = tmp_path / "user.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match="Nothing was changed"):
        set_choices(path, local_id="ws-9")
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("content", [{"roots": 3}, {"roots": {"nas": "x"}}, {"projects": []}])
def test_a_part_of_the_wrong_type_is_never_replaced(content: dict[str, object], studio: StudioFolder) -> None:
    studio.user(content)
    project = "P" if "projects" in content else None
    with pytest.raises(SettingsError, match="no mapping"):
        set_choices(studio.places.user_file, project=project, roots={("nas", ""): "/a"})
    assert content_of(studio.places.user_file) == content


def test_a_broken_file_stops_every_project_since_its_choices_are_not_known(studio: StudioFolder) -> None:
    studio.write()
    studio.user("{")
    settings = studio.load()
    assert str(studio.places.user_file) in {problem.file for problem in settings.problems}
    assert "not JSON" in settings.project("Test", None).disabled_reason
    assert studio.places.user_file.read_text(encoding="utf-8") == "{"


@pytest.mark.parametrize(
    ("content", "key"),
    [
        ({"local_id": "local"}, "local_id"),
        ({"publish_site": ""}, "publish_site"),
        ({"remote_site": 3}, "remote_site"),
        ({"roots": []}, "roots"),
        ({"roots": {"nas": "/a"}}, "roots.nas"),
        ({"roots": {"nas": {"work": 3}}}, "roots.nas.work"),
        ({"projects": 3}, "projects"),
        ({"made_local_id": 3}, "made_local_id"),
    ],
)
def test_a_wrong_choice_stops_every_project(content: object, key: str, studio: StudioFolder) -> None:
    studio.write({"local_id": "ws-9"})
    studio.user(content)
    assert at(studio.problems(), key).file == str(studio.places.user_file)
    assert not studio.project().enabled


@pytest.mark.parametrize(
    ("content", "key"), [(3, "projects.Test"), ({"remote_site": 3}, "projects.Test.remote_site")]
)
def test_a_wrong_choice_for_one_project_stops_that_one(
    content: object, key: str, studio: StudioFolder
) -> None:
    studio.write()
    studio.user({"projects": {"Test": content}})
    settings = studio.load()
    at(settings.project("Test", None).problems, key)
    assert not settings.project("Test", None).enabled
    assert settings.project("Other", None).enabled


def test_wrong_values_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    path = tmp_path / "user.json"
    with pytest.raises(SettingsError, match="allowed is"):
        set_choices(path, local_id="studio")
    with pytest.raises(SettingsError, match="allowed is"):
        set_choices(path, publish_site=" ")
    for site, folder in (("", "/a"), ("nas", "/a\x00")):
        with pytest.raises(SettingsError, match="allowed is"):
            set_choices(path, roots={(site, "work"): folder})
    assert not path.exists()


def test_a_file_that_can_not_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "in-the-way").write_text("", encoding="utf-8")
    with pytest.raises(SettingsError, match="can not be written"):
        set_choices(tmp_path / "in-the-way" / "user.json", local_id="ws-9")


def test_many_writers_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "user.json"
    threads = [
        threading.Thread(
            target=set_choices, args=(path,), kwargs={"roots": {("nas", f"r{n}"): f"/{n}"}}, name=f"w{n}"
        )
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert content_of(path) == {"roots": {"nas": {f"r{n}": f"/{n}" for n in range(8)}}}
