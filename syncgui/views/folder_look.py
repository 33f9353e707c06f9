"""Looking at a folder that a person names, and making it when that person says so. No Qt.

A look may wait for a disk, so it is made in a thread. Nothing is made by looking.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from syncgui.views.texts import tr


class Found(StrEnum):
    """What was found at a path."""

    NOTHING_NAMED = "nothing_named"
    RELATIVE = "relative"
    THERE = "there"
    MISSING = "missing"
    GONE = "gone"
    NO_FOLDER = "no_folder"
    READ_ONLY = "read_only"
    TROUBLE = "trouble"


@dataclass(frozen=True, slots=True)
class Look:
    """A path as it was looked at.

    Args:
        typed: the path as it was typed.
        sentence: what was found, for people.
        real: where it really lies, links followed; None when that can not be said.
    """

    typed: str
    found: Found
    sentence: str
    real: Path | None = None

    @property
    def can_be_made(self) -> bool:
        """Whether the folder could be made here."""
        return self.found is Found.MISSING

    @property
    def is_usable(self) -> bool:
        """Whether the folder is there, or can be made."""
        return self.found in (Found.THERE, Found.MISSING)


def never(path: str) -> bool:
    """No folder is known to have been there before."""
    del path
    return False


def look(text: str, was_there: Callable[[str], bool] = never) -> Look:
    """Look at the path in a text as it was typed.

    Args:
        was_there: whether a folder was in use under this path: a share that is not mounted must not be
            made anew on this machine's own disk.
    """
    text = text.strip()
    if not text:
        return Look(text, Found.NOTHING_NAMED, tr("No folder is named."))
    try:
        path = Path(text).expanduser()
        if not path.is_absolute():
            return Look(text, Found.RELATIVE, tr("The path has to be absolute, beginning at the top."))
        real = path.resolve()
        if real.is_dir():
            if os.access(real, os.R_OK | os.W_OK | os.X_OK):
                return Look(text, Found.THERE, tr("It is there."), real)
            return Look(text, Found.READ_ONLY, tr("It is there and can not be written by you."), real)
        if real.exists():
            return Look(text, Found.NO_FOLDER, tr("There is something else of that name, no folder."), real)
        above = next(one for one in real.parents if one.exists())
        if not above.is_dir():
            return Look(text, Found.NO_FOLDER, tr("{path} is no folder.").format(path=above), real)
        if not os.access(above, os.W_OK | os.X_OK):
            sentence = tr("It is not there, and you may not make it in {path}.").format(path=above)
            return Look(text, Found.READ_ONLY, sentence, real)
        if was_there(text):
            return Look(
                text, Found.GONE, tr("It was there before and is not now: connect or mount it."), real
            )
        return Look(text, Found.MISSING, tr("It is not there yet."), real)
    except (OSError, ValueError, RuntimeError, StopIteration) as error:
        # an unknown ~user, a loop of links, a share that answers with an error
        return Look(text, Found.TROUBLE, tr("It can not be looked at: {reason}").format(reason=_words(error)))


def make(text: str) -> Look:
    """Make a folder, its parents too, because a person asked for it; how it is then."""
    text = text.strip()
    try:
        Path(text).expanduser().mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError, RuntimeError) as error:
        return Look(text, Found.TROUBLE, tr("It can not be made: {reason}").format(reason=_words(error)))
    return look(text)


def _words(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else str(error)) or type(error).__name__
