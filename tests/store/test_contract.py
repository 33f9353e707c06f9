"""Every store keeps the contract."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from syncgui.store.abstract_store import Store
from syncgui.store.opening import open_store
from tests.servers.mongo_server import VARIABLE
from tests.store.contract import GENEROUS_S, ChangesContract, DocumentsContract, Stores
from tests.store.contract_accept import AcceptContract
from tests.store.contract_every import EveryContract
from tests.store.contract_files import FilesContract
from tests.store.contract_records import ClaimsAndResultsContract, EditsContract
from tests.store.contract_workers import WorkersContract
from tests.store.other_process import LOCKS

LAST_DAY = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


class SqliteStores(Stores):
    """Stores in one SQLite file."""

    def __init__(self, address: str, locks: Path) -> None:
        self.address = address
        self._locks = locks
        self._opened: list[Store] = []

    def open(self) -> Store:
        store = open_store(self.address, create=True, worker_lock_dir=self._locks, busy_timeout_s=GENEROUS_S)
        self._opened.append(store)
        return store

    def close(self) -> None:
        for store in self._opened:
            store.close()


class MongoStores(SqliteStores):
    """Stores on one database of a MongoDB wire server."""

    exact_changes = False
    keeps_new_keys_in_order = False
    # The wire server for tests refuses what Python's own dates can not say; a real one takes it.
    farthest_date = LAST_DAY if VARIABLE not in os.environ else Stores.farthest_date


@pytest.fixture(params=["sqlite", "mongo"])
def stores(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stores]:
    """Each kind of store in turn."""
    monkeypatch.setenv(LOCKS, str(tmp_path / "workers"))
    if request.param == "sqlite":
        opened = SqliteStores(f"sqlite:///{tmp_path}/store.sqlite", tmp_path / "workers")
    else:
        opened = MongoStores(request.getfixturevalue("mongo_address"), tmp_path / "workers")
    yield opened
    opened.close()


class TestDocuments(DocumentsContract):
    """Documents go in and out as they are."""


class TestEvery(EveryContract):
    """Everything that a project holds."""


class TestChanges(ChangesContract):
    """Nothing that changed is missed."""


class TestClaimsAndResults(ClaimsAndResultsContract):
    """Claim and record."""


class TestFiles(FilesContract):
    """Which file is meant."""


class TestEdits(EditsContract):
    """What a person asks for."""


class TestWorkers(WorkersContract):
    """One entry, one worker."""


class TestAccept(AcceptContract):
    """A file that is not as recorded is accepted."""
