"""No question of the planner or of the table's pages walks through a table."""

from __future__ import annotations

import re

import pytest

from syncgui.index import statements
from tests.index.conftest import Bench
from tests.index.documents import to_upload

STATEMENTS = {
    name: text
    for name, text in vars(statements).items()
    if name.isupper() and not name.startswith("_") and isinstance(text, str)
}


def test_the_statements_of_the_flat_questions_are_among_those_that_are_looked_at() -> None:
    assert STATEMENTS.keys() >= {
        "NEXT_READY", "NEXT_WAITED", "SAME_PATH", "NEXT_DUE", "LEVELS", "TALLIES", "PROBLEMS", "ODD",
        "ROW", "ROW_ID", "ROW_PLACES", "TOTALS", "FAILED_TARGETS", "NEXT_WORKER", "FIRST_PRESENT",
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(STATEMENTS))
def test_a_statement_is_answered_by_an_index(bench: Bench, name: str) -> None:
    bench.put(*[to_upload(tries=number % 4) for number in range(50)])
    text = STATEMENTS[name]
    values = dict.fromkeys(re.findall(r":(\w+)", text), 1) or (1,) * text.count("?")
    plan = bench.index.file.read(
        lambda db: [str(row[3]) for row in db.execute(f"EXPLAIN QUERY PLAN {text}", values)]
    )
    assert plan
    assert not [line for line in plan if line.startswith("SCAN")], plan
