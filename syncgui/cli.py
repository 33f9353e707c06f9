"""The command line: which commands there are, global options, exit codes, and the edge for errors.

No command is the program with tray and window. Exit codes: 0 done; 1 (`sync`, `demo`) something failed or
is open; 2 wrong usage or settings, or no display for a window; 3 database unreachable; 130 interrupted. An
error is one sentence and a next step on stderr, never a traceback; one that nobody foresaw goes into the
log with its traceback. A command's module is imported when it is asked for, so that no command pays for
another.
"""

from __future__ import annotations

import importlib
import logging
import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from syncgui.commands import interrupts
from syncgui.commands.options import Database, Home, SettingsFolder, keep_global, merged
from syncgui.commands.output import never_failing_output, say, say_problem
from syncgui.commands.refusals import RefusedError
from syncgui.open_files import raise_limit

OPEN = 1
WRONG_USAGE = 2
DATABASE_UNREACHABLE = 3

_MODULES = {
    "demo": "demo",
    "publish": "publish",
    "sync": "sync",
    "status": "status",
    "history": "history",
    "retry": "retry",
    "accept": "accept",
    "download": "download",
    "pause": "pause",
    "resume": "pause",
    "add-site": "add_site",
    "sites": "sites",
    "settings": "settings",
    "copy-database": "copy_database",
}
"""The commands in the order of the help, and the modules of `syncgui.commands` that they are in."""

_log = logging.getLogger(__name__)


class _Commands(TyperGroup):
    """The group of all commands, each imported on first use."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        return list(_MODULES)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        if cmd_name not in _MODULES:
            for name in _MODULES:  # so that a misspelt name can be told
                self._load(name)
            return None
        return self._load(cmd_name)

    def _load(self, name: str) -> Any:
        if name not in self.commands:
            module = importlib.import_module(f"syncgui.commands.{_MODULES[name]}")
            command = typer.main.get_command(module.APPS[name])
            command.name = name
            self.commands[name] = command
        return self.commands[name]


app = typer.Typer(
    cls=_Commands,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from syncgui import __version__  # noqa: PLC0415

        typer.echo(f"syncgui {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def syncgui(
    context: typer.Context,
    home: Home = None,
    settings: SettingsFolder = None,
    database: Database = None,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version."),
    ] = False,
    hidden: Annotated[
        bool, typer.Option("--hidden", help="Without a command: start with the tray icon only.")
    ] = False,
) -> None:
    """Keeps the published files of studios in step between sites."""
    del version
    keep_global(context, home, settings, database)
    if context.invoked_subcommand is None:
        from syncgui.commands.window import run_window  # noqa: PLC0415

        raise typer.Exit(run_window(merged(context, None, None, None), os.environ, hidden=hidden))
    if hidden:
        raise RefusedError("--hidden is about the window, and a command was given", "Leave --hidden out.")


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the program; ends it with the exit code."""
    interrupts.listen()
    raise_limit()
    with never_failing_output():
        sys.exit(run(list(sys.argv[1:] if arguments is None else arguments)))


def tray() -> NoReturn:
    """Run the program with its tray icon only: what is installed as `syncgui-tray`."""
    main(["--hidden", *sys.argv[1:]])


def run(arguments: list[str]) -> int:
    """Run one command; the exit code."""
    try:
        typer.main.get_command(app).main(args=arguments, prog_name="syncgui", standalone_mode=True)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except interrupts.Interrupted:
        say("Interrupted.")
        return interrupts.EXIT_CODE
    except RefusedError as refusal:
        say_problem(str(refusal), refusal.next_step)
        return WRONG_USAGE
    except Exception as error:  # noqa: BLE001 - the outermost edge: whatever it is, it is told and logged
        return _told(error)
    return 0


def _told(error: Exception) -> int:
    from syncgui.model.errors import (  # noqa: PLC0415
        DatabaseForbiddenError,
        DatabaseUnreachableError,
        SyncError,
    )
    from syncgui.settings import SettingsError  # noqa: PLC0415

    if isinstance(error, SyncError):
        _log.info("%s", error.sentence)
        say_problem(error.sentence, error.next_step)
        is_away = isinstance(error, DatabaseUnreachableError)
        # What the database does not allow will not come back: that is no outage.
        is_away = is_away and not isinstance(error, DatabaseForbiddenError)
        return DATABASE_UNREACHABLE if is_away else WRONG_USAGE
    if isinstance(error, SettingsError):
        say(str(error))
        return WRONG_USAGE
    logger = logging.getLogger("syncgui")
    files = [one for one in logger.handlers if isinstance(one, logging.FileHandler)]
    for handler in logger.handlers:
        if handler not in files:
            logger.removeHandler(handler)  # what follows is said once, without its traceback
    say_problem(
        f"Something unforeseen happened: {type(error).__name__}: {error}",
        f"The log has more: {files[0].baseFilename}" if files else "",
    )
    _log.error("unforeseen", exc_info=error)
    return WRONG_USAGE
