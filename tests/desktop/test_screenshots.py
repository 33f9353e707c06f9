"""The pictures of all windows can be made."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import QT_MISSING

WIDTH = 1440


@pytest.mark.skipif(bool(QT_MISSING), reason=QT_MISSING)
def test_every_window_is_pictured_at_200_percent(tmp_path: Path) -> None:
    line = [sys.executable, "-m", "tests.screenshots", str(tmp_path), "--look", "dark", "2"]
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": "2"}
    done = subprocess.run(line, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    names = {path.name.removesuffix("_dark_200.png") for path in tmp_path.iterdir()}
    assert {"main", "detail", "filter", "no_match", "picker", "welcome", "set_up", "publish"} < names
    header = (tmp_path / "main_dark_200.png").read_bytes()[:24]
    assert struct.unpack(">I", header[16:20]) == (2 * WIDTH,)
