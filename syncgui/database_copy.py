"""Carrying a whole project from one database to another, whatever kind each of them is.

A copy that was interrupted goes on where it is incomplete; what the target has already is not written
again. The target may hold nothing of the project but what the source has, too: nobody's work is lost. At
the end the target is read again and compared by count and digest. No more than a chunk lies in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from syncgui.carried_documents import Carried, Sum, Summing, carried, side_by_side
from syncgui.model.representation import Document
from syncgui.store.abstract_store import Body, Store

_CHUNK_DOCUMENTS = 1000
_CHUNK_BYTES = 8 * 1024 * 1024

Progress = Callable[[str, int], None]
"""Told of each step: what is done ("compare", "copy", "verify"), and of how many documents so far."""


Keep = Callable[[Sequence[Body]], None]
"""Given documents of the target that are about to be replaced, as they are there; they must last then."""


class Source(Protocol):
    """What documents are read from: any store."""

    def every(self, project: str, after: str = "") -> Iterator[Sequence[Body]]:
        """See `Store.every`."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a target holds of a project beside its source: how many documents, and the keys of the first."""

    missing: int
    foreign: int
    differing: int
    first_foreign: str
    first_differing: str


@dataclass(frozen=True, slots=True)
class ProjectCopy:
    """How a copy ended.

    Args:
        written: documents that were added or replaced now.
        source, target: what was read, and what lies there now.
        problems: sentences about documents that could not be carried.
    """

    project: str
    written: int
    source: Sum
    target: Sum
    problems: tuple[str, ...]

    @property
    def is_same(self) -> bool:
        """Whether the target holds exactly what was read."""
        return self.source == self.target and not self.problems


def compare(source: Source, target: Store, project: str, progress: Progress) -> Comparison:
    """Compare a project in two databases, changing neither.

    Raises:
        DatabaseUnreachableError: one of them can not be used.
    """
    missing = foreign = differing = 0
    first_foreign = first_differing = ""
    for done, (here, there) in enumerate(side_by_side(source.every(project), target.every(project)), 1):
        if done % _CHUNK_DOCUMENTS == 0:
            progress("compare", done)
        if here is None and there is not None:
            foreign += 1
            first_foreign = first_foreign or there.key
        elif there is None:
            missing += 1
        elif here is not None and not _is_same(here, there):
            differing += 1
            first_differing = first_differing or here.key
    return Comparison(missing, foreign, differing, first_foreign, first_differing)


def is_empty(store: Source, project: str) -> bool:
    """Whether a database holds nothing at all of a project."""
    return next(store.every(project), None) is None


def copy_project(source: Source, target: Store, project: str, progress: Progress, keep: Keep) -> ProjectCopy:
    """Bring all documents of a project to the target: those it lacks, and those that differ there.

    Raises:
        DatabaseUnreachableError: one of them can not be used; doing it again goes on.
        OSError: `keep` could not.
    """
    summing = Summing()
    writer = _Writer(target, project, keep)
    before = ""
    for done, (here, there) in enumerate(side_by_side(source.every(project), target.every(project)), 1):
        if done % _CHUNK_DOCUMENTS == 0:
            progress("copy", done)
        if here is None:
            continue
        one = carried(here)
        summing.add(one)
        if one.document is None:
            writer.problems.append(f"Document {one.key} can not be read, it was not copied")
        elif done > 1 and one.key == before:
            writer.problems.append(f"Two documents have the id {one.key}, only one was copied")
        elif there is None or carried(there).bson != one.bson:
            writer.put(one, there)
        before = one.key
    writer.flush()
    return ProjectCopy(
        project, writer.written, summing.sum(), _sum(target, project, progress), tuple(writer.problems)
    )


class _Writer:
    """Writes documents in chunks."""

    def __init__(self, target: Store, project: str, keep: Keep) -> None:
        self.problems: list[str] = []
        self.written = 0
        self._target = target
        self._project = project
        self._keep = keep
        self._waiting: list[tuple[str, Document]] = []
        self._size_bytes = 0
        self._replaced: list[Body] = []

    def put(self, one: Carried, there: Body | None) -> None:
        """Write a document, now or soon."""
        if one.document is None:
            return
        if there is not None:
            self._replaced.append(there)
        self._waiting.append((one.key, one.document))
        self._size_bytes += len(one.bson)
        if len(self._waiting) == _CHUNK_DOCUMENTS or self._size_bytes >= _CHUNK_BYTES:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        if self._replaced:
            self._keep(self._replaced)
            self._target.delete(self._project, [one.key for one in self._replaced])
        try:
            self._insert([document for _, document in self._waiting])
        except ValueError:
            # One of them is at fault; the others must not suffer for it.
            for key, document in self._waiting:
                try:
                    self._insert([document])
                except ValueError as error:
                    self.problems.append(f"Document {key} was not copied: {error}")
        self._waiting, self._replaced, self._size_bytes = [], [], 0

    def _insert(self, documents: list[Document]) -> None:
        if documents:
            self._target.insert(self._project, documents)
            self.written += len(documents)


def _is_same(one: Body, other: Body) -> bool:
    return one.bson == other.bson or carried(one).bson == carried(other).bson


def _sum(store: Source, project: str, progress: Progress) -> Sum:
    summing = Summing()
    for done, body in enumerate(_all(store, project), 1):
        summing.add(carried(body))
        if done % _CHUNK_DOCUMENTS == 0:
            progress("verify", done)
    return summing.sum()


def _all(store: Source, project: str) -> Iterator[Body]:
    for chunk in store.every(project):
        yield from chunk
