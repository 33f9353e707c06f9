"""Many updates, insertions and removals at once, and what came of them.

One document's failure hinders no other. What is the server's own trouble (a step-down, a missing right, a
majority that does not answer) is never taken for a document's.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import bson
from bson import Regex
from pymongo import UpdateOne
from pymongo.errors import BulkWriteError, OperationFailure, WriteConcernError, WTimeoutError

from syncgui.model.representation import Document
from syncgui.store.bson_documents import LARGEST_DOCUMENT_BYTES, ODD, OPTIONS, row_of
from syncgui.store.mongo_connection import MongoConnection
from syncgui.store.mongo_ids import text_of
from syncgui.store.mongo_updates import Update

_MOST_IDS = 5000
_DOUBLED_KEY = 11000
_WRITE_TIMED_OUT = 64
_SERVER_STATE = (91, 189, 10058, 10107, 11600, 11602, 13388, 13435, 13436)
_SERVER_REACHED = (6, 7, 63, 89, 133, 150, 234, 317, 358, 402, 9001)
_SERVER_CODES = frozenset((13, 50, 64, 112, 262, 384, *_SERVER_STATE, *_SERVER_REACHED))
"""Not the document's fault: rights, step-downs, shutdowns, time limits, conflicts, moved chunks."""

_log = logging.getLogger(__name__)

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Write:
    """An update of one representation. `key` is the text of its `_id`."""

    key: str
    raw_id: object
    update: Update


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of some updates: how many changed anything, and the keys of documents that refused one."""

    modified: int = 0
    refused: frozenset[str] = frozenset()


class MongoBulk:
    """Writes of any number. All methods may be called from several threads.

    Args:
        connection: to the server.
        wrote: told the project and the `_id`s after each call that changed documents; some of them may
            be as they were.
    """

    def __init__(self, connection: MongoConnection, wrote: Callable[[str, Sequence[object]], None]) -> None:
        self._connection = connection
        self._wrote = wrote

    def update(self, project: str, writes: Iterable[Write]) -> Sent:
        """Send updates, in any order.

        Raises:
            DatabaseUnreachableError: nobody knows which were made.
        """
        sent = [one for one in writes if _is_sendable(one)]
        if not sent:
            return Sent()
        requests = [
            UpdateOne(
                {"_id": one.raw_id, "type": "representation"},
                one.update.operators,
                array_filters=list(one.update.filters),
            )
            for one in sent
        ]
        failure: BulkWriteError | None = None
        with self._connection.asking(project):
            try:
                answer = self._connection.collection(project).bulk_write(requests, ordered=False)
                modified = answer.modified_count
            except BulkWriteError as error:
                failure, modified = error, int(error.details["nModified"])
        if modified:
            self._wrote(project, list({one.key: one.raw_id for one in sent}.values()))
        if failure is None:
            return Sent(modified)
        with self._connection.asking(project):
            refused = _refused(failure)
        for number, words in refused.items():
            extra = {"project": project, "document": sent[number].key, "cause": words}
            _log.info("the server refused an update", extra=extra)
        return Sent(modified, frozenset(sent[number].key for number in refused))

    def insert(self, project: str, documents: Sequence[Document]) -> None:
        """Add documents of any type. Where one can not be added, none is.

        Raises:
            ValueError: an `_id` exists already or is missing; a document can not be stored.
            DatabaseUnreachableError: nobody knows which were added.
        """
        self._check(project, documents)
        if not documents:
            return
        refusal: ValueError | None = None
        with self._connection.asking(project):
            try:
                self._connection.collection(project).insert_many([dict(one) for one in documents])
            except BulkWriteError as error:
                ((number, words),) = _refused(error).items()
                # They are added in their order: what came before is there, and is ours.
                self._remove(project, [one["_id"] for one in documents[:number]])
                refusal = _refusal(error, documents[number], project, words)
        if refusal is not None:
            raise refusal
        self._wrote(project, [one["_id"] for one in documents])

    def remove(self, project: str, raw_ids: Sequence[object]) -> None:
        """Remove documents of any type; those that do not exist are no error.

        Raises:
            DatabaseUnreachableError: nobody knows which were removed.
        """
        with self._connection.asking(project):
            removed = self._remove(project, raw_ids)
        if removed:
            self._wrote(project, raw_ids)

    def _check(self, project: str, documents: Sequence[Document]) -> None:
        """That the documents can be stored and that none of them exists."""
        keys: set[str] = set()
        for document in documents:
            row = row_of(document)
            if row.key in keys:
                raise _exists(row.key, project)
            if isinstance(document["_id"], list | tuple | Regex | re.Pattern):
                raise ValueError(f"document {row.key} can not be stored: no server takes such an _id")
            if len(row.body) > LARGEST_DOCUMENT_BYTES:
                raise ValueError(f"document {row.key} can not be stored: it is larger than 16 MiB")
            keys.add(row.key)
        for part in _portions([one["_id"] for one in documents]):
            with self._connection.asking(project):
                known = self._connection.collection(project).find_one({"_id": {"$in": part}}, {"_id": 1})
            if known is not None:
                raise _exists(text_of(known), project)

    def _remove(self, project: str, raw_ids: Sequence[object]) -> int:
        collection = self._connection.collection(project)
        return sum(
            collection.delete_many({"_id": {"$in": part}}).deleted_count for part in _portions(raw_ids)
        )


def _is_sendable(write: Write) -> bool:
    """Whether the driver will take it: one that it does not take would stop all."""
    update = write.update
    try:
        bson.encode({"u": update.operators, "f": update.filters}, codec_options=OPTIONS)
    except ODD as error:
        _log.warning(
            "a document is too odd to be changed", extra={"document": write.key, "cause": str(error)}
        )
        return False
    return True


def _refused(error: BulkWriteError) -> dict[int, str]:
    """Positions of what was refused, and why.

    Raises:
        OperationFailure: the trouble is the server's.
    """
    for one in error.details["writeConcernErrors"]:
        kind = WTimeoutError if one.get("code") == _WRITE_TIMED_OUT else WriteConcernError
        raise kind(str(one.get("errmsg")), one.get("code"))
    for one in error.details["writeErrors"]:
        if one.get("code") in _SERVER_CODES:
            raise OperationFailure(str(one.get("errmsg")), one.get("code"))
    return {int(one["index"]): str(one.get("errmsg")) for one in error.details["writeErrors"]}


def _refusal(error: BulkWriteError, document: Document, project: str, words: str) -> ValueError:
    key = text_of(document)
    if any(one.get("code") == _DOUBLED_KEY for one in error.details["writeErrors"]):
        return _exists(key, project)
    return ValueError(f"document {key} can not be stored: {words}")


def _exists(key: str, project: str) -> ValueError:
    return ValueError(f"document {key} exists already in project {project}")


def _portions(items: Sequence[_T]) -> Iterator[Sequence[_T]]:
    for first in range(0, len(items), _MOST_IDS):
        yield items[first : first + _MOST_IDS]
