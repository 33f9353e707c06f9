"""What holds for all tests."""

from __future__ import annotations

import os

import pytest

_skipped: list[str] = []


@pytest.fixture(autouse=True)
def no_settings_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that this machine's user has set reaches a test."""
    for name in list(os.environ):
        if name.startswith(("SYNCGUI_", "AVALON_", "OPENPYPE_")) and name != "SYNCGUI_TEST_MONGO":
            monkeypatch.delenv(name)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Remember what was skipped."""
    if report.skipped:
        _skipped.append(report.nodeid)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Where everything is installed, a skipped test is a failure."""
    if os.environ.get("CI") and _skipped and exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say why the run failed."""
    if os.environ.get("CI") and _skipped:
        terminalreporter.write_line(f"skipped in CI, which is a failure: {', '.join(_skipped)}")
