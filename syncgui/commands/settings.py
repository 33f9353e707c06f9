"""`settings check`: everything that is wrong in the settings, and what to do about it."""

from __future__ import annotations

import os

import typer

from syncgui.commands.options import Database, Home, Json, SettingsFolder, keep_global, merged
from syncgui.commands.output import answer, answer_json, counted
from syncgui.commands.session import is_without_database, opened
from syncgui.providers import lib
from syncgui.settings import Problem, every_problem

app = typer.Typer(add_completion=False)
APPS = {"settings": app}

_FIRST = "any project"


@app.callback(invoke_without_command=True)
def settings_group(
    context: typer.Context, home: Home = None, settings: SettingsFolder = None, database: Database = None
) -> None:
    """Look at the settings."""
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
