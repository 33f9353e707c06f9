"""A task thread that belongs to one window: it runs while the window is open, and ends with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QCoreApplication, QObject

from syncgui.views.loop_thread import leave_behind
from syncgui.views.task_thread import TaskThread

T = TypeVar("T")

_PATIENCE_S = 0.2


class OwnThread(QObject):
    """Starts a thread with the first task; `end` ends it, and so does the end of the program.

    For windows that are open before there is a session. Its `ask` is an `Ask`.
    """

    def __init__(self, name: str, parent: QObject) -> None:
        super().__init__(parent)
        self._name = name
        self._thread: TaskThread | None = None
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.end)

    def ask(
        self,
        task: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[Exception], None] | None = None,
        *,
        key: str = "",
    ) -> None:
        """See `Ask`."""
        if self._thread is None:
            self._thread = TaskThread(self._name, self)
            self._thread.start()
        self._thread.submit(task, done, failed, key=key)

    def end(self) -> None:
        """End the thread; one whose task goes on is left behind, for nobody wants its answer any more.

        The windows must not wait for a disk that does not answer.
        """
        thread, self._thread = self._thread, None
        if thread is None:
            return
        if thread.stop(_PATIENCE_S):
            thread.deleteLater()  # it may be its own answer that ends it
        else:
            leave_behind([thread])
