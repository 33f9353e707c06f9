"""The pace of an account, by a clock of the test's own."""

from __future__ import annotations

from random import Random

import pytest

from syncgui.model.errors import CancelledError
from syncgui.providers.account_gate import AccountGate, gate_of


class Clock:
    """Goes on by itself when somebody waits."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.waits: list[float] = []

    def __call__(self) -> float:
        return self.now_s

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now_s += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def gate(clock: Clock) -> AccountGate:
    return AccountGate(clock, Random(1))


def passes(gate: AccountGate, clock: Clock) -> float:
    """How long it takes to come through."""
    before = clock.now_s
    gate.pass_through(clock.wait)
    return clock.now_s - before


def test_nobody_waits_while_nothing_is_refused(gate: AccountGate, clock: Clock) -> None:
    for _ in range(1000):
        gate.pass_through(clock.wait)
        gate.went_well()
    assert clock.waits == []


def test_a_refusal_makes_everybody_wait_about_a_second(gate: AccountGate, clock: Clock) -> None:
    pause_s = gate.limited()
    assert 0.8 <= pause_s <= 1.2
    assert gate.closed_for_s == pause_s
    assert passes(gate, clock) == pytest.approx(pause_s)
    assert gate.closed_for_s == 0.0


def test_refusals_in_a_row_double_the_pause_up_to_a_minute(gate: AccountGate, clock: Clock) -> None:
    pauses = []
    for _ in range(10):
        pauses.append(gate.limited())
        clock.now_s += pauses[-1] + 0.001
    for n, pause_s in enumerate(pauses):
        usual = min(64.0, 2.0**n)
        assert 0.8 * usual <= pause_s <= 1.2 * usual


def test_echoes_of_calls_that_were_on_their_way_lengthen_nothing(gate: AccountGate, clock: Clock) -> None:
    first = gate.limited()
    for _ in range(16):
        clock.now_s += 0.01
        gate.limited()
    assert gate.closed_for_s == pytest.approx(first - 0.16)
    clock.now_s += first
    assert gate.limited() <= 2.4, "sixteen echoes are one refusal"


def test_what_the_storage_asks_for_is_kept(gate: AccountGate, clock: Clock) -> None:
    assert gate.limited(30.0) == 30.0
    assert passes(gate, clock) == pytest.approx(30.0)


def test_echoes_that_ask_for_a_wait_count_once(gate: AccountGate, clock: Clock) -> None:
    for _ in range(16):
        gate.limited(2.0)
    assert gate.closed_for_s == pytest.approx(2.0)
    assert passes(gate, clock) == pytest.approx(2.0)
    assert gate.limited() <= 2.4


def test_a_later_call_that_asks_for_more_gets_it(gate: AccountGate, clock: Clock) -> None:
    gate.limited()
    gate.limited(10.0)
    assert gate.closed_for_s == pytest.approx(10.0)


def test_the_pace_afterwards_is_a_little_slower_than_what_went_well(gate: AccountGate, clock: Clock) -> None:
    for _ in range(100):  # 20 a second
        clock.now_s += 0.05
        gate.went_well()
    gate.limited()
    assert gate.interval_s == pytest.approx(1 / 16, rel=0.1)
    gate.pass_through(clock.wait)
    assert passes(gate, clock) == pytest.approx(gate.interval_s)


def test_what_goes_well_lets_the_pace_rise_to_none(gate: AccountGate, clock: Clock) -> None:
    for _ in range(100):
        clock.now_s += 0.05
        gate.went_well()
    gate.limited()
    for _ in range(2000):
        gate.went_well()
    assert gate.interval_s == 0.0


def test_the_pace_never_falls_below_a_call_in_two_seconds(gate: AccountGate, clock: Clock) -> None:
    gate.went_well()
    clock.now_s += 9.0
    gate.went_well()
    gate.limited()
    assert gate.interval_s <= 2.0


def test_one_that_went_well_ends_the_doubling(gate: AccountGate, clock: Clock) -> None:
    for _ in range(5):
        clock.now_s += gate.limited() + 0.001
    gate.went_well()
    assert gate.limited() <= 1.2


def test_who_waits_can_be_stopped(gate: AccountGate) -> None:
    def stopped(seconds: float) -> None:
        assert seconds <= 0.2, "so that a stop is noticed soon"
        raise CancelledError

    gate.limited(1000.0)
    with pytest.raises(CancelledError):
        gate.pass_through(stopped)


def test_an_account_has_one_gate() -> None:
    assert gate_of("a test's account") is gate_of("a test's account")
    assert gate_of("a test's account") is not gate_of("another account of a test")
