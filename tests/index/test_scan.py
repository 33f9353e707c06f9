"""What a scan changes in the process is as before when the last one ends."""

from __future__ import annotations

import gc

from syncgui.index.scan import SeldomCollected


def test_scans_that_overlap_leave_the_collector_as_they_found_it() -> None:
    before = gc.get_threshold()
    seldom = SeldomCollected()
    seldom.__enter__()
    during = gc.get_threshold()
    seldom.__enter__()
    seldom.__exit__()
    assert gc.get_threshold() == during
    seldom.__exit__()
    assert gc.get_threshold() == before
    assert during[0] > before[0]
