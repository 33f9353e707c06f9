"""`history`: what this machine moved, when, how fast, and how it ended."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from syncgui.commands.options import Database, Home, Json, SettingsFolder, merged
from syncgui.commands.output import answer_json, say, size_text
from syncgui.commands.session import opened

if TYPE_CHECKING:
    from syncgui.state import Attempt

app = typer.Typer(add_completion=False)
APPS = {"history": app}


@app.command()
def history(
    *,
    context: typer.Context,
    of: Annotated[
        str | None, typer.Argument(metavar="[ID-OR-PATH]", help="Only this representation, or such paths.")
    ] = None,
    project: Annotated[str | None, typer.Option("--project", metavar="P", help="Only this project.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="The latest so many.")] = 50,
    as_json: Json = False,
    home: Home = None,
    settings: SettingsFolder = None,
    database: Database = None,
) -> None:
    """Show the latest attempts of this machine, the newest last."""
    with opened(merged(context, home, settings, database), os.environ) as application:
        attempts = application.state.attempts(project=project, representation=of, limit=limit) if of else ()
        if not attempts:
            attempts = application.state.attempts(project=project, path=of, limit=limit)
    attempts = list(reversed(attempts))
    if as_json:
        answer_json({"attempts": [_as_json(one) for one in attempts]})
    elif attempts:
        _print(attempts)
    else:
        say("Nothing was moved from here yet.")


def _as_json(one: Attempt) -> dict[str, object]:
    return {
        "at": datetime.fromtimestamp(one.at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "project": one.project,
        "representation": one.representation,
        "path": one.path,
        "from": one.source,
        "to": one.target,
        "size_bytes": one.size_bytes,
        "moved_bytes": one.moved_bytes,
        "seconds": round(one.seconds, 3),
        "checksum": one.checksum,
        "flush": one.flush,
        "result": one.result,
        "sentence": one.sentence,
    }


def _print(attempts: Sequence[Attempt]) -> None:
    from rich import box  # noqa: PLC0415
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table("When", "From → to", box=box.SIMPLE_HEAD)
    for column in ("Size", "Took"):
        table.add_column(column, justify="right")
    table.add_column("File", overflow="fold")
    table.add_column("Result", overflow="fold")
    for one in attempts:
        when = datetime.fromtimestamp(one.at).astimezone()
        table.add_row(
            f"{when:%Y-%m-%d %H:%M:%S}",
            f"{one.source} → {one.target}",
            size_text(one.size_bytes),
            f"{one.seconds:.1f} s",
            one.path,
            one.sentence or one.result,
        )
    Console(markup=False, highlight=False).print(table)
