"""How commands speak: answers to stdout, everything else to stderr, figures in one way everywhere."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.console import Console

_UNITS = ("KiB", "MiB", "GiB", "TiB", "PiB")


def answer(text: str) -> None:
    """Print what the command is for."""
    typer.echo(text)


def answer_json(value: object) -> None:
    """Print the one JSON value of `--json`."""
    typer.echo(json.dumps(value, indent=2))


def say(text: str) -> None:
    """Print a message; above the progress bar, if there is one."""
    if sys.stderr.isatty():
        error_console().print(text, markup=False, highlight=False, soft_wrap=True)
    else:
        typer.echo(text, err=True)


def say_problem(sentence: str, next_step: str = "") -> None:
    """Print one sentence, and below it what can be done."""
    say(sentence)
    if next_step:
        say(f"  {next_step}")


@cache
def error_console() -> Console:
    """The one console of stderr, shared by messages and the progress bar."""
    from rich.console import Console  # noqa: PLC0415

    return Console(stderr=True)


def counted(number: int, one: str, many: str | None = None) -> str:
    """ "1 file", "2 files"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def size_text(size_bytes: int) -> str:
    """ "20 KiB", "1.5 GiB"."""
    if size_bytes < 1024:
        return f"{size_bytes} B"
    power = 1
    while size_bytes >= 1024 ** (power + 1) and power < len(_UNITS):
        power += 1
    size = size_bytes / 1024**power
    return f"{size:.1f} {_UNITS[power - 1]}" if size < 10 else f"{size:.0f} {_UNITS[power - 1]}"


@contextmanager
def never_failing_output() -> Iterator[None]:
    """Let no character that the terminal can not show stop a command, nor that there is no terminal.

    A program that a desktop starts may have no output at all (Python has None for it, then).
    """
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        change: Callable[..., None] | None = getattr(stream, "reconfigure", None)
        if change is not None:
            change(errors="backslashreplace")
    yield
