"""Two names that the target takes for one: the second is refused, and both are named."""

from __future__ import annotations

import unicodedata

import pytest

from syncgui.providers.posix_files import PosixFileOperations
from tests.engine.studio import Studio
from tests.providers.blind_files import BlindFileOperations

PAIRS = [
    ("show/Beauty.exr", "show/beauty.exr"),
    ("Shots/a.exr", "shots/a.exr"),
    (unicodedata.normalize("NFC", "größe.exr"), unicodedata.normalize("NFD", "größe.exr")),
]


@pytest.mark.parametrize(("first", "second"), PAIRS)
@pytest.mark.parametrize("at_once", [False, True], ids=["later", "in one group"])
def test_a_blind_target_keeps_the_first_and_says_so_of_the_second(
    studio: Studio, first: str, second: str, at_once: bool
) -> None:
    blind = studio.application("blind", BlindFileOperations(studio.root("backup")))
    one = studio.publish([first], content=b"the first")
    if not at_once:
        studio.sync_once(blind)
    two = studio.publish([second], content=b"the other one")
    blind.loop(studio.events.extend, jobs=1).run(once=True)
    synced = [name for name, it in ((first, one), (second, two)) if studio.is_synced(it)]
    assert len(synced) == 1
    assert at_once or synced == [first]
    assert list(studio.tree("backup")) == synced
    other = two if studio.is_synced(one) else one
    error = str(studio.entry(other)["error"])
    assert first in error
    assert second in error


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_a_target_that_tells_them_apart_gets_both(studio: Studio, first: str, second: str) -> None:
    app = studio.application("seeing", PosixFileOperations())
    ids = [studio.publish([name], content=name.encode()) for name in (first, second)]
    studio.sync_once(app)
    ids += [studio.publish([name], content=f"new {name}".encode()) for name in (first, second)]
    studio.sync_once(app)
    assert all(studio.is_synced(one) for one in ids)
    assert studio.tree("backup") == studio.tree("studio")
