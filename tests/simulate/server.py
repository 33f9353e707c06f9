"""The simulated database server: documents as bytes, a log of what changed, the records of workers.

What is changed in one document is changed at once. The decisions are the real ones; who asks for them, and
whether he hears of the answer, is the matter of `store`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import bson

from syncgui.model.edits import Claim, MutableDocument, Result
from syncgui.model.representation import Document
from syncgui.store.bson_documents import OPTIONS
from syncgui.store.rewriting import claimed, recorded
from tests.simulate.disk import WHEN
from tests.simulate.scheduler import SimThread

if TYPE_CHECKING:
    from tests.simulate.program import Program
    from tests.simulate.world import World


@dataclass(slots=True)
class WorkerRecord:
    """A worker as the server knows it, and the program whose lock it holds."""

    name: str
    program: Program
    local_id: str
    seen_s: float


class Server:
    """The truth."""

    identity = "simulated"

    def __init__(self, world: World) -> None:
        self._world = world
        self.bodies: dict[str, dict[str, bytes]] = {}
        self.log: list[tuple[str, str]] = []
        self.workers: dict[str, WorkerRecord] = {}
        self.is_away = False
        self.ahead_s = 0.0
        self.claimed_at_s: dict[str, float] = {}
        self.erased: set[str] = set()  # leases that somebody else removed
        self.waiters: list[tuple[SimThread, object]] = []

    def now_s(self) -> float:
        """Its own time, epoch seconds: that of the present primary."""
        return WHEN + self._world.scheduler.now + self.ahead_s

    def now(self) -> datetime:
        """The same for records."""
        return datetime.fromtimestamp(self.now_s(), UTC)

    def documents(self, project: str) -> list[Document]:
        """All documents of a project."""
        return [decoded(body) for body in self.bodies.get(project, {}).values()]

    def read(self, project: str, ids: Sequence[str]) -> list[Document]:
        """Those of these ids that are there."""
        bodies = self.bodies.get(project, {})
        return [decoded(bodies[key]) for key in ids if key in bodies]

    # -- writing -------------------------------------------------------------------------------------

    def put(self, project: str, document: Document) -> None:
        """Write a document whoever wrote it before."""
        key = str(document["_id"])
        self._write(project, key, bson.encode(document, codec_options=OPTIONS))

    def stranger(self, project: str, key: str, change: Callable[[MutableDocument], None]) -> None:
        """Another program rewrites a document."""
        body = self.bodies.get(project, {}).get(key)
        if body is None:
            return
        document = dict(decoded(body))
        before = leases_of(document)
        change(document)
        self.erased |= before - leases_of(document)
        self._write(project, key, bson.encode(document, codec_options=OPTIONS))

    def remove(self, project: str, key: str) -> None:
        """Another program deletes a document."""
        body = self.bodies.get(project, {}).pop(key, None)
        if body is not None:
            self.erased |= leases_of(decoded(body))
            self._tell(project, key)

    def claim(self, project: str, key: str, claims: Sequence[Claim], is_free: Callable[[str], bool]) -> None:
        """Put leases where they may be put."""
        body = self.bodies.get(project, {}).get(key)
        new = None if body is None else claimed(body, claims, is_free)
        if body is None or new is None:
            return
        for one in claims:
            self.claimed_at_s.setdefault(one.lease, self._world.scheduler.now)
        self._write(project, key, new)
        self._world.watch.claimed(decoded(body), decoded(new), claims)

    def record(self, program: Program, project: str, key: str, results: Sequence[Result]) -> None:
        """Write results where their leases are."""
        body = self.bodies.get(project, {}).get(key)
        new = None if body is None else recorded(body, results, self.now())
        if body is None or new is None:
            return
        self._write(project, key, new)
        self._world.watch.recorded(program, decoded(body), decoded(new), results)

    def _write(self, project: str, key: str, body: bytes) -> None:
        self.bodies.setdefault(project, {})[key] = body
        self._tell(project, key)

    def _tell(self, project: str, key: str) -> None:
        self.log.append((project, key))
        if not self.is_away:
            self._world.scheduler.wake(self.waiters)


def decoded(body: bytes) -> Document:
    """A document out of its bytes."""
    return bson.decode(body, codec_options=OPTIONS)


def leases_of(document: Document) -> set[str]:
    """All leases in a document."""
    files = document["files"]
    assert isinstance(files, list)
    return {str(entry["lease"]) for file in files for entry in file["sites"] if entry.get("lease")}
