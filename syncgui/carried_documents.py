"""What is carried of a document from one database to another, and digests of what was carried.

Everything is, but leases and `progress`: they belong to programs that work on the old database. Two
databases hold the same project exactly if their sums are equal. Pure: no I/O.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableMapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import xxhash

from syncgui.model.representation import Document, is_representation
from syncgui.store.abstract_store import Body
from syncgui.store.bson_documents import read_body, row_of

_LEFT_BEHIND = ("lease", "progress")

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Carried:
    """A document as it is carried. `document` and `bson` are empty where nobody can read it."""

    key: str
    document: Document | None
    bson: bytes


@dataclass(frozen=True, slots=True)
class Sum:
    """What a project holds: how many documents, and a digest over their keys and bytes, sorted by key."""

    documents: int
    digest: str


class Summing:
    """Sums documents that come sorted by key."""

    def __init__(self) -> None:
        self._digest = xxhash.xxh3_128()
        self._documents = 0

    def add(self, one: Carried) -> None:
        """The next document."""
        key = one.key.encode()
        self._digest.update(b"%d %d " % (len(key), len(one.bson)) + key + one.bson)
        self._documents += 1

    def sum(self) -> Sum:
        """The sum of all so far."""
        return Sum(self._documents, f"xxh3:{self._digest.hexdigest()}")


def carried(body: Body) -> Carried:
    """What is carried of a document."""
    document = read_body(body.bson)
    if document is None:
        return Carried(body.key, None, b"")
    if is_representation(document):
        _leave_behind(document)
    try:
        return Carried(body.key, document, row_of(document).body)
    except ValueError:
        return Carried(body.key, None, b"")


def _leave_behind(document: Document) -> None:
    files = document.get("files")
    for file in files if isinstance(files, list) else ():
        sites = file.get("sites") if isinstance(file, MutableMapping) else None
        entries: Iterable[object] = ()
        if isinstance(sites, list):
            entries = sites
        elif isinstance(sites, MutableMapping):
            entries = sites.values()
        for entry in entries:
            if isinstance(entry, MutableMapping):
                for key in _LEFT_BEHIND:
                    entry.pop(key, None)


def side_by_side(
    one: Iterable[Sequence[Body]], other: Iterable[Sequence[Body]]
) -> Iterator[tuple[Body | None, Body | None]]:
    """Documents of two databases, sorted by key, in pairs of one key; None where one of them has none."""
    ones, others = _flat(one), _flat(other)
    here, there = next(ones, None), next(others, None)
    while here is not None or there is not None:
        if there is None or (here is not None and here.key < there.key):
            yield here, None
            here = next(ones, None)
        elif here is None or there.key < here.key:
            yield None, there
            there = next(others, None)
        else:
            yield here, there
            here, there = next(ones, None), next(others, None)


def _flat(chunks: Iterable[Sequence[_T]]) -> Iterator[_T]:
    for chunk in chunks:
        yield from chunk
