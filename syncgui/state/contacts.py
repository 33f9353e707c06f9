"""What a person said when this machine first met a database with much open work, and what they asked for.

An answer belongs to a store and a pair of sites, for one of its projects or for all: nothing is ever asked
twice. Beside it stand the representations that a person asked for by hand while only new ones are moved.
Functions over a connection of the state file, whose owner opens the transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

import apsw

SCHEMA = """
CREATE TABLE IF NOT EXISTS contact (
    store TEXT NOT NULL, one TEXT NOT NULL, other TEXT NOT NULL, project TEXT NOT NULL,
    answer TEXT NOT NULL, since REAL NOT NULL, PRIMARY KEY (store, one, other, project)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS asked (
    store TEXT NOT NULL, project TEXT NOT NULL, representation TEXT NOT NULL,
    PRIMARY KEY (store, project, representation)) WITHOUT ROWID;
"""

# A file from before there were contacts knows by its workers which databases this machine has met.
TAKE_OVER = "INSERT OR IGNORE INTO contact SELECT DISTINCT store, '', '', '', 'all', 0 FROM worker"


class Word(StrEnum):
    """What may be moved."""

    LOOK = "look"  # nothing, until a person says so
    ALL = "all"
    NEW = "new"  # what is published from the answer on, and what a person asks for


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer; `since` is its time (epoch seconds), which only `NEW` looks at."""

    word: Word
    since: float = 0.0


ContactKey: TypeAlias = tuple[str, str, str]
"""The two sites, sorted, and the project; "" for the project: all that have no answer of their own. All three
"": every pair that has none."""

EVERYTHING: ContactKey = ("", "", "")

Contacts: TypeAlias = Mapping[ContactKey, Answer]


def read(db: apsw.Connection, store: str) -> dict[ContactKey, Answer]:
    """All answers about a store."""
    rows = db.execute("SELECT one, other, project, answer, since FROM contact WHERE store = ?", (store,))
    return {
        (str(one), str(other), str(project)): Answer(Word(str(word)), float(str(since)))
        for one, other, project, word, since in rows
    }


def write(db: apsw.Connection, store: str, answers: Contacts, *, replaces: bool) -> None:
    """Keep answers. `replaces`: in the place of earlier ones, else only where there is none."""
    db.executemany(
        f"INSERT OR {'REPLACE' if replaces else 'IGNORE'} INTO contact VALUES (?, ?, ?, ?, ?, ?)",
        ((store, *key, answer.word.value, answer.since) for key, answer in answers.items()),
    )
    # Where everything is moved nobody looks any more at what was asked for by hand.
    db.execute(
        "DELETE FROM asked WHERE store = ?1"
        " AND NOT EXISTS (SELECT 1 FROM contact WHERE store = ?1 AND answer <> 'all')",
        (store,),
    )


def note_asked(db: apsw.Connection, store: str, project: str, representations: Iterable[str]) -> None:
    """Remember what a person asked for, if that makes a difference in this store."""
    held = db.execute("SELECT 1 FROM contact WHERE store = ? AND answer <> 'all' LIMIT 1", (store,))
    if held.fetchone() is not None:
        db.executemany(
            "INSERT OR IGNORE INTO asked VALUES (?, ?, ?)",
            ((store, project, one) for one in representations),
        )


def asked(db: apsw.Connection, store: str, project: str) -> frozenset[str]:
    """The representations of a project that a person asked for."""
    rows = db.execute("SELECT representation FROM asked WHERE store = ? AND project = ?", (store, project))
    return frozenset(str(one) for (one,) in rows)
