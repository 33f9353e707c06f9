"""Whole settings as studios have them: what they mean, and everything that is wrong with them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypedDict

import pytest

from syncgui.settings import every_problem
from tests.settings.studio_folder import StudioFolder, at


class Wrong(TypedDict):
    file: str
    key: str
    says: str


class Case(TypedDict):
    title: str
    modules: dict[str, object]
    expect: dict[str, object]
    problems: list[Wrong]


CASES = json.loads(Path(__file__).with_name("cases.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["title"] for case in CASES])
def test_settings_mean_what_the_case_says(case: Case, studio: StudioFolder) -> None:
    studio.put(studio.modules, case["modules"])
    studio.put(studio.common, case["global"])  # type: ignore[typeddict-item]  # a word of the language
    settings = studio.load({"HOME": "/home/ann"})
    project = settings.project("Test", None)
    made = project.local_id
    assert made not in ("local_0", "local", "studio")

    expect = json.loads(json.dumps(case["expect"]).replace("MADE", made))
    for name in ("enabled", "retry_cnt", "loop_delay_s", "active_site", "remote_site", "local_id"):
        if name in expect:
            assert getattr(project, name) == expect[name], name
    assert expect.get("reason", "") in project.disabled_reason
    assert bool(project.disabled_reason) == (not project.enabled)
    if "sites" in expect:
        assert sorted(project.sites) == sorted(expect["sites"])
    for name, roots in expect.get("roots", {}).items():
        assert project.sites[name].roots == roots
    if "kept" in expect:
        assert [key.key for key in settings.unknown] == expect["kept"]

    problems = every_problem(settings, [project])
    assert len(problems) == len(case["problems"]), [problem.sentence for problem in problems]
    for wrong in case["problems"]:
        problem = at(problems, wrong["key"].replace("MADE", made))
        assert problem.file.endswith(wrong["file"])
        assert wrong["says"].replace("MADE", made) in problem.sentence
