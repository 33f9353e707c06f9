"""An index over a memory store, with a clock that stands still until it is moved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from syncgui.index import Caught, Index, Indexer, OpenEntry, Row, View
from syncgui.model.status import Pair
from tests.index.memory_store import MemoryStore

PROJECT = "show"
PAIR = Pair("studio", "gdrive")
NOW = 1_700_000_000.0


def view(pair: Pair = PAIR, *, retry_cnt: int = 3, loop_delay_s: float = 60.0) -> View:
    """The view that most tests look with."""
    return View(pair, retry_cnt, loop_delay_s, {"work": ("P:/projects", "/mnt/p")})


@dataclass
class Bench:
    """A store, its index and its indexer. `alive` are the workers that live."""

    path: Path
    store: MemoryStore = field(default_factory=MemoryStore)
    now: float = NOW
    alive: set[str] = field(default_factory=set)
    index: Index = field(init=False)
    indexer: Indexer = field(init=False)

    def __post_init__(self) -> None:
        self.open()

    def open(self) -> None:
        """Open the index anew, as a new process would."""
        self.index = Index(self.path, identity=self.store.identity)
        self.indexer = Indexer(
            self.index, self.store, is_alive=self.alive.__contains__, wall_clock=lambda: self.now
        )
        self.indexer.set_views({PROJECT: view()})

    def catch_up(self) -> list[Caught]:
        """Catch up until there is no more to do."""
        done = [self.indexer.catch_up()]
        while done[-1].more:
            done.append(self.indexer.catch_up())
        return done

    def put(self, *documents: dict[str, object]) -> None:
        """Write documents and catch up."""
        self.store.put(PROJECT, *documents)
        self.catch_up()

    def row(self, document: dict[str, object]) -> Row:
        """The row of a document that must be there."""
        row = self.index.find(PROJECT, str(document["_id"]))
        assert row is not None
        return row

    def entries(
        self,
        wanting: str = "gdrive",
        holding: str | None = "studio",
        *,
        large: bool | None = None,
        limit: int = 100,
        after: tuple[int, float, int] | None = None,
        ignore_backoff: bool = False,
    ) -> list[OpenEntry]:
        """What the planner would be given now."""
        return self.index.next_entries(
            PROJECT,
            wanting,
            holding,
            large=large,
            now=self.now,
            limit=limit,
            after=after,
            ignore_backoff=ignore_backoff,
        )

    def open_ids(self, wanting: str = "gdrive", holding: str | None = "studio") -> list[str]:
        """The representations of those entries, in their order."""
        return [entry.representation for entry in self.entries(wanting, holding)]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "index" / "show.sqlite")
    yield made
    made.index.close()
