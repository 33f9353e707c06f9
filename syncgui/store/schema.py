"""What lies in the SQLite file: its tables, every statement that touches them, and its version.

A row of `documents` is a document, or what is left of one (`body` NULL). Every write gives its row the
next number of `rev`; the index over those that are or were representations is the log of changes.
Every statement that may meet a million rows names its index, so that no plan can become a scan.
"""

from __future__ import annotations

import uuid

import apsw

VERSION = 1

_TABLES = """
CREATE TABLE meta (
    key TEXT PRIMARY KEY NOT NULL,
    value ANY
) STRICT, WITHOUT ROWID;

CREATE TABLE documents (
    number INTEGER PRIMARY KEY,
    project TEXT NOT NULL,
    key TEXT NOT NULL,
    type TEXT NOT NULL,
    parent TEXT,
    listed INTEGER NOT NULL,
    rev INTEGER NOT NULL,
    body BLOB
) STRICT;
CREATE UNIQUE INDEX documents_key ON documents (project, key);
CREATE UNIQUE INDEX documents_changed ON documents (rev) WHERE listed;
CREATE INDEX documents_of_type ON documents (project, type, parent) WHERE body IS NOT NULL;
CREATE INDEX documents_in_order ON documents (project, number)
    WHERE type = 'representation' AND body IS NOT NULL;

CREATE TABLE workers (
    name TEXT PRIMARY KEY NOT NULL,
    host TEXT NOT NULL,
    user TEXT NOT NULL,
    local_id TEXT NOT NULL,
    pid INTEGER NOT NULL,
    lock_path TEXT NOT NULL,
    joined TEXT NOT NULL
) STRICT, WITHOUT ROWID;
"""

NEXT_PROJECT = """
SELECT project FROM documents INDEXED BY documents_of_type
WHERE project > ? AND body IS NOT NULL ORDER BY project LIMIT 1"""

OF_TYPE = """
SELECT body FROM documents INDEXED BY documents_of_type
WHERE project = ? AND type = ? AND body IS NOT NULL"""

CHILDREN = OF_TYPE + " AND parent IS ?"

NEXT_REPRESENTATIONS = """
SELECT number, body FROM documents INDEXED BY documents_in_order
WHERE project = ? AND number > ? AND type = 'representation' AND body IS NOT NULL ORDER BY number"""

LAST_REPRESENTATION = """
SELECT number FROM documents INDEXED BY documents_in_order
WHERE project = ? AND type = 'representation' AND body IS NOT NULL ORDER BY number DESC LIMIT 1"""

EVERY = """
SELECT key, body FROM documents INDEXED BY documents_key
WHERE project = ? AND key > ? AND body IS NOT NULL ORDER BY key"""

COUNT = """
SELECT count(*) FROM documents INDEXED BY documents_of_type
WHERE project = ? AND body IS NOT NULL"""

REPRESENTATION = """
SELECT body FROM documents INDEXED BY documents_key
WHERE project = ? AND key = ? AND type = 'representation' AND body IS NOT NULL"""

TYPE = """
SELECT type FROM documents INDEXED BY documents_key
WHERE project = ? AND key = ? AND body IS NOT NULL"""

CHANGED = """
SELECT rev, project, key FROM documents INDEXED BY documents_changed
WHERE listed AND rev > ? ORDER BY rev LIMIT ?"""

# What is left of a deleted document gives way; a document that is there stays, and nothing is changed.
INSERT = """
INSERT INTO documents (project, key, type, parent, listed, rev, body) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (project, key) DO UPDATE SET
    type = excluded.type, parent = excluded.parent, listed = max(listed, excluded.listed),
    rev = excluded.rev, body = excluded.body
WHERE body IS NULL"""

REWRITE = "UPDATE documents INDEXED BY documents_key SET body = ?, rev = ? WHERE project = ? AND key = ?"

DELETE = """
UPDATE documents INDEXED BY documents_key SET body = NULL, rev = ?
WHERE project = ? AND key = ? AND body IS NOT NULL"""

REV = "SELECT value FROM meta WHERE key = 'rev'"
SET_REV = "UPDATE meta SET value = ? WHERE key = 'rev'"

WORKERS = "SELECT name, host, user, local_id, pid FROM workers ORDER BY joined, name"
ADD_WORKER = "INSERT OR REPLACE INTO workers VALUES (?, ?, ?, ?, ?, ?, ?)"
REMOVE_WORKER = "DELETE FROM workers WHERE name = ?"


class NotOursError(Exception):
    """The file is no database that this version can use; the text says why, to follow its path."""


def prepare(connection: apsw.Connection) -> str:
    """Set up a new connection, and the database where it is still empty; gives its identity.

    Raises:
        NotOursError: it belongs to another program, or to a newer version of this one.
        apsw.Error: it can not be read.
    """
    if _is_empty(connection):
        _use_wal(connection)
        _create(connection)
    identity = _check(connection)
    _use_wal(connection)
    connection.pragma("synchronous", "FULL")
    connection.pragma("mmap_size", 0)
    # A long scan in another program lets the log grow; it shrinks again afterwards.
    connection.pragma("journal_size_limit", 64 * 1024 * 1024)
    return identity


def _is_empty(connection: apsw.Connection) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone() is None


def _use_wal(connection: apsw.Connection) -> None:
    if connection.pragma("journal_mode") != "wal" and connection.pragma("journal_mode", "wal") != "wal":
        raise NotOursError("can not be shared between programs where it lies")


def _create(connection: apsw.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        if _is_empty(connection):  # another program may have been faster
            connection.execute(_TABLES)
            connection.execute(
                "INSERT INTO meta VALUES ('identity', ?), ('version', ?), ('rev', 0)",
                (str(uuid.uuid4()), VERSION),
            )
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _check(connection: apsw.Connection) -> str:
    try:
        meta = dict(connection.execute("SELECT key, value FROM meta WHERE key IN ('identity', 'version')"))
    except apsw.SQLError as error:
        raise NotOursError("is a database of another program") from error
    identity = meta.get("identity")
    version = meta.get("version")
    if not isinstance(identity, str) or not isinstance(version, int):
        raise NotOursError("is a database of another program")
    if version > VERSION:
        raise NotOursError(
            f"was made by a newer version of syncgui (its layout is {version}, this version knows {VERSION})"
        )
    return identity
