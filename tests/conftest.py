"""What holds for all tests."""

from __future__ import annotations

import os
import threading
from collections.abc import Generator, Iterator
from dataclasses import asdict

import pytest

from tests.servers.drive.process import DriveServer
from tests.servers.drive.settings import Settings
from tests.servers.mongo_server import MongoServer, NamedServer, empty, new_database, shared_server
from tests.store.update_shapes import every_write_has_a_known_shape, stores_are_watched  # noqa: F401

# Windows are tested offscreen; a machine that only runs the service need not have Qt's libraries.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["PYTEST_QT_API"] = "pyside6"
try:
    import PySide6.QtWidgets  # noqa: F401
except ImportError as error:
    QT_MISSING = str(error)
    collect_ignore = ["views", "desktop"]
else:
    QT_MISSING = ""
    pytest_plugins = ("pytestqt.plugin",)

_skipped: list[str] = []


@pytest.fixture(autouse=True)
def no_settings_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that this machine's user has set reaches a test."""
    for name in list(os.environ):
        if name.startswith(("SYNCGUI_", "AVALON_", "OPENPYPE_")) and name != "SYNCGUI_TEST_MONGO":
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def no_connection_is_left_open() -> Iterator[None]:
    """A store that is not closed goes on asking its server, into all the tests that follow."""
    before = _of_stores()
    yield
    left = _of_stores() - before
    assert not left, f"these threads of a store were left: {sorted(one.name for one in left)}"


def _of_stores() -> set[threading.Thread]:
    return {one for one in threading.enumerate() if one.name in ("syncgui-stream", "syncgui-heartbeat")}


@pytest.fixture(scope="session")
def mongo_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MongoServer | NamedServer]:
    """One MongoDB wire server for all tests that only need one."""
    server = shared_server(tmp_path_factory.mktemp("mongo"))
    yield server
    server.stop()


@pytest.fixture
def mongo_address(mongo_server: MongoServer | NamedServer) -> Iterator[str]:
    """The address of an empty database on it."""
    database = new_database()
    yield mongo_server.address(database)
    empty(mongo_server, database)


@pytest.fixture(scope="session")
def shared_drive_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DriveServer]:
    """One Google Drive for all tests that only need one."""
    server = DriveServer(tmp_path_factory.mktemp("drive"))
    yield server
    server.stop()


@pytest.fixture
def drive_server(shared_drive_server: DriveServer) -> Iterator[DriveServer]:
    """It, without the faults, counts and settings of the test before."""
    yield shared_drive_server
    usual = asdict(Settings())
    del usual["token_epoch"]  # only ever rises
    shared_drive_server.configure(**usual)
    shared_drive_server.clear_faults()
    shared_drive_server.reset()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What a test wrote goes to another process, which takes only proper text."""
    report = yield
    report.sections = [(_proper(name), _proper(text)) for name, text in report.sections]
    return report


def _proper(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Remember what was skipped."""
    if report.skipped:
        _skipped.append(report.nodeid)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Where everything is installed, a skipped test is a failure."""
    if os.environ.get("CI") and (_skipped or QT_MISSING) and exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say why the run failed, and what could not be tested."""
    if QT_MISSING:
        terminalreporter.write_line(
            f"tests/views and tests/desktop were skipped, Qt can not be loaded: {QT_MISSING}. "
            "On Debian and Ubuntu: apt install libegl1 libgl1 libxkbcommon0 libdbus-1-3 libfontconfig1"
        )
    if os.environ.get("CI") and _skipped:
        terminalreporter.write_line(f"skipped in CI, which is a failure: {', '.join(_skipped)}")
