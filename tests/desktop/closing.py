"""The program is closed at random moments while it syncs, and nothing is lost.

`python -m tests.desktop.closing N` does it N times, by the tray's menu and by SIGTERM in turn, and prints
the seed, one line for each time, and what was found at the end.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from tests.desktop import xserver
from tests.desktop.program import shown
from tests.desktop.xserver import Desktop, awaited
from tests.engine.studio import Studio
from tests.processes.programs import entries, leftovers, recorded_without_their_file, run

FILES = 600
FILE_BYTES = 20_000


@dataclass(frozen=True, slots=True)
class Closed:
    """One time: how it was closed, after how many files of this time, how long the end took."""

    way: str
    arrived: int
    open_entries: int
    seconds: float


def close_often(desktop: Desktop, studio: Studio, times: int, chance: random.Random) -> Iterator[Closed]:
    """Publish, start, close at a random moment; again and again. Fails at the first thing that is lost."""
    for number in range(times):
        publish(studio, number)
        before = arrived(studio)
        wanted = before + chance.randrange(FILES * 3 // 4)
        with shown(desktop, studio.folder, studio.options(), log=f"closing{number}.log") as program:
            icon = desktop.icon()
            way = ("menu", "SIGTERM")[number % 2]
            if way == "menu":
                desktop.open_menu(icon)
            awaited(lambda wanted=wanted: arrived(studio) >= wanted, "some files")  # type: ignore[misc]
            began = monotonic()
            if way == "menu":
                desktop.key("q")
                code = program.running.ended()
            else:
                code = program.running.signalled(signal.SIGTERM)
            seconds = monotonic() - began
            assert code == 0, program.running.log.read_text()
            program.assert_clean()
        assert recorded_without_their_file(studio) == []
        still_open = sum("created_dt" not in entry for _, entry in entries(studio))
        yield Closed(way, arrived(studio) - before, still_open, seconds)


def assert_nothing_is_lost(studio: Studio) -> None:
    """`sync --once` brings the rest, and leaves nothing behind."""
    done = run(studio, "sync", "--once")
    assert done.returncode == 0, done.stderr
    assert studio.tree("backup") == studio.tree("studio")
    assert leftovers(studio) == []
    assert not any("tries" in entry or "lease" in entry for _, entry in entries(studio))


def publish(studio: Studio, number: int) -> None:
    """Files of a name and content of their own."""
    for one in range(FILES):
        name = f"show/time{number:03}/{one:04}.exr"
        studio.write(name, os.urandom(FILE_BYTES))
        studio.insert({"files": [studio.file(name, FILE_BYTES)]})


def arrived(studio: Studio) -> int:
    """Files of the remote site under their final names."""
    return sum(1 for _ in studio.root("backup").rglob("*.exr"))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("times", type=int)
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    wanted = parser.parse_args()
    print(f"seed {wanted.seed}")  # noqa: T201
    with tempfile.TemporaryDirectory(prefix="syncgui-closing-") as name:
        studio = Studio(Path(name) / "studio")
        try:
            with xserver.desktop(Path(name) / "home") as desktop, xserver.tray(desktop):
                for closed in close_often(desktop, studio, wanted.times, random.Random(wanted.seed)):
                    print(closed, flush=True)  # noqa: T201
            assert_nothing_is_lost(studio)
        finally:
            studio.close()
    print("both sites are equal, nothing is left over")  # noqa: T201


if __name__ == "__main__":
    main()
