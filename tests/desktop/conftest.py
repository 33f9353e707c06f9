"""One desktop with a tray for all tests here, and one without.

Where its programs are missing these tests are skipped with that reason; in CI a skip is a failure.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import QT_MISSING
from tests.desktop import xserver
from tests.desktop.xserver import Desktop

# Says which library Qt's part for X does not find, without ending this process as Qt itself does.
_LOADS_QT_FOR_X = """
import ctypes, pathlib, PySide6.QtWidgets
ctypes.CDLL(str(pathlib.Path(PySide6.__file__).parent / "Qt/plugins/platforms/libqxcb.so"))
"""


def _missing() -> str:
    if missing := QT_MISSING or xserver.missing():
        return missing
    done = subprocess.run(
        [sys.executable, "-c", _LOADS_QT_FOR_X], capture_output=True, text=True, check=False
    )
    return "" if done.returncode == 0 else f"Qt can not be loaded: {done.stderr.splitlines()[-1]}"


@pytest.fixture(scope="session")
def possible() -> None:
    """Skip where there can be no desktop."""
    if missing := _missing():
        pytest.skip(missing)


@pytest.fixture(scope="session")
def desktop(possible: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desktop]:
    """A desktop with a tray."""
    with xserver.desktop(_folder(tmp_path_factory, "desktop")) as found, xserver.tray(found):
        yield found


@pytest.fixture(scope="session")
def bare_desktop(possible: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desktop]:
    """A desktop without a tray."""
    with xserver.desktop(_folder(tmp_path_factory, "bare")) as found:
        yield found


def _folder(factory: pytest.TempPathFactory, name: str) -> Path:
    return factory.mktemp(name)
