"""Options that several commands share, each written once; global ones may stand before the command, too."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from syncgui.application import Options

Home = Annotated[
    Path | None,
    typer.Option(
        "--home",
        metavar="DIR",
        help="Folder of this user's state and default database. Environment: SYNCGUI_HOME.",
    ),
]
SettingsFolder = Annotated[
    Path | None,
    typer.Option(
        "--settings",
        metavar="DIR",
        help="Folder with system_settings and project_settings. Environment: SYNCGUI_SETTINGS.",
    ),
]
Database = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="URL",
        help="mongodb://HOST or sqlite:////absolute/file. Environment: SYNCGUI_DATABASE, AVALON_MONGO,"
        " OPENPYPE_MONGO; that hides a password better than this option.",
    ),
]
Project = Annotated[str | None, typer.Option("--project", metavar="P", help="Only this project.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON value and nothing else.")]
Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="ID…", help="Representations by id, or single files by path.", show_default=False),
]
Everything = Annotated[bool, typer.Option("--all", help="Every representation of the project.")]


def keep_global(
    context: typer.Context, home: Path | None, settings: Path | None, database: str | None
) -> None:
    """Remember global options that stood before a command's name."""
    before: tuple[Path | None, Path | None, str | None] = context.obj or (None, None, None)
    context.obj = (home or before[0], settings or before[1], database or before[2])


def has_global(context: typer.Context) -> bool:
    """Whether a global option stood before the command's name."""
    return any(context.obj or ())


def has_named_database(context: typer.Context) -> bool:
    """Whether a database was named before the command's name."""
    return bool(context.obj and context.obj[2])


def merged(context: typer.Context, home: Path | None, settings: Path | None, database: str | None) -> Options:
    """The global options; of two the one after the command's name counts."""
    from syncgui.application import Options  # noqa: PLC0415

    keep_global(context, home, settings, database)
    return Options(*context.obj)
