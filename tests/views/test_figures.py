"""Figures as people read them."""

from __future__ import annotations

from datetime import datetime

import pytest

from syncgui.views.figures import age_text, clock_text, left_text, size_text, speed_text

NOW = datetime(2026, 5, 20, 14, 0).timestamp()  # noqa: DTZ001 - as the clock on the wall
MIN, HOUR, DAY = 60.0, 3_600.0, 86_400.0


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (-1, "0 B"), (0, "0 B"), (999, "999 B"), (1_000, "1.0 kB"), (99_940, "99.9 kB"), (99_960, "100 kB"),
        (999_499, "999 kB"), (999_500, "1.0 MB"), (70_300_000_000, "70.3 GB"), (41 * 10**12, "41.0 TB"),
        (2**63, "9223 PB"),
    ],
)  # fmt: skip
def test_a_size_has_three_digits(size: int, text: str) -> None:
    assert size_text(size) == text


@pytest.mark.parametrize(
    ("speed", "text"), [(0.0, "0 B/s"), (8_300_000.0, "8.3 MB/s"), (42_000_000.0, "42 MB/s"), (-5.0, "0 B/s")]
)
def test_a_speed_is_short(speed: float, text: str) -> None:
    assert speed_text(speed) == text


@pytest.mark.parametrize(
    ("ago", "text"),
    [
        (0.0, "now"), (59.0, "now"), (-30.0, "now"), (3 * MIN, "3 min"), (59.9 * MIN, "59 min"),
        (HOUR, "1 h"), (23.9 * HOUR, "23 h"), (17 * DAY, "3 May"), (365 * DAY, "20 May 2025"),
        (-2 * DAY, "22 May"),
    ],
)  # fmt: skip
def test_an_age_becomes_a_date_after_a_day(ago: float, text: str) -> None:
    assert age_text(NOW - ago, NOW) == text


def test_a_date_that_no_calendar_has_is_no_error() -> None:
    assert age_text(1e18, NOW).endswith("9999")
    assert age_text(-1e18, NOW).endswith("1970") or age_text(-1e18, NOW).endswith("1969")


def test_a_clock_time_of_another_day_has_its_date() -> None:
    assert clock_text(NOW + 32 * MIN, NOW) == "14:32"
    assert clock_text(NOW + DAY, NOW) == "21 May 14:00"


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (10.0, 50.0, "less than a minute"), (11.5 * MIN, 12.4 * MIN, "about 12 min"),
        (70 * MIN, 2 * HOUR, "1 h 10 min to 2 h"), (2 * HOUR, 70 * MIN, "1 h 10 min to 2 h"),
        (11 * HOUR, 11.3 * HOUR, "about 11 h"), (3 * DAY, 6 * DAY, "3 days to 6 days"),
        (5 * MIN, float("inf"), "more than 5 min"), (float("inf"), float("inf"), ""),
    ],
)  # fmt: skip
def test_time_left_is_a_guess_with_a_range(low: float, high: float, text: str) -> None:
    assert left_text((low, high)) == text
