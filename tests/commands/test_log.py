"""The log: where it lies, what a line is, and that it never stops a command."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncgui.commands.log import start_log
from tests.commands.program import PublishingStudio


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    """A logger of ours, without what a test has added."""
    ours = logging.getLogger("syncgui")
    level = ours.level
    yield logging.getLogger("syncgui.test")
    for handler in list(ours.handlers):
        ours.removeHandler(handler)
        handler.close()
    ours.setLevel(level)


def test_an_event_is_one_line_whatever_it_holds(
    logger: logging.Logger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = start_log(tmp_path / "log")
    assert not path.exists()
    logger.info("one\ntwo\r\nthree \udcff")
    logger.warning("a warning")
    lines = path.read_text().splitlines()
    assert len(lines) == 2
    assert r"one\ntwo\r\nthree" in lines[0]
    assert path.stat().st_mode & 0o077 == 0
    assert capsys.readouterr().err == "a warning\n"


def test_a_log_that_can_not_be_written_is_said_once(
    logger: logging.Logger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "log").write_text("a file where the folder should be")
    start_log(tmp_path / "log")
    logger.info("one")
    logger.info("two")
    assert capsys.readouterr().err.count("can not be written") == 1


def test_failures_are_in_the_log_of_a_run(studio: PublishingStudio) -> None:
    (studio.root("backup") / "a.exr").mkdir()
    studio.published("a.exr")
    assert studio.run("sync", "--once").code == 1
    log = (studio.folder / "home" / "state" / "log" / "syncgui.log").read_text()
    assert "something is in the way of {root[work]}/a.exr" in log
