"""Brings results into the store: at once into the state file, in groups into the store.

A group is at most 0.5 s late, 5 s where documents are large. While the store does not answer, results
stay in the state file, over restarts too; what a dead program of this user left there is recorded as
well. An entry that lost our lease is left as it is: the read-back says so, nothing is forced.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from syncgui.engine.environment import Clock
from syncgui.engine.rights import Rights
from syncgui.model.edits import Outcome, Result
from syncgui.model.errors import DatabaseForbiddenError
from syncgui.model.representation import Document, read_representation
from syncgui.state import Attempt, Partial, StateFile
from syncgui.store.abstract_store import Store

_log = logging.getLogger(__name__)

_LATE_S = 0.25
_LATE_HEAVY_S = 4.0
_GROUP = 256


@dataclass(frozen=True, slots=True, eq=False)
class _Pending:
    kept_id: int | None  # in the state file
    result: Result
    due_s: float


class Recorder:
    """Results on their way into the store. Owned by the loop's thread."""

    def __init__(self, store: Store, state: StateFile, worker: str, clock: Clock, rights: Rights) -> None:
        self.rights = rights
        self._store = store
        self._state = state
        self.worker = worker
        self._clock = clock
        self._pending: dict[str, list[_Pending]] = {}

    def keep(
        self,
        project: str,
        results: Sequence[Result],
        partials: Sequence[Partial],
        attempts: Sequence[Attempt] = (),
        *,
        heavy: bool,
    ) -> None:
        """Keep results in the state file; the store follows with `flush`."""
        ids = self._state.keep_results(self.worker, project, results, partials, attempts)
        if not results:
            return
        due_s = self._clock.steady_s() + (_LATE_HEAVY_S if heavy else _LATE_S)
        self._pending.setdefault(project, []).extend(
            _Pending(kept_id, result, due_s) for kept_id, result in zip(ids, results, strict=True)
        )

    def keep_in_memory(self, project: str, results: Sequence[Result]) -> None:
        """Keep results for this process only, when the state file can not be written."""
        self._pending.setdefault(project, []).extend(_Pending(None, result, 0.0) for result in results)

    def adopt(self, dead: Collection[str]) -> None:
        """Take over results that these dead workers kept, each once."""
        known = {one.kept_id for pending in self._pending.values() for one in pending}
        for kept in self._state.kept_results() if dead else ():
            if kept.worker in dead and kept.id not in known:
                self._pending.setdefault(kept.project, []).append(_Pending(kept.id, kept.result, 0.0))

    @property
    def is_empty(self) -> bool:
        """Whether everything has been recorded that the database lets us record."""
        return not self._recordable()

    def next_due_s(self) -> float | None:
        """Seconds until something is due, None if nothing is pending."""
        now = self._clock.steady_s()
        dues = [one.due_s for pending in self._recordable().values() for one in pending]
        return max(0.0, min(dues) - now) if dues else None

    def flush(self, *, everything: bool = False) -> dict[str, int]:
        """Record what is due; how many entries were recorded, by project.

        Raises:
            DatabaseUnreachableError: what was not recorded stays pending.
        """
        now = self._clock.steady_s()
        recorded: dict[str, int] = {}
        for project, pending in self._recordable().items():
            is_due = everything or len(pending) >= _GROUP
            due = [one for one in pending if is_due or one.due_s <= now]
            try:
                for start in range(0, len(due), _GROUP):
                    done = self._record(project, due[start : start + _GROUP])
                    recorded[project] = recorded.get(project, 0) + done
            except DatabaseForbiddenError as error:
                if not self.rights.take(error):
                    raise
        return recorded

    def _recordable(self) -> dict[str, list[_Pending]]:
        """What is pending, but for projects that the database refuses: they keep it until they are let in."""
        refused = self.rights.refused_projects
        return {project: pending for project, pending in self._pending.items() if project not in refused}

    def _record(self, project: str, part: Sequence[_Pending]) -> int:
        documents = self._store.write_results(project, [one.result for one in part])
        self._state.drop_results(one.kept_id for one in part if one.kept_id is not None)
        done = set(part)
        self._pending[project] = [one for one in self._pending[project] if one not in done]
        if not self._pending[project]:
            del self._pending[project]
        return _count_done(part, documents)


def _count_done(part: Sequence[_Pending], documents: Sequence[Document]) -> int:
    """How many files the read-back shows as present; a lost lease is worth a line in the log."""
    present: dict[tuple[str, object, str], bool] = {}
    for document in documents:
        representation = read_representation(document)
        for file in representation.files:
            for name, entry in file.entries.items():
                present[representation.id, file.ref, name] = entry.present
    done = 0
    for one in part:
        target = one.result.target
        if one.result.outcome is not Outcome.DONE:
            continue
        if present.get((target.representation, target.file, target.site)):
            done += 1
        else:
            _log.warning(
                "the entry was changed by somebody else meanwhile and is left as it is: %s",
                target.file.path,
            )
    return done
