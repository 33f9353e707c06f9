"""`sync`: the loop without a window."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from syncgui.application import Application
from syncgui.commands import interrupts
from syncgui.commands.options import Database, Home, SettingsFolder, merged
from syncgui.commands.output import counted, say, say_problem, size_text
from syncgui.commands.refusals import RefusedError
from syncgui.commands.running import Wanted, judge, refuse_idle, run_loop, served_projects
from syncgui.commands.session import NEXT_STEP, opened, refuse_unknown
from syncgui.model.errors import DatabaseUnreachableError

app = typer.Typer(add_completion=False)
APPS = {"sync": app}


@app.command()
def sync(
    *,
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Try each open file once, then end.")] = False,
    project: Annotated[
        list[str] | None, typer.Option("--project", metavar="P", help="Only this project; may be repeated.")
    ] = None,
    active_site: Annotated[
        str | None,
        typer.Option("--active-site", metavar="A", help="Sync from and to this site, with --remote-site."),
    ] = None,
    remote_site: Annotated[
        str | None, typer.Option("--remote-site", metavar="B", help="The partner of --active-site.")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option("--jobs", metavar="N", min=1, help="Groups of files at once over all sites.")
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Start, however much waits at the first contact with a database.")
    ] = False,
    home: Home = None,
    settings: SettingsFolder = None,
    database: Database = None,
) -> None:
    """Bring files to the sites that ask for them, until interrupted."""
    if (active_site is None) != (remote_site is None):
        raise RefusedError("--active-site and --remote-site name a pair", "Give both, or neither.")
    options = merged(context, home, settings, database)
    wanted = Wanted(tuple(project or ()), active_site, remote_site, jobs, agreed=yes)
    # A service may be started before the first publish; a database that somebody named must be there.
    with opened(options, os.environ, create_default=True) as application:
        _look_before(application, wanted, once=once)
        standing, was_interrupted = run_loop(application, wanted, once=once)
        if was_interrupted:
            say(f"Interrupted: {counted(standing.files, 'file')}, {size_text(standing.size_bytes)}.")
            raise typer.Exit(interrupts.EXIT_CODE)
        if not judge(application, wanted, standing):
            raise typer.Exit(1)


def _look_before(application: Application, wanted: Wanted, *, once: bool) -> None:
    """Refuse what can not work, as far as that is known; a service waits for a server that is away.

    Raises:
        RefusedError: a project is not known, or none can work.
        DatabaseUnreachableError: with `once`, and whenever there is no such database.
    """
    store = application.store
    try:
        there = store.projects()
        refuse_unknown(wanted.projects, there)
        if there:
            refuse_idle(served_projects(application, wanted))
        else:
            say_problem("There is no project in the database yet.", NEXT_STEP)
    except DatabaseUnreachableError:
        if once:
            raise
        # The loop says what is wrong, waits, and goes on by itself.
