"""A studio for each test of a command."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands.program import Program, PublishingStudio


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[PublishingStudio]:
    """An empty studio with its settings."""
    found = PublishingStudio(tmp_path)
    yield found
    found.close()


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """The program of a user who has nothing yet."""
    return Program(tmp_path)
