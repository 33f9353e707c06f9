"""Speeds, progress and time left, from what the loop tells at chosen moments."""

from __future__ import annotations

import pytest

from syncgui.engine.events import Changed, Done, Failed, Moving
from syncgui.model.status import Direction
from syncgui.views.standing import Flow, Progress
from syncgui.views.throughput import HISTORY_STEPS, STEP_S, Step, Throughput

MB = 1_000_000
UP, DOWN = Direction.UPLOAD, Direction.DOWNLOAD


def moving(path: str, moved: int, direction: Direction = UP, ids: tuple[str, ...] = ("r",)) -> Moving:
    return Moving("P", path, direction, moved, 100 * MB, ids)


def done(path: str, size: int, direction: Direction = UP, *, copied: bool = True, one: str = "r") -> Done:
    return Done("P", path, "backup", direction, size, copied, (one,))


def failed(path: str) -> Failed:
    return Failed("P", path, "backup", "damaged", "It differs", "", True, ("r",))


def test_a_large_file_that_moves_steadily_has_its_speed() -> None:
    flow, counted = Flow(), Throughput()
    for tick in range(41):
        counted.feed([moving("a", tick * 2 * MB)], tick * 0.2)
        flow = counted.flow(tick * 0.2)
    assert flow.up_bytes_per_s == pytest.approx(10 * MB, rel=0.05)
    assert (flow.down_bytes_per_s, flow.uploading, flow.downloading) == (0.0, 1, 0)


def test_small_files_that_only_end_count_as_well() -> None:
    counted = Throughput()
    for tick in range(60):
        counted.feed([done(f"{tick}", MB, DOWN)], tick * 0.1)
    flow = counted.flow(6.0)
    assert flow.down_bytes_per_s == pytest.approx(10 * MB, rel=0.1)
    assert flow.downloading == pytest.approx(10, abs=1)


def test_a_file_that_was_there_already_is_no_speed() -> None:
    counted = Throughput()
    counted.feed([done("a", 50 * MB, copied=False)], 1.0)
    assert counted.flow(1.0).up_bytes_per_s == 0
    assert counted.flow(1.0).uploading == 1


def test_the_end_of_a_large_file_counts_only_what_was_not_counted() -> None:
    counted = Throughput()
    counted.feed([moving("a", 90 * MB)], 0.0)
    counted.feed([done("a", 100 * MB)], 1.0)
    assert counted.flow(2.0).up_bytes_per_s == pytest.approx(50 * MB)


def test_a_file_that_begins_anew_never_counts_backwards() -> None:
    counted = Throughput()
    counted.feed([moving("a", 30 * MB)], 0.0)
    counted.feed([moving("a", 10 * MB)], 1.0)
    assert counted.flow(2.0).up_bytes_per_s == pytest.approx(20 * MB)


def test_speeds_fall_to_nothing_when_nothing_comes() -> None:
    counted = Throughput()
    counted.feed([done("a", 10 * MB)], 0.0)
    assert counted.flow(1.0).up_bytes_per_s > counted.flow(4.0).up_bytes_per_s > 0
    assert counted.flow(4.0).uploading == 1  # never a speed of nobody
    assert counted.flow(5.1).up_bytes_per_s == 0
    assert not counted.is_quiet(5.1)  # still to be shown as landed
    assert counted.is_quiet(10.1)
    assert counted.flow(10.1) == Flow()


def test_progress_of_a_representation_is_that_of_its_files_together() -> None:
    counted = Throughput()
    counted.feed([moving("a", 3 * MB), moving("b", 4 * MB, ids=("r", "s")), moving("c", MB, DOWN)], 0.0)
    assert counted.flow(0.1).moving == {
        ("P", "r"): Progress(7 * MB, MB),
        ("P", "s"): Progress(4 * MB, 0),
    }


def test_a_file_that_ended_stays_in_the_progress_until_the_index_shows_it() -> None:
    counted = Throughput()
    counted.feed([moving("a", 3 * MB), done("a", 5 * MB)], 0.0)
    assert counted.flow(0.1).moving == {("P", "r"): Progress(5 * MB, 0)}
    counted.feed([Changed("P", ("r",))], 0.2)
    assert counted.flow(0.3).moving == {}


