"""`demo`: the first thing that a new user runs."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest

from syncgui.settings import Places
from syncgui.start_choices import keep_start_choices
from tests.commands.program import Program


def tree(root: Path) -> dict[str, bytes]:
    """All files below a folder."""
    return {str(one.relative_to(root)): one.read_bytes() for one in root.rglob("*") if one.is_file()}


def options_of(out: str) -> list[str]:
    """The options that the demo says to go on with."""
    match = re.search(r"^Go on with: (.*)$", out, re.MULTILINE)
    assert match is not None, out
    return shlex.split(match[1])


def test_a_demo_without_failure_is_synced_and_publishes_once(program: Program, tmp_path: Path) -> None:
    folder = tmp_path / "a demo"
    arguments = (
        "demo",
        "--headless",
        "--no-failure",
        "--files",
        "12",
        "--file-size",
        "1KiB",
        "--dir",
        folder,
    )
    done = program.run(*arguments, bare=True)
    assert done.code == 0, done.err
    assert "12 files" in done.err
    studio = tree(folder / "sites" / "studio")
    assert len(studio) == 12
    assert tree(folder / "sites" / "backup") == studio
    again = program.run(*arguments, bare=True)
    assert again.code == 0
    assert "0 files" in again.err
    going_on = options_of(done.out)
    report = program.run("status", "--json", *going_on, bare=True).json["projects"]
    assert isinstance(report, list)
    assert {key: count for key, count in report[0]["files"].items() if count} == {"synced": 14}


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="there is always a display")
def test_without_a_display_it_says_so_and_goes_on_without_a_window(program: Program, tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    few = ("--no-failure", "--files", "3", "--file-size", "1KiB", "--dir", folder)
    done = program.run("demo", *few, bare=True)
    assert done.code == 0, done.err
    assert "display" in done.err
    assert "the demo runs without a window" in done.err
    assert tree(folder / "sites" / "backup") == tree(folder / "sites" / "studio")
    assert "Go on with:" in done.out
    assert "window" not in program.run("demo", "--headless", *few, bare=True).err


def test_one_file_fails_at_first_and_is_mended_as_it_says(program: Program, tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    done = program.run(
        *("demo", "--headless", "--files", "60", "--file-size", "1KiB", "--dir", folder), bare=True
    )
    assert done.code == 1
    assert "1 failed" in done.err
    mend = re.search(r"^  (rmdir .*)$", done.out, re.MULTILINE)
    assert mend is not None, done.out
    _, in_the_way = shlex.split(mend[1])
    assert Path(in_the_way).name in done.err
    Path(in_the_way).rmdir()
    going_on = options_of(done.out)
    assert program.run("retry", "--failed", *going_on, bare=True).code == 0
    assert program.run("sync", "--once", *going_on, bare=True).code == 0
    sizes = {site: _sizes(folder / "sites" / site) for site in ("studio", "backup")}
    assert sizes["studio"] == sizes["backup"]
    assert len(sizes["studio"]) == 60
    assert max(sizes["studio"].values()) == 200 * 2**20


def test_it_ignores_the_environment_and_takes_no_global_option(program: Program, tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    done = program.run(
        *("demo", "--headless", "--no-failure", "--files", "1", "--dir", folder),
        variables={"SYNCGUI_DATABASE": "mongodb://studio", "SYNCGUI_HOME": str(tmp_path / "other")},
        bare=True,
    )
    assert done.code == 0, done.err
    assert not (tmp_path / "other").exists()
    for wrong in (("--home", tmp_path, "demo"), ("demo", "--database", "sqlite:///x")):
        assert program.run(*wrong, "--dir", folder, bare=True).code == 2


def test_it_ignores_what_was_chosen_at_the_first_start(program: Program, tmp_path: Path) -> None:
    usual = Places.of(None, None, {}, "ws-1").config_dir.relative_to(Path.home())
    keep_start_choices(tmp_path / usual, settings=tmp_path / "other", database="mongodb://studio")
    folder = tmp_path / "demo"
    done = program.run("demo", "--headless", "--no-failure", "--files", "1", "--dir", folder, bare=True)
    assert done.code == 0, done.err
    assert program.run("status", bare=True).code == 3


def test_a_folder_that_holds_something_else_is_left_alone(program: Program, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "precious.txt").write_text("work")
    done = program.run("demo", "--headless", "--dir", mine, bare=True)
    assert done.code == 2
    assert str(mine) in done.err
    assert tree(mine) == {"precious.txt": b"work"}


def test_without_a_folder_a_new_one_is_made_each_time(program: Program, tmp_path: Path) -> None:
    for _ in range(2):
        done = program.run("demo", "--headless", "--no-failure", "--files", "1", bare=True)
        assert done.code == 0, done.err
    assert len({path.parent for path in tmp_path.rglob("demo.json")}) == 2


def test_what_is_no_size_is_wrong_usage(program: Program, tmp_path: Path) -> None:
    assert program.run("demo", "--file-size", "big", "--dir", tmp_path / "d", bare=True).code == 2
    assert program.run("demo", "--files", "0", "--dir", tmp_path / "d", bare=True).code == 2


def _sizes(root: Path) -> dict[str, int]:
    return {str(one.relative_to(root)): one.stat().st_size for one in root.rglob("*") if one.is_file()}
