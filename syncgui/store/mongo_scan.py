"""All representations of a project, by `_id`, a chunk at a time.

The server keeps no more than a cursor, which holds no lock and no snapshot. When it is lost, because the
server went away or because nobody went on for ten minutes, the scan goes on after the last document that
it gave. What was inserted before the first chunk was asked for is all given, once each.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import cast

from pymongo import ASCENDING
from pymongo.cursor import RawBatchCursor
from pymongo.errors import AutoReconnect, OperationFailure

from syncgui.model.edits import MutableDocument
from syncgui.model.representation import Document
from syncgui.store.mongo_connection import MongoConnection
from syncgui.store.mongo_ids import OTHER_TYPES
from syncgui.store.mongo_reading import Chunk, chunks

_CONTEXT = ("asset", "subset", "version", "representation", "family", "hierarchy", "task", "username")
# `files` whole: a projection into it would drop what is no mapping, and with it what is odd about it.
SCANNED: Mapping[str, object] = {
    "type": 1,
    "parent": 1,
    "name": 1,
    "files": 1,
    **{f"context.{key}": 1 for key in _CONTEXT},
}
_BY_ID = [("_id", ASCENDING)]
_LOST_CODES = (43, 175, 237)  # not found, its plan killed, killed
_BATCH_DOCUMENTS = 1000
_CHUNK_BYTES = 4 * 1024 * 1024  # as the server sends them; several times as much when decoded


def scan(connection: MongoConnection, project: str) -> Iterator[Sequence[Document]]:
    """All representations with the fields that syncing needs; `read` gives whole documents.

    Raises:
        DatabaseUnreachableError: or one of its kinds.
    """
    yield from _of_type(connection, project, "objectId")
    with connection.asking(project):
        others = connection.collection(project).find_one({"_id": {"$type": list(OTHER_TYPES)}}, {"_id": 1})
    if others is not None:
        for kind in OTHER_TYPES:
            yield from _of_type(connection, project, kind)


def _of_type(connection: MongoConnection, project: str, kind: str) -> Iterator[Sequence[Document]]:
    """Those whose `_id` is of one type: within it, and only within it, `$gt` goes on."""
    wanted: dict[str, object] = {"$type": kind}
    while True:
        try:
            for chunk in _with_one_cursor(connection, project, wanted):
                wanted = {"$type": kind, "$gt": chunk.last}
                if chunk.documents:
                    yield chunk.documents
            return
        except _CursorLostError:
            continue


def _with_one_cursor(
    connection: MongoConnection, project: str, wanted: Mapping[str, object]
) -> Generator[Chunk, None, None]:
    with connection.asking(project):
        cursor = connection.collection(project).find_raw_batches(
            {"type": "representation", "_id": wanted},
            SCANNED,
            sort=_BY_ID,
            hint=_BY_ID,
            batch_size=_BATCH_DOCUMENTS,
        )
    try:
        batch = _next_batch(connection, project, cursor, is_first=True)
        while batch is not None:
            yield from chunks(batch, _CHUNK_BYTES)
            batch = _next_batch(connection, project, cursor, is_first=False)
    finally:
        cursor.close()


class _CursorLostError(Exception):
    """The server knows the cursor no more."""


def _next_batch(
    connection: MongoConnection, project: str, cursor: RawBatchCursor[MutableDocument], *, is_first: bool
) -> bytes | None:
    with connection.asking(project):
        try:
            return cast("bytes | None", next(cursor, None))
        except (AutoReconnect, OperationFailure) as error:
            lost = isinstance(error, AutoReconnect) or error.code in _LOST_CODES
            if is_first or not lost or connection.is_closed:
                raise
            raise _CursorLostError from error
