"""Which folder each local root was last time."""

from __future__ import annotations

from dataclasses import dataclass

import apsw

SCHEMA = """
CREATE TABLE IF NOT EXISTS root (
    site TEXT NOT NULL, folder TEXT NOT NULL, device INTEGER NOT NULL, inode INTEGER NOT NULL,
    confirmed INTEGER NOT NULL, PRIMARY KEY (site, folder)) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class RootMemory:
    """Which folder a root was last time; `confirmed`: a person said that it is right as it is."""

    device: int
    inode: int
    confirmed: bool


def read(db: apsw.Connection, site: str, folder: str) -> RootMemory | None:
    """Which folder this root was, None if it was never used."""
    row = db.execute(
        "SELECT device, inode, confirmed FROM root WHERE site = ? AND folder = ?", (site, folder)
    ).fetchone()
    if row is None:
        return None
    return RootMemory(_unsigned(row[0]), _unsigned(row[1]), bool(row[2]))


def keep(db: apsw.Connection, site: str, folder: str, memory: RootMemory) -> None:
    """Remember which folder a root is."""
    db.execute(
        "INSERT OR REPLACE INTO root (site, folder, device, inode, confirmed) VALUES (?, ?, ?, ?, ?)",
        (site, folder, _signed(memory.device), _signed(memory.inode), memory.confirmed),
    )


# Device and inode are unsigned 64-bit numbers; SQLite's integers are signed.
def _signed(number: int) -> int:
    return number - 2**64 if number >= 2**63 else number


def _unsigned(number: object) -> int:
    value = int(str(number))
    return value + 2**64 if value < 0 else value
