"""A store in plain dictionaries: the abstract store's promises without a file behind them.

Documents are copied on the way in and out. Changes are a list of what was written, in order; its length
is the cursor.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import bson

from syncgui.model import edits
from syncgui.model.edits import Claim, Edit, MutableDocument, Result
from syncgui.model.errors import DatabaseUnreachableError
from syncgui.model.leases import worker_of
from syncgui.model.representation import Document
from syncgui.store.abstract_store import Body, Changes, Membership, Store, Worker

_SCAN_CHUNK = 1_000


class MemoryStore(Store):
    """Keeps documents by project and id. `reachable` False makes every reading call fail."""

    def __init__(self) -> None:
        self.documents: dict[str, dict[str, MutableDocument]] = {}
        self.reachable = True
        self._identity = uuid4().hex
        self._log: list[tuple[str, str]] = []
        self._log_start = 0
        self._workers: dict[str, Worker] = {}
        self._changed = threading.Event()

    # -- what tests do to it -------------------------------------------------------------------------

    def put(self, project: str, *documents: Document) -> None:
        """Write documents, whether they exist or not."""
        for document in documents:
            key = str(document["_id"])
            self.documents.setdefault(project, {})[key] = dict(deepcopy(document))
            self._write(project, key)

    def swap(self) -> None:
        """Become another database with the same content."""
        self._identity = uuid4().hex

    def lose_changes(self) -> None:
        """Forget what changed so far: cursors from before can not be continued."""
        self._log_start += len(self._log) + 1
        self._log.clear()

    # -- the store -----------------------------------------------------------------------------------

    @property
    def address(self) -> str:
        return "memory"

    @property
    def identity(self) -> str:
        return self._identity

    @property
    def misses_nothing(self) -> bool:
        return True

    def projects(self) -> list[str]:
        return sorted(name for name, documents in self.documents.items() if documents)

    def project_document(self, project: str) -> Document | None:
        found = [one for one in self._project(project).values() if one.get("type") == "project"]
        return deepcopy(found[0]) if found else None

    def scan(self, project: str) -> Iterator[Sequence[Document]]:
        keys = [key for key, one in self._project(project).items() if one.get("type") == "representation"]
        for start in range(0, len(keys), _SCAN_CHUNK):
            yield self.read(project, keys[start : start + _SCAN_CHUNK])

    def read(self, project: str, ids: Sequence[str]) -> list[Document]:
        known = self._project(project)
        found = [known[key] for key in ids if key in known]
        return [deepcopy(one) for one in found if one.get("type") == "representation"]

    def every(self, project: str, after: str = "") -> Iterator[Sequence[Body]]:
        keys = sorted(key for key in self._project(project) if key > after)
        for start in range(0, len(keys), _SCAN_CHUNK):
            known = self._project(project)
            chunk = [key for key in keys[start : start + _SCAN_CHUNK] if key in known]
            yield [Body(key, bson.encode(known[key])) for key in chunk]

    def count(self, project: str) -> int:
        return len(self._project(project))

    def types(self, project: str, ids: Iterable[str]) -> dict[str, str]:
        known = self._project(project)
        return {key: str(known[key].get("type")) for key in ids if key in known}

    def children(self, project: str, document_type: str, parent: str | None) -> list[Document]:
        wanted = parent or ""
        return [
            {key: value for key, value in deepcopy(one).items() if key != "files"}
            for one in self._project(project).values()
            if one.get("type") == document_type and str(one.get("parent") or "") == wanted
        ]

    def head(self) -> str:
        return str(self._log_start + len(self._log))

    def same_place(self, one: str | None, other: str | None) -> bool:
        return one == other

    def changes(self, cursor: str, *, limit: int = 10_000) -> Changes:
        self._project("")
        start = int(cursor) - self._log_start
        if start < 0:
            return Changes(self.head(), {}, lost=True)
        ids: dict[str, list[str]] = {}
        for project, key in self._log[start : start + limit]:
            ids.setdefault(project, []).append(key)
        end = min(start + limit, len(self._log))
        return Changes(str(self._log_start + end), ids, more=end < len(self._log))

    def wait_for_change(self, timeout_s: float) -> bool:
        changed = self._changed.wait(timeout_s)
        self._changed.clear()
        return changed

    def insert(self, project: str, documents: Sequence[Document]) -> None:
        for document in documents:
            if str(document["_id"]) in self._project(project):
                raise ValueError(f"there is a document {document['_id']} already")
        self.put(project, *documents)

    def delete(self, project: str, ids: Sequence[str]) -> None:
        for key in ids:
            if self._project(project).pop(key, None) is not None:
                self._write(project, key)

    def claim(self, project: str, claims: Sequence[Claim]) -> list[Document]:
        for one in claims:
            self._change(
                project,
                one.target.representation,
                lambda document, one=one: any(  # type: ignore[misc]
                    edits.claim(file, one.target.site, one.lease, self._is_free)
                    for file in edits.find_files(document, one.target.file)
                ),
            )
        return self.read(project, list({one.target.representation for one in claims}))

    def write_results(self, project: str, results: Sequence[Result]) -> list[Document]:
        now = datetime.now(UTC)
        for one in results:
            after = one.retry_after_s
            retry_at = None if after is None else now + timedelta(seconds=after)
            self._change(
                project,
                one.target.representation,
                lambda document, one=one, retry_at=retry_at: any(  # type: ignore[misc]
                    edits.apply_result(file, one, now, retry_at)
                    for file in edits.find_files(document, one.target.file)
                ),
            )
        return self.read(project, list({one.target.representation for one in results}))

    def edit(self, project: str, edits: Sequence[Edit]) -> int:
        return sum(self._edit(project, one) for one in edits)

    def join(self, worker: str, *, host: str, user: str, local_id: str, pid: int, now: datetime) -> None:
        del now
        self._workers[worker] = Worker(worker, host, user, local_id, pid, alive=True)

    def workers(self) -> list[Worker]:
        return list(self._workers.values())

    def is_alive(self, worker: str) -> bool:
        return worker in self._workers

    def has_ended(self, worker: str) -> bool:
        return worker not in self._workers

    def membership(self) -> Membership:
        return Membership(may_commit=True)

    def forget(self, worker: str) -> None:
        self._workers.pop(worker, None)

    def close(self) -> None:
        self._changed.set()

    # -- private -------------------------------------------------------------------------------------

    def _project(self, project: str) -> dict[str, MutableDocument]:
        if not self.reachable:
            raise DatabaseUnreachableError(detail="it was switched off")
        return self.documents.get(project, {})

    def _edit(self, project: str, edit: Edit) -> bool:
        return self._change(
            project,
            edit.target.representation,
            lambda document: any(
                [
                    edits.apply_edit(file, edit, self._is_free)
                    for file in edits.find_files(document, edit.target.file)
                ]
            ),
        )

    def _change(self, project: str, key: str, change: Callable[[MutableDocument], bool]) -> bool:
        document = self._project(project).get(key)
        changed = document is not None and change(document)
        if changed:
            self._write(project, key)
        return changed

    def _is_free(self, lease: str) -> bool:
        worker = worker_of(lease)
        return worker is None or worker not in self._workers

    def _write(self, project: str, key: str) -> None:
        self._log.append((project, key))
        self._changed.set()
