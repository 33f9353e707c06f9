"""Every store keeps the contract."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from syncgui.store.abstract_store import Store
from syncgui.store.opening import open_store
from tests.store.contract import ChangesContract, DocumentsContract, Stores
from tests.store.contract_files import FilesContract
from tests.store.contract_records import ClaimsAndResultsContract, EditsContract
from tests.store.contract_workers import WorkersContract


class SqliteStores(Stores):
    """Stores in one SQLite file."""

    def __init__(self, folder: Path) -> None:
        self._address = f"sqlite:///{folder}/store.sqlite"
        self._opened: list[Store] = []

    def open(self) -> Store:
        store = open_store(self._address, create=True, busy_timeout_s=60.0)
        self._opened.append(store)
        return store

    def close(self) -> None:
        for store in self._opened:
            store.close()


@pytest.fixture(params=[SqliteStores])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stores]:
    """Each kind of store in turn."""
    opened = request.param(tmp_path)
    yield opened
    opened.close()


class TestDocuments(DocumentsContract):
    """Documents go in and out as they are."""


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
