"""`status`: the exact shape of its JSON, and what a person reads."""

from __future__ import annotations

from tests.commands.program import PublishingStudio
from tests.engine.studio import PROJECT

KEYS = ["synced", "partial", "queued", "in_progress", "retrying", "failed", "paused", "no_source"]


def test_the_json_has_every_key_of_its_promise(studio: PublishingStudio) -> None:
    (identifier,) = studio.published("a.exr", "b.exr")
    (studio.root("backup") / "a.exr").mkdir()
    assert studio.run("sync", "--once").code == 1
    report = studio.report()
    assert list(report) == [
        *("project", "active_site", "remote_site", "counts", "available", "files", "bytes"),
        *("paused_until", "problems_total", "problems"),
    ]
    assert [report[key] for key in ("project", "active_site", "remote_site")] == [PROJECT, "studio", "backup"]
    for key in ("counts", "files", "bytes"):
        figures = report[key]
        assert isinstance(figures, dict)
        assert list(figures) == KEYS
    assert studio.counts("files") == {"synced": 1, "retrying": 1}
    assert studio.counts("counts") == {"retrying": 1}
    assert studio.counts("bytes") == {"synced": 5, "retrying": 5}
    assert (report["available"], report["paused_until"], report["problems_total"]) == (0, None, 1)
    problems = report["problems"]
    assert isinstance(problems, list)
    (problem,) = problems
    assert list(problem) == ["site", "representation", "path", "code", "sentence", "next_step"]
    assert problem["representation"] == identifier
    assert problem["path"] == "{root[work]}/a.exr"
    assert problem["code"] == "name_in_the_way"


def test_a_person_reads_states_and_problems_with_their_next_steps(studio: PublishingStudio) -> None:
    studio.published("a.exr")
    studio.root("backup").rename(studio.folder / "away")
    done = studio.run("status")
    assert done.code == 0
    assert "Queued" in done.out
    assert "backup is not connected" in done.out
    assert "sites confirm backup" in done.out


def test_a_project_that_is_not_there_is_wrong_usage(studio: PublishingStudio) -> None:
    studio.published("a.exr")
    done = studio.run("status", "--project", "Tset", "--json")
    assert (done.code, done.out) == (2, "")
    assert PROJECT in done.err


def test_one_project_of_several_is_shown(studio: PublishingStudio) -> None:
    studio.publish(["a.exr"])
    studio.publish(["b.exr"], project="Other")
    projects = studio.run("status", "--json", "--project", "Other").json["projects"]
    assert isinstance(projects, list)
    assert [one["project"] for one in projects] == ["Other"]


def test_the_pause_of_this_machine_is_shown(studio: PublishingStudio) -> None:
    studio.published("a.exr")
    assert studio.run("pause").code == 0
    assert studio.report()["paused_until"] == "until resumed"
    assert "paused" in studio.run("status").out
    assert studio.run("pause", "--for", "10").code == 0
    until = studio.report()["paused_until"]
    assert isinstance(until, str)
    assert until.endswith("Z")
    assert "T" in until


def test_a_status_while_a_loop_runs_is_that_of_the_store(studio: PublishingStudio) -> None:
    with studio.syncing():
        studio.published("a.exr", "b.exr")
        assert sum(studio.counts().values()) == 2
