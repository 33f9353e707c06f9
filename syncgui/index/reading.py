"""Typed answers of a connection: single values and rows of known columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias, TypeVar, cast

import apsw

RowT = TypeVar("RowT")

Values: TypeAlias = Sequence[str | int | float | None] | Mapping[str, str | int | float | None]


def rows_of(db: apsw.Connection, statement: str, values: Values = ()) -> list[RowT]:
    """All rows, as the tuples that the caller says the statement's columns are."""
    return cast("list[RowT]", db.execute(statement, values).fetchall())


def first_of(rows: Sequence[RowT]) -> RowT | None:
    """The first row, None if there is none."""
    return rows[0] if rows else None


def number_of(db: apsw.Connection, statement: str, values: Values = ()) -> int | None:
    """The first column of the first row, None if there is none or it holds none."""
    row = db.execute(statement, values).fetchone()
    return None if row is None else cast("int | None", row[0])


def text_of(db: apsw.Connection, statement: str, values: Values = ()) -> str | None:
    """The same for a text."""
    row = db.execute(statement, values).fetchone()
    return None if row is None else cast("str | None", row[0])
