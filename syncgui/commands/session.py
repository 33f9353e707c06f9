"""The parts for one command: opened with its options, closed at its end, with the log of this user.

Only `publish` and `demo` make a database that was named; the default one is also made by a loop that
waits for publishes. Every other command says that there is nothing yet.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import typer

from syncgui.application import Application, Options
from syncgui.commands.log import start_log
from syncgui.commands.output import say, say_problem
from syncgui.commands.refusals import RefusedError
from syncgui.engine.route import SyncedProject
from syncgui.store.schemes import SQLITE

NOTHING_YET = "There is no database yet: nothing was published on this machine."
NEXT_STEP = "Publish something: syncgui publish FILE … --project P --asset A --subset S"


def prepared(
    options: Options,
    variables: Mapping[str, str],
    *,
    create_database: bool = False,
    create_default: bool = False,
) -> Application:
    """The parts, not opened yet, for a program that writes its log from now on.

    Raises:
        RefusedError: what was chosen at the first start can not be read, and nothing else says it.
    """
    application = Application(
        options, variables, create_database=create_database, create_default=create_default
    )
    start_log(application.places.state_dir / "log")
    problem = application.start_problem
    if problem is not None:
        raise RefusedError(problem.sentence, "Or name what to use: --settings DIR, --database URL.")
    return application


@contextmanager
def opened(
    options: Options,
    variables: Mapping[str, str],
    *,
    create_database: bool = False,
    create_default: bool = False,
) -> Iterator[Application]:
    """The parts, prepared and, at the end, closed."""
    application = prepared(options, variables, create_database=create_database, create_default=create_default)
    try:
        yield application
    finally:
        application.close()


def is_without_database(application: Application) -> bool:
    """Whether the database is a file that is not there."""
    address = application.database
    if not address.lower().startswith(SQLITE):
        return False
    return not (Path.cwd() / address[len(SQLITE) :]).exists()


def has_nothing_yet(application: Application) -> bool:
    """Whether no database is named and the default one is not there yet."""
    return application.named_database is None and is_without_database(application)


def end_if_nothing_yet(application: Application, names: Collection[str] | None) -> None:
    """End an edit where nothing was ever published: there is nothing to change, and no such name."""
    if not has_nothing_yet(application):
        return
    if names:
        raise RefusedError(NOTHING_YET, NEXT_STEP)
    say_problem(NOTHING_YET, NEXT_STEP)
    raise typer.Exit


def known_projects(application: Application, names: Collection[str]) -> dict[str, SyncedProject]:
    """Projects of these names, all of the database's for none.

    Raises:
        RefusedError: the database has no project of a name.
    """
    there = application.store.projects()
    refuse_unknown(names, there)
    return application.projects(names)


def refuse_unknown(names: Collection[str], there: Collection[str]) -> None:
    """Refuse names of projects that the database has not.

    Raises:
        RefusedError: there is one.
    """
    for name in names:
        if name not in there:
            shown = ", ".join(there) if there else "none yet"
            raise RefusedError(f"There is no project {name} in the database", f"Its projects: {shown}")


def catch_up(application: Application, projects: Mapping[str, SyncedProject]) -> None:
    """Bring the index up to the store, or say as of when it is."""
    as_of = application.catch_up(projects)
    if as_of is not None:
        moment = datetime.fromtimestamp(as_of).astimezone()
        today = datetime.now().astimezone().date()
        say(f"as of {moment:%H:%M}" if moment.date() == today else f"as of {moment:%Y-%m-%d %H:%M}")


def as_served(projects: Mapping[str, SyncedProject]) -> dict[str, SyncedProject]:
    """The same projects, looked at by the pair that is served."""
    return {name: replace(one, shown=one.pair) for name, one in projects.items()}
