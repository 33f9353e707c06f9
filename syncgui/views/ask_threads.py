"""The threads in which a session lets tasks run, so that none waits for one that has nothing to do with it.

Reading the index, edits, orders to the loop and looks at disks each have one of their own: a pause must not
wait for a long edit, nor an edit for a share that does not answer.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QThread

from syncgui.views.task_thread import TaskThread

_LOOKER_WAIT_S = 1.0


class AskThreads:
    """Made, started and stopped by the thread of the windows."""

    def __init__(self, parent: QObject) -> None:
        self.reader = TaskThread("syncgui-reader", parent)
        self.doer = TaskThread("syncgui-doer", parent)
        self.orderer = TaskThread("syncgui-orderer", parent)
        self.looker = TaskThread("syncgui-looker", parent)

    def start(self) -> None:
        """Start all but the reader, which waits until there is an index to read."""
        for thread in (self.orderer, self.looker, self.doer):
            thread.start()

    def forget_looks(self) -> None:
        """Look at nothing any more; nobody waits for what is seen."""
        self.looker.stop(0)

    def stop(self, left_s: Callable[[], float]) -> list[QThread]:
        """Stop them; those that are blocked in a system call.

        Args:
            left_s: how many seconds may be waited from now on; a look is not waited for so long.
        """
        stuck: list[QThread] = [
            one for one in (self.orderer, self.reader, self.doer) if not one.stop(left_s())
        ]
        if not self.looker.stop(min(left_s(), _LOOKER_WAIT_S)):
            stuck.append(self.looker)
        return stuck
