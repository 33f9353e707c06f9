"""A studio for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.studio import Studio
from tests.own_mounts import own_mounts

__all__ = ["own_mounts"]


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """An empty studio."""
    found = Studio(tmp_path)
    yield found
    found.close()
