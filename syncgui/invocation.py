"""How this program was called, so that lines that are shown to a person can be used as they are."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path


def own_command() -> list[str]:
    """What starts this program again, from any folder: the interpreter and what it was given."""
    script = Path(sys.argv[0])
    if script.name == "__main__.py":
        return [sys.executable, "-m", "syncgui"]
    if script.suffix == ".py":
        return [sys.executable, str(script.absolute())]
    return [str(script.absolute())]


def called_as() -> str:
    """ "syncgui" where that is installed, else the interpreter and what it was given."""
    script = Path(sys.argv[0])
    if script.name not in ("main.py", "__main__.py"):
        return "syncgui"
    python = min(sys.executable, os.path.relpath(sys.executable), key=len)
    return shlex.join([python, "-m", "syncgui"] if script.name == "__main__.py" else [python, sys.argv[0]])
