"""Claim, record, edit, insert and delete on a server that other programs write at the same time.

Claims and results are first written unread, in one update a document; the read-back says what came of
it. What is left (other forms, leases of the dead, odd entries) and all edits are decided over the document
as it was read, by the rules that the SQLite store uses, and written only where it still stands so; who
was overtaken reads and decides anew.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

import bson

from syncgui.model.edits import Claim, Edit, Result
from syncgui.model.representation import Document
from syncgui.store.bson_documents import OPTIONS, read_body
from syncgui.store.mongo_bulk import MongoBulk, Sent, Write
from syncgui.store.mongo_connection import MongoConnection
from syncgui.store.mongo_documents import MongoDocuments
from syncgui.store.mongo_ids import text_of
from syncgui.store.mongo_updates import (
    MOST_CHANGES,
    Change,
    claim_changes,
    document_changes,
    result_changes,
    updates_of,
)
from syncgui.store.rewriting import asking_once, claimed, edited, recorded

# More results of one document are written as whole entries, so read first: a result is up to nine fields,
# and each of them costs the server a look at every file.
_FEW = 32
_ROUNDS = 6  # of reading, deciding and writing, where others write the same entries
_PORTION = 200  # documents that a person's edits hold in memory at once

_log = logging.getLogger(__name__)

_T = TypeVar("_T", Claim, Result, Edit)
_Decide = Callable[[str, bytes], tuple[bytes | None, int]]
"""From a document's key and body to its new body, None for none, and how many edits that makes."""


class MongoWrites:
    """The writing half of a MongoDB store. All methods may be called from several threads.

    Args:
        connection: to the server.
        documents: where documents are read, and found by the texts of their ids.
        is_alive: whether a worker lives, judged anew each time.
        wrote: told the project and the `_id`s after each write that changed documents; some of them may
            be as they were.
    """

    def __init__(
        self,
        connection: MongoConnection,
        documents: MongoDocuments,
        is_alive: Callable[[str], bool],
        wrote: Callable[[str, Sequence[object]], None],
    ) -> None:
        self._connection = connection
        self._documents = documents
        self._is_alive = is_alive
        self._bulk = MongoBulk(connection, wrote)

    def claim(self, project: str, claims: Sequence[Claim]) -> list[Document]:
        """Put leases where no live worker has one, then read back the documents concerned.

        Raises:
            DatabaseUnreachableError: nobody knows what was claimed.
        """
        grouped = _grouped(claims)
        is_free = asking_once(self._is_alive)
        self._write_unread(project, {key: claim_changes(some) for key, some in grouped.items()})
        documents, _ = self._settle(
            project, grouped, lambda key, body: (claimed(body, grouped[key], is_free), 0)
        )
        return documents

    def write_results(self, project: str, results: Sequence[Result]) -> list[Document]:
        """Write results into the entries that carry their lease, then read back the documents.

        Raises:
            DatabaseUnreachableError: nobody knows what was written; to do it again does no harm.
        """
        grouped = _grouped(results)
        now = self._connection.server_now()
        few = {key: some for key, some in grouped.items() if len(some) <= _FEW}
        self._write_unread(project, {key: result_changes(some, now) for key, some in few.items()})
        documents, _ = self._settle(
            project, grouped, lambda key, body: (recorded(body, grouped[key], now), 0)
        )
        return documents

    def edit(self, project: str, edits: Sequence[Edit]) -> int:
        """Apply a person's edits; how many of them changed something.

        Raises:
            DatabaseUnreachableError: nobody knows which were made; to do it again does no harm.
        """
        grouped = _grouped(edits)
        now, is_free = self._connection.server_now(), asking_once(self._is_alive)
        keys = list(grouped)
        count = 0
        for first in range(0, len(keys), _PORTION):
            _, changed = self._settle(
                project,
                keys[first : first + _PORTION],
                lambda key, body: edited(body, grouped[key], now, is_free),
            )
            count += changed
        return count

    def insert(self, project: str, documents: Sequence[Document]) -> None:
        """Add documents of any type. Where one can not be added, none is.

        Raises:
            ValueError: an `_id` exists already or is missing; a document can not be stored.
            DatabaseUnreachableError: nobody knows which were added.
        """
        self._bulk.insert(project, documents)

    def delete(self, project: str, ids: Sequence[str]) -> None:
        """Remove documents of any type; unknown ids are no error."""
        self._bulk.remove(project, list(self._documents.raw_ids(project, ids).values()))

    def _write_unread(self, project: str, changes: Mapping[str, Iterable[Change]]) -> None:
        """Write what needs no look at the documents, which go by the texts of their ids."""
        raw_ids = self._documents.raw_ids(project, list(changes))
        writes = (
            Write(key, raw_id, update)
            for key, raw_id in raw_ids.items()
            for update in updates_of(changes[key])
        )
        self._bulk.update(project, writes)

    def _settle(self, project: str, keys: Iterable[str], decide: _Decide) -> tuple[list[Document], int]:
        """Read, decide and write until nothing is left to write, or others are always faster.

        Returns the documents as they were read last, and how many edits changed something.
        """
        found: dict[str, Document] = {}
        counts: dict[str, int] = {}
        sent = Sent()
        waiting = list(keys)
        for rounds_left in range(_ROUNDS, -1, -1):
            back = {text_of(one): one for one in self._documents.read(project, waiting)}
            found = {key: one for key, one in found.items() if key not in waiting} | back
            writes: list[Write] = []
            for key, document in back.items():
                changes, count = _decided(document, decide)
                counts[key] = max(counts.get(key, 0), count)
                # Of a document that refused an update each change stands for itself.
                most = 1 if key in sent.refused else MOST_CHANGES
                writes += [Write(key, document["_id"], update) for update in updates_of(changes, most)]
                if changes and not rounds_left:
                    counts[key] -= count
                    extra = {"project": project, "document": key}
                    _log.warning("a document could not be changed as it should", extra=extra)
            if not writes or not rounds_left:
                break
            sent = self._bulk.update(project, writes)
            waiting = list(dict.fromkeys(one.key for one in writes))
            if not sent.modified:
                counts.update(dict.fromkeys(waiting, 0))
        return list(found.values()), sum(counts.values())


def _decided(document: Document, decide: _Decide) -> tuple[list[Change], int]:
    """What is to be written to a document, and how many edits that makes."""
    body, count = decide(text_of(document), bson.encode(document, codec_options=OPTIONS))
    new = None if body is None else read_body(body)
    return ([] if new is None else document_changes(document, new)), count


def _grouped(items: Sequence[_T]) -> dict[str, list[_T]]:
    grouped: dict[str, list[_T]] = {}
    for item in items:
        grouped.setdefault(item.target.representation, []).append(item)
    return grouped
