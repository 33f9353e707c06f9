"""The thread that notices what others do: changes in the store, and orders in the state file.

Orders are obeyed at once, by this thread: a pause must not wait for a loop that waits for a database.
"""

from __future__ import annotations

import logging

from syncgui.engine.environment import Environment, Signal
from syncgui.engine.orders import Orders
from syncgui.state import StateFile
from syncgui.store.abstract_store import Store

_log = logging.getLogger(__name__)
_LOOK_S = 0.2
_WAIT_AFTER_ERROR_S = 1.0


class Watcher:
    """Sets `store_changed`, obeys orders and rings the bell; a failure is waited out, never fatal."""

    def __init__(
        self,
        environment: Environment,
        store: Store,
        state: StateFile,
        orders: Orders,
        store_changed: Signal,
        bell: Signal,
    ) -> None:
        self._store = store
        self._state = state
        self._orders = orders
        self._bell = bell
        self._stopped = environment.signal()
        self._store_changed = store_changed
        store_changed.set()
        self._thread = environment.start("syncgui-watcher", self._watch)

    def stop(self) -> None:
        """End the thread."""
        self._stopped.set()
        self._thread.join(5.0)

    def _watch(self) -> None:
        version = -1
        while not self._stopped.is_set():
            try:
                if self._store.wait_for_change(_LOOK_S):
                    self._store_changed.set()
                    self._bell.set()
                now = self._state.data_version()
                if now != version or self._orders.is_due():
                    version = now
                    self._orders.look()
                    self._bell.set()
            except Exception as error:  # noqa: BLE001
                # The outer edge of the thread. The loop finds out by itself; here it only must not spin.
                _log.debug("watcher waits: %s", error)
                self._store_changed.set()
                self._stopped.wait(_WAIT_AFTER_ERROR_S)
