"""Modes, rights and full disks: each in a process of its own, see `children.py`."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.providers.child import child
from tests.providers.incoming import MTIME_NS


@pytest.fixture
def public_root() -> Iterator[Path]:
    """A folder that any user can reach, which those of `tmp_path` are not."""
    path = Path(tempfile.mkdtemp(prefix="syncgui-test-"))
    path.chmod(0o777)
    yield path
    shutil.rmtree(path)


def test_new_files_and_folders_are_as_anybody_would_make_them(root: Path) -> None:
    group = 12345 if os.getuid() == 0 else max(os.getgroups() or [os.getgid()])
    os.chown(root, -1, group)
    root.chmod(0o2775)
    assert child("modes", root) == {
        "modes": {"new": "2775", "new/deep": "2775", "new/deep/a": "664"},
        "groups": [group],
        "mtime_ns": MTIME_NS,
    }


def test_modes_of_the_site_win_over_the_umask_and_keep_the_inherited_setgid_bit(root: Path) -> None:
    root.chmod(0o2775)
    assert child("chosen_modes", root)["modes"] == {"new": "2750", "new/deep": "2750", "new/deep/a": "640"}


def test_missing_rights_fail_the_file_and_on_the_root_the_site(public_root: Path) -> None:
    (public_root / "open").mkdir()
    (public_root / "open").chmod(0o777)
    (public_root / "closed").mkdir()
    (public_root / "closed").chmod(0o555)
    (public_root / "locked").mkdir()
    (public_root / "locked").chmod(0o000)
    (public_root / "secret").write_bytes(b"x")
    (public_root / "secret").chmod(0o000)
    try:
        answer = child("rights", public_root)
    finally:
        (public_root / "locked").chmod(0o700)
    assert answer == {
        "results": ["target_not_writable", "target_not_writable", None],
        "secret": "source_unreadable",
        "sealed": ["read_only", "read_only"],
        "locked": "not_connected",
    }
    assert os.listdir(public_root / "closed") == []


def test_a_full_disk_is_the_sites_trouble_and_leaves_room_and_old_content(
    root: Path, own_mounts: list[str]
) -> None:
    assert child("disk_full", root, *own_mounts) == {
        "results": [None, "disk_full", None],
        "kept": "old",
        "names": ["after", "kept", "small"],
    }


def test_a_read_only_file_system_is_the_sites_trouble(root: Path, own_mounts: list[str]) -> None:
    assert child("read_only", root, *own_mounts)["results"] == ["read_only", "read_only"]
