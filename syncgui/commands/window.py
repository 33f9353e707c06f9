"""The program with tray and window, which is what no command means.

Looks for a display before Qt is loaded: without one Qt would end the process, and a sentence is better.
The views are imported here only, when a window is really wanted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from syncgui.application import Options
from syncgui.commands.refusals import RefusedError
from syncgui.commands.session import prepared

if TYPE_CHECKING:
    from syncgui.views.start_checks import Problem

_SYNC = "syncgui sync"
_OR_ELSE = f"Or sync without a window: {_SYNC}"


def run_window(options: Options, variables: Mapping[str, str], *, hidden: bool) -> int:
    """Run tray and window until the user quits; the exit code.

    Args:
        options, variables: as for every command.
        hidden: only the tray icon, until the user wants the window.

    Raises:
        RefusedError: there can be no window.
    """
    why_not = no_window(variables)
    if why_not is not None:
        is_told = _SYNC in why_not.remedy
        raise RefusedError(why_not.sentence, why_not.remedy if is_told else f"{why_not.remedy}\n  {_OR_ELSE}")
    from syncgui.views import desktop  # noqa: PLC0415

    # As for `sync`: it may wait for the first publish, but a database that somebody named must be there.
    application = prepared(options, variables, create_default=True)
    try:
        return desktop.run(application, hidden=hidden)
    except desktop.AlreadyRunningError as error:
        raise RefusedError(
            "Another syncgui of this user runs and does not answer", "End it, then start again."
        ) from error


def no_window(variables: Mapping[str, str]) -> Problem | None:
    """Why there can be no window, and what to do about it; None when there can."""
    from syncgui.views import start_checks  # noqa: PLC0415

    return start_checks.problem(variables)
