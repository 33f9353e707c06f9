"""What an interrupted transfer left to go on with: tokens of providers, and partials of this machine.

Both belong to a certain content of a source, told apart by a text of its size, times and identity. A token
is a secret: whoever has it may send the rest. It belongs to one worker at a time, as two that send through
one session would be in each other's way.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import apsw

_SCHEMA = """
CREATE TABLE IF NOT EXISTS token (
    place TEXT PRIMARY KEY, source TEXT NOT NULL, token TEXT NOT NULL, since REAL NOT NULL) WITHOUT ROWID;
"""
_COLUMNS = """
ALTER TABLE partial ADD COLUMN source TEXT NOT NULL DEFAULT '';
ALTER TABLE partial ADD COLUMN since REAL NOT NULL DEFAULT 0;
"""
_OWNER = "ALTER TABLE token ADD COLUMN worker TEXT NOT NULL DEFAULT ''"

KEPT_S = 3 * 24 * 3600.0
"""So long what was begun is kept for whoever goes on with it."""


@dataclass(frozen=True, slots=True)
class Partial:
    """A temporary file that a worker began: beside `path`, relative to the root folder, under `name`.

    `source`: which content its bytes are of, "" where nobody is to go on with it; `since`: epoch seconds.
    """

    site: str
    root: str
    path: str
    name: str
    source: str = ""
    since: float = 0.0

    def is_kept(self, now: float) -> bool:
        """Whether it is still to be gone on with at `now` (epoch seconds)."""
        return bool(self.source) and now - self.since < KEPT_S


def set_up(db: apsw.Connection) -> None:
    """Bring the tables into their form, whichever version made them."""
    db.execute(_SCHEMA)
    if "source" not in _columns(db, "partial"):
        db.execute(_COLUMNS)
    if "worker" not in _columns(db, "token"):
        db.execute(_OWNER)


def note_partials(db: apsw.Connection, worker: str, partials: Iterable[Partial]) -> None:
    """Remember partials of a worker."""
    db.executemany(
        "INSERT INTO partial (worker, site, root, path, name, source, since) VALUES (?, ?, ?, ?, ?, ?, ?)",
        ((worker, one.site, one.root, one.path, one.name, one.source, one.since) for one in partials),
    )


def partials(db: apsw.Connection) -> list[tuple[str, Partial]]:
    """All partials with their workers, oldest first."""
    rows = db.execute(
        "SELECT worker, site, root, path, name, source, since FROM partial ORDER BY id"
    ).fetchall()
    return [_partial(row) for row in rows]


def begun(db: apsw.Connection, site: str, root: str) -> list[tuple[str, Partial]]:
    """The partials that were begun below a root and are to be gone on with, the latest first."""
    rows = db.execute(
        "SELECT worker, site, root, path, name, source, since FROM partial"
        " WHERE site = ? AND root = ? AND source != '' ORDER BY id DESC",
        (site, root),
    ).fetchall()
    return [_partial(row) for row in rows]


def give_up(db: apsw.Connection, worker: str, partials: Iterable[Partial]) -> None:
    """Let nobody go on with these partials; they stay noted until they are removed."""
    db.executemany(
        "UPDATE partial SET source = '' WHERE worker = ? AND path = ? AND name = ?",
        ((worker, one.path, one.name) for one in partials),
    )


def drop_partials(db: apsw.Connection, worker: str, gone: Iterable[Partial]) -> None:
    """Forget partials that are renamed or removed."""
    db.executemany(
        "DELETE FROM partial WHERE worker = ? AND path = ? AND name = ?",
        ((worker, one.path, one.name) for one in gone),
    )


def token_owner(db: apsw.Connection, place: str, source: str, oldest: float) -> str | None:
    """Which worker has the token that is kept for a place and this content of its source.

    "" for one that anybody may take; None where there is none, or it is too old.
    """
    row = db.execute(
        "SELECT worker FROM token WHERE place = ? AND source = ? AND since >= ?", (place, source, oldest)
    ).fetchone()
    return str(row[0]) if row is not None else None


def take_token(
    db: apsw.Connection, worker: str, place: str, source: str, owner: str, oldest: float
) -> str | None:
    """Make a token of `owner` this worker's; None if somebody else took it meanwhile."""
    row = db.execute(
        "UPDATE token SET worker = ? WHERE place = ? AND source = ? AND worker = ? AND since >= ?"
        " RETURNING token",
        (worker, place, source, owner, oldest),
    ).fetchone()
    return str(row[0]) if row is not None else None


def keep_token(db: apsw.Connection, worker: str, place: str, source: str, value: str, now: float) -> None:
    """Keep a worker's token in the place of the one before. Old ones of other places go, too."""
    db.execute("DELETE FROM token WHERE since < ?", (now - 30 * 24 * 3600.0,))
    db.execute(
        "INSERT OR REPLACE INTO token (place, source, token, since, worker) VALUES (?, ?, ?, ?, ?)",
        (place, source, value, now, worker),
    )


def free_tokens(db: apsw.Connection, worker: str) -> None:
    """Let anybody take the tokens of a worker that is gone."""
    db.execute("UPDATE token SET worker = '' WHERE worker = ?", (worker,))


def drop_token(db: apsw.Connection, worker: str, place: str) -> None:
    """Forget a worker's token; one that another worker has for the place stays."""
    db.execute("DELETE FROM token WHERE place = ? AND worker = ?", (place, worker))


def _columns(db: apsw.Connection, table: str) -> set[str]:
    return {str(row[1]) for row in db.execute(f"PRAGMA table_info({table})")}


def _partial(row: tuple[object, ...]) -> tuple[str, Partial]:
    worker, site, root, path, name, source, since = row
    return str(worker), Partial(str(site), str(root), str(path), str(name), str(source), float(str(since)))
