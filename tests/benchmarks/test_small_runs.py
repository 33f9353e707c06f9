"""A small run of each benchmark, so that none can rot."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.own_mounts import own_mounts

__all__ = ["own_mounts"]


@pytest.mark.parametrize(
    ("name", "words", "keys"),
    [
        (
            "many_representations",
            ("--count", "50", "--runs", "1"),
            {"publish", "sync", "cp", "first_scan_s", "files_per_s", "sync_over_cp"},
        ),
        (
            "large_file",
            ("--size", "1000000", "--pairs", "1"),
            {
                "size_bytes",
                "cp",
                "size",
                "xxh3",
                "readback",
                "size_over_cp",
                "xxh3_over_cp",
                "readback_over_cp",
            },
        ),
        (
            "killed",
            ("--size", "200000000", "--kills", "1"),
            {"kills", "written_over_size", "again_bytes_per_kill", "equal", "leftovers"},
        ),
        (
            "reaction",
            ("--database", "stream", "--count", "2"),
            {"recorded_to_first_byte_ms", "recorded_to_there_ms"},
        ),
        (
            "planning",
            ("--counts", "200", "--server-count", "100", "--settle-s", "0.5", "--idle-s", "0.5"),
            {"empty_memory_mb", "sqlite_200", "stream_100", "poll_100"},
        ),
        (
            "outages",
            ("--files", "20", "--kills", "1"),
            {"recorded", "there_and_equal", "with_tries", "renamed_twice", "kills_while_files_were_open"},
        ),
        (
            "many_workers",
            ("--files", "50", "--workers", "2", "--stop", "0.2"),
            {"recorded", "there_and_equal", "claims_when_stopped", "times_renamed", "exit_codes"},
        ),
        (
            "large_studio",
            ("--count", "200", "--files", "3"),
            {"copy_database", "status_with_first_scan", "window", "sync_of_new_files", "arrived"},
        ),
        (
            "document_writes",
            ("--files", "40"),
            {"files", "sqlite", "mongodb"},
        ),
        (
            "table",
            ("--rows", "300", "--jumps", "5", "--files", "20"),
            {"visible_s", "jump_p99_ms", "search_s", "top_longest_stall_ms", "memory_mb", "selection_kept"},
        ),
        (
            "table",
            ("--rows", "300", "--updates", "50", "--files", "3"),
            {"orders_changed", "longest_stall_ms", "selection_kept", "pixels_off_at_the_end"},
        ),
    ],
)
def test_a_benchmark_prints_one_json_object(name: str, words: tuple[str, ...], keys: set[str]) -> None:
    assert keys <= run(name, *words).keys()


def test_what_goes_and_comes_back_costs_nothing(own_mounts: list[str]) -> None:
    del own_mounts
    found = run("interruptions", "--files", "200", "--away", "1", "--sleep", "1", "--full", "1")
    assert (found["recorded"], found["there_and_equal"]) == (200, 200)
    assert (found["with_tries"], found["with_lease"], found["leftovers"]) == (0, 0, 0)


def run(name: str, *words: str) -> dict[str, object]:
    """What a benchmark prints."""
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{name}", *words],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found
