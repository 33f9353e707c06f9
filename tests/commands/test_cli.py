"""The command line as a whole: help, global options, exit codes, and errors in words."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from syncgui.start_choices import START_FILE, keep_start_choices
from tests.commands.program import Program, PublishingStudio

COMMANDS = {
    *("demo", "publish", "sync", "status", "retry", "download", "pause", "resume", "add-site", "sites"),
    "settings",
}
LATER = ("explain", "priority", "remove-site", "verify", "tray", "undo")


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="there is always a display")
@pytest.mark.parametrize("arguments", [(), ("--hidden",)])
def test_without_a_display_no_command_says_how_to_sync_without_a_window(
    program: Program, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    done = program.run(*arguments, "--home", tmp_path / "home", bare=True)
    assert (done.code, done.out) == (2, "")
    assert "display" in done.err
    assert "syncgui sync" in done.err
    assert not (tmp_path / "home" / "syncgui.sqlite").exists()


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="there is always a display")
def test_the_tray_is_the_same_program_with_the_same_options(program: Program, tmp_path: Path) -> None:
    code = "import sys; sys.argv[0] = 'syncgui-tray'; from syncgui.cli import tray; tray()"
    done = subprocess.run(
        [sys.executable, "-c", code, "--home", str(tmp_path / "home")],
        capture_output=True,
        encoding="utf-8",
        env=program.environment(),
        check=False,
    )
    assert done.returncode == 2
    assert "syncgui sync" in done.stderr


def test_hidden_is_about_the_window_only(studio: PublishingStudio) -> None:
    done = studio.program.run("--hidden", "status", bare=True)
    assert done.code == 2
    assert "--hidden" in done.err


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell that can close an output")
def test_a_program_without_any_output_ends_as_with_one(studio: PublishingStudio) -> None:
    studio.published("a.exr")
    for arguments, code in ((["status"], 0), (["statuz"], 2), (["retry"], 2)):
        command = [sys.executable, "-m", "syncgui", *arguments, *studio.options()]
        done = subprocess.run(
            ["/bin/sh", "-c", 'exec "$@" >&- 2>&-', "sh", *command],
            env=studio.program.environment(),
            check=False,
        )
        assert done.returncode == code, arguments
    log = studio.folder / "home" / "state" / "log" / "syncgui.log"
    assert not log.exists() or "Traceback" not in log.read_text()


# -- what was chosen at the first start --------------------------------------------------------------


def test_every_command_uses_what_was_chosen_at_the_first_start(
    studio: PublishingStudio, tmp_path: Path
) -> None:
    studio.published("a.exr")
    home = ("--home", tmp_path / "home")
    keep_start_choices(tmp_path / "home" / "config", settings=studio.settings_dir, database=studio.database)
    report = studio.program.run("status", "--json", *home, bare=True)
    assert report.out == studio.run("status", "--json").out
    assert studio.program.run("sync", "--once", *home, bare=True).code == 0
    assert studio.tree("backup") == studio.tree("studio")


def test_a_chosen_database_that_is_missing_is_not_made(program: Program, tmp_path: Path) -> None:
    missing = tmp_path / "missing.sqlite"
    keep_start_choices(tmp_path / "home" / "config", database=f"sqlite:///{missing}")
    for command in (("status",), ("sync", "--once"), ("retry", "--failed")):
        done = program.run(*command, "--home", tmp_path / "home", bare=True)
        assert done.code == 3
        assert "missing.sqlite" in done.err
    assert not missing.exists()


def test_nothing_is_done_by_default_when_the_choice_can_not_be_read(
    studio: PublishingStudio, tmp_path: Path
) -> None:
    home = tmp_path / "other"
    start = home / "config" / START_FILE
    start.parent.mkdir(parents=True)
    start.write_text("{")
    done = studio.program.run("sync", "--once", "--home", home, bare=True)
    assert done.code == 2
    assert START_FILE in done.err
    assert not (home / "syncgui.sqlite").exists()
    assert start.read_text() == "{"
    assert studio.program.run("status", *studio.options()[2:], "--home", home, bare=True).code != 2


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


def test_a_mongodb_that_does_not_answer_is_told_in_a_sentence_and_never_replaced(
    program: Program, tmp_path: Path
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # taken, and nobody listens
        secret = f"mongodb://user:geheim@127.0.0.1:{nobody.getsockname()[1]}/?serverSelectionTimeoutMS=100"
        for done in (
            program.run("status", "--json", "--home", tmp_path / "home", "--database", secret, bare=True),
            program.run("status", "--json", variables={"AVALON_MONGO": secret}, bare=True),
        ):
            assert done.code == 3
            assert done.out == ""
            assert "The database is unreachable: mongodb://127.0.0.1" in done.err
            assert "geheim" not in done.err
    assert not list(tmp_path.rglob("syncgui.sqlite"))


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
