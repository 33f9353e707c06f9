"""Locks of the engine and the providers as simulated ones, while a simulation runs.

Whoever holds a lock may wait for a file or the store; who waits for the lock must then let others run. Their
modules name `threading.Lock`, so for the time of a run they see another `threading`.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import syncgui.engine
import syncgui.providers
from tests.simulate.scheduler import Scheduler, SimLock


class _Threading:
    """What a module sees instead of `threading`."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler

    def Lock(self) -> SimLock:  # noqa: N802 - as it is called there
        return SimLock(self._scheduler)


@contextmanager
def simulated_locks(scheduler: Scheduler) -> Iterator[None]:
    """Let modules of engine and providers make simulated locks."""
    stand_in = _Threading(scheduler)
    changed = [module for module in _modules() if getattr(module, "threading", None) is threading]
    for module in changed:
        vars(module)["threading"] = stand_in
    try:
        yield
    finally:
        for module in changed:
            vars(module)["threading"] = threading


def _modules() -> list[object]:
    return [
        module
        for name, module in list(sys.modules.items())
        if name.startswith(("syncgui.engine.", "syncgui.providers."))
    ]


def load_all() -> None:
    """Import every module whose locks may matter."""
    for package in (syncgui.engine,):
        for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            importlib.import_module(found.name)
    for name in ("local_drive", "local_folder", "open_folders"):
        importlib.import_module(f"{syncgui.providers.__name__}.{name}")
