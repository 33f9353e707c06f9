"""Mounts that nobody else sees: what to put before the command of a child that mounts something."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

_OWN_MOUNTS = ["unshare", "--mount"] if os.getuid() == 0 else ["unshare", "--mount", "--map-root-user"]


@pytest.fixture
def own_mounts(tmp_path: Path) -> list[str]:
    """What to put before a command that mounts something nobody else shall see."""
    if shutil.which("unshare") is None:
        pytest.skip("there is no program unshare here")
    (tmp_path / "mount").mkdir()
    mount = ["mount", "-t", "tmpfs", "none", str(tmp_path / "mount")]
    tried = subprocess.run([*_OWN_MOUNTS, *mount], capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        pytest.skip(f"no mounts of one's own here: {tried.stderr.strip()}")
    return _OWN_MOUNTS


@pytest.fixture
def own_disks(own_mounts: list[str], tmp_path: Path) -> list[str]:
    """The same, where also files can be mounted as disks."""
    if shutil.which("mkfs.ext4") is None:
        pytest.skip("there is no program mkfs.ext4 here")
    image, place = tmp_path / "try.image", tmp_path / "try"
    image.write_bytes(bytes(4 << 20))
    place.mkdir()
    subprocess.run(["mkfs.ext4", "-q", "-F", str(image)], check=True, capture_output=True)
    mount = [*own_mounts, "mount", "-o", "loop", str(image), str(place)]
    tried = subprocess.run(mount, capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        pytest.skip(f"no file can be mounted as a disk here: {tried.stderr.strip()}")
    return own_mounts
