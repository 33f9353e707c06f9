"""Every document of a MongoDB: a lost cursor costs nothing, a lost right is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from bson import ObjectId

from syncgui.model.errors import DatabaseUnreachableError
from syncgui.store.abstract_store import Store
from syncgui.store.opening import open_store
from tests.servers.mongo_server import MongoServer, NamedServer

PROJECT = "Test"
NUMBER = 3500
CURSOR_NOT_FOUND = 43
UNAUTHORIZED = 13


@pytest.fixture
def store(mongo_address: str, tmp_path: Path) -> Iterator[Store]:
    """A store on an empty database."""
    opened = open_store(mongo_address, worker_lock_dir=tmp_path, busy_timeout_s=60.0)
    yield opened
    opened.close()


@pytest.fixture
def failing(mongo_server: MongoServer | NamedServer) -> Iterator[MongoServer]:
    """The server, able to fail."""
    if not isinstance(mongo_server, MongoServer):
        pytest.skip("a server that is named can not be told to fail")
    yield mongo_server
    mongo_server.fail([], 0, times=0)


def filled(store: Store) -> list[str]:
    identifiers = [ObjectId(f"{number:024x}") for number in range(NUMBER)]
    store.insert(PROJECT, [{"_id": one, "type": "version"} for one in identifiers])
    return [str(one) for one in identifiers]


def test_a_cursor_that_is_lost_is_made_anew_where_it_ended(store: Store, failing: MongoServer) -> None:
    keys = filled(store)
    chunks = store.every(PROJECT)
    found = [one.key for one in next(chunks)]
    failing.fail(["getMore"], CURSOR_NOT_FOUND, times=2)
    found += [one.key for chunk in chunks for one in chunk]
    assert found == keys


def test_a_right_that_is_lost_in_the_middle_is_told(store: Store, failing: MongoServer) -> None:
    filled(store)
    chunks = store.every(PROJECT)
    next(chunks)
    failing.fail(["getMore"], UNAUTHORIZED)
    with pytest.raises(DatabaseUnreachableError):
        list(chunks)
