"""`accept`: says what is recorded and what is there, asks, and lets the record follow."""

from __future__ import annotations

import os
import pty
import subprocess

import pytest

from syncgui.model.representation import read_representation
from tests.commands.program import PublishingStudio
from tests.engine.studio import PATIENCE_S, PROJECT, eventually


def changed(studio: PublishingStudio, *names: str) -> str:
    """Published files, whose first was written again and is complained of."""
    (identifier,) = studio.published(*names)
    studio.write(names[0], b"another content")
    assert studio.run("sync", "--once").code == 1
    return identifier


def size(studio: PublishingStudio, identifier: str) -> int | None:
    return read_representation(studio.document(identifier)).files[0].size_bytes


def test_what_is_accepted_is_told_and_synced(studio: PublishingStudio) -> None:
    identifier = changed(studio, "a.exr", "b.exr")
    done = studio.run("accept", identifier, "--yes")
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[:2] == ["{root[work]}/a.exr", "  recorded: 5 bytes"]
    assert lines[2].startswith("  on studio: 15 bytes, written ")
    assert lines[3:] == ["1 file accepted as it is."]
    assert size(studio, identifier) == 15
    assert studio.run("sync", "--once").code == 0
    assert studio.tree("backup") == studio.tree("studio")


def test_status_names_the_command(studio: PublishingStudio) -> None:
    identifier = changed(studio, "a.exr")
    problems = studio.report()["problems"]
    assert isinstance(problems, list)
    (problem,) = problems
    assert problem["code"] == "size_differs"
    assert f"syncgui accept {identifier}" in problem["next_step"]


def test_a_file_is_named_by_its_path_whatever_it_waits_for(studio: PublishingStudio) -> None:
    (identifier,) = studio.published("a.exr")
    assert studio.run("sync", "--once").code == 0
    path = studio.write("a.exr", b"another content")
    assert studio.run("accept", identifier, "--yes").out == "0 files accepted as they are.\n"
    done = studio.run("accept", path, "--yes")
    assert "  also on: backup, as recorded; it is sent there again, over that\n" in done.out
    assert done.out.endswith("1 file accepted as it is.\n")
    assert studio.run("sync", "--once").code == 0
    assert studio.tree("backup") == {"a.exr": b"another content"}


def test_without_a_terminal_somebody_has_to_say_yes(studio: PublishingStudio) -> None:
    identifier = changed(studio, "a.exr")
    done = studio.run("accept", identifier)
    assert done.code == 2
    assert "  on studio: 15 bytes" in done.out
    assert "--yes" in done.err
    assert size(studio, identifier) == 5


@pytest.mark.parametrize(
    ("typed", "recorded", "says"),
    [
        ("y\n", 15, "1 file accepted as it is."),
        ("n\n", 5, "Nothing was changed."),
        ("\n", 5, "Nothing was changed."),
    ],
)
def test_at_a_terminal_it_asks(studio: PublishingStudio, typed: str, recorded: int, says: str) -> None:
    identifier = changed(studio, "a.exr")
    ours, theirs = pty.openpty()
    try:
        os.write(ours, typed.encode())
        done = subprocess.run(
            studio.program.line("accept", identifier),
            stdin=theirs,
            capture_output=True,
            encoding="utf-8",
            env=studio.program.environment(),
            cwd=studio.folder,
            timeout=4 * PATIENCE_S,
            check=False,
        )
    finally:
        os.close(ours)
        os.close(theirs)
    assert done.returncode == 0, done.stderr
    assert "Is the file right as it is?" in done.stderr
    assert done.stdout.splitlines()[-1] == says
    assert size(studio, identifier) == recorded


def test_what_can_not_be_looked_at_is_told_and_nothing_is_changed(studio: PublishingStudio) -> None:
    identifier = changed(studio, "a.exr", "b.exr")
    (studio.root("studio") / "a.exr").unlink()
    done = studio.run("accept", identifier, "--yes")
    assert done.code == 2
    assert "is not on studio" in done.err
    assert size(studio, identifier) == 5


def test_which_files_must_be_said(studio: PublishingStudio) -> None:
    identifier = changed(studio, "a.exr")
    assert studio.run("accept", "--yes").code == 2
    assert studio.run("accept", "0" * 24, "--yes").code == 2
    assert studio.run("accept", identifier, "--project", "Other", "--yes").code == 2
    assert studio.run("accept", identifier, "--project", PROJECT, "--yes").code == 0


def test_a_running_loop_takes_it_at_once(studio: PublishingStudio) -> None:
    identifier = changed(studio, "a.exr")
    with studio.syncing():
        assert studio.run("accept", identifier, "--yes").code == 0
        eventually(lambda: studio.is_synced(identifier))
