"""Rows of the SQLite file read as documents. Columns of an odd type are passed over, never an error."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import apsw

from syncgui.model.representation import Document
from syncgui.store import schema
from syncgui.store.abstract_store import Body
from syncgui.store.bson_documents import read_body

_CHUNK_DOCUMENTS = 1000
_CHUNK_BYTES = 8 * 1024 * 1024  # a thousand documents may be a thousand files each


def stored(connection: apsw.Connection, project: str, ids: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Id and body of the representations that exist, each once."""
    for key in dict.fromkeys(ids):
        for body in bodies_of(connection.execute(schema.REPRESENTATION, (project, key))):
            yield key, body


def last_number(connection: apsw.Connection, project: str) -> int:
    """The number of the representation that was inserted last, 0 if there is none."""
    row = connection.execute(schema.LAST_REPRESENTATION, (project,)).fetchone()
    return number_of(row[0]) if row else 0


def next_chunk(connection: apsw.Connection, project: str, after: int) -> tuple[list[bytes], int]:
    """Bodies of the representations that follow a number, and the number of the last of them."""
    bodies: list[bytes] = []
    size_bytes = 0
    rows = connection.execute(schema.NEXT_REPRESENTATIONS, (project, after))
    for number, body in rows:
        after = number_of(number)
        if isinstance(body, bytes):
            bodies.append(body)
            size_bytes += len(body)
        if len(bodies) == _CHUNK_DOCUMENTS or size_bytes >= _CHUNK_BYTES:
            break
    rows.close()
    return bodies, after


def next_bodies(connection: apsw.Connection, project: str, after: str) -> list[Body]:
    """Documents of any type whose keys follow one, by key."""
    found: list[Body] = []
    size_bytes = 0
    rows = connection.execute(schema.EVERY, (project, after))
    for key, body in rows:
        found.append(Body(str(key), body if isinstance(body, bytes) else b""))
        size_bytes += len(found[-1].bson)
        if len(found) == _CHUNK_DOCUMENTS or size_bytes >= _CHUNK_BYTES:
            break
    rows.close()
    return found


def bodies_of(rows: Iterable[Sequence[object]]) -> list[bytes]:
    """The bodies in rows of that one column."""
    return [body for (body,) in rows if isinstance(body, bytes)]


def readable(bodies: Iterable[bytes]) -> list[Document]:
    """The documents that can be read."""
    return [document for document in map(read_body, bodies) if document is not None]


def number_of(value: object) -> int:
    """A column's number, 0 for anything else."""
    return value if isinstance(value, int) else 0
