"""Several programs on one server: one is killed, one stopped for a while, and each file moves once."""

from __future__ import annotations

from pathlib import Path

from benchmarks.many_workers import Plan, measure

FILES = 200


def test_a_killed_and_a_stopped_worker_lose_nothing_and_nothing_is_done_twice(tmp_path: Path) -> None:
    found = measure(tmp_path, Plan(files=FILES, size_bytes=100_000, workers=3, stop_s=2.0))
    held = found["claims_when_stopped"]
    assert isinstance(held, int)
    assert held > 0, "stopped with nothing to lose"
    assert found["of_them_not_taken_over_when_continued"] == held, "a short stop is no death"
    assert found["there_and_equal"] == FILES
    assert (found["recorded"], found["times_recorded"]) == (FILES, FILES)
    assert (found["renamed"], found["times_renamed"]) == (FILES, FILES)
    assert found["renames_missed"] is False
    assert (found["with_tries"], found["with_lease"], found["leftovers"]) == (0, 0, 0)
    assert found["exit_codes"] == [130, 130]
    assert found["exit_code_of_the_killed_started_again"] == 0
