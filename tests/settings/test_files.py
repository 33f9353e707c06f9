"""Files that are missing, broken or odd: told, never raised."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncgui.settings.files import read_json
from tests.settings.studio_folder import StudioFolder, at


def test_a_missing_file_is_told_with_the_option_that_names_the_folder(studio: StudioFolder) -> None:
    problems = studio.problems()
    assert [Path(problem.file).name for problem in problems] == ["modules.json", "global.json"]
    for problem in problems:
        assert problem.fatal
        assert "does not exist" in problem.sentence
        assert "--settings" in problem.remedy
    assert "does not exist" in studio.project().disabled_reason


def test_a_file_that_is_not_json_is_told_with_line_and_column(studio: StudioFolder) -> None:
    studio.write()
    studio.put(studio.common, '{\n "sync_server": {,}\n}')
    problem = at(studio.problems(), "")
    assert problem.file == str(studio.common)
    assert "line 2, column 18" in problem.sentence
    project = studio.project()
    assert not project.enabled
    assert "line 2, column 18" in project.disabled_reason


def test_a_text_that_never_ends_is_told_with_where_it_began(tmp_path: Path) -> None:
    path = tmp_path / "cut.json"
    path.write_text('{\n "a": "never ends')
    problem = read_json(path).problem
    assert problem is not None
    assert problem.found == "Unterminated string starting at line 2, column 7"


@pytest.mark.parametrize("text", ["[]", "3", '"x"', "null", "", "   "])
def test_a_file_that_holds_no_object_is_told(text: str, studio: StudioFolder) -> None:
    studio.write()
    studio.put(studio.modules, text)
    problem = at(studio.problems(), "")
    assert problem.file == str(studio.modules)
    assert problem.fatal
    assert not studio.project().enabled


@pytest.mark.parametrize(
    "data",
    [b"\xff\xfe{}", b'{"a": ' + b"9" * 5000 + b"}", b"[" * 100_000, b'{"a":' * 90 + b"1" + b"}" * 90],
    ids=["not utf-8", "endless number", "endless brackets", "deep"],
)
def test_hostile_bytes_are_a_problem(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "odd.json"
    path.write_bytes(data)
    file = read_json(path)
    assert file.content is None
    assert file.problem is not None
    assert str(path) in file.problem.sentence


def test_a_folder_in_the_place_of_a_file_is_a_problem(tmp_path: Path) -> None:
    file = read_json(tmp_path)
    assert file.problem is not None
    assert not file.missing


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "bom.json"
    path.write_bytes(b'\xef\xbb\xbf{"a": 1}')
    assert read_json(path).content == {"a": 1}


def test_a_key_that_stands_twice_is_told_since_readers_keep_only_one(studio: StudioFolder) -> None:
    studio.write()
    site = '{"provider": "local_drive"}'
    studio.put(
        studio.common,
        f'{{"sync_server": {{"enabled": true, "sites": {{"nas": {site}, "nas": {site}}}}}}}',
    )
    problem = at(studio.problems(), "sync_server.sites.nas")
    assert "twice" in problem.sentence
    project = studio.project()
    assert project.enabled
    assert "nas" not in project.sites


def test_a_number_that_stands_twice_stops_the_project(studio: StudioFolder) -> None:
    studio.write()
    studio.put(studio.common, '{"sync_server": {"enabled": true, "retry_cnt": 3, "retry_cnt": 5}}')
    at(studio.problems(), "sync_server.retry_cnt")
    assert not studio.project().enabled


def test_other_programs_parts_of_the_files_are_left_alone(studio: StudioFolder) -> None:
    studio.put(studio.modules, {"ftrack": {"enabled": "?"}, "sync_server": {"enabled": True}})
    studio.put(studio.common, '{"tools": {"a": 1, "a": 2}, "sync_server": {"enabled": true}}')
    assert studio.problems() == ()
    assert studio.load().unknown == ()
