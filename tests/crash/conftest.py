"""Every point that was tried, with the call that it hit, in the summary of the test run."""

from __future__ import annotations

from collections.abc import Callable

import pytest

_HITS = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def tell(pytestconfig: pytest.Config) -> Callable[[str], None]:
    """Say something in the summary."""
    return pytestconfig.stash.setdefault(_HITS, []).append


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print what was said."""
    lines = config.stash.get(_HITS, [])
    if lines:
        terminalreporter.section("kills")
        for line in lines:
            terminalreporter.write_line(line)
