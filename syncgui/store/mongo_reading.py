"""Queries that no odd document stops.

Documents come as bytes and are decoded here: one that nobody can read is left out and logged, its
neighbours come all the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

import bson
from bson import ObjectId
from pymongo.collection import Collection

from syncgui.model.edits import MutableDocument
from syncgui.store.bson_documents import ODD, OPTIONS, read_body

_LENIENT = OPTIONS.with_options(unicode_decode_error_handler="replace")
_OBJECT_ID_FIRST = b"\x07_id\0"


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some of an answer. `last` is the `_id` of the last document, which need not be a readable one."""

    documents: list[MutableDocument]
    last: object


def found(
    collection: Collection[MutableDocument],
    query: Mapping[str, object],
    projection: Mapping[str, object] | None = None,
) -> Iterator[MutableDocument]:
    """The documents that a query finds; the caller says what goes wrong."""
    for batch in collection.find_raw_batches(query, projection):
        yield from _decoded(cast("bytes", batch))


def chunks(batch: bytes, largest_bytes: int) -> Iterator[Chunk]:
    """The documents of an answer, decoded so many bytes at a time (and one document at least)."""
    first = at = last = 0
    while at < len(batch):
        size = _size_at(batch, at)
        if at > first and at + size - first > largest_bytes:
            yield Chunk(_decoded(batch[first:at]), _id_of(batch[last:at]))
            first = at
        last = at
        at += size
    if at > first:
        yield Chunk(_decoded(batch[first:at]), _id_of(batch[last:at]))


def _decoded(batch: bytes) -> list[MutableDocument]:
    try:
        return cast("list[MutableDocument]", bson.decode_all(batch, OPTIONS))
    except ODD:
        return [document for document in map(read_body, _bodies(batch)) if document is not None]


def _bodies(batch: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(batch):
        size = _size_at(batch, at)
        yield batch[at : at + size]
        at += size


def _size_at(batch: bytes, at: int) -> int:
    return int.from_bytes(batch[at : at + 4], "little")


def _id_of(body: bytes) -> object:
    """The `_id` of a document, readable or not."""
    if body[4:9] == _OBJECT_ID_FIRST:
        return ObjectId(body[9:21])
    return bson.decode(body, _LENIENT)["_id"]
