"""The thread that hosts the loop: opens the parts, runs the loop, starts it again if it should ever end.

Nothing ends this thread but `stop`. A database that can not be opened is told like any outage of it and
tried again; a loop that trips over what nobody foresaw is logged, told and replaced by a new one. What the
loop tells goes through the queue; this thread's own few words come as signals.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QThread, Signal

from syncgui.application import Application
from syncgui.engine.events import Event, Trouble
from syncgui.engine.loop import Loop
from syncgui.model.errors import DatabaseUnreachableError
from syncgui.views.event_queue import EventQueue

_log = logging.getLogger(__name__)

_FIRST_WAIT_S = 1.0
_LONGEST_WAIT_S = 60.0
_AGAIN_S = 5.0

_left_behind: list[QObject] = []


class LoopThread(QThread):
    """See the module.

    Args:
        application: this thread opens its parts, but for those that a command wanted earlier.
        queue: gets the loop's events.
        again_s: seconds between the end of a loop by an error and the next one.
    """

    opened = Signal()
    died = Signal(str)  # what ended a loop
    revived = Signal()  # the first word of the loop after one that died

    def __init__(
        self,
        application: Application,
        queue: EventQueue,
        *,
        again_s: float = _AGAIN_S,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("syncgui-loop")
        self._application = application
        self._queue = queue
        self._again_s = again_s
        self._stopping = threading.Event()
        self._hurry = threading.Event()
        self._lock = threading.Lock()
        self._loop: Loop | None = None
        self._is_dead = False

    # -- from the thread of the windows; none of them waits -------------------------------------------

    def request_stop(self) -> None:
        """Let the loop and the thread end; `wait` for it."""
        with self._lock:
            self._stopping.set()
            loop = self._loop
        self._hurry.set()
        if loop is not None:
            loop.stop()

    def hurry(self) -> None:
        """Try at once what this thread waits with: to open the parts, to start a loop again."""
        self._hurry.set()

    # -- commands, from any thread but that of the windows; before the store is open, too -------------

    def pause(self, until: float) -> None:
        """Pause this machine until a time in epoch seconds.

        Raises:
            DatabaseUnreachableError: the state file can not keep it.
        """
        loop = self._loop
        if loop is not None:
            loop.pause(until)
        else:
            self._application.state.pause(until)

    def resume(self) -> None:
        """End this machine's pause; raises as `pause`."""
        loop = self._loop
        if loop is not None:
            loop.resume()
        else:
            self._application.state.resume()

    def sync_now(self) -> None:
        """Look at everything now; raises as `pause`."""
        loop = self._loop
        if loop is not None:
            loop.sync_now()
        else:
            self._application.state.wake()

    # -- the thread itself -----------------------------------------------------------------------------

    def run(self) -> None:
        """The thread."""
        threading.current_thread().name = self.objectName()
        if not self._open():
            return
        self.opened.emit()
        while not self._stopping.is_set():
            self._run_loop()
            self._wait(self._again_s)

    def _open(self) -> bool:
        """Open the parts, however long it takes; False if the thread is to end."""
        wait_s, told = _FIRST_WAIT_S, ""
        while not self._stopping.is_set():
            error = _failure(self._open_parts)
            if error is None:
                if told:
                    self._queue.put([Trouble("", "", "", "")])
                return True
            if error.sentence != told:
                told = error.sentence
                _log.warning("%s", told)
                self._queue.put([Trouble("", error.code, told, error.next_step)])
            self._wait(wait_s)
            wait_s = min(2 * wait_s, _LONGEST_WAIT_S)
        return False

    def _open_parts(self) -> None:
        # Each is opened when it is first looked at, and kept; one that fails is opened by the next try.
        for part in ("state", "store", "index"):
            if not self._stopping.is_set():
                getattr(self._application, part)

    def _run_loop(self) -> None:
        try:
            loop = self._application.loop(self._listen)
            with self._lock:
                self._loop = loop
                if self._stopping.is_set():
                    return
            loop.run()
        except Exception as error:  # noqa: BLE001
            # The outer edge of the thread: a loop that ends is shown, and another one takes its place.
            _log.exception("the loop ended by an error")
            self._is_dead = True
            self.died.emit(f"{type(error).__name__}: {error}")
        finally:
            with self._lock:
                self._loop = None

    def _listen(self, events: Sequence[Event]) -> None:
        if self._is_dead:
            self._is_dead = False
            self.revived.emit()
        self._queue.put(events)

    def _wait(self, seconds: float) -> None:
        self._hurry.wait(seconds)
        if not self._stopping.is_set():
            self._hurry.clear()


def leave_behind(threads: Sequence[QThread], *more: QObject) -> None:
    """Let threads that are stuck in a system call be, without keeping the process from ending.

    Qt aborts when the object of a running thread is destroyed. Nothing destroys the object that stands for
    the main thread, so what belongs to it stays until the process is gone.
    """
    for thread in threads:
        _log.error("thread %s is blocked in a system call and is left behind", thread.objectName())
    for one in (*threads, *more):
        _left_behind.append(one)
        one.setParent(QThread.currentThread())


def _failure(step: Callable[[], None]) -> DatabaseUnreachableError | None:
    """Why a step that opens files did not work, None if it did."""
    try:
        step()
    except DatabaseUnreachableError as error:
        return error
    except Exception as error:  # noqa: BLE001
        # Whatever keeps a file from being opened is told and tried again, as what is foreseen is.
        _log.exception("the parts can not be opened")
        return DatabaseUnreachableError(detail=f"{type(error).__name__}: {error}")
    return None
