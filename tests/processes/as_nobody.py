"""The program as a user without rights: `python -m tests.processes.as_nobody COMMAND…`.

Everything is imported before root is given up, since that user may not be able to read this Python.
"""

from __future__ import annotations

import encodings
import importlib
import os
import pkgutil
import sys
from contextlib import suppress

import rich

import syncgui

NOBODY = 65534


def main() -> None:
    """Give up root, then be the program."""
    for package in (syncgui, encodings, rich):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                with suppress(ImportError):  # of other systems
                    importlib.import_module(module.name)
    from syncgui.cli import main as program

    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    os.umask(0o002)
    program()


if __name__ == "__main__":
    sys.argv[0] = "syncgui"
    main()
