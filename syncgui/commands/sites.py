"""`sites`: the site picker in text: show and choose the sites, test one, log in to it, confirm its folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from syncgui.application import Application, Options
from syncgui.commands.choosing_sites import choose_sites, parse_root
from syncgui.commands.options import (
    Database,
    Home,
    Json,
    Project,
    SettingsFolder,
    keep_global,
    merged,
)
from syncgui.commands.output import answer, answer_json, say, say_problem
from syncgui.commands.refusals import RefusedError
from syncgui.commands.session import is_without_database, opened, refuse_unknown
from syncgui.commands.site_states import SiteLine, look_at_sites
from syncgui.engine.root_guard import RootGuard
from syncgui.engine.site_access import SiteAccess, SiteAccesses
from syncgui.providers.abstract_provider import AbstractProvider
from syncgui.settings import ProjectSettings

app = typer.Typer(add_completion=False)
APPS = {"sites": app}

Site = Annotated[str, typer.Argument(metavar="NAME", help="Name of the site.")]


@app.callback(invoke_without_command=True)
def sites(
    context: typer.Context, home: Home = None, settings: SettingsFolder = None, database: Database = None
) -> None:
    """Show and choose the sites of this machine."""
    keep_global(context, home, settings, database)
    if context.invoked_subcommand is None:
        context.get_help()  # typer prints it
        raise typer.Exit(2)


@app.command()
def show(
    *,
    context: typer.Context,
    project: Project = None,
    as_json: Json = False,
    home: Home = None,
    settings: SettingsFolder = None,
    database: Database = None,
) -> None:
    """Show this machine's pair of sites, and every site with its folders."""
    with opened(merged(context, home, settings, database), os.environ) as application:
        shown = []
        for own in project_settings(application, project):
            lines = look_at_sites(application, own)
            shown.append(
                {
                    "project": own.project,
                    "local_id": own.local_id,
                    "active_site": own.active_site,
                    "remote_site": own.remote_site or "",
                    "idle_reason": own.idle_reason if own.project else "",
                    "sites": [one.as_json() for one in lines],
                }
            )
            if not as_json:
                _print(own, lines)
    if as_json:
        answer_json({"projects": shown})


@app.command("set")
def set_sites(
    *,
    context: typer.Context,
    local_id: Annotated[
        str | None, typer.Option("--local-id", metavar="NAME", help="This machine's own site.")
    ] = None,
    publish_site: Annotated[
        str | None,
        typer.Option("--publish-site", metavar="SITE", help="The site on whose disk this machine works."),
    ] = None,
    remote_site: Annotated[
        str | None,
        typer.Option("--remote-site", metavar="SITE", help="The partner; '' for nobody."),
    ] = None,
    root: Annotated[
        list[str] | None,
        typer.Option(
            "--root",
            metavar="[SITE:]NAME=PATH",
            help="Folder of a root on this machine; SITE is this machine's own unless named, "
            "NAME is empty for the single root, PATH empty to forget it. May be repeated.",
        ),
    ] = None,
    project: Annotated[
        str | None, typer.Option("--project", metavar="P", help="For this project only.")
    ] = None,
    home: Home = None,
    settings: SettingsFolder = None,
    database: Database = None,
) -> None:
    """Choose this machine's sites and folders; kept in the user's own settings."""
    if local_id is None and publish_site is None and remote_site is None and not root:
        raise RefusedError("There is nothing to set", "See what there is: syncgui sites set --help")
    with opened(merged(context, home, settings, database), os.environ) as application:
        general = project_settings(application, project, may_be_new=True)
        choose_sites(
            application,
            general,
            project=project,
            local_id=local_id,
            publish_site=publish_site,
            remote_site=remote_site,
            roots=[parse_root(text) for text in root or ()],
        )
        # What was kept is read again, so that what is said is what holds.
        application.settings = application.load_settings()
        for own in project_settings(application, project, may_be_new=True):
            answer(pair_sentence(own))
            if own.project and own.idle_reason:
                say_problem(own.idle_reason)


@app.command()
def test(
    *,
    context: typer.Context,
    name: Site,
    project: Project = None,
    home: Home = None,
    settings: SettingsFolder = None,
    database: Database = None,
) -> None:
    """Try everything that a transfer needs of a site, and say what was found."""
    good = True
    with opened(merged(context, home, settings, database), os.environ) as application:
        accesses = SiteAccesses(application.environment)
        try:
            for access in _accesses(application, accesses, name, project):
                report = access.provider.check()
                good = good and report.good
                if report.good:
                    application.state.drop_trouble(access.mark)
                for line in report.lines:
                    answer(f"{'✓' if line.good else '✗'} {line.sentence}")
        finally:
            accesses.close()
    if not good:
        raise typer.Exit(2)