def test_a_failure_and_a_long_silence_end_the_progress() -> None:
    counted = Throughput()
    counted.feed([moving("a", 3 * MB), moving("b", 4 * MB)], 0.0)
    counted.feed([failed("a")], 0.1)
    assert counted.flow(0.2).moving == {("P", "r"): Progress(4 * MB, 0)}
    assert counted.flow(9.9).uploading == 1
    assert (counted.flow(10.1).uploading, counted.flow(10.1).moving) == (0, {})


def test_nothing_is_under_way_after_the_loop_ended() -> None:
    counted = Throughput()
    counted.feed([moving("a", 3 * MB), done("b", MB)], 0.0)
    counted.stop()
    assert counted.flow(2.0).moving == {}


def test_the_history_has_fifteen_minutes_in_steps_and_no_more() -> None:
    counted = Throughput()
    assert counted.history(7.0) == (Step(),) * HISTORY_STEPS
    for step in range(2 * HISTORY_STEPS):
        counted.feed([done(f"{step}", (step + 1) * MB), done(f"{step}", MB, DOWN)], step * STEP_S + 1)
    history = counted.history(2 * HISTORY_STEPS * STEP_S + 0.1)
    assert len(history) == HISTORY_STEPS
    assert history[-1] == Step(2 * HISTORY_STEPS * MB / STEP_S, MB / STEP_S)
    assert history[0] == Step((HISTORY_STEPS + 1) * MB / STEP_S, MB / STEP_S)
    assert counted.history(1e6) == (Step(),) * HISTORY_STEPS


def steady(seconds: int, size: int = 5 * MB) -> Throughput:
    """A file of this size each second."""
    counted = Throughput()
    for second in range(seconds):
        counted.feed([done(f"{second}", size), Changed("P", ("r",))], float(second))
    return counted


def test_no_guess_is_made_before_there_is_something_to_go_by() -> None:
    assert Throughput().seconds_left(MB, 1, 100.0) is None
    assert steady(4).seconds_left(500 * MB, 100, 4.0) is None
    assert steady(30).seconds_left(0, 0, 30.0) is None


def test_at_a_steady_rate_the_guess_is_narrow_and_right() -> None:
    guess = steady(60).seconds_left(500 * MB, 100, 60.0)
    assert guess == pytest.approx((100, 100))


def test_at_an_unsteady_rate_the_guess_is_a_range_around_the_middle() -> None:
    counted = Throughput()
    for second in range(60):
        size = (2, 5, 9)[second // 5 % 3] * MB
        counted.feed([done(f"{second}", size), Changed("P", ("r",))], float(second))
    guess = counted.seconds_left(500 * MB, 100, 60.0)
    assert guess is not None
    low, high = guess
    assert low < 100 < high <= 300


def test_what_is_under_way_is_not_waited_for_twice() -> None:
    counted = steady(60)
    counted.feed([moving("big", 100 * MB)], 59.9)
    guess = counted.seconds_left(600 * MB, 2, 60.0)
    assert guess is not None
    assert guess[1] <= 100.1


def test_files_of_unknown_size_are_guessed_by_their_number() -> None:
    assert steady(60).seconds_left(0, 30, 60.0) == pytest.approx((30, 30))


def test_after_a_long_rest_the_guess_goes_by_what_moves_now() -> None:
    counted = steady(20, 100 * MB)
    for second in range(40, 60):
        counted.feed([done(f"{second}", MB), Changed("P", ("r",))], float(second))
    guess = counted.seconds_left(100 * MB, 1, 60.0)
    assert guess == pytest.approx((100, 100))


def test_a_rate_of_nothing_is_no_guess() -> None:
    counted = steady(5)
    counted.feed([moving("stands still", 0)], 59.9)
    assert counted.seconds_left(MB, 1, 60.0) is None


def test_nothing_is_guessed_once_nothing_moves_any_more() -> None:
    counted = steady(60)
    assert counted.seconds_left(MB, 1, 61.0) is not None
    assert counted.seconds_left(MB, 1, 72.0) is None
