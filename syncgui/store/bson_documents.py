"""Documents as bytes: BSON that decodes to the same values and order, unknown fields and types included.

What is read back is equal to what went in; a date outside the calendar stays a number of milliseconds.
Nothing here raises for a body that another program has spoilt: it reads as None and is logged.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from typing import cast

import bson
from bson import ObjectId
from bson.codec_options import CodecOptions, DatetimeConversion
from bson.errors import BSONError

from syncgui.model.edits import MutableDocument
from syncgui.model.representation import Document, is_representation

LARGEST_DOCUMENT_BYTES = 16 * 1024 * 1024
"""What MongoDB takes; documents stay below it so that a project can move there."""

OPTIONS: CodecOptions[dict[str, object]] = CodecOptions(
    document_class=dict,
    tz_aware=True,
    tzinfo=UTC,
    datetime_conversion=DatetimeConversion.DATETIME_AUTO,
)
ODD = (BSONError, RecursionError, TypeError, ValueError, OverflowError)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Row:
    """A document and what of it stands in columns. `key` and `parent` are texts of ids."""

    key: str
    type: str
    parent: str | None
    listed: bool
    body: bytes


def row_of(document: Document) -> Row:
    """The row of a document as it is to be stored.

    Raises:
        ValueError: it has no `_id`, or holds what BSON can not hold.
    """
    if document.get("_id") is None:
        raise ValueError("a document without _id can not be inserted")
    key = str(document["_id"])
    try:
        body = bson.encode(document, codec_options=OPTIONS)
    except ODD as error:
        raise ValueError(f"document {key} can not be stored: {error}") from error
    if not isinstance(document["_id"], ObjectId | str):
        # Others read differently once they have been stored: a date gets its zone, a tuple is a list.
        key = str(_decoded(body)["_id"])
    parent = document.get("parent")
    kind = document.get("type")
    return Row(
        key=key,
        type=kind if isinstance(kind, str) else "",
        parent=None if parent is None else str(parent),
        listed=is_representation(document),
        body=body,
    )


def read_body(body: bytes) -> MutableDocument | None:
    """The document, None if nobody can read it."""
    try:
        return _decoded(body)
    except ODD as error:
        _log.warning("a document of the database can not be read", extra={"cause": str(error)})
        return None


def rewritten(body: bytes, change: Callable[[MutableDocument], bool]) -> bytes | None:
    """The body after a change, None where the change says that it changed nothing.

    A document too odd to be changed stays as it is: its neighbours must not suffer for it.
    """
    document = read_body(body)
    if document is None:
        return None
    try:
        return bson.encode(document, codec_options=OPTIONS) if change(document) else None
    except ODD as error:
        _log.warning(
            "a document is too odd to be changed",
            extra={"document": str(document.get("_id")), "cause": str(error)},
        )
        return None


def _decoded(body: bytes) -> MutableDocument:
    return cast("MutableDocument", bson.decode(body, codec_options=OPTIONS))
