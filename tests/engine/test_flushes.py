"""How a file was made durable comes with its result."""

from __future__ import annotations

from dataclasses import replace

import pytest

from syncgui.engine.environment import real_environment
from tests.engine.mover import StudioMover
from tests.engine.studio import Studio
from tests.providers.recorded import Recorded


@pytest.mark.parametrize(("as_one", "flush"), [(True, "syncfs"), (False, "fsync")])
def test_a_result_says_which_flush_was_made(studio: Studio, as_one: bool, flush: str) -> None:
    mover = StudioMover(studio, replace(real_environment(), files=Recorded(as_one=as_one)))
    results = mover.move(studio.publish(["a", "b", "c", "d"]))
    assert [(one.errors, one.flush) for one in results] == [((None,), flush)] * 4


def test_what_is_there_already_is_flushed_by_itself(studio: Studio) -> None:
    mover = StudioMover(studio, replace(real_environment(), files=Recorded(as_one=True)))
    representation = studio.publish(["a", "b", "c", "d"])
    for name in "abcd":
        studio.write(name, name.encode(), "backup")
    results = mover.move(representation)
    assert [(one.copied, one.flush) for one in results] == [(False, "fsync")] * 4
