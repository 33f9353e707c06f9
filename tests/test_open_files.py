"""The limit of open files is raised for the program itself."""

from __future__ import annotations

import subprocess
import sys

import pytest

from syncgui.open_files import WANTED

_LOWERED = """
import resource, sys
from syncgui.open_files import raise_limit
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (256, int(sys.argv[1])))
print(raise_limit(), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
@pytest.mark.parametrize(("hard", "then"), [(WANTED + 1, WANTED), (300, 300), (256, 256)])
def test_the_limit_is_raised_as_far_as_the_system_lets(hard: int, then: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _LOWERED, str(hard)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [str(then), str(then)]


@pytest.mark.skipif(sys.platform != "linux", reason="asks the Linux kernel")
def test_the_program_raises_it_when_it_starts() -> None:
    begun = """
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (256, 4096))
from syncgui import cli
cli.run = lambda _: print(resource.getrlimit(resource.RLIMIT_NOFILE)[0]) or 0
cli.main(["status"])
"""
    done = subprocess.run([sys.executable, "-c", begun], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["4096"]
