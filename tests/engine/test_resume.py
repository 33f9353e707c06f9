"""A large file that was interrupted between two disks is gone on with, and only where that is right."""

from __future__ import annotations

import os
import random
import threading
from pathlib import Path

import pytest

from syncgui.engine.environment import Worth
from tests.engine.files import Interrupted
from tests.engine.studio import PATIENCE_S, Studio, eventually

MIB = 2**20
WORTH_BYTES = Worth().file_bytes
SIZE = WORTH_BYTES + 24 * MIB


def interrupted(studio: Studio, home: str, *, after_bytes: int = 20 * MIB) -> None:
    """Sync until so many bytes were written, then stop before the next ones."""
    reached, stopped = threading.Event(), threading.Event()

    def before_write() -> None:
        if files.written_bytes >= after_bytes:
            reached.set()
            assert stopped.wait(PATIENCE_S), "the loop was not stopped"

    files = Interrupted(before_write=before_write)
    app = studio.application(home, files)
    with studio.syncing(app) as loop:
        eventually(reached.is_set, "the middle of the file")
        loop.stop()
        stopped.set()
    app.close()


def partials(studio: Studio) -> list[Path]:
    return sorted(studio.root("backup").rglob(".syncgui-*"))


def finish(studio: Studio, home: str) -> int:
    """Sync to the end; how many bytes were written."""
    files = Interrupted()
    app = studio.application(home, files)
    studio.sync_once(app)
    return files.written_bytes


@pytest.mark.parametrize("home", ["one", "two"])
def test_what_was_written_is_not_written_again(studio: Studio, home: str) -> None:
    content = os.urandom(SIZE)
    one = studio.publish(["large.exr"], content=content)
    interrupted(studio, "one")
    (left,) = partials(studio)
    kept = left.stat().st_size
    assert kept >= 15 * MIB
    if home == "two":  # another home knows nothing of it: it begins anew
        assert finish(studio, home) == SIZE
    else:
        assert finish(studio, home) == SIZE - kept
    assert studio.tree("backup")["large.exr"] == content
    assert studio.is_synced(one)
    assert partials(studio) == ([] if home == "one" else [left])


def test_a_source_that_changed_meanwhile_is_sent_from_its_beginning(studio: Studio) -> None:
    studio.publish(["large.exr"], content=os.urandom(SIZE))
    interrupted(studio, "one")
    content = os.urandom(SIZE)
    studio.write("large.exr", content)
    assert finish(studio, "one") == SIZE
    assert studio.tree("backup") == {"large.exr": content}


def test_what_is_not_as_in_the_source_is_written_again_from_there_on(studio: Studio) -> None:
    content = os.urandom(SIZE)
    studio.publish(["large.exr"], content=content)
    interrupted(studio, "one")
    (left,) = partials(studio)
    kept = left.stat().st_size
    place = random.Random(1).randrange(5 * MIB, kept)
    with left.open("r+b") as stream:  # as a power cut may leave it
        stream.seek(place)
        stream.write(bytes(100))
    written = finish(studio, "one")
    assert SIZE - kept < written <= SIZE - place + MIB
    assert studio.tree("backup") == {"large.exr": content}


def test_a_smaller_file_leaves_nothing(studio: Studio) -> None:
    studio.publish(["small.exr"], content=os.urandom(WORTH_BYTES - 1))
    interrupted(studio, "one", after_bytes=10 * MIB)
    assert partials(studio) == []


def test_what_a_power_cut_made_longer_than_the_source_is_no_trouble(studio: Studio) -> None:
    content = os.urandom(SIZE)
    studio.publish(["large.exr"], content=content)
    interrupted(studio, "one")
    (left,) = partials(studio)
    with left.open("ab") as stream:
        stream.truncate(SIZE + 5 * MIB)
    finish(studio, "one")
    assert studio.tree("backup") == {"large.exr": content}
