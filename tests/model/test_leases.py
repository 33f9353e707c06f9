"""Names of workers and their leases."""

from __future__ import annotations

from random import Random

import pytest

from syncgui.model.leases import is_worker, lease_of, new_worker, worker_of


def test_a_lease_names_its_worker() -> None:
    worker = new_worker(Random(1))
    assert is_worker(worker)
    assert worker_of(lease_of(worker, 12)) == worker


def test_workers_have_names_of_their_own() -> None:
    random = Random(1)
    assert len({new_worker(random) for _ in range(1000)}) == 1000


@pytest.mark.parametrize(
    "lease", ["", "w-1", "w-1:", ":1", "W-1:1", "w/1:1", "../w:1", "w-1:x", "w-1:1\n", "a" * 25 + ":1"]
)
def test_what_is_no_lease_names_nobody(lease: str) -> None:
    assert worker_of(lease) is None


@pytest.mark.parametrize("name", ["", "..", "a/b", "w 1", "W", "w\n", "a" * 25])
def test_what_can_not_be_a_worker_is_none(name: str) -> None:
    assert not is_worker(name)
