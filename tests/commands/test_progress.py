"""The progress bar: what it counts, and that it is drawn on a terminal only."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from syncgui.commands.output import counted, size_text
from syncgui.commands.progress import Tally
from syncgui.engine.events import Done, Failed, Moving, Paused, Trouble
from syncgui.model.status import Direction
from tests.commands.program import PublishingStudio
from tests.engine.studio import PATIENCE_S


def test_what_is_on_its_way_counts_until_it_has_arrived_or_failed() -> None:
    tally = Tally(once=True)
    tally.listen([Moving("P", "a", Direction.UPLOAD, 30, 100), Moving("P", "b", Direction.UPLOAD, 5, 10)])
    assert tally.standing().moved_bytes == 35
    tally.listen(
        [
            Done("P", "a", "backup", Direction.UPLOAD, 100, copied=True),
            Failed("P", "b", "backup", "damaged", "It broke", "Mend it.", costs_try=True),
        ]
    )
    standing = tally.standing()
    assert (standing.files, standing.size_bytes, standing.moved_bytes) == (1, 100, 100)


def test_the_sentence_is_that_of_the_pause_then_of_a_site_in_trouble() -> None:
    tally = Tally(once=True)
    assert tally.standing().sentence == ""
    tally.listen(
        [Trouble("backup", "not_connected", "Site backup is not connected", ""), Paused(float("inf"))]
    )
    assert "paused" in tally.standing().sentence
    tally.listen([Paused(None)])
    assert tally.standing().sentence == "Site backup is not connected"
    tally.listen([Trouble("backup", "", "", "")])
    assert tally.standing().sentence == ""


def test_figures_are_written_as_people_write_them() -> None:
    assert [counted(number, "file") for number in (0, 1, 1234)] == ["0 files", "1 file", "1,234 files"]
    sizes = (0, 1023, 1024, 1536, 20 * 1024, 212 * 2**20, 2**40)
    assert [size_text(size) for size in sizes] == [
        *("0 B", "1023 B", "1.0 KiB", "1.5 KiB", "20 KiB", "212 MiB", "1.0 TiB")
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal is a thing of POSIX")
def test_on_a_terminal_a_bar_shows_files_and_bytes(studio: PublishingStudio) -> None:
    studio.published("a.exr", "b.exr")
    ours, its = os.openpty()
    running = subprocess.Popen(
        [sys.executable, "-m", "syncgui", "sync", "--once", *studio.options()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=its,
        env=studio.program.environment({"TERM": "xterm", "COLUMNS": "120"}),
        cwd=studio.folder,
    )
    os.close(its)
    shown = b""
    try:
        while block := os.read(ours, 65536):
            shown += block
    except OSError:
        pass  # how the end of a pseudo-terminal is told
    os.close(ours)
    out, _ = running.communicate(timeout=PATIENCE_S)
    assert running.returncode == 0
    assert out == b""
    assert b"2/2 files" in shown
    assert "━".encode() in shown
