"""`publish`: records files that lie under the active site's root, as an integrator does."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from syncgui.commands.options import Database, Home, Json, SettingsFolder, merged
from syncgui.commands.output import answer, answer_json, say_problem
from syncgui.commands.refusals import RefusedError
from syncgui.commands.session import opened
from syncgui.published_files import PublishRefusedError
from syncgui.publishing import Product, Publisher

app = typer.Typer(add_completion=False)
APPS = {"publish": app}


@app.command()
def publish(  # noqa: PLR0913 - the parameters are the options
    *,
    context: typer.Context,
    project: Annotated[str, typer.Option("--project", metavar="P", help="Project to publish into.")],
    asset: Annotated[str, typer.Option("--asset", metavar="A", help="Shot or asset.")],
    subset: Annotated[str, typer.Option("--subset", metavar="S", help="Product, such as renderMain.")],
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE…", help="Files under a root of the active site.", show_default=False),
    ] = None,
    version: Annotated[
        int | None,
        typer.Option("--version", metavar="N", min=1, help="Version. Default: the highest + 1."),
    ] = None,
    representation: Annotated[
        str | None,
        typer.Option(
            "--representation", metavar="R", help="Name of the representation. Default: the extension."
        ),
    ] = None,
    file_list: Annotated[
        Path | None,
        typer.Option("--list", metavar="FILE", help="File with one path per line, - for standard input."),
    ] = None,
    each: Annotated[
        bool,
        typer.Option("--each", help="One representation per file, in a subset of its own (S_stem)."),
    ] = False,
    hierarchy: Annotated[
        str, typer.Option("--hierarchy", metavar="H", help="Where the asset stands, such as shots/sq01.")
    ] = "",
    family: Annotated[
        str | None,
        typer.Option(
            "--family", metavar="F", help="Family. Default: the small letters that the subset begins with."
        ),
    ] = None,
    as_json: Json = False,
    home: Home = None,
    settings: SettingsFolder = None,
    database: Database = None,
) -> None:
    """Record files of the active site, so that they are synced. Prints the ids."""
    for option, value in (("--project", project), ("--asset", asset), ("--subset", subset)):
        _refuse_bad_name(option, value)
    if representation is not None:
        _refuse_bad_name("--representation", representation)
    product = Product(asset, subset, version, representation, hierarchy, family)
    with opened(merged(context, home, settings, database), os.environ, create_database=True) as application:
        own = application.project(project)
        paths = [*(files or ()), *_listed(file_list)]
        try:
            ids = Publisher(application.store, own, application.user).publish(paths, product, each=each)
        except PublishRefusedError as refusal:
            raise RefusedError(str(refusal), refusal.next_step) from refusal
        if own.idle_reason:
            say_problem(f"Recorded, and not synced at the moment: {own.idle_reason}")
    if as_json:
        answer_json({"representations": ids})
    else:
        answer("\n".join(ids))


def _refuse_bad_name(option: str, value: str) -> None:
    if not value.strip() or not value.isprintable():
        raise RefusedError(f"{option} {value!r} can not be a name", "Give it a name that can be printed.")


def _listed(file_list: Path | None) -> Iterator[Path]:
    """The paths of `--list`, one per line; names may begin or end with spaces, so nothing is stripped."""
    if file_list is None:
        return
    try:
        data = sys.stdin.buffer.read() if str(file_list) == "-" else file_list.read_bytes()
    except OSError as error:
        raise RefusedError(f"The list {file_list} can not be read: {error.strerror}") from error
    for line in os.fsdecode(data).split("\n"):
        name = line.removesuffix("\r")
        if name:
            yield Path(name)
