"""The log: one line per event in `syncgui.log`, warnings on stderr too.

The file is made by the first line that goes into it, keeps 2 MiB and four older ones, and is readable by
its user only. A log that can not be written is said once and stops nothing.
"""

from __future__ import annotations

import logging
import os
import sys
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

from syncgui.commands.output import say

_NAME = "syncgui.log"
_LARGEST_BYTES = 2 * 2**20
_OLDER = 4
_FORMAT = "%(asctime)s %(levelname)s %(process)d %(threadName)s %(name)s: %(message)s"


def start_log(folder: Path) -> Path:
    """Write the log of this process into a folder from now on; the file's path."""
    logger = logging.getLogger("syncgui")
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
        handler.close()
    path = folder / _NAME
    file = _LogFile(path)
    file.setFormatter(_OneLine(_FORMAT))
    speaker = _Speaker(logging.WARNING)
    logger.setLevel(logging.INFO)
    logger.addHandler(file)
    logger.addHandler(speaker)
    return path


class _OneLine(logging.Formatter):
    """An event is one line, whatever a message holds; a traceback follows it, indented."""

    def format(self, record: logging.LogRecord) -> str:
        text, *trace = super().format(record).split("\nTraceback ", 1)
        line = text.replace("\\", "\\\\").replace("\r", "\\r").replace("\n", "\\n")
        return "\n    ".join([line, *f"Traceback {trace[0]}".split("\n")]) if trace else line


class _LogFile(RotatingFileHandler):
    """The file; its folder is made when it is first needed."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            path,
            maxBytes=_LARGEST_BYTES,
            backupCount=_OLDER,
            encoding="utf-8",
            errors="backslashreplace",
            delay=True,
        )
        self._told = False

    def _open(self) -> TextIOWrapper:
        Path(self.baseFilename).parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(self.baseFilename, os.O_CREAT | os.O_RDWR, 0o600))
        return super()._open()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        del record
        if not self._told:
            self._told = True
            reason = sys.exc_info()[1]
            say(f"The log {self.baseFilename} can not be written: {reason}")


class _Speaker(logging.Handler):
    """Warnings on stderr: the message alone."""

    def emit(self, record: logging.LogRecord) -> None:
        say(record.getMessage())