@app.command()
def login(
    *,
    context: typer.Context,
    name: Site,
    home: Home = None,
    settings: SettingsFolder = None,
    database: Database = None,
) -> None:
    """Log in to a site where a person's own login is needed; kept in this machine's keyring."""
    with _provider(merged(context, home, settings, database), name) as provider:
        who = provider.log_in(say)
    answer(f"Logged in to {name} as {who}.")


@app.command()
def logout(
    *,
    context: typer.Context,
    name: Site,
    home: Home = None,
    settings: SettingsFolder = None,
    database: Database = None,
) -> None:
    """Forget a person's login to a site on this machine."""
    with _provider(merged(context, home, settings, database), name) as provider:
        was_there = provider.log_out()
    answer(f"The login to {name} is forgotten." if was_there else f"Nobody was logged in to {name}.")


@app.command()
def confirm(
    *,
    context: typer.Context,
    name: Site,
    project: Project = None,
    home: Home = None,
    settings: SettingsFolder = None,
    database: Database = None,
) -> None:
    """Say that a site is right as it is: its folder, though recorded files are not in it, or its name."""
    with opened(merged(context, home, settings, database), os.environ) as application:
        if is_without_database(application):
            say("Nothing is recorded yet, so nothing has to be confirmed.")
            return
        if name in application.shared_names():
            application.state.confirm_shared(name)
            application.state.wake()
            answer(f"{name} is taken as the name of this machine and of another one, on purpose.")
            return
        projects = {name: one.settings for name, one in application.projects().items()}
        guard = RootGuard(
            application.state,
            application.index,
            application.store,
            lambda: projects,
            application.environment.clock,
        )
        accesses = SiteAccesses(application.environment)
        try:
            confirmed = [
                _confirm(guard, access, root)
                for access in _accesses(application, accesses, name, project)
                for root in dict.fromkeys(access.settings.roots.values())
            ]
        finally:
            accesses.close()
        application.state.wake()
    if not any(confirmed):
        raise RefusedError(f"Site {name} is no folder of this machine", "Only such a folder is confirmed.")


def project_settings(
    application: Application, project: str | None, *, may_be_new: bool = False
) -> list[ProjectSettings]:
    """The settings of one project or of all; those that hold for any where there is none yet.

    Raises:
        RefusedError: there is no such project.
    """
    there = [] if is_without_database(application) else application.store.projects()
    if project is not None:
        if not may_be_new:
            refuse_unknown([project], there)
        return [
            application.project(project) if project in there else application.settings.project(project, None)
        ]
    return [application.project(one) for one in there] or [application.settings.project("", None)]


def pair_sentence(own: ProjectSettings) -> str:
    """Who exchanges with whom."""
    whose = f"Project {own.project}" if own.project else "Every project"
    if own.remote_site is None:
        return f"{whose}: this machine ({own.local_id}) works on {own.active_site} and exchanges with nobody."
    return (
        f"{whose}: this machine ({own.local_id}) works on {own.active_site} "
        f"and exchanges with {own.remote_site}."
    )


def _accesses(
    application: Application, accesses: SiteAccesses, name: str, project: str | None
) -> list[SiteAccess]:
    """The site as the projects have it; each set-up once."""
    found: dict[str, SiteAccess] = {}
    for own in project_settings(application, project):
        if name not in own.sites and not own.site_problems.get(name):
            raise RefusedError(f"There is no site {name}", f"The sites: {', '.join(sorted(own.sites))}")
        access = accesses.get(own, name)
        found[repr(sorted(access.settings.roots.items()))] = access
    return list(found.values())


@contextmanager
def _provider(options: Options, name: str) -> Iterator[AbstractProvider]:
    """The provider of a site, whatever the projects say of its folders."""
    with opened(options, os.environ) as application:
        accesses = SiteAccesses(application.environment)
        try:
            yield _accesses(application, accesses, name, None)[0].provider
        finally:
            accesses.close()


def _confirm(guard: RootGuard, access: SiteAccess, root: str) -> bool:
    folder = access.provider.local_folder(root)
    if folder is None:
        return False
    guard.confirm(access, root, folder)
    answer(f"{Path(root)} is taken as right for {access.name}, as it is now.")
    return True


def _print(own: ProjectSettings, lines: list[SiteLine]) -> None:
    from rich import box  # noqa: PLC0415
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table("Site", "Provider", "Root", box=box.SIMPLE_HEAD)
    table.add_column("Folder", overflow="fold")
    table.add_column("State", overflow="fold")
    marks = {own.active_site: " (active)", own.remote_site or "": " (remote)"}
    for line in lines:
        title = f"{line.name}{marks.get(line.name, '')}"
        for number, root in enumerate(line.roots):
            lead = (title, line.provider) if not number else ("", "")
            table.add_row(*lead, root.name or "{root}", root.path, root.state)
        if not line.roots:
            table.add_row(title, line.provider, "", "", line.state)
    answer(pair_sentence(own))
    Console(markup=False, highlight=False).print(table)
