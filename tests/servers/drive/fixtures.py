"""Fixtures for tests against a Drive server. A test file says
`pytest_plugins = ["tests.servers.drive.fixtures"]`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers.drive.client import Api
from tests.servers.drive.process import DriveServer
from tests.servers.drive.settings import Settings


@pytest.fixture(scope="module")
def module_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DriveServer]:
    """A server for all tests of a file; ask for `server`."""
    server = DriveServer(tmp_path_factory.mktemp("drive"))
    yield server
    server.stop()
    assert server.log() == ""


@pytest.fixture
def server(module_server: DriveServer) -> Iterator[DriveServer]:
    """A server without faults, all settings as at first."""
    yield module_server
    _restore(module_server)


@pytest.fixture(scope="module")
def module_tls_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DriveServer]:
    """A server with TLS for all tests of a file; ask for `tls_server`."""
    server = DriveServer(tmp_path_factory.mktemp("drive-tls"), tls=True)
    yield server
    server.stop()
    assert server.log() == ""


@pytest.fixture
def tls_server(module_tls_server: DriveServer) -> Iterator[DriveServer]:
    """A server with TLS and proxy, without faults, all settings as at first."""
    yield module_tls_server
    _restore(module_tls_server)


@pytest.fixture
def api(server: DriveServer) -> Api:
    """Calls of the service account."""
    return Api(server, server.credentials)


@pytest.fixture
def folder(request: pytest.FixtureRequest, server: DriveServer) -> str:
    """Id of an empty folder of the test's own on the shared drive."""
    return server.make_folder(server.drive_id, request.node.name.replace("/", "_"))


def _restore(server: DriveServer) -> None:
    server.reset()
    server.configure(**Settings().document())
