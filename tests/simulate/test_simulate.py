"""The whole engine, simulated: a few seeds each time, each wrong variant with a seed that shows it.

In a process of its own, where the order of sets is no matter of chance: these seeds run the same everywhere.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
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


def test_no_promise_is_broken_in_any_of_these_seeds() -> None:
    ended = _run("--seeds", str(_SEEDS), "--no-variants")
    assert ended.returncode == 0, ended.stderr
    found = cast("dict[str, int]", json.loads(ended.stdout))
    assert found["seeds"] == _SEEDS
    assert found["violations"] == 0
    assert found["records"] > _SEEDS


def test_a_seed_runs_again_exactly_as_before() -> None:
    first, second = (_run("--seed", "7", "--trace").stdout for _ in range(2))
    assert first == second
    assert "files rename" in first


@pytest.mark.parametrize("name", VARIANTS)
def test_a_wrong_program_is_caught(name: str) -> None:
    ended = _run("--variant", name)
    assert ended.returncode == 0, ended.stdout
