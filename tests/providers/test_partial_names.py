from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncgui.providers.local_folder import partial_name, read_partial_name


def test_the_name_is_made_of_hash_worker_and_number() -> None:
    assert partial_name("a.exr", "w-00ff", 12) == ".syncgui-d3bc3ae68a8ae51a-w-00ff-12.part"


@given(st.text(min_size=1), st.from_regex(r"[a-z0-9-]{1,24}", fullmatch=True), st.integers(0, 10**18 - 1))
def test_what_is_made_can_be_read(name: str, worker: str, number: int) -> None:
    made = partial_name(name, worker, number)
    read = read_partial_name(made)
    assert read is not None
    assert read[1:] == (worker, number)
    assert read[0] == partial_name(name, "another", 1)[9:25]
    assert len(made.encode()) <= 80


@pytest.mark.parametrize(
    "text",
    [
        "a.exr",
        ".syncgui-0123456789abcdef-w-1.part ",
        ".syncgui-0123456789abcdef-w-1.part\n",
        ".syncgui-0123456789abcde-w-1.part",
        ".syncgui-0123456789ABCDEF-w-1.part",
        ".syncgui-0123456789abcdef-W-1.part",
        ".syncgui-0123456789abcdef-../w-1.part",
        ".syncgui-0123456789abcdef-w-.part",
        "x/.syncgui-0123456789abcdef-w-1.part",
    ],
)
def test_other_names_are_no_partials(text: str) -> None:
    assert read_partial_name(text) is None


@pytest.mark.parametrize(("worker", "number"), [("../w", 1), ("", 1), ("W", 1), ("w", -1), ("w", 10**18)])
def test_a_worker_that_can_not_be_part_of_a_name_is_refused(worker: str, number: int) -> None:
    with pytest.raises(ValueError, match="no worker and claim"):
        partial_name("a", worker, number)
