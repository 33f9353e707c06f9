"""What a run of the loop has done so far, and the line or the bar that shows it.

`Tally` is told of events from the loop's thread and asked from the main one. On a terminal a bar shows
files, bytes, speed and what the loop is doing; elsewhere nothing is drawn, and warnings come by the log.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from syncgui.commands.output import counted, error_console, size_text
from syncgui.commands.status import pause_sentence
from syncgui.engine.events import Done, Event, Failed, Looking, Moving, Notice, Paused, Trouble
from syncgui.engine.first_contact import sentence_of

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a run stands: files and bytes that arrived, and in one sentence what holds it up ("")."""

    files: int
    size_bytes: int
    moved_bytes: int  # with what is on its way
    sentence: str


class Tally:
    """Counts what the loop tells. `listen` is its listener."""

    def __init__(self, *, once: bool) -> None:
        # With `once` every failure is listed at the end; without, there is no end.
        self._level = logging.INFO if once else logging.WARNING
        self._lock = threading.Lock()
        self._files = 0
        self._size_bytes = 0
        self._moving: dict[tuple[str, str], int] = {}
        self._troubles: dict[str, str] = {}
        self._notices: dict[str, str] = {}
        self._paused_until: float | None = None
        self._looking: dict[str, str] = {}  # by project, until a person says that it may start

    def listen(self, events: Sequence[Event]) -> None:
        """Take in a batch of events."""
        with self._lock:
            for event in events:
                self._take(event)

    def standing(self) -> Standing:
        """Where the run stands now."""
        with self._lock:
            if self._paused_until is not None:
                sentence = pause_sentence(self._paused_until)
            else:
                told = (*self._troubles.values(), *self._looking.values(), *self._notices.values())
                sentence = next(iter(told), "")
            moving = sum(self._moving.values())
            return Standing(self._files, self._size_bytes, self._size_bytes + moving, sentence)

    def _take(self, event: Event) -> None:
        if isinstance(event, Moving):
            self._moving[event.project, event.path] = event.moved_bytes
        elif isinstance(event, Done):
            self._moving.pop((event.project, event.path), None)
            self._files += 1
            self._size_bytes += event.size_bytes
        elif isinstance(event, Failed):
            self._moving.pop((event.project, event.path), None)
            _log.log(self._level, "%s. %s", event.sentence, event.next_step)
        elif isinstance(event, Paused):
            self._paused_until = event.until
            _log.info("paused" if event.until is not None else "not paused")
        elif isinstance(event, Looking):
            self._look(event)
        elif isinstance(event, Notice):
            self._notices.pop(event.code, "")
            if event.sentence:
                self._notices[event.code] = event.sentence
        elif isinstance(event, Trouble) and event.sentence:
            self._troubles[event.site] = event.sentence
        elif isinstance(event, Trouble) and self._troubles.pop(event.site, ""):
            _log.warning("%s works again.", f"Site {event.site}" if event.site else "The database")

    def _look(self, event: Looking) -> None:
        """Say once what waits for a person's word; how much it is may change meanwhile."""
        was_told = set(self._looking)
        self._looking = {}
        for name, held in event.projects.items():
            if held.looks_only:
                _, sentence, next_step = sentence_of(event.projects, name)
                if not was_told and sentence not in self._looking.values():
                    _log.log(self._level, "%s. %s", sentence, next_step)
                self._looking[name] = sentence


class View(Protocol):
    """What shows a run."""

    def refresh(self) -> None:
        """Show how it stands now; cheap."""


class _Nothing:
    def refresh(self) -> None:
        """Nothing is drawn."""


@contextmanager
def shown(tally: Tally, remaining: Callable[[], tuple[int, int]]) -> Iterator[View]:
    """Show a run on stderr, if that is a terminal.

    Args:
        remaining: files and bytes that are still to come; asked twice a second at most.
    """
    if not sys.stderr.isatty():
        yield _Nothing()
        return
    from syncgui.commands.progress_bar import ProgressBar  # noqa: PLC0415 - rich's part is not small

    with ProgressBar(tally, remaining, error_console()) as bar:
        yield bar


def summary(standing: Standing, failed: int) -> str:
    """The last line: "300 files, 212 MiB", and how many failed, above the list of them."""
    parts = [counted(standing.files, "file"), size_text(standing.size_bytes)]
    return ", ".join([*parts, f"{failed:,} failed:"] if failed else parts)
