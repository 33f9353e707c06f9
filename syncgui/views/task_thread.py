"""A thread that answers questions in the order in which they were asked.

A task runs in the thread; its answer is given to a function in the thread that made the `TaskThread`, the
one of the windows. A newer task may take the place of a waiting one of the same key, so that nobody waits
for answers that are no longer wanted. A task that raises stops nothing.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar, cast

import shiboken6
from PySide6.QtCore import QObject, QThread, Signal

T = TypeVar("T")
_log = logging.getLogger(__name__)


class Ask(Protocol):
    """How views ask what may take time; see `TaskThread.submit`."""

    def __call__(
        self,
        task: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[Exception], None] | None = None,
        *,
        key: str = "",
    ) -> None:
        """Run `task` elsewhere and give its result to `done` here."""


@dataclass(frozen=True, slots=True)
class _Task:
    run: Callable[[], object]
    done: Callable[[object], None]
    failed: Callable[[Exception], None] | None


class TaskThread(QThread):
    """A named thread for tasks. Made, started and stopped by the thread of the windows."""

    _answered = Signal(object)

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._lock = threading.Condition()
        self._waiting: OrderedDict[str, _Task] = OrderedDict()
        self._numbered = 0
        self._stopping = False
        self._answered.connect(self._deliver)

    def submit(
        self,
        task: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[Exception], None] | None = None,
        *,
        key: str = "",
    ) -> None:
        """Run `task` in the thread; `done` gets its result, or `failed` what it raised, in this thread.

        Args:
            key: replaces a task of that key which still waits; that one's `done` is never called.

        An answer for a method of a Qt object that is gone meanwhile is dropped. Without `failed` an
        exception is only logged.
        """
        made = _Task(task, cast("Callable[[object], None]", done), failed)
        with self._lock:
            if not key:
                self._numbered += 1
                key = f"#{self._numbered}"
            self._waiting.pop(key, None)
            self._waiting[key] = made
            self._lock.notify()

    def stop(self, timeout_s: float = 10.0) -> bool:
        """Forget what waits, let the task under way end; whether the thread ended in time."""
        with self._lock:
            self._stopping = True
            self._waiting.clear()
            self._lock.notify()
        return self.wait(int(timeout_s * 1000))

    def run(self) -> None:
        """The thread itself."""
        while (task := self._next()) is not None:
            answer = _answer(task)
            if self._stopping:
                return
            self._answered.emit(answer)
            # The last reference to a window must not be dropped here, whenever the next task comes.
            del task, answer

    def _next(self) -> _Task | None:
        with self._lock:
            self._lock.wait_for(lambda: self._stopping or bool(self._waiting))
            return None if self._stopping else self._waiting.popitem(last=False)[1]

    def _deliver(self, answer: Callable[[], None]) -> None:
        if not self._stopping:
            answer()


def _answer(task: _Task) -> Callable[[], None]:
    """Run a task; what is to be done about it in the thread of the windows."""
    try:
        result = task.run()
    except Exception as error:  # noqa: BLE001
        # The outer edge of the thread: the next task comes, whatever this one tripped over.
        failed, caught = task.failed, error
        if failed is None:
            _log.exception("a task failed")
            return _nothing
        return lambda: _call(failed, caught)
    return lambda: _call(task.done, result)


def _call(function: Callable[[T], None], value: T) -> None:
    owner = getattr(function, "__self__", None)
    if not isinstance(owner, QObject) or shiboken6.isValid(owner):
        function(value)


def _nothing() -> None:
    """Nobody asked to be told."""
