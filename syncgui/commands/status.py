"""`status`: how each project stands, and every problem with its next step."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from syncgui.commands.options import Database, Home, Json, SettingsFolder, merged
from syncgui.commands.output import answer, answer_json, counted, say, say_problem, size_text
from syncgui.commands.session import NEXT_STEP, NOTHING_YET, catch_up, has_nothing_yet, opened, refuse_unknown
from syncgui.model.status import COUNTED, Status

if TYPE_CHECKING:
    from syncgui.engine.doctor import ProjectReport

app = typer.Typer(add_completion=False)
APPS = {"status": app}

_TITLES = {
    Status.SYNCED: "Synced",
    Status.PARTIAL: "Partly asked for",
    Status.QUEUED: "Queued",
    Status.IN_PROGRESS: "In progress",
    Status.RETRYING: "Retrying",
    Status.FAILED: "Failed",
    Status.PAUSED: "Paused",
    Status.NO_SOURCE: "No source",
}
_SHOWN_PROBLEMS = 20


@app.command()
def status(
    context: typer.Context,
    project: Annotated[str | None, typer.Option("--project", metavar="P", help="Only this project.")] = None,
    as_json: Json = False,
    home: Home = None,
    settings: SettingsFolder = None,
    database: Database = None,
) -> None:
    """Show what is synced, what is open, and what is wrong."""
    options = merged(context, home, settings, database)
    with opened(options, os.environ) as application:
        reports: Sequence[ProjectReport] = ()
        if has_nothing_yet(application):
            refuse_unknown([project] if project else [], [])
            say_problem(NOTHING_YET, NEXT_STEP)
        else:
            projects = application.projects()
            refuse_unknown([project] if project else [], sorted(projects))
            catch_up(application, projects)
            wanted = {name: one for name, one in projects.items() if project in (None, name)}
            reports = application.doctor().report(wanted, projects)
            if not reports:
                say_problem("There is no project in the database yet.", NEXT_STEP)
        if as_json:
            answer_json({"projects": [_as_json(one) for one in reports]})
        else:
            for report in reports:
                _print(report)


def paused_text(paused_until: float | None) -> str | None:
    """This machine's pause for `--json`: when it ends in UTC, or that it does not end by itself."""
    if paused_until is None:
        return None
    if math.isinf(paused_until):
        return "until resumed"
    return datetime.fromtimestamp(paused_until, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _as_json(report: ProjectReport) -> dict[str, object]:
    totals = report.totals
    return {
        "project": report.project,
        "active_site": report.active_site,
        "remote_site": report.remote_site or "",
        "counts": {key.value: totals.representations[key] for key in COUNTED},
        "available": totals.available,
        "files": {key.value: totals.files[key] for key in COUNTED},
        "bytes": {key.value: totals.size_bytes[key] for key in COUNTED},
        "paused_until": paused_text(report.paused_until),
        "problems_total": report.problems_total,
        "problems": [
            {
                "site": one.site,
                "representation": one.representation,
                "path": one.path,
                "code": one.code,
                "sentence": one.sentence,
                "next_step": one.next_step,
            }
            for one in report.problems
        ],
    }


def _print(report: ProjectReport) -> None:
    from rich import box  # noqa: PLC0415
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    totals = report.totals
    title = f"{report.project}: {report.active_site} ↔ {report.remote_site or 'nobody'}"
    table = Table("State", title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for column in ("Representations", "Files", "Size"):
        table.add_column(column, justify="right")
    for key in COUNTED:
        if totals.representations[key] or totals.files[key] or key is Status.SYNCED:
            table.add_row(
                _TITLES[key],
                f"{totals.representations[key]:,}",
                f"{totals.files[key]:,}",
                size_text(totals.size_bytes[key]),
            )
    Console(markup=False, highlight=False).print(table)
    if totals.available:
        answer(
            f"{counted(totals.available, 'representation')} not on {report.active_site}, "
            "can be had: syncgui download"
        )
    if report.paused_until is not None:
        answer(pause_sentence(report.paused_until))
    for one in report.problems[:_SHOWN_PROBLEMS]:
        answer(f"• {one.sentence}\n  {one.next_step}")
    if report.problems_total > _SHOWN_PROBLEMS:
        answer(f"… and {report.problems_total - _SHOWN_PROBLEMS:,} more problems")
    if not report.problems_total:
        say("No problems.")


def pause_sentence(paused_until: float) -> str:
    """This machine's pause, as a person reads it, and how to end it."""
    if math.isinf(paused_until):
        return "This machine is paused until it is resumed: syncgui resume"
    until = datetime.fromtimestamp(paused_until).astimezone()
    return f"This machine is paused until {until:%Y-%m-%d %H:%M}; to go on before: syncgui resume"
