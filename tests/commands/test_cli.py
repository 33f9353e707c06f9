"""The command line as a whole: help, global options, exit codes, and errors in words."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands.program import Program, PublishingStudio

COMMANDS = {
    *("demo", "publish", "sync", "status", "retry", "download", "pause", "resume", "add-site", "sites"),
    "settings",
}
LATER = ("explain", "priority", "remove-site", "verify", "tray", "undo")


def test_without_a_command_the_help_is_printed_and_the_usage_is_wrong(program: Program) -> None:
    done = program.run(bare=True)
    assert done.code == 2
    assert "COMMAND" in done.out


def test_the_help_names_the_commands_of_this_version_and_no_later_one(program: Program) -> None:
    done = program.run("--help", bare=True)
    assert done.code == 0
    first_words = {words[1] for line in done.out.splitlines() if len(words := line.split()) > 1}
    assert first_words >= COMMANDS
    assert not first_words.intersection(LATER)


def test_an_unknown_command_is_wrong_usage_and_the_nearest_one_is_named(program: Program) -> None:
    done = program.run("statuz", bare=True)
    assert done.code == 2
    assert "status" in done.err
    assert done.out == ""


def test_the_version_is_printed(program: Program) -> None:
    done = program.run("--version", bare=True)
    assert (done.code, done.out.split()[0]) == (0, "syncgui")


@pytest.mark.parametrize("group", ["sites", "settings"])
def test_a_family_of_commands_without_one_prints_its_help(program: Program, group: str) -> None:
    done = program.run(group, bare=True)
    assert done.code == 2
    assert group in done.out


def test_global_options_may_stand_before_the_command(studio: PublishingStudio) -> None:
    studio.published("a.exr")
    done = studio.program.run(*studio.options(), "status", "--json", bare=True)
    assert done.code == 0
    assert done.out == studio.run("status", "--json").out


def test_of_two_global_options_the_later_one_counts(studio: PublishingStudio, tmp_path: Path) -> None:
    studio.published("a.exr")
    missing = f"sqlite:///{tmp_path / 'missing.sqlite'}"
    assert studio.run("--database", missing, "status").code == 0


def test_the_environment_says_where_everything_is(studio: PublishingStudio) -> None:
    studio.published("a.exr")
    home, settings, database = studio.options()[1::2]
    variables = {
        "SYNCGUI_HOME": home,
        "SYNCGUI_SETTINGS": settings,
        "SYNCGUI_DATABASE": database,
        "AVALON_MONGO": "mongodb://elsewhere",
    }
    done = studio.program.run("status", "--json", variables=variables, bare=True)
    assert done.out == studio.run("status", "--json").out


def test_a_mongodb_is_refused_in_a_sentence_and_never_replaced(program: Program, tmp_path: Path) -> None:
    secret = "mongodb://user:geheim@server/"
    for done in (
        program.run("status", "--json", "--home", tmp_path / "home", "--database", secret, bare=True),
        program.run("status", "--json", variables={"AVALON_MONGO": secret}, bare=True),
    ):
        assert done.code == 3
        assert done.out == ""
        assert "SQLite" in done.err
        assert "geheim" not in done.err
    assert not list(tmp_path.rglob("*.sqlite"))


@pytest.mark.parametrize("command", [("status",), ("sync", "--once"), ("retry", "--failed")])
def test_a_named_database_that_is_missing_is_unreachable_and_not_made(
    program: Program, tmp_path: Path, command: tuple[str, ...]
) -> None:
    path = tmp_path / "missing.sqlite"
    done = program.run(*command, "--home", tmp_path / "home", "--database", f"sqlite:///{path}", bare=True)
    assert done.code == 3
    assert "missing.sqlite" in done.err
    assert not path.exists()


def test_before_the_first_publish_status_says_what_to_do(program: Program, tmp_path: Path) -> None:
    done = program.run("status", "--json", "--home", tmp_path / "home", bare=True)
    assert (done.code, done.json) == (0, {"projects": []})
    assert "publish" in done.err
    assert not list(tmp_path.rglob("syncgui.sqlite"))


def test_before_the_first_publish_nothing_has_failed_and_no_id_is_known(
    program: Program, tmp_path: Path
) -> None:
    home = ("--home", tmp_path / "home")
    assert program.run("retry", "--failed", *home, bare=True).code == 0
    assert program.run("download", "0123456789abcdef01234567", *home, bare=True).code == 2


def test_a_damaged_database_is_unreachable_in_words(studio: PublishingStudio) -> None:
    studio.close()
    (studio.folder / "db.sqlite").write_bytes(b"this was never a database, and is long enough" * 100)
    done = studio.run("status")
    assert done.code == 3
    assert "database" in done.err


def test_what_nobody_foresaw_is_one_sentence_and_its_traceback_is_in_the_log(
    studio: PublishingStudio,
) -> None:
    studio.published("a.exr")
    code = (
        "from syncgui import application, cli\n"
        "def fail(self): raise ZeroDivisionError('a quite new fault')\n"
        "application.Application.doctor = fail\n"
        "cli.main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "status", *studio.options()],
        capture_output=True,
        encoding="utf-8",
        env=studio.program.environment(),
        check=False,
    )
    assert done.returncode == 2
    assert "a quite new fault" in done.stderr
    assert "Traceback" not in done.stderr
    log = (studio.folder / "home" / "state" / "log" / "syncgui.log").read_text()
    assert "Traceback" in log
    assert "a quite new fault" in log


def test_no_command_loads_a_window_or_a_library_of_a_provider(studio: PublishingStudio) -> None:
    studio.published("a.exr")
    code = (
        "import importlib, pkgutil, sys\n"
        "from syncgui import cli, commands\n"
        "for one in pkgutil.iter_modules(commands.__path__):\n"
        "    importlib.import_module(f'syncgui.commands.{one.name}')\n"
        "assert cli.run(sys.argv[1:]) == 0\n"
        "heavy = {'PySide6', 'googleapiclient', 'google', 'paramiko', 'boto3', 'pymongo', 'numpy'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "sync", "--once", *studio.options()],
        capture_output=True,
        encoding="utf-8",
        env=studio.program.environment(),
        check=False,
    )
    assert done.stderr.splitlines()[-1] == "[]", done.stderr


def test_a_command_does_not_load_what_only_others_need(studio: PublishingStudio) -> None:
    studio.published("a.exr")
    code = (
        "import sys\n"
        "from syncgui import cli\n"
        "assert cli.run(sys.argv[1:]) == 0\n"
        "others = {'syncgui.demo', 'syncgui.publishing', 'syncgui.commands.sync', 'rich.progress'}\n"
        "print(sorted(others & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "status", "--json", *studio.options()],
        capture_output=True,
        encoding="utf-8",
        env=studio.program.environment(),
        check=False,
    )
    assert done.stderr.splitlines()[-1] == "[]", done.stderr
