"""`accept`: a file whose size differs from its record is right as it is; the record follows."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import typer

from syncgui.actions import accept as accept_offers
from syncgui.actions import accepting
from syncgui.application import Application
from syncgui.commands.choosing import Choice, choose
from syncgui.commands.options import Database, Home, Names, Project, SettingsFolder, merged
from syncgui.commands.output import answer, counted, say
from syncgui.commands.refusals import RefusedError
from syncgui.commands.session import end_if_nothing_yet, opened
from syncgui.engine.accepting import Offer, Seen, waits_for_acceptance
from syncgui.engine.route import SyncedProject
from syncgui.model.representation import File, Representation

app = typer.Typer(add_completion=False)
APPS = {"accept": app}


@app.command()
def accept(
    *,
    context: typer.Context,
    names: Names = None,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing.")] = False,
    project: Project = None,
    home: Home = None,
    settings: SettingsFolder = None,
    database: Database = None,
) -> None:
    """Accept files as they are, whose size differs from the record.

    By id those files of a representation that wait for this reason; by path any file.
    """
    if not names:
        raise RefusedError("Which files is not clear", "Name ids or paths.")
    with opened(merged(context, home, settings, database), os.environ) as application:
        end_if_nothing_yet(application, names)
        chosen = choose(application, project, names, everything=False)
        seen = [(one.project, _look(application, one)) for one in chosen]
        for _, one in seen:
            _print(one)
        _refuse_if_none([one for _, one in seen])
        if not _agreed([offer for _, one in seen for offer in one.offers], yes=yes):
            answer("Nothing was changed.")
            return
        changed = _accept(application, seen)
    answer(_accepted_text(changed))


def _accepted_text(files: int) -> str:
    return f"{counted(files, 'file')} accepted as {'it is' if files == 1 else 'they are'}."


def _look(application: Application, choice: Choice) -> Seen:
    found: list[tuple[Representation, File]] = []
    for representation, files in choice.representations(application.store):
        is_whole = choice.ids[representation.id] is None
        found.extend((representation, one) for one in files if not is_whole or waits_for_acceptance(one))
    with accepting(application, choice.project) as looking:
        return looking.look(found)


def _print(seen: Seen) -> None:
    for one in seen.offers:
        moment = datetime.fromtimestamp(one.changed_s).astimezone()
        answer(one.path)
        answer(f"  recorded: {one.recorded_bytes:,} bytes")
        answer(f"  on {one.site}: {one.size_bytes:,} bytes, written {moment:%Y-%m-%d %H:%M}")
        if one.outdated:
            answer(f"  also on: {', '.join(one.outdated)}, as recorded; it is sent there again, over that")
    for sentence in seen.refused:
        say(sentence)


def _refuse_if_none(seen: Sequence[Seen]) -> None:
    """End where there is nothing to accept.

    Raises:
        RefusedError: files were to be accepted that can not be.
    """
    if any(one.offers for one in seen):
        return
    if any(one.refused for one in seen):
        raise RefusedError("Nothing can be accepted", "Nothing was changed.")
    fitting = sum(one.fitting for one in seen)
    if fitting:
        say(f"{counted(fitting, 'file')} as recorded already.")
    answer(_accepted_text(0))
    raise typer.Exit


def _agreed(offers: Sequence[Offer], *, yes: bool) -> bool:
    if yes:
        return True
    if not sys.stdin.isatty():
        raise RefusedError(
            "Somebody has to confirm that this is right, and there is no terminal to ask at",
            "If it is, give --yes.",
        )
    question = "Is the file right as it is?" if len(offers) == 1 else "Are these files right as they are?"
    typer.echo(f"{question} [y/N] ", nl=False, err=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _accept(application: Application, seen: Sequence[tuple[SyncedProject, Seen]]) -> int:
    changed = 0
    refused: list[str] = []
    for project, one in seen:
        files, why_not = accept_offers(application, project, one.offers)
        changed += files
        refused += why_not
    for sentence in refused:
        say(sentence)
    if not changed:
        raise RefusedError("Nothing was accepted", "Look again: run the command once more.")
    return changed
