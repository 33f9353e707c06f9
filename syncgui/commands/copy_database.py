"""`copy-database`: projects move from one database to another, are counted and compared there."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BufferedWriter
from pathlib import Path
from typing import Annotated

import typer

from syncgui.application import DATABASE_NAME_VARIABLE
from syncgui.commands.addresses import address_of
from syncgui.commands.options import Home, has_named_database, merged
from syncgui.commands.output import answer, counted, error_console, say, say_problem
from syncgui.commands.refusals import RefusedError
from syncgui.commands.session import prepared, refuse_unknown
from syncgui.database_copy import Keep, Progress, ProjectCopy, compare, copy_project, is_empty
from syncgui.model.errors import DatabaseForbiddenError
from syncgui.store.abstract_store import Body, Store
from syncgui.store.opening import open_store
from syncgui.store.schemes import is_server

app = typer.Typer(add_completion=False)
APPS = {"copy-database": app}

_ADDRESS = (
    "mongodb://…, sqlite:////absolute/file, or {VARIABLE} that holds it, so that nobody sees a password."
)
_NO_PROJECTS = ("", "admin", "$external")  # what a server's address names for the login only
_STEPS = {"compare": "Comparing", "copy": "Copying", "verify": "Verifying"}


@app.command()
def copy_database(
    *,
    context: typer.Context,
    source: Annotated[str, typer.Argument(metavar="FROM", help=f"The database to read. {_ADDRESS}")],
    target: Annotated[str, typer.Argument(metavar="TO", help="The database to write.")],
    project: Annotated[
        list[str] | None, typer.Option("--project", metavar="P", help="Only this project; may be repeated.")
    ] = None,
    yes: Annotated[
        bool,
        typer.Option(
            "--yes", help="Replace documents that differ in TO by those of FROM; they are kept in a file."
        ),
    ] = False,
    home: Home = None,
) -> None:
    """Copy projects with everything in them to another database: SQLite or MongoDB, either way."""
    if has_named_database(context):
        raise RefusedError("--database is not used here", "Name both databases: copy-database FROM TO")
    folder = prepared(merged(context, home, None, None), os.environ).places.state_dir
    with _opened(source, target, os.environ) as (one, other):
        _say_what_is_left_behind(one)
        projects = _chosen(one, project or ())
        _refuse_to_overwrite(one, other, projects, may_replace=yes)
        results = []
        for name in projects:
            result = _copied(one, other, name, folder)
            _print(result)
            results.append(result)
    if not all(result.is_same for result in results):
        raise typer.Exit(1)


@contextmanager
def _opened(source: str, target: str, variables: Mapping[str, str]) -> Iterator[tuple[Store, Store]]:
    one = _open(address_of(source, variables), variables, create=False)
    try:
        other = _open(address_of(target, variables), variables, create=True)
        try:
            if one.identity == other.identity:
                raise RefusedError("FROM and TO are the same database", "Name another one as TO.")
            yield one, other
        finally:
            other.close()
    finally:
        one.close()


def _open(address: str, variables: Mapping[str, str], *, create: bool) -> Store:
    """A store. Of two servers each address says its own database, so it goes before the environment."""
    named = address.partition("://")[2].partition("/")[2].partition("?")[0] if is_server(address) else ""
    name = variables.get(DATABASE_NAME_VARIABLE) if named in _NO_PROJECTS else None
    return open_store(address, create=create, database_name=name or None)


def _chosen(source: Store, names: Collection[str]) -> list[str]:
    there = source.projects()
    refuse_unknown(names, there)
    if not there:
        raise RefusedError(f"There is no project in {source.address}", "Nothing was copied.")
    return list(dict.fromkeys(names)) or there


def _say_what_is_left_behind(source: Store) -> None:
    try:
        living = [one for one in source.workers() if one.alive]
    except DatabaseForbiddenError:
        living = []
    for one in living:
        say_problem(
            f"syncgui is at work on FROM, on {one.host} ({one.user}): what it records from now on may be "
            "missing in TO.",
            "End it first, and any publishing, for an exact copy.",
        )
    say("Claims and progress of transfers under way belong to FROM and are not copied.")


def _refuse_to_overwrite(source: Store, target: Store, projects: list[str], *, may_replace: bool) -> None:
    """Look at every project before the first is written.

    Raises:
        RefusedError: the target holds what the source has not, or, without leave, what differs there.
    """
    for name in projects:
        if is_empty(target, name):
            continue
        with _shown(name, source.count(name)) as progress:
            found = compare(source, target, name, progress)
        if found.foreign:
            raise RefusedError(
                f"Project {name} in {target.address} holds {counted(found.foreign, 'document')} that FROM "
                f"has not, such as {found.first_foreign}; nothing was copied",
                "Copy into an empty database, or leave the project out with --project.",
            )
        if found.differing and not may_replace:
            raise RefusedError(
                f"{counted(found.differing, 'document')} of project {name} differ in {target.address}, such "
                f"as {found.first_differing}: FROM or TO was worked on since; nothing was copied",
                "--yes replaces them by those of FROM and keeps them in a file.",
            )


def _copied(source: Store, target: Store, name: str, folder: Path) -> ProjectCopy:
    with _kept(folder, name) as keep, _shown(name, source.count(name)) as progress:
        return copy_project(source, target, name, progress, keep)


@contextmanager
def _kept(folder: Path, project: str) -> Iterator[Keep]:
    """Keep replaced documents in a new file, one BSON after the other, as mongorestore reads them."""
    files: list[tuple[Path, BufferedWriter]] = []

    def keep(bodies: Sequence[Body]) -> None:
        if not files:
            folder.mkdir(parents=True, exist_ok=True)
            files.append(_new_file(folder, project))
        stream = files[0][1]
        stream.writelines(one.bson for one in bodies)
        stream.flush()
        os.fsync(stream.fileno())

    try:
        yield keep
    finally:
        for path, stream in files:
            stream.close()
            say(f"Documents that were replaced are kept in {path}")


def _new_file(folder: Path, project: str) -> tuple[Path, BufferedWriter]:
    name = "".join(sign if sign.isalnum() or sign in "-_" else "_" for sign in project)
    number = 1
    while True:
        path = folder / f"replaced-{name}-{number}.bson"
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            number += 1
        else:
            return path, os.fdopen(descriptor, "wb")


@contextmanager
def _shown(project: str, total: int) -> Iterator[Progress]:
    """A bar on a terminal; elsewhere nothing is drawn."""
    if not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("documents"))
    with Progress(*columns, console=error_console(), transient=True) as bar:
        task = bar.add_task(project, total=total)

        def show(step: str, done: int) -> None:
            words = f"{_STEPS[step]} {project}"
            begins = words != bar.tasks[0].description
            bar.update(task, description=words, completed=done, total=max(total, done), refresh=begins)

        yield show


def _print(result: ProjectCopy) -> None:
    written = f", {result.written:,} written now"
    answer(f"{result.project}: {counted(result.source.documents, 'document')}{written}")
    answer(f"  FROM {result.source.digest}")
    answer(f"  TO   {result.target.digest}")
    for problem in result.problems:
        say(f"  {problem}")
    if not result.is_same:
        say_problem(
            f"Project {result.project} is not the same in both: TO has {result.target.documents:,} documents",
            "" if result.problems else "Somebody works on one of them: end that, and run the command again.",
        )
