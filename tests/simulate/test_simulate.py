"""The whole engine, simulated: some seeds each time, and each wrong variant until it is caught.

In a process of its own, where the order of sets is no matter of chance: these seeds run the same everywhere.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import pytest

from tests.simulate.variants import VARIANTS

_SEEDS = 60
_PROJECT = Path(__file__).parents[2]


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.simulate", *arguments],
        cwd=_PROJECT,
        env={**os.environ, "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def found() -> Mapping[str, object]:
    """What a small run found."""
    ended = _run("--seeds", str(_SEEDS))
    assert ended.stdout, ended.stderr
    return cast("dict[str, object]", json.loads(ended.stdout))


def test_no_promise_is_broken_in_any_of_these_seeds(found: Mapping[str, object]) -> None:
    assert found["failing_seeds"] == {}
    assert found["seeds"] == _SEEDS
    assert cast("int", found["records"]) > _SEEDS


@pytest.mark.parametrize("name", VARIANTS)
def test_a_wrong_program_is_caught(name: str, found: Mapping[str, object]) -> None:
    caught = cast("Mapping[str, int | None]", found["variants_caught_after_seeds"])
    assert caught[name] is not None


def test_a_seed_runs_again_exactly_as_before() -> None:
    first, second = (_run("--seed", "7", "--trace").stdout for _ in range(2))
    assert first == second
    assert "files rename" in first
