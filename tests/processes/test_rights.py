"""Rights: what may not be read or written, and what others of a group may do with what arrives."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncgui.model.errors import recognise
from tests.engine.studio import PROJECT, Studio
from tests.processes.as_nobody import NOBODY


@pytest.fixture
def open_studio() -> Iterator[Studio]:
    """A studio in a folder that an ordinary user can reach."""
    folder = Path(tempfile.mkdtemp(prefix="syncgui-rights-"))
    folder.chmod(0o755)
    studio = Studio(folder)
    yield studio
    studio.close()
    shutil.rmtree(folder)


def as_nobody(studio: Studio, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the program as a user without rights who owns everything but what a test took away."""
    studio.close()
    if os.geteuid() == 0:
        for path in (studio.folder, *studio.folder.rglob("*")):
            if path.stat(follow_symlinks=False).st_uid == 0 and not path.name.startswith("foreign"):
                os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    return subprocess.run(
        [sys.executable, "-m", "tests.processes.as_nobody", *words, *studio.options()],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def error_code(studio: Studio, representation: str) -> tuple[str, object]:
    """Code of the recorded error, and tries."""
    app = studio.application("looker")
    files = app.store.read(PROJECT, [representation])[0]["files"]
    entry = files[0]["sites"][1]  # type: ignore[index]
    error = recognise(str(entry.get("error", "")))
    return (error.code if error else "", entry.get("tries"))


def test_an_unreadable_source_costs_its_file_a_try(open_studio: Studio) -> None:
    one = open_studio.publish(["a.exr"])
    open_studio.publish(["b.exr"])
    (open_studio.root("studio") / "a.exr").chmod(0)
    done = as_nobody(open_studio, "sync", "--once")
    assert done.returncode == 1, done.stderr
    assert error_code(open_studio, one) == ("source_unreadable", 1)
    assert open_studio.tree("backup") == {"b.exr": b"b.exr"}
    status = as_nobody(open_studio, "status", "--json")
    assert "can not be read" in status.stdout


def test_a_target_folder_that_may_not_be_written_costs_its_file_a_try(open_studio: Studio) -> None:
    one = open_studio.publish(["locked/a.exr"])
    open_studio.publish(["b.exr"])
    locked = open_studio.root("backup") / "locked"
    locked.mkdir()
    locked.chmod(0o555)
    done = as_nobody(open_studio, "sync", "--once")
    assert done.returncode == 1, done.stderr
    assert error_code(open_studio, one) == ("target_not_writable", 1)
    assert (open_studio.root("backup") / "b.exr").exists()
    locked.chmod(0o755)


def test_a_read_only_root_is_the_sites_trouble_and_costs_no_try(open_studio: Studio) -> None:
    one = open_studio.publish(["a.exr"])
    open_studio.root("backup").chmod(0o555)
    done = as_nobody(open_studio, "sync", "--once")
    assert done.returncode == 1, done.stderr
    assert "can not be written" in done.stderr
    assert error_code(open_studio, one) == ("", None)
    open_studio.root("backup").chmod(0o755)


def test_files_arrive_as_an_ordinary_program_would_make_them(open_studio: Studio) -> None:
    source = open_studio.root("studio") / "show" / "a.exr"
    open_studio.publish(["show/a.exr"])
    os.utime(source, ns=(1_600_000_000_123_456_789, 1_600_000_000_123_456_789))
    group = 4242 if os.geteuid() == 0 else os.getgid()
    studio_root = open_studio.root("backup")
    if os.geteuid() == 0:
        for path in (open_studio.folder, *open_studio.folder.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
        os.chown(studio_root, NOBODY, group)
    studio_root.chmod(0o2775)
    done = as_nobody(open_studio, "sync", "--once")
    assert done.returncode == 0, done.stderr
    folder, file = studio_root / "show", studio_root / "show" / "a.exr"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o2775
    assert stat.S_IMODE(file.stat().st_mode) == 0o664
    assert (folder.stat().st_gid, file.stat().st_gid) == (group, group)
    assert file.stat().st_mtime_ns == 1_600_000_000_123_456_789
