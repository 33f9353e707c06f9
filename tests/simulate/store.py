"""The store as one simulated program has it: a server that is far away, slow, and now and then not there.

Rules of claiming, of heartbeats and of who counts as alive are those of the MongoDB store. An answer may get
lost after the work was done; the program is then told that the database does not answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from syncgui.model.edits import Claim, Edit, Result
from syncgui.model.errors import DatabaseUnreachableError
from syncgui.model.leases import worker_of
from syncgui.model.representation import Document, read_representation
from syncgui.store.abstract_store import Body, Changes, Membership, Store, Worker
from syncgui.store.mongo_heartbeat import DEAD_AFTER_S, EVERY_S, Standing
from syncgui.store.mongo_workers import ENDED_AFTER_S, FORGOTTEN_AFTER_S, PATIENCE_S
from tests.simulate.scheduler import SimSignal
from tests.simulate.server import WorkerRecord, decoded

if TYPE_CHECKING:
    from tests.simulate.program import Program

_RETRY_S = 1.0
_KNOWN_FOR_S = 1.0
_IDLE_S = 3.0  # how long at most nobody looks, where nothing happens


class SimStore(Store):
    """See the module."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._server = program.world.server
        self._clock = program.environment.clock
        self._seen = 0
        self._number = 0
        self._own: str | None = None
        self._standing: Standing | None = None
        self._stopping: SimSignal | None = None
        self._known: tuple[float, dict[str, WorkerRecord]] = (float("-inf"), {})

    # -- far away ------------------------------------------------------------------------------------

    def _go(self, call: str) -> None:
        """The question on its way."""
        program = self._program
        program.call("store", call)
        self._travel()

    def _come(self) -> None:
        """The answer on its way."""
        self._program.world.scheduler.step("store answers")
        self._travel()

    def _travel(self) -> None:
        world, program = self._program.world, self._program
        dice = program.random.random()
        world.scheduler.sleep(0.001 + 0.02 * dice if dice < 0.98 else 0.5)
        if self._server.is_away or program.is_cut_off or program.random.random() < world.losses:
            world.scheduler.sleep(program.random.choice((0.05, 2.0, 5.0)))
            raise DatabaseUnreachableError(detail="simulated")

    # -- reading -------------------------------------------------------------------------------------

    @property
    def address(self) -> str:
        return "simulated"

    @property
    def identity(self) -> str:
        return self._server.identity

    @property
    def misses_nothing(self) -> bool:
        return True

    def projects(self) -> list[str]:
        self._go("projects")
        return sorted(self._server.bodies)

    def project_document(self, project: str) -> Document | None:
        del project
        return None

    def scan(self, project: str) -> Iterator[Sequence[Document]]:
        self._go("scan")
        yield self._server.documents(project)

    def read(self, project: str, ids: Sequence[str]) -> list[Document]:
        self._go("read")
        found = self._server.read(project, ids)
        self._come()
        return found

    def every(self, project: str, after: str = "") -> Iterator[Sequence[Body]]:
        raise NotImplementedError

    def count(self, project: str) -> int:
        return len(self._server.bodies.get(project, {}))

    def types(self, project: str, ids: Iterable[str]) -> dict[str, str]:
        del project, ids
        return {}

    def children(self, project: str, document_type: str, parent: str | None) -> list[Document]:
        raise NotImplementedError

    # -- changes -------------------------------------------------------------------------------------

    def head(self) -> str:
        self._go("head")
        return str(len(self._server.log))

    def same_place(self, one: str | None, other: str | None) -> bool:
        return one == other

    def changes(self, cursor: str, *, limit: int = 10_000) -> Changes:
        self._go("changes")
        start = int(cursor)
        end = min(start + limit, len(self._server.log))
        ids: dict[str, list[str]] = {}
        for project, key in self._server.log[start:end]:
            of_project = ids.setdefault(project, [])
            if key not in of_project:
                of_project.append(key)
        more = end < len(self._server.log)
        self._come()
        return Changes(str(end), ids, more=more)

    def wait_for_change(self, timeout_s: float) -> bool:
        scheduler = self._program.world.scheduler
        scheduler.step("store waits")
        if self._seen == len(self._server.log) or self._server.is_away or self._program.is_cut_off:
            scheduler.block(self._server.waiters, max(timeout_s, _IDLE_S))
        changed, self._seen = self._seen != len(self._server.log), len(self._server.log)
        return changed

    # -- writing -------------------------------------------------------------------------------------

    def insert(self, project: str, documents: Sequence[Document]) -> None:
        raise NotImplementedError

    def delete(self, project: str, ids: Sequence[str]) -> None:
        raise NotImplementedError

    def claim(self, project: str, claims: Sequence[Claim]) -> list[Document]:
        grouped: dict[str, list[Claim]] = {}
        for one in claims:
            grouped.setdefault(one.target.representation, []).append(one)
        self._go("claim")
        for key, some in grouped.items():
            self._server.claim(project, key, some, lambda _: False)
            self._program.world.scheduler.step("claims")
        back = self.read(project, list(grouped))
        self._take_from_the_dead(project, back, grouped)
        return self.read(project, list(grouped))

    def _take_from_the_dead(
        self, project: str, documents: Sequence[Document], grouped: dict[str, list[Claim]]
    ) -> None:
        """Who is dead is asked first, then what they had is taken, if it is still theirs."""
        leases = {
            entry.lease
            for document in documents
            for file in read_representation(document).files
            for entry in file.entries.values()
            if entry.lease
        }
        owners = {lease: worker_of(lease) for lease in sorted(leases)}
        of_others = {lease: one for lease, one in owners.items() if one != self._own}
        if not of_others:
            return
        scheduler = self._program.world.scheduler
        self._program.is_taking_over = True
        try:
            self._known = (float("-inf"), {})
            free = {lease for lease, one in of_others.items() if one is None or not self.is_alive(one)}
            if free:
                self._go("take over")
                for key, some in grouped.items():
                    self._server.claim(project, key, some, free.__contains__)
                    scheduler.step("takes over")
        finally:
            self._program.is_taking_over = False

    def write_results(self, project: str, results: Sequence[Result]) -> list[Document]:
        grouped: dict[str, list[Result]] = {}
        for one in results:
            grouped.setdefault(one.target.representation, []).append(one)
        self._go("write results")
        for key, some in grouped.items():
            self._record(project, key, some)
            self._program.world.scheduler.step("records")
        return self.read(project, list(grouped))

    def _record(self, project: str, key: str, results: Sequence[Result]) -> None:
        self._server.record(self._program, project, key, results)

    def edit(self, project: str, edits: Sequence[Edit]) -> int:
        raise NotImplementedError

    # -- workers -------------------------------------------------------------------------------------

    def join(self, worker: str, *, host: str, user: str, local_id: str, pid: int, now: datetime) -> None:
        del host, user, pid, now
        self._leave()
        sent_s = self._clock.steady_s()
        self._go("join")
        record = WorkerRecord(worker, self._program, local_id, self._server.now_s())
        self._server.workers[worker] = record
        seen_s = record.seen_s
        self._come()
        self._number += 1
        self._standing = Standing(sent_s, datetime.fromtimestamp(seen_s, UTC), self._number)
        self._own = worker
        self._stopping = SimSignal(self._program.world.scheduler)
        stopping = self._stopping
        self._program.begin("heartbeat", lambda: self._beat(worker, stopping))

    def _beat(self, worker: str, stopping: SimSignal) -> None:
        pause_s = EVERY_S
        while not stopping.wait(pause_s):
            sent_s = self._clock.steady_s()
            try:
                self._go("heartbeat")
                record = self._server.workers.get(worker)
                seen = None
                if record is not None:
                    record.seen_s = self._server.now_s()
                    seen = datetime.fromtimestamp(record.seen_s, UTC)
                self._come()
            except DatabaseUnreachableError:
                pause_s = _RETRY_S
                continue
            pause_s = EVERY_S
            if self._own != worker or self._standing is None:
                return
            self._standing = self._standing.after_beat(seen, sent_s=sent_s, answered_s=self._clock.steady_s())
            if self._standing.is_gone:
                return

    def membership(self) -> Membership:
        standing = self._standing
        if self._own is None or standing is None:
            return Membership(may_commit=False, is_over=True, number=self._number)
        may_commit = standing.may_commit(self._clock.steady_s())
        return Membership(may_commit=may_commit, is_over=standing.is_gone, number=standing.number)

    def workers(self) -> list[Worker]:
        records = self._records(anew=True)
        return [
            Worker(name, one.program.machine, "artist", one.local_id, 1, self._judged(one))
            for name, one in sorted(records.items())
        ]

    def is_alive(self, worker: str) -> bool:
        record = self._records().get(worker)
        return record is not None and self._judged(record)

    def has_ended(self, worker: str) -> bool:
        if worker == self._own:
            return self.membership().is_over
        record = self._records(anew=True).get(worker)
        return record is None or self._ended_here(record) or self._unseen_s(record) > ENDED_AFTER_S

    def forget(self, worker: str) -> None:
        record = self._records(anew=True).get(worker)
        if worker == self._own or record is None or self._judged(record):
            return
        if self._ended_here(record) or self._unseen_s(record) > FORGOTTEN_AFTER_S:
            self._go("forget")
            self._server.workers.pop(worker, None)

    def close(self) -> None:
        self._leave()

    def _leave(self) -> None:
        own, self._own = self._own, None
        if self._stopping is not None:
            self._stopping.set()
        if own is None:
            return
        self._number = self._standing.number if self._standing else self._number
        try:
            self._go("leave")
            self._server.workers.pop(own, None)
        except DatabaseUnreachableError:
            pass

    def _records(self, *, anew: bool = False) -> dict[str, WorkerRecord]:
        now = self._clock.steady_s()
        if anew or now - self._known[0] > _KNOWN_FOR_S:
            self._go("workers")
            known = {
                name: WorkerRecord(one.name, one.program, one.local_id, one.seen_s)
                for name, one in self._server.workers.items()
            }
            self._come()
            self._known = (now, known)
        return self._known[1]

    def _judged(self, record: WorkerRecord) -> bool:
        if record.name == self._own:
            return not self.membership().is_over
        if self._ended_here(record):
            return False
        standing = self._standing
        is_just_back = standing is not None and standing.was_back_within(PATIENCE_S, self._clock.steady_s())
        return self._unseen_s(record) <= DEAD_AFTER_S or is_just_back

    def _ended_here(self, record: WorkerRecord) -> bool:
        return record.program.machine == self._program.machine and (
            record.program.is_dead or not record.program.threads
        )

    def _unseen_s(self, record: WorkerRecord) -> float:
        return self._server.now_s() - record.seen_s


__all__ = ["SimStore", "decoded"]
