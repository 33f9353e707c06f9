"""Every document of a project, as bytes, in the order of the texts of their `_id`s.

Nearly all have an ObjectId, which a server sorts as its text does; they come by that index, from a cursor
that holds no lock and no snapshot, and is made anew where it ended when it is lost. The others (texts,
numbers, dates …) are few: their `_id`s are asked for first and sorted here, and each document is fetched
when its turn comes. Nothing here decodes more than an `_id`, so that an odd document comes, too.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from heapq import merge
from typing import cast

import bson
from bson import ObjectId
from pymongo import ASCENDING
from pymongo.errors import AutoReconnect, CursorNotFound

from syncgui.store.abstract_store import Body
from syncgui.store.bson_documents import OPTIONS
from syncgui.store.mongo_connection import MongoConnection
from syncgui.store.mongo_ids import OTHER_TYPES, text_of

_BATCH_DOCUMENTS = 1000
_CHUNK_DOCUMENTS = 1000
_CHUNK_BYTES = 8 * 1024 * 1024
_OTHERS_AT_ONCE = 100
_HEX = "0123456789abcdef"
_DIGITS = 24

_BY_ID = [("_id", ASCENDING)]
_OBJECT_ID_FIRST = b"\x07_id\0"

# Only `_id`s are read here; a text elsewhere that is no UTF-8 is nobody's concern.
_LENIENT = OPTIONS.with_options(unicode_decode_error_handler="replace")


def every(connection: MongoConnection, project: str, after: str) -> Iterator[Sequence[Body]]:
    """All documents whose texts of `_id`s come after one, in chunks.

    Raises:
        DatabaseUnreachableError: or one of its kinds.
    """
    both = merge(
        _with_object_ids(connection, project, after),
        _with_others(connection, project, after),
        key=lambda one: one.key,
    )
    chunk: list[Body] = []
    size_bytes = 0
    for body in both:
        chunk.append(body)
        size_bytes += len(body.bson)
        if len(chunk) == _CHUNK_DOCUMENTS or size_bytes >= _CHUNK_BYTES:
            yield chunk
            chunk, size_bytes = [], 0
    if chunk:
        yield chunk


def count(connection: MongoConnection, project: str) -> int:
    """About how many documents there are, from what the server notes of the collection.

    Raises:
        DatabaseUnreachableError: or one of its kinds.
    """
    with connection.asking(project):
        return connection.collection(project).estimated_document_count()


def _with_object_ids(connection: MongoConnection, project: str, after: str) -> Iterator[Body]:
    bounds: dict[str, object] = {"$gte": _first_after(after), "$type": "objectId"}
    while True:
        try:
            for batch in _with_one_cursor(connection, project, bounds):
                bodies = [Body(_key_of(one), one) for one in _split(batch)]
                yield from (one for one in bodies if one.key > after)
                bounds = {"$gt": ObjectId(bodies[-1].key), "$type": "objectId"}
            return
        except _CursorLostError:
            continue


def _with_others(connection: MongoConnection, project: str, after: str) -> Iterator[Body]:
    query = {"_id": {"$type": list(OTHER_TYPES)}}
    with connection.asking(project):
        texts = [(text_of(one), one["_id"]) for one in connection.collection(project).find(query, {"_id": 1})]
    left = sorted((pair for pair in texts if pair[0] > after), key=lambda pair: pair[0])
    for first in range(0, len(left), _OTHERS_AT_ONCE):
        portion = [identifier for _, identifier in left[first : first + _OTHERS_AT_ONCE]]
        with connection.asking(project):
            batches = list(connection.collection(project).find_raw_batches({"_id": {"$in": portion}}))
        bodies = (Body(_key_of(one), one) for batch in batches for one in _split(cast("bytes", batch)))
        yield from sorted(bodies, key=lambda one: one.key)


class _CursorLostError(Exception):
    """The server knows the cursor no more: it goes on with another one."""


def _with_one_cursor(
    connection: MongoConnection, project: str, bounds: Mapping[str, object]
) -> Generator[bytes, None, None]:
    with connection.asking(project):
        cursor = connection.collection(project).find_raw_batches(
            {"_id": bounds}, sort=_BY_ID, hint=_BY_ID, batch_size=_BATCH_DOCUMENTS
        )
    try:
        is_first = True
        while True:
            with connection.asking(project):
                try:
                    batch = cast("bytes | None", next(cursor, None))
                except (AutoReconnect, CursorNotFound) as error:
                    if is_first or connection.is_closed:
                        raise
                    raise _CursorLostError from error
            if not batch:
                return
            yield batch
            is_first = False
    finally:
        cursor.close()


def _split(batch: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(batch):
        size = int.from_bytes(batch[at : at + 4], "little")
        yield batch[at : at + size]
        at += size


def _key_of(body: bytes) -> str:
    if body[4:9] == _OBJECT_ID_FIRST:
        return body[9:21].hex()
    return text_of(bson.decode(body, _LENIENT))


def _first_after(text: str) -> ObjectId:
    """An ObjectId at or before all whose texts come after this one."""
    digits = ""
    for sign in text[:_DIGITS]:
        if sign not in _HEX:
            break
        digits += sign
    return ObjectId(digits.ljust(_DIGITS, "0"))
