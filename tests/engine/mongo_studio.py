"""The small studio on a MongoDB server, with a steady clock that a test can move on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from syncgui.application import Application, Options
from syncgui.engine.environment import SystemClock, real_environment
from syncgui.providers.file_operations import FileOperations
from tests.engine.studio import Studio
from tests.servers.mongo_server import MongoServer


class MovedClock(SystemClock):
    """The computer's clocks; the steady one can be moved on, as a suspend or an outage does."""

    def __init__(self) -> None:
        self._moved_s = 0.0

    def steady_s(self) -> float:
        return super().steady_s() + self._moved_s

    def advance(self, seconds: float) -> None:
        """Let so many seconds pass."""
        self._moved_s += seconds


class MongoStudio(Studio):
    """A studio whose records lie on a server.

    Args:
        folder: where everything else lies.
        address: of the database.
    """

    def __init__(self, folder: Path, address: str) -> None:
        self._address = address
        self.clock = MovedClock()
        super().__init__(folder)

    @property
    def database(self) -> str:
        """Its address."""
        return self._address

    def application(self, home: str = "home", files: FileOperations | None = None) -> Application:
        """The parts, with this studio's clock."""
        environment = replace(real_environment(), clock=self.clock)
        if files is not None:
            environment = replace(environment, files=files)
        return self.closing(
            Application(
                Options(self.folder / home, self.settings_dir, self.database), {}, environment=environment
            )
        )


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine of the test's own: locks of workers lie outside any `--home`."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "machine"))


@pytest.fixture
def mongo_studio(tmp_path: Path, mongo_address: str, machine: None) -> Iterator[MongoStudio]:
    """An empty studio on the shared server."""
    found = MongoStudio(tmp_path, mongo_address)
    yield found
    found.close()


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[MongoServer]:
    """A server that may be killed; the driver looks at it twice a second, as its failpoints wake nobody."""
    server = MongoServer(tmp_path / "server", query="heartbeatFrequencyMS=500")
    yield server
    server.kill()


@pytest.fixture
def outage_studio(tmp_path: Path, own_server: MongoServer, machine: None) -> Iterator[MongoStudio]:
    """An empty studio on a server that may be killed."""
    found = MongoStudio(tmp_path, own_server.address("avalon"))
    yield found
    found.close()
