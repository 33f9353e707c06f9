"""`demo`: makes a small studio in a folder of its own, publishes into it and syncs it."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import Annotated

import platformdirs
import typer

from syncgui.application import Application, Options
from syncgui.commands import interrupts
from syncgui.commands.options import has_global
from syncgui.commands.output import answer, say
from syncgui.commands.refusals import RefusedError
from syncgui.commands.running import Wanted, judge, run_loop
from syncgui.commands.session import opened
from syncgui.demo import PROJECT, DemoFolder, DemoFolderError, DemoWish, publish, set_up
from syncgui.published_files import PublishRefusedError
from syncgui.publishing import Publisher
from syncgui.settings import values

app = typer.Typer(add_completion=False)
APPS = {"demo": app}

_SIZE = "a size such as 20KiB, 1MB or 4096"
_LARGEST_BYTES = 2**40


@app.command()
def demo(
    *,
    context: typer.Context,
    folder: Annotated[
        Path | None,
        typer.Option("--dir", metavar="DIR", help="Where. Default: a new folder below the user's data."),
    ] = None,
    files: Annotated[int, typer.Option("--files", metavar="N", min=1, help="How many files.")] = 300,
    file_size: Annotated[str, typer.Option("--file-size", metavar="SIZE", help="Size of most.")] = "20KiB",
    headless: Annotated[
        bool, typer.Option("--headless", help="Open no window, end when it is synced.")
    ] = False,
    no_failure: Annotated[
        bool, typer.Option("--no-failure", help="Let no file fail on purpose at first.")
    ] = False,
) -> None:
    """Make a small studio, publish into it and sync it. Touches nothing else."""
    if has_global(context):
        raise RefusedError(
            "demo takes no --home, --settings or --database: it never touches another database",
            "Say where with --dir.",
        )
    place = DemoFolder((folder or _new_folder()).absolute())
    wish = DemoWish(files, _size(file_size), not no_failure)
    if not headless:
        say("This version has no window yet: the demo runs as with --headless.")
    try:
        wish = set_up(place, wish)
        with opened(_options(place), {}, create_database=True) as application:
            ending = _run(application, place, wish)
    except DemoFolderError as error:
        raise RefusedError(str(error), "Name another folder with --dir, or make room.") from error
    except PublishRefusedError as refusal:
        raise RefusedError(str(refusal), refusal.next_step) from refusal
    _print_how_to_go_on(place, wish)
    raise typer.Exit(ending)


def _run(application: Application, place: DemoFolder, wish: DemoWish) -> int:
    own = application.project(PROJECT)
    say(f"The demo's studio is in {place.path}")
    publish(place, wish, Publisher(application.store, own, application.user))
    standing, was_interrupted = run_loop(application, Wanted(), once=True)
    if was_interrupted:
        say("Interrupted.")
        return interrupts.EXIT_CODE
    return 0 if judge(application, Wanted(), standing) else 1


def _print_how_to_go_on(place: DemoFolder, wish: DemoWish) -> None:
    options = shlex.join(
        ["--home", str(place.home), "--settings", str(place.settings), "--database", place.database]
    )
    program = _program()
    in_the_way = place.in_the_way(wish)
    if in_the_way is not None:
        answer("One file fails on purpose: a folder has its name. To mend it:")
        answer(f"  {shlex.join(['rmdir', str(in_the_way)])}")
        answer(f"  {program} retry --failed {options}")
        answer(f"  {program} sync --once {options}")
    answer(f"Go on with: {options}")
    answer(f"  {program} status {options}")


def _program() -> str:
    """How this program was started, so that the lines printed can be used as they are."""
    script = Path(sys.argv[0])
    if script.name not in ("main.py", "__main__.py"):
        return "syncgui"
    python = min(sys.executable, os.path.relpath(sys.executable), key=len)
    return shlex.join([python, "-m", "syncgui"] if script.name == "__main__.py" else [python, sys.argv[0]])


def _options(place: DemoFolder) -> Options:
    return Options(place.home, place.settings, place.database)


def _size(text: str) -> int:
    try:
        size = values.size_bytes(text, least=0, allowed=_SIZE)
    except ValueError as error:
        raise RefusedError(f"--file-size {text!r} is no size", f"Allowed is {error}.") from error
    if size > _LARGEST_BYTES:
        raise RefusedError(f"--file-size {text!r} is more than a demo needs", f"Allowed is {_SIZE}.")
    return size


def _new_folder() -> Path:
    """A folder below the user's data that is not there yet."""
    above = platformdirs.user_data_path("syncgui", appauthor=False)
    number = 1
    while (found := above / ("demo" if number == 1 else f"demo-{number}")).exists():
        number += 1
    return found
