"""A settings folder for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.settings.studio_folder import StudioFolder


@pytest.fixture
def studio(tmp_path: Path) -> StudioFolder:
    return StudioFolder(tmp_path)
