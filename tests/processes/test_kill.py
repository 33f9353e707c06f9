"""`kill -9`, stopped programs, two programs on one database."""

from __future__ import annotations

import signal
import threading

from tests.engine.studio import Studio, eventually
from tests.processes.programs import (
    counts,
    entries,
    leftovers,
    publish_many,
    recorded_without_their_file,
    run,
    running,
)

SIZE = 400_000


def arrived(studio: Studio) -> int:
    """Files of the remote site under their final names."""
    return sum(1 for path in studio.root("backup").rglob("*.exr"))


def test_kills_in_the_middle_lose_nothing(studio: Studio) -> None:
    publish_many(studio, 400, SIZE)
    for round_number in range(1, 4):
        with running(studio, "sync") as process:
            eventually(lambda n=round_number: arrived(studio) >= 60 * n, "some files")  # type: ignore[misc]
            process.kill()
            process.wait()
        assert recorded_without_their_file(studio) == []
    assert any("created_dt" not in entry for _, entry in entries(studio)), "killed too late to tell"
    done = run(studio, "sync", "--once")
    assert done.returncode == 0, done.stderr
    assert studio.tree("backup") == studio.tree("studio")
    assert leftovers(studio) == []
    assert counts(studio) == {"synced": 400}
    assert not any("tries" in entry or "lease" in entry for _, entry in entries(studio))


def test_a_stopped_program_keeps_what_it_has_and_a_killed_one_is_taken_over(studio: Studio) -> None:
    publish_many(studio, 500, SIZE)
    with running(studio, "sync", home="one") as one:
        eventually(lambda: arrived(studio) >= 20, "the first files")
        one.send_signal(signal.SIGSTOP)
        held = {path for path, entry in entries(studio) if "lease" in entry}
        assert held, "the stopped program holds claims"
        with running(studio, "sync", home="two"):
            eventually(
                lambda: {path for path, entry in entries(studio) if "created_dt" not in entry} <= held,
                "everything that the stopped program does not hold",
            )
            threading.Event().wait(1)
            assert all("lease" in entry for path, entry in entries(studio) if "created_dt" not in entry)
            one.send_signal(signal.SIGCONT)
            one.kill()
            one.wait()
            eventually(lambda: all("created_dt" in entry for _, entry in entries(studio)), "the rest")
    assert recorded_without_their_file(studio) == []
    assert not any("tries" in entry for _, entry in entries(studio))
    assert leftovers(studio) == []


def test_a_signal_ends_sync_cleanly(studio: Studio) -> None:
    publish_many(studio, 400, SIZE)
    with running(studio, "sync") as process:
        eventually(lambda: arrived(studio) >= 20, "the first files")
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 130
    assert leftovers(studio) == []
    assert not any("lease" in entry or "tries" in entry for _, entry in entries(studio))
