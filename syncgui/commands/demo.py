"""`demo`: makes a small studio in a folder of its own, publishes into it and syncs it.

With a window where there is a display; else, and with `--headless`, without one, until all is synced.
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import Annotated

import typer

from syncgui.application import Application, Options
from syncgui.commands import interrupts
from syncgui.commands.options import has_global
from syncgui.commands.output import answer, say
from syncgui.commands.refusals import RefusedError
from syncgui.commands.running import Wanted, judge, run_loop
from syncgui.commands.session import opened, prepared
from syncgui.commands.window import no_window
from syncgui.demo import (
    DEMO_FILE_BYTES,
    DEMO_FILES,
    PROJECT,
    DemoFolder,
    DemoFolderError,
    DemoWish,
    new_demo_folder,
    publish,
    set_up,
)
from syncgui.invocation import called_as
from syncgui.published_files import PublishRefusedError
from syncgui.publishing import Publisher
from syncgui.settings import values

app = typer.Typer(add_completion=False)
APPS = {"demo": app}

_SIZE = "a size such as 20KiB, 1MB or 4096"
_LARGEST_BYTES = 2**40
_SIZE_OF_MOST = f"{DEMO_FILE_BYTES // 1024}KiB"


@app.command()
def demo(
    *,
    context: typer.Context,
    folder: Annotated[
        Path | None,
        typer.Option("--dir", metavar="DIR", help="Where. Default: a new folder below the user's data."),
    ] = None,
    files: Annotated[int, typer.Option("--files", metavar="N", min=1, help="How many files.")] = DEMO_FILES,
    file_size: Annotated[
        str, typer.Option("--file-size", metavar="SIZE", help="Size of most.")
    ] = _SIZE_OF_MOST,
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
    place = DemoFolder((folder or new_demo_folder()).absolute())
    wish = DemoWish(files, _size(file_size), not no_failure)
    why_not = None if headless else no_window(os.environ)
    if why_not is not None:
        say(f"{why_not.sentence.rstrip('.')}: the demo runs without a window.")
    try:
        wish = set_up(place, wish)
        if not headless and why_not is None:
            raise typer.Exit(_show(place, wish))
        with opened(_options(place), {}, create_database=True) as application:
            ending = _run(application, place, wish)
    except DemoFolderError as error:
        raise RefusedError(str(error), "Name another folder with --dir, or make room.") from error
    except PublishRefusedError as refusal:
        raise RefusedError(str(refusal), refusal.next_step) from refusal
    _print_how_to_go_on(place, wish)
    raise typer.Exit(ending)


def _show(place: DemoFolder, wish: DemoWish) -> int:
    """The demo in a window, which publishes and syncs; the lines to go on with come first."""
    from syncgui.views import desktop  # noqa: PLC0415

    say(f"The demo's studio is in {place.path}")
    _print_how_to_go_on(place, wish)
    return desktop.run_demo(prepared(_options(place), {}, create_database=True), place, wish)


def _run(application: Application, place: DemoFolder, wish: DemoWish) -> int:
    own = application.project(PROJECT)
    say(f"The demo's studio is in {place.path}")
    publish(place, wish, Publisher(application.store, own, application.user))
    standing, was_interrupted = run_loop(application, Wanted(agreed=True), once=True)
    if was_interrupted:
        say("Interrupted.")
        return interrupts.EXIT_CODE
    return 0 if judge(application, Wanted(), standing) else 1


def _print_how_to_go_on(place: DemoFolder, wish: DemoWish) -> None:
    options = shlex.join(
        ["--home", str(place.home), "--settings", str(place.settings), "--database", place.database]
    )
    program = called_as()
    in_the_way = place.in_the_way(wish)
    if in_the_way is not None:
        answer("One file fails on purpose: a folder has its name. To mend it:")
        answer(f"  {shlex.join(['rmdir', str(in_the_way)])}")
        answer(f"  {program} retry --failed {options}")
        answer(f"  {program} sync --once {options}")
    answer(f"Go on with: {options}")
    answer(f"  {program} status {options}")


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
