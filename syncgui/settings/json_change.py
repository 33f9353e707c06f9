"""Changing a small JSON file that a person may edit too.

The change is atomic, waits for other programs that change the same file, keeps what it does not know,
lets only the user read the file, and refuses to touch a file that it can not read: what stands in it
would be lost.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock, Timeout

from syncgui.settings.atomic_file import write_text_atomically
from syncgui.settings.files import read_json
from syncgui.settings.node import doubled_problems, locate
from syncgui.settings.problems import SettingsError

_LOCK_TIMEOUT_S = 5.0


def change_json(path: Path, change: Callable[[dict[str, object]], None]) -> None:
    """Let `change` edit the file's content in place; a file that is not there is made.

    Raises:
        SettingsError: the file can not be read or written; it is as it was.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_name(path.name + ".lock"), timeout=_LOCK_TIMEOUT_S):
            content = _content_to_change(path)
            change(content)
            text = json.dumps(content, indent=2, ensure_ascii=True) + "\n"
            write_text_atomically(path, text, mode=0o600)
    except Timeout as error:
        raise SettingsError(f"{path} is being changed by another program. Try again.") from error
    except OSError as error:
        words = error.strerror or type(error).__name__
        raise SettingsError(f"{path} can not be written: {words}. Check its rights.") from error


def _content_to_change(path: Path) -> dict[str, object]:
    file = read_json(path)
    if file.missing:
        return {}
    problem = file.problem or next(doubled_problems(locate(file.content, str(path), "")), None)
    if problem is not None or file.content is None:
        why = problem.sentence if problem else str(path)
        raise SettingsError(f"Nothing was changed, for what stands there would be lost: {why}")
    return dict(file.content)
