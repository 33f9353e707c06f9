"""Two programs of one user on one MongoDB: one writes the index, the other follows it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from syncgui.engine.index_keeper import IndexKeeper
from syncgui.index import Index, Indexer
from syncgui.index.index_writer import set_meta
from syncgui.store.abstract_store import Store
from syncgui.store.opening import open_store
from tests.index.conftest import view
from tests.servers.mongo_server import Client, MongoServer, new_database
from tests.store.documents import representation

PROJECT = "Test"
GENEROUS_S = 60.0


class HandClock:
    """Clocks that are moved by hand."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def wall_s(self) -> float:
        return time.time()

    def steady_s(self) -> float:
        return self.now_s


class Program:
    """One program's store, index and keeper."""

    def __init__(self, folder: Path, address: str) -> None:
        self.clock = HandClock()
        self.store: Store = open_store(address, worker_lock_dir=folder / "locks")
        self.index = Index(folder / "index.sqlite", identity=self.store.identity)
        indexer = Indexer(self.index, self.store, is_alive=lambda _: False, wall_clock=self.clock.wall_s)
        self.keeper = IndexKeeper(self.index, self.store, indexer, self.clock)
        self.keeper.set_views({PROJECT: view()})

    def catch_up(self) -> set[str]:
        """Catch up; the ids that were told."""
        return {key for _, keys in self.keeper.catch_up() for key in keys}

    def is_behind(self) -> bool:
        """Whether its keeper says so."""
        return self.keeper.is_behind

    def close(self) -> None:
        self.index.close()
        self.store.close()


class Two:
    """A writer, a follower, and a stranger's client."""

    def __init__(self, folder: Path, server: MongoServer) -> None:
        database = new_database()
        self.client: Client = server.client()
        self.collection = self.client[database][PROJECT]
        self.publish()
        self.writer = Program(folder, server.address(database))
        self.writer.catch_up()
        self.follower = Program(folder, server.address(database))

    def publish(self) -> str:
        """A stranger inserts a representation; its id."""
        document = representation()
        self.collection.insert_one(document)
        return str(document["_id"])

    def both_catch_up(self) -> None:
        """As two loops do, one after the other."""
        self.writer.catch_up()
        self.follower.catch_up()

    def close(self) -> None:
        self.follower.close()
        self.writer.close()
        self.client.close()


@pytest.fixture(scope="module", params=[(), ("--standalone",)], ids=["stream", "poll"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MongoServer]:
    options: Sequence[str] = request.param
    made = MongoServer(tmp_path_factory.mktemp("server"), options)
    yield made
    made.stop()


@pytest.fixture
def two(server: MongoServer, tmp_path: Path) -> Iterator[Two]:
    made = Two(tmp_path, server)
    yield made
    made.close()


def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition."""
    end = time.monotonic() + GENEROUS_S
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < end
        pause.wait(0.01)


def test_a_follower_is_behind_as_long_as_the_writer_has_not_seen_what_it_has(two: Two) -> None:
    two.follower.catch_up()
    assert not two.follower.is_behind()
    published = two.publish()
    assert two.follower.catch_up() >= {published}
    assert two.follower.is_behind()
    assert published in two.writer.catch_up()
    two.follower.catch_up()
    assert not two.follower.is_behind()


def test_a_follower_hears_what_came_after_the_index_was_written(two: Two) -> None:
    published = two.publish()
    assert published in two.follower.catch_up()


def test_two_programs_that_wait_for_changes_come_together(two: Two) -> None:
    for program in (two.writer, two.follower):
        program.store.wait_for_change(0.1)
    two.publish()

    def are_together() -> bool:
        two.both_catch_up()
        return not two.follower.is_behind() and two.writer.index.totals(PROJECT).every == 2

    until(are_together)


def test_a_writer_whose_cursor_was_made_in_another_way_is_followed_from_there(two: Two) -> None:
    two.publish()
    two.both_catch_up()
    cursor = json.loads(two.writer.index.cursor() or "")
    elsewhere = json.dumps(cursor | ({"place": "elsewhere"} if "place" in cursor else {"log": "elsewhere"}))
    two.writer.index.file.write(lambda db: set_meta(db, "cursor", elsewhere))
    two.follower.catch_up()
    two.follower.clock.now_s += 3.0
    two.follower.catch_up()
    assert not two.follower.is_behind()


def test_a_follower_takes_over_when_the_writer_is_gone(two: Two) -> None:
    two.both_catch_up()
    published = two.publish()
    two.writer.index.close()
    two.follower.catch_up()
    assert two.follower.index.is_writer
    assert two.follower.index.find(PROJECT, published) is not None
