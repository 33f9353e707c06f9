"""Closing in the middle of everything: a clean end, and nothing lost."""

from __future__ import annotations

import random
from pathlib import Path

from tests.desktop.closing import assert_nothing_is_lost, close_often
from tests.desktop.xserver import Desktop
from tests.engine.studio import Studio

TIMES = 4


def test_closing_at_random_moments_while_syncing_loses_nothing(desktop: Desktop, tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    studio = Studio(tmp_path / "studio")
    try:
        closed = list(close_often(desktop, studio, TIMES, random.Random(seed)))
        assert any(one.open_entries for one in closed), f"closed too late to tell, seed {seed}"
        assert_nothing_is_lost(studio)
    finally:
        studio.close()
