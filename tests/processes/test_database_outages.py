"""The server is killed and started again while whole programs work on it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.outages import Plan, measure
from tests.engine.mongo_studio import MongoStudio, machine, outage_studio, own_server
from tests.engine.studio import eventually
from tests.processes.programs import run, running
from tests.servers.mongo_server import MongoServer

__all__ = ["machine", "outage_studio", "own_server"]


@pytest.mark.skipif(sys.platform != "linux", reason="renames are counted by inotify")
def test_kills_of_the_server_lose_nothing_and_move_nothing_twice(tmp_path: Path) -> None:
    found = measure(tmp_path, Plan(files=100, size_bytes=2_000_000, kills=4))
    assert found["kills_while_files_were_open"]
    assert (found["recorded"], found["there_and_equal"], found["renamed"]) == (100, 100, 100)
    assert (found["renamed_twice"], found["with_tries"], found["with_lease"], found["leftovers"]) == (0,) * 4
    assert not found["renames_missed"]


def test_a_service_waits_for_a_server_that_is_away_at_its_start_and_goes_on_by_itself(
    outage_studio: MongoStudio, own_server: MongoServer
) -> None:
    one = outage_studio.publish(["a.exr"])
    own_server.kill()
    with running(outage_studio, "sync") as process:
        eventually(lambda: "The database is unreachable" in said(outage_studio), "the sentence")
        assert process.poll() is None
        own_server.start()
        eventually(lambda: outage_studio.is_synced(one), "the file")


def test_commands_that_end_by_themselves_say_that_the_server_is_away(
    outage_studio: MongoStudio, own_server: MongoServer
) -> None:
    own_server.kill()
    words = [["sync", "--once"], ["status", "--json"], ["retry", "--failed"]]
    processes: list[subprocess.CompletedProcess[str]] = [run(outage_studio, *one) for one in words]
    assert [one.returncode for one in processes] == [3, 3, 3]
    assert all("The database is unreachable" in one.stderr for one in processes)
    assert all(one.stdout == "" for one in processes)


def said(studio: MongoStudio) -> str:
    """What the program with the home `home` has said."""
    return (studio.folder / "home.log").read_text()
