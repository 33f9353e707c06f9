"""What is wrong with sites, as whoever works with them saw it last: for everybody else who is asked why.

A site is told apart by a mark of its settings, so that sites of one name in two projects may be two places.
"""

from __future__ import annotations

from dataclasses import dataclass

import apsw

SCHEMA = """
CREATE TABLE IF NOT EXISTS trouble (
    mark TEXT PRIMARY KEY, site TEXT NOT NULL, code TEXT NOT NULL, sentence TEXT NOT NULL,
    next_step TEXT NOT NULL, since REAL NOT NULL) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class SiteTrouble:
    """A site's trouble: its code, sentence and next step, and since when (epoch seconds)."""

    site: str
    code: str
    sentence: str
    next_step: str
    since: float


def keep(db: apsw.Connection, mark: str, trouble: SiteTrouble) -> None:
    """Remember it in the place of the one before."""
    db.execute(
        "INSERT OR REPLACE INTO trouble VALUES (?, ?, ?, ?, ?, ?)",
        (mark, trouble.site, trouble.code, trouble.sentence, trouble.next_step, trouble.since),
    )


def drop(db: apsw.Connection, mark: str) -> None:
    """The site works."""
    db.execute("DELETE FROM trouble WHERE mark = ?", (mark,))


def read(db: apsw.Connection, mark: str) -> SiteTrouble | None:
    """What is wrong with a site, None if nothing is known to be."""
    row = db.execute(
        "SELECT site, code, sentence, next_step, since FROM trouble WHERE mark = ?", (mark,)
    ).fetchone()
    if row is None:
        return None
    site, code, sentence, next_step, since = row
    return SiteTrouble(str(site), str(code), str(sentence), str(next_step), float(str(since)))
