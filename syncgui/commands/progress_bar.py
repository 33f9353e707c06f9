"""The progress bar of `sync` and `demo` on a terminal: files, bytes, speed, and what holds them up."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from datetime import timedelta
from types import TracebackType

from rich.console import Console, RenderableType
from rich.filesize import decimal
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
)
from rich.text import Text

from syncgui.commands.progress import Tally

_ASK_S = 0.5
# What has arrived is open in the index until it is recorded there; the least of so many sums is right.
_ASKED_BEFORE = 6


class _Bar(Progress):
    """One bar, and below it a sentence when there is one."""

    sentence = ""

    def get_renderables(self) -> Iterable[RenderableType]:
        yield self.make_tasks_table(self.tasks)
        if self.sentence:
            yield Text(self.sentence, style="yellow")


class ProgressBar:
    """Drawn by the main thread whenever it calls `refresh`; messages are printed above it."""

    def __init__(self, tally: Tally, remaining: Callable[[], tuple[int, int]], console: Console) -> None:
        self._tally = tally
        self._remaining = remaining
        self._totals: deque[tuple[int, int]] = deque(maxlen=_ASKED_BEFORE)
        self._left = 0
        self._asked_s = float("-inf")
        self._is_over = False
        self._bar = _Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[files]}"),
            DownloadColumn(binary_units=True),
            TextColumn("{task.fields[pace]}"),
            console=console,
            auto_refresh=False,
        )
        self._task = self._bar.add_task("Looking", total=None, files="", pace="")

    def __enter__(self) -> ProgressBar:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._asked_s = float("-inf")
        self._is_over = True
        if error is None:
            self.refresh()
        self._bar.stop()

    def refresh(self) -> None:
        """Draw the bar as it stands now."""
        standing = self._tally.standing()
        now = time.monotonic()
        if now - self._asked_s >= _ASK_S:
            self._left, size_bytes = self._remaining()
            self._totals.append((standing.files + self._left, standing.size_bytes + size_bytes))
            self._asked_s = now
        files = max(standing.files, min(one[0] for one in self._totals))
        size_bytes = max(standing.moved_bytes, min(one[1] for one in self._totals))
        self._bar.sentence = standing.sentence
        self._bar.update(
            self._task,
            description="Syncing" if self._left else "Up to date",
            completed=standing.moved_bytes,
            total=size_bytes,
            files=f"{standing.files:,}/{files:,} files",
            pace="" if self._is_over or not self._left else self._pace(),
        )
        self._bar.refresh()

    def _pace(self) -> str:
        """Speed and time left, as far as they can be told; nothing at all when nothing moves."""
        task = self._bar.tasks[0]
        if not task.speed:
            return ""
        left_s = task.time_remaining
        left = "" if left_s is None else f", {timedelta(seconds=int(left_s))} left"
        return f"{decimal(int(task.speed))}/s{left}"
