"""The ledger: every attempt to move a file from this machine, with how it ended. It forgets the oldest.

It tells what was done and is no truth about what lies where: that is the store's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import apsw

SCHEMA = """
CREATE TABLE IF NOT EXISTS attempt (
    id INTEGER PRIMARY KEY, at REAL NOT NULL, project TEXT NOT NULL, representation TEXT NOT NULL,
    path TEXT NOT NULL, source TEXT NOT NULL, target TEXT NOT NULL, size_bytes INTEGER NOT NULL,
    moved_bytes INTEGER NOT NULL, seconds REAL NOT NULL, checksum TEXT, flush TEXT NOT NULL,
    result TEXT NOT NULL, sentence TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS attempt_of ON attempt (representation, id);
"""

MOST_ATTEMPTS = 200_000
"""So many are kept; some tens of MB."""

_FEW = 100  # a hundredth more, so that they go by the hundred and not one by one

DONE = "done"
THERE = "already there"

_COLUMNS = (
    "at, project, representation, path, source, target, size_bytes, moved_bytes, seconds, checksum, flush,"
    " result, sentence"
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at one file.

    Args:
        at: when it ended, epoch seconds.
        project, representation, path: whose file, as recorded.
        source, target: sites.
        size_bytes: of the file.
        moved_bytes: sent or fetched by this try.
        seconds: from when its slot began with it, waits for its group's flush included.
        checksum: "algorithm:hex" of what was moved, None where nothing was hashed.
        flush: how it was made durable, "" where that is not ours to do.
        result: "done", "already there", or the code of the error.
        sentence: the error's, "" if there was none.
    """

    at: float
    project: str
    representation: str
    path: str
    source: str
    target: str
    size_bytes: int
    moved_bytes: int
    seconds: float
    checksum: str | None
    flush: str
    result: str
    sentence: str


def keep(db: apsw.Connection, attempts: Iterable[Attempt], *, most: int = MOST_ATTEMPTS) -> None:
    """Add attempts, and forget the oldest where there are more than `most` and a few."""
    db.executemany(
        f"INSERT INTO attempt ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                *(one.at, one.project, one.representation, one.path, one.source, one.target),
                *(one.size_bytes, one.moved_bytes, one.seconds, one.checksum, one.flush),
                *(one.result, one.sentence),
            )
            for one in attempts
        ),
    )
    last = db.execute("SELECT min(id), max(id) FROM attempt").fetchone()
    oldest, newest = (int(str(one or 0)) for one in last or (0, 0))
    if newest - oldest >= most + most // _FEW:
        db.execute("DELETE FROM attempt WHERE id <= ?", (newest - most,))


def read(
    db: apsw.Connection,
    *,
    project: str | None = None,
    representation: str | None = None,
    path: str | None = None,
    limit: int,
) -> Sequence[Attempt]:
    """The latest attempts, newest first. `path`: those whose path holds this text."""
    wanted = {"project = ?": project, "representation = ?": representation, "instr(path, ?) > 0": path}
    given = {clause: value for clause, value in wanted.items() if value is not None}
    where = f"WHERE {' AND '.join(given)}" if given else ""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM attempt {where} ORDER BY id DESC LIMIT ?", (*given.values(), limit)
    ).fetchall()
    return [_attempt(row) for row in rows]


def _attempt(row: tuple[object, ...]) -> Attempt:
    at, project, representation, path, source, target, size, moved, seconds, checksum, flush, result, said = (
        row
    )
    return Attempt(
        at=float(str(at)),
        project=str(project),
        representation=str(representation),
        path=str(path),
        source=str(source),
        target=str(target),
        size_bytes=int(str(size)),
        moved_bytes=int(str(moved)),
        seconds=float(str(seconds)),
        checksum=str(checksum) if checksum is not None else None,
        flush=str(flush),
        result=str(result),
        sentence=str(said),
    )
