"""Single values: numbers, switches, sizes, modes."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncgui.settings import values
from tests.settings.studio_folder import StudioFolder, at


@pytest.mark.parametrize("written", [3, "3", 3.0, "3.0", " 3 "])
def test_numbers_come_as_numbers_or_as_strings(written: object, studio: StudioFolder) -> None:
    studio.write({"retry_cnt": written, "loop_delay": written})
    project = studio.project()
    assert (project.retry_cnt, project.loop_delay_s) == (3, 3.0)
    assert isinstance(project.retry_cnt, int)
    assert project.enabled


@pytest.mark.parametrize(
    "written", ["three", -1, 0, "0", 2.5, "", True, None, [], {}, 10**400, math.nan, math.inf, 1e300]
)
def test_a_wrong_retry_count_stops_the_project(written: object, studio: StudioFolder) -> None:
    studio.write({"retry_cnt": written})
    problem = at(studio.problems(), "sync_server.config.retry_cnt")
    assert problem.fatal
    assert problem.allowed == "a whole number, 1 or more"
    assert problem.file == str(studio.common)
    project = studio.project()
    assert not project.enabled
    assert problem.sentence in project.disabled_reason


@pytest.mark.parametrize("written", ["soon", -1, 0, "-5", False, None, [1], math.nan, math.inf, 10**400])
def test_a_wrong_loop_delay_stops_the_project(written: object, studio: StudioFolder) -> None:
    studio.write({"loop_delay": written})
    assert "seconds" in at(studio.problems(), "sync_server.config.loop_delay").allowed
    assert not studio.project().enabled


@pytest.mark.parametrize("written", ["0.5", 0.5])
def test_a_loop_delay_may_be_a_part_of_a_second(written: object, studio: StudioFolder) -> None:
    studio.write({"loop_delay": written})
    assert studio.project().loop_delay_s == 0.5


@pytest.mark.parametrize("written", ["yes", "true", "false", 1, 0, None, []])
def test_only_true_and_false_switch(written: object, studio: StudioFolder) -> None:
    studio.write(flat={"enabled": written})
    problem = at(studio.problems(), "sync_server.enabled")
    assert problem.file == str(studio.common)
    assert problem.allowed == "true or false"
    assert not studio.project().enabled


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("20MB", 20_000_000),
        ("20 MB/s", 20_000_000),
        ("5GiB", 5 * 1024**3),
        ("1.5k", 1500),
        (4096, 4096),
        ("4096", 4096),
        ("7b", 7),
        ("1TiB", 1024**4),
    ],
)
def test_sizes_are_read(text: object, size: int) -> None:
    assert values.size_bytes(text, least=1, allowed="a size") == size


@pytest.mark.parametrize("text", ["", "MB", "20XB", "-1MB", "1iB", "0", True, None, [], "9" * 18 + "TB"])
def test_wrong_sizes_are_refused(text: object) -> None:
    with pytest.raises(ValueError, match="a size"):
        values.size_bytes(text, least=1, allowed="a size")


@pytest.mark.parametrize(("text", "mode"), [("0664", 0o664), ("775", 0o775), ("0o2775", 0o2775)])
def test_modes_are_octal(text: str, mode: int) -> None:
    assert values.octal_mode(text, "a mode") == mode


@pytest.mark.parametrize("text", [664, "888", "rw-", "", "07777777", None])
def test_wrong_modes_are_refused(text: object) -> None:
    with pytest.raises(ValueError, match="a mode"):
        values.octal_mode(text, "a mode")


@given(st.integers() | st.floats() | st.text() | st.booleans() | st.none())
def test_a_number_is_in_range_or_refused(value: object) -> None:
    for read, least in ((values.retry_count, 1), (values.delay_s, 0)):
        try:
            number = read(value)
        except ValueError:
            continue
        assert number > 0
        assert number >= least
        assert math.isfinite(number)
