"""`settings check` and `settings import`: what is wrong, and taking over what OpenPype has."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Annotated

import typer

from syncgui.application import Application
from syncgui.commands.addresses import address_of
from syncgui.commands.options import Database, Home, Json, SettingsFolder, keep_global, merged
from syncgui.commands.output import answer, answer_json, counted
from syncgui.commands.refusals import RefusedError
from syncgui.commands.session import is_without_database, opened
from syncgui.commands.settings_import import import_settings
from syncgui.providers import lib
from syncgui.settings import Problem, every_problem
from syncgui.store.schemes import is_server

app = typer.Typer(add_completion=False)
APPS = {"settings": app}

_FIRST = "any project"


@app.callback(invoke_without_command=True)
def settings_group(
    context: typer.Context, home: Home = None, settings: SettingsFolder = None, database: Database = None
) -> None:
    """Check the settings, or take over those of OpenPype."""
    keep_global(context, home, settings, database)
    if context.invoked_subcommand is None:
        context.get_help()  # typer prints it
        raise typer.Exit(2)


@app.command()
def check(
    *,
    context: typer.Context,
    as_json: Json = False,
    home: Home = None,
    settings: SettingsFolder = None,
    database: Database = None,
) -> None:
    """Say everything that is wrong in the settings, with file, key and what is allowed."""
    with opened(merged(context, home, settings, database), os.environ) as application:
        _check(application, as_json=as_json)


@app.command("import")
def import_openpype(
    *,
    context: typer.Context,
    address: Annotated[
        str | None,
        typer.Argument(
            metavar="URL",
            help="The MongoDB of OpenPype: mongodb://… or, so that nobody sees a password, {VARIABLE}. "
            "Left out: the database that options or environment name.",
            show_default=False,
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be written.")] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Replace values that stand in the settings; old files are kept.")
    ] = False,
    site_id: Annotated[
        str | None,
        typer.Option(
            "--site-id", metavar="NAME", help="OpenPype's name of this machine, if it is not found."
        ),
    ] = None,
    version: Annotated[
        str | None,
        typer.Option(
            "--openpype-version", metavar="X.Y.Z", help="Settings of this version, not of the one in use."
        ),
    ] = None,
    home: Home = None,
    settings: SettingsFolder = None,
    database: Database = None,
) -> None:
    """Take over the settings that OpenPype keeps in its MongoDB, and check them."""
    options = merged(context, home, settings, database)
    with opened(options, os.environ) as application:
        source = address_of(address or application.named_database or "", os.environ)
        if not is_server(source):
            raise RefusedError(
                "OpenPype keeps its settings in a MongoDB, and none is named",
                "Say which: syncgui settings import mongodb://HOST",
            )
        written = import_settings(
            application,
            source,
            os.environ,
            site_id=site_id,
            version=version,
            dry_run=dry_run,
            may_replace=yes,
        )
        named = application.named_database
    if not written:
        return
    after = Application(options if named else replace(options, database=source), os.environ)
    try:
        _check(after, as_json=False)
    finally:
        after.close()


def _check(application: Application, *, as_json: bool) -> None:
    """Print every problem; ends the command with 2 if one of them is fatal."""
    # Settings come before the first publish, so a missing database is nothing wrong.
    projects = {} if is_without_database(application) else application.projects()
    # Before there is a project, the sites are looked at as the first one will find them.
    own = [one.settings for one in projects.values()] or [application.settings.project(_FIRST, None)]
    problems = every_problem(application.settings, own)
    idle = {name: one.idle_reason for name, one in projects.items() if one.idle_reason}
    folder = application.places.settings_dir
    fatal = any(one.fatal for one in problems)
    if as_json:
        answer_json(
            {
                "settings": str(folder),
                "problems": [_as_json(one) for one in problems],
                "idle": idle,
                "providers": lib.problems(),
            }
        )
    else:
        answer(f"Settings: {folder}")
        for one in sorted(problems, key=lambda problem: not problem.fatal):
            _print(one)
        for reason in dict.fromkeys([*lib.problems(), *idle.values()]):
            if reason not in {one.sentence for one in problems}:
                answer(f"• {reason}")
        answer(counted(len(problems), "problem") if problems else "Nothing is wrong.")
    if fatal:
        raise typer.Exit(2)


def _as_json(problem: Problem) -> dict[str, object]:
    return {
        "file": problem.file,
        "key": problem.key,
        "found": problem.found,
        "allowed": problem.allowed,
        "remedy": problem.remedy,
        "fatal": problem.fatal,
        "sentence": problem.sentence,
    }


def _print(problem: Problem) -> None:
    answer(f"• {problem.summary}" if problem.summary else f"• {problem.key or problem.file} is wrong")
    for name, value in (
        ("file", problem.file),
        ("key", problem.key),
        ("found", problem.found),
        ("allowed", problem.allowed),
        ("to do", problem.remedy),
    ):
        if value:
            answer(f"  {name + ':':9}{value}")
    if not problem.fatal:
        answer("  It is only reported; everything else is used.")
