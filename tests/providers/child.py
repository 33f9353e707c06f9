"""Runs a task of `children.py` in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path


def child(
    task: str, folder: Path, *before: str, environment: Mapping[str, str] | None = None
) -> dict[str, object]:
    """What the task answers. `before`: what to put before the command; `environment`: what to add."""
    done = subprocess.run(
        [*before, sys.executable, "-m", "tests.providers.children", task, str(folder)],
        env={**os.environ, **(environment or {})},
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        check=True,
        timeout=120,
    )
    answer: dict[str, object] = json.loads(done.stdout)
    return answer
