"""The threads that move groups: a fixed number of slots, no batches, no barrier.

A slot that frees takes the next group at once. Results wait in a queue for the loop, which is woken; those
of one group may come one after the other.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial

from syncgui.engine.environment import Environment, Running, Signal
from syncgui.engine.job import Group, JobResult


class Slots:
    """Runs groups in threads.

    Args:
        count: groups at once.
        run: moves one group, telling of results as they come; must not raise.
        bell: set when a group is finished.
    """

    def __init__(
        self,
        environment: Environment,
        count: int,
        run: Callable[[Group, Callable[[list[JobResult]], None]], None],
        bell: Signal,
    ) -> None:
        self._environment = environment
        self.count = count
        self._run = run
        self._bell = bell
        self._waiting: deque[Group | None] = deque()
        self._more = environment.signal()
        self._told: deque[tuple[Group, list[JobResult] | None]] = deque()
        self._threads: list[Running] = []
        self._under_way: set[Group] = set()

    @property
    def free(self) -> int:
        """How many groups could start now."""
        return self.count - len(self._under_way)

    @property
    def under_way(self) -> frozenset[Group]:
        """Groups that were started, as far as `told` has not told of their end."""
        return frozenset(self._under_way)

    def start(self, group: Group) -> None:
        """Give a group to a free slot."""
        self._under_way.add(group)
        if len(self._threads) < min(self.count, len(self._under_way)):
            name = f"syncgui-slot-{len(self._threads) + 1}"
            self._threads.append(self._environment.start(name, self._work))
        self._give(group)

    def told(self) -> list[tuple[Group, list[JobResult]]]:
        """Results that came since the last call, group by group, in their order."""
        found: list[tuple[Group, list[JobResult]]] = []
        while self._told:
            group, results = self._told.popleft()
            if results is None:
                self._under_way.discard(group)
            elif results:
                found.append((group, results))
        return found

    def close(self, timeout_s: float) -> bool:
        """End the threads; False if one is still blocked in a system call after the time."""
        for _ in self._threads:
            self._give(None)
        end_s = self._environment.clock.steady_s() + timeout_s
        for thread in self._threads:
            thread.join(max(0.0, end_s - self._environment.clock.steady_s()))
        return not any(thread.is_alive() for thread in self._threads)

    def _work(self) -> None:
        while (group := self._take()) is not None:
            self._run(group, partial(self._tell, group))
            self._tell(group, None)

    def _give(self, group: Group | None) -> None:
        """Let a thread take a group; None: let it end."""
        self._waiting.append(group)
        self._more.set()

    def _take(self) -> Group | None:
        while True:
            self._more.clear()
            try:
                group = self._waiting.popleft()
            except IndexError:
                self._more.wait()
                continue
            if self._waiting:
                self._more.set()  # somebody may have looked for it while it was not set
            return group

    def _tell(self, group: Group, results: list[JobResult] | None) -> None:
        """Results of a group; None: it has ended."""
        self._told.append((group, results))
        self._bell.set()
