"""Results of finished transfers, from the moment of their end until the store has them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import apsw

from syncgui.model.edits import Outcome, Result, Target
from syncgui.model.representation import FileRef

SCHEMA = """
CREATE TABLE IF NOT EXISTS result (
    id INTEGER PRIMARY KEY, worker TEXT NOT NULL, project TEXT NOT NULL, representation TEXT NOT NULL,
    file_id TEXT, file_path TEXT NOT NULL, site TEXT NOT NULL, lease TEXT NOT NULL, outcome TEXT NOT NULL,
    provider_id TEXT, checksum TEXT, error TEXT NOT NULL, costs_try INTEGER NOT NULL, retry_after_s REAL);
CREATE INDEX IF NOT EXISTS result_by_worker ON result (worker);
"""
_COLUMNS = (
    "worker, project, representation, file_id, file_path, site, lease, outcome, provider_id, checksum, error,"
    " costs_try, retry_after_s"
)


@dataclass(frozen=True, slots=True)
class KeptResult:
    """A result that may not have reached the store yet."""

    id: int
    worker: str
    project: str
    result: Result


def keep(db: apsw.Connection, worker: str, project: str, results: Sequence[Result]) -> list[int]:
    """Keep results of a worker; their ids."""
    ids: list[int] = []
    for one in results:
        target = one.target
        db.execute(
            f"INSERT INTO result ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                worker,
                project,
                target.representation,
                target.file.id,
                target.file.path,
                target.site,
                one.lease,
                one.outcome.value,
                one.provider_id,
                one.checksum,
                one.error,
                one.costs_try,
                one.retry_after_s,
            ),
        )
        ids.append(db.last_insert_rowid())
    return ids


def read(db: apsw.Connection) -> list[KeptResult]:
    """All kept results, oldest first."""
    rows = db.execute(f"SELECT id, {_COLUMNS} FROM result ORDER BY id").fetchall()
    return [_kept(row) for row in rows]


def drop(db: apsw.Connection, ids: Iterable[int]) -> None:
    """Forget results."""
    db.executemany("DELETE FROM result WHERE id = ?", ((one,) for one in ids))


def _kept(row: Sequence[object]) -> KeptResult:
    file_id, checksum, provider_id, retry_after_s = row[4], row[10], row[9], row[13]
    target = Target(str(row[3]), FileRef(None if file_id is None else str(file_id), str(row[5])), str(row[6]))
    result = Result(
        target,
        lease=str(row[7]),
        outcome=Outcome(str(row[8])),
        provider_id=None if provider_id is None else str(provider_id),
        checksum=None if checksum is None else str(checksum),
        error=str(row[11]),
        costs_try=bool(row[12]),
        retry_after_s=None if retry_after_s is None else float(str(retry_after_s)),
    )
    return KeptResult(int(str(row[0])), str(row[1]), str(row[2]), result)
