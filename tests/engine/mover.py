"""A mover beside the loop: groups of files between the sites of a studio, with their results."""

from __future__ import annotations

import itertools
import os
from collections.abc import Sequence

from syncgui.engine.bandwidth import Bandwidth
from syncgui.engine.environment import Environment, real_environment
from syncgui.engine.gate import Gate
from syncgui.engine.job import Group, Job, JobResult, Wanted
from syncgui.engine.lease_check import LeaseCheck
from syncgui.engine.recovery import Recovery
from syncgui.engine.root_guard import RootGuard
from syncgui.engine.site_access import SiteAccess, SiteAccesses
from syncgui.engine.transfer import Mover
from syncgui.model.edits import Target
from syncgui.model.leases import new_worker
from syncgui.model.paths import place
from syncgui.model.representation import read_representation
from syncgui.model.status import Direction
from tests.engine.studio import PROJECT, Studio


class StudioMover:
    """Moves files that stand in the records of a studio, with no loop, in the caller's thread.

    Args:
        environment: clock and file operations.
    """

    def __init__(self, studio: Studio, environment: Environment | None = None) -> None:
        self._studio = studio
        environment = environment or real_environment()
        store, state, clock = studio.app.store, studio.app.state, environment.clock
        self._worker = new_worker(environment.random)
        store.join(
            self._worker, host="host", user="user", local_id="local", pid=os.getpid(), now=environment.utc()
        )
        self.gate = Gate(environment)
        self._accesses = SiteAccesses(environment)
        guard = RootGuard(
            state, studio.app.index, store, lambda: {PROJECT: studio.app.project(PROJECT)}, clock
        )
        self.bandwidth = Bandwidth(self.gate, clock)
        self.bandwidth.use_projects({PROJECT: studio.app.project(PROJECT)})
        self.mover = Mover(
            worker=self._worker,
            gate=self.gate,
            bandwidth=self.bandwidth,
            state=state,
            guard=guard,
            recovery=Recovery(store, state, self._accesses, clock),
            lease_check=LeaseCheck(store, self.gate, clock),
            clock=clock,
            worth=environment.worth,
        )
        self._numbers = itertools.count(1)

    def access(self, site: str) -> SiteAccess:
        """A site, by the settings as they are now."""
        return self._accesses.get(self._studio.app.project(PROJECT), site)

    def move(self, representation: str, source: str = "studio", target: str = "backup") -> list[JobResult]:
        """Move all files of a representation, as one group."""
        return self.move_jobs(self.jobs(representation, source, target), source, target)

    def move_jobs(self, jobs: Sequence[Job], source: str, target: str) -> list[JobResult]:
        """Move these jobs, as one group."""
        results: list[JobResult] = []
        group = Group(PROJECT, source, target, tuple(jobs), is_large=False)
        self.mover.move(group, self.access(source), self.access(target), results.extend)
        return sorted(results, key=lambda one: one.job.number)

    def jobs(self, representation: str, source: str, target: str) -> Sequence[Job]:
        """One job for each of its files."""
        found: list[Job] = []
        for file in read_representation(self._studio.document(representation)).files:
            number = next(self._numbers)
            found.append(
                Job(
                    project=PROJECT,
                    number=number,
                    lease=f"{self._worker}:{number}",
                    placed=place(file.path, {}),
                    path=file.path,
                    source=source,
                    target=target,
                    direction=Direction.UPLOAD,
                    wanted=(Wanted(Target(representation, file.ref, target), file.size_bytes, 0),),
                    size_bytes=file.size_bytes or 0,
                    heavy=False,
                    source_id=None,
                    target_id=None,
                    membership=self._studio.app.store.membership().number,
                )
            )
        return found
