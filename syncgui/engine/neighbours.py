"""Other machines that have this machine's name.

Entries of a machine's own site say what lies on that machine's disk. Two live machines with one name
would believe each other's files to be theirs, so nothing is moved from or to that site until one of them
is gone, has a name of its own, or a person has said that both are right. Several programs of one machine
are no neighbours.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from syncgui.engine.events import Trouble
from syncgui.engine.route import SyncedProject
from syncgui.engine.teller import Teller
from syncgui.model.errors import LocalIdSharedError
from syncgui.state import StateFile
from syncgui.store.abstract_store import Store, Worker

LOOK_EVERY_S = 10.0
"""Seconds between two looks at the other workers."""


class NeighbourWatch:
    """Looks for machines of our name, tells of them, holds what they make doubtful. Owned by one thread.

    Args:
        host: this machine's.
        hold_sites: told between which sites nothing may be moved.
    """

    def __init__(
        self,
        store: Store,
        state: StateFile,
        teller: Teller,
        *,
        host: str,
        hold_sites: Callable[[Collection[str]], None],
    ) -> None:
        self._store = store
        self._state = state
        self._teller = teller
        self._host = host
        self._hold_sites = hold_sites
        self._shared: dict[str, LocalIdSharedError] = {}

    def look(self, projects: Iterable[SyncedProject]) -> None:
        """Look at the other workers.

        Raises:
            DatabaseUnreachableError: the store does not answer.
        """
        names = own_names(projects)
        workers = self._store.workers() if names else ()
        shared = shared_names(workers, self._host, names, self._state.is_shared_on_purpose)
        news, over = changed_names(self._shared, shared)
        self._shared = shared
        for error in news:
            self._teller.trouble(error)
        for name in over:
            self._teller.add(Trouble(name, "", "", ""))
        self._hold_sites(shared)

    def tell_again(self) -> None:
        """Whoever listens may have forgotten what it knew of a site."""
        for error in self._shared.values():
            self._teller.add(Trouble(error.site, error.code, error.sentence, error.next_step))


def own_names(projects: Iterable[SyncedProject]) -> frozenset[str]:
    """The names of this machine that stand in a pair which it serves."""
    return frozenset(
        one.settings.local_id
        for one in projects
        if one.is_served and one.settings.local_id in (one.pair.active, one.pair.remote)
    )


def shared_names(
    workers: Iterable[Worker], host: str, names: Iterable[str], is_confirmed: Callable[[str], bool]
) -> dict[str, LocalIdSharedError]:
    """Which of these names another live machine has too, and who that is.

    Args:
        workers: all workers of the store.
        host: this machine's.
        names: this machine's names.
        is_confirmed: whether a person said that a name is shared on purpose.
    """
    others: dict[str, set[str]] = {}
    for worker in workers:
        if worker.alive and worker.host != host:
            others.setdefault(worker.local_id, set()).add(f"{worker.host} ({worker.user})")
    return {
        name: LocalIdSharedError(site=name, detail=", ".join(sorted(others[name])))
        for name in sorted(set(names) & others.keys())
        if not is_confirmed(name)
    }


def changed_names(
    before: Mapping[str, LocalIdSharedError], now: Mapping[str, LocalIdSharedError]
) -> tuple[list[LocalIdSharedError], list[str]]:
    """What is to be told: names that are shared by others than before, and names that are not any more."""
    news = [
        error for name, error in now.items() if name not in before or before[name].sentence != error.sentence
    ]
    return news, [name for name in before if name not in now]
