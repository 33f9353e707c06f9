"""P1, P2 and P3: the program is killed at a system call of every kind, and started again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.crash.checks import violations_of_end
from tests.crash.points import CHOICES, Kind, Point, choose, points_of
from tests.crash.runs import RunError, dry_run, violations_at, why_not
from tests.crash.scenario import MAIN

_REASON = why_not()
pytestmark = pytest.mark.skipif(_REASON is not None, reason=_REASON or "")

Tell = Callable[[str], None]


@pytest.fixture(scope="module")
def points(tmp_path_factory: pytest.TempPathFactory) -> list[Point]:
    """All points of the right program."""
    return points_of(dry_run(tmp_path_factory.mktemp("dry").resolve()))


def test_a_dry_run_has_points_of_every_kind(points: list[Point]) -> None:
    assert {point.kind for point in points} == set(Kind)


@pytest.mark.parametrize("name", CHOICES)
def test_nothing_is_lost_when_it_is_killed_as(name: str, points: list[Point], tell: Tell) -> None:
    point = choose(points, name)
    if point is None and name == "group_is_flushed":
        pytest.skip("groups are not flushed as one on the file system of temporary files")
    assert point is not None
    found = violations_at(point)
    tell(f"{name:<28} {point}")
    assert found == []


@pytest.mark.parametrize("kind", [Kind.REMOVE, Kind.FLUSH_FOLDER])
def test_nothing_is_lost_when_the_next_run_is_killed_too(
    kind: Kind, points: list[Point], tmp_path: Path, tell: Tell
) -> None:
    first = choose(points, "file_is_half_written")
    following = points_of(dry_run(tmp_path.resolve(), after=first))
    cleaning = (one for one in following if one.call.thread == MAIN and one.call.path.startswith("sites"))
    second = next(one for one in cleaning if one.kind is kind)
    found = violations_at(second, after=first)
    tell(f"{'then, in the next run':<28} {second}")
    assert found == []


_WRONG = pytest.mark.parametrize(
    ("variant", "promise", "soonest"),
    [
        ("records_first", "P1", "results_are_kept"),
        ("in_place", "P2", "file_is_half_written"),
        ("moves_away", "P2", "trash_is_flushed"),
    ],
)


@_WRONG
def test_a_wrong_program_that_is_caught_does_its_work_when_nobody_kills_it(
    variant: str, promise: str, soonest: str, tmp_path: Path
) -> None:
    del promise, soonest
    dry_run(tmp_path.resolve(), variant)
    found = [one for one in violations_of_end(tmp_path) if "in the trash" not in one]
    assert found == []


@_WRONG
def test_a_wrong_program_is_caught(
    variant: str, promise: str, soonest: str, tmp_path: Path, tell: Tell
) -> None:
    wrong = points_of(dry_run(tmp_path.resolve(), variant))
    names = sorted(CHOICES, key=lambda name: name != soonest)  # where it is most likely seen comes first
    chosen = [point for name in names if (point := choose(wrong, name)) is not None]
    for tried, point in enumerate(chosen, 1):
        found = violations_at(point, variant)
        if any(one.startswith(promise) for one in found):
            tell(f"{variant} caught at point {tried}: {point}")
            return
    pytest.fail(f"{variant} broke no promise at any of {len(chosen)} points")


def test_a_point_that_is_not_reached_is_an_error(points: list[Point]) -> None:
    point = choose(points, "renames_begin")
    assert point is not None
    with pytest.raises(RunError, match="not reached"):
        violations_at(replace(point, n=1_000))


def test_another_call_in_the_place_of_the_point_is_an_error(points: list[Point]) -> None:
    point = choose(points, "renames_begin")
    assert point is not None
    other = replace(point, call=replace(point.call, names=("another", "name")))
    with pytest.raises(RunError, match="not reached"):
        violations_at(other)
