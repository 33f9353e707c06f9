"""Moves groups of files from one site to another and says for each how it ended.

For each file: root check, size gate, what the target holds already, bytes to a partial with a checksum
in the same pass, source looked at again, durable, lease still good, rename, name durable. A target that
is a folder of this machine is written by groups; any other by its provider, file by file. One file's
failure touches no other. Runs in a slot's thread; knows no store and no queue.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import cast

from syncgui.engine.already_there import AlreadyThere
from syncgui.engine.bandwidth import Bandwidth
from syncgui.engine.begun import Begun
from syncgui.engine.checksums import Checksums
from syncgui.engine.environment import Clock, Worth
from syncgui.engine.filling import Filling
from syncgui.engine.gate import Gate
from syncgui.engine.job import Group, Job, JobResult
from syncgui.engine.lease_check import LeaseCheck
from syncgui.engine.moving import Moving
from syncgui.engine.old_versions import OldVersions
from syncgui.engine.recovery import Recovery
from syncgui.engine.room import Room
from syncgui.engine.root_guard import RootGuard
from syncgui.engine.site_access import SiteAccess
from syncgui.engine.source_gate import SourceGate
from syncgui.engine.source_looks import Look, with_path
from syncgui.engine.to_provider import ToProvider
from syncgui.model.errors import (
    CancelledError,
    SiteNotConnectedError,
    SourceChangedError,
    SyncError,
    TargetNotWritableError,
    UnforeseenError,
)
from syncgui.providers.blind_names import Listings
from syncgui.providers.file_operations import Flush
from syncgui.providers.local_folder import Incoming, LocalFolder, Writer, partial_name
from syncgui.state import Partial, StateFile

_log = logging.getLogger(__name__)
_MOST_CLEANED = 10_000
_PORTION_S = 1.0  # files that come from far away are shown in portions of about so long

_AT_ONCE_S = 0.1  # what is confirmed later than this had to wait: for a pause, for the store, for a disk


class Mover:
    """Moves groups; one for the whole engine, used from all slots.

    Args:
        lease_check: whether what was claimed may still be committed.
        worker: our name, for partials.
    """

    def __init__(
        self,
        *,
        worker: str,
        gate: Gate,
        bandwidth: Bandwidth,
        state: StateFile,
        guard: RootGuard,
        recovery: Recovery,
        lease_check: LeaseCheck,
        clock: Clock,
        worth: Worth,
    ) -> None:
        self.worker = worker
        self._gate = gate
        self._state = state
        self._guard = guard
        self._recovery = recovery
        self._cleaned: set[tuple[tuple[int, int], tuple[str, ...]]] = set()
        self._cleaned_of: frozenset[str] = frozenset()
        self._lease_check = lease_check
        self._clock = clock
        self._source_gate = SourceGate(gate, guard)
        self._begun = Begun(state, recovery, clock, worth)
        self._filling = Filling(gate, bandwidth, Room())
        self._already_there = AlreadyThere(gate, self._confirm)
        self._old_versions = OldVersions(gate, clock)
        self._to_provider = ToProvider(
            gate=gate, bandwidth=bandwidth, begun=self._begun, confirm=self._confirm
        )

    def move(
        self, group: Group, source: SiteAccess, target: SiteAccess, tell: Callable[[list[JobResult]], None]
    ) -> None:
        """Move a group; never raises, whatever happens to a file or a site.

        Args:
            group: the files.
            source: where they are.
            target: where they are to be.
            tell: is given the result of each file once, as soon as there is one.
        """
        told: set[Job] = set()

        def tell_of(results: list[JobResult]) -> None:
            told.update(one.job for one in results)
            tell(results)

        try:
            self._move(group, source, target, tell_of)
        except SyncError as error:
            tell_of([_failed(job, error) for job in group.jobs if job not in told])
        except Exception as error:  # noqa: BLE001
            # The outer edge of a slot: whatever happens, each file gets a result and the slot lives on.
            _log.exception("unforeseen failure of a group")
            detail = type(error).__name__
            tell_of(
                [
                    _failed(job, UnforeseenError(site=job.target, path=job.path, detail=detail))
                    for job in group.jobs
                    if job not in told
                ]
            )

    def _move(
        self, group: Group, source: SiteAccess, target: SiteAccess, tell: Callable[[list[JobResult]], None]
    ) -> None:
        begun_s = self._clock.steady_s()
        looks = self._source_gate.look(group.jobs, source)
        of_target = target.provider.capabilities.checksums
        listings = Listings(self._clock.steady_s)
        moving = [
            Moving(
                job,
                look,
                _checksums(look, of_target),
                error=look.error,
                begun_s=begun_s,
                listings=listings,
            )
            for job, look in zip(group.jobs, looks, strict=True)
        ]
        for one in moving:
            self._guarded(one, lambda one=one: self._prepare(one, target))  # type: ignore[misc]
        if not target.is_folder:
            self._by_provider(moving, target, tell)
        elif source.is_folder:
            self._into_folders(moving, source, target)
            tell([one.result(self._clock.steady_s()) for one in moving])
        else:
            self._in_portions(moving, source, target, tell)

    def _by_provider(
        self, moving: Sequence[Moving], target: SiteAccess, tell: Callable[[list[JobResult]], None]
    ) -> None:
        there = self._to_provider.look(moving, target)

        def send(n: int, one: Moving) -> None:
            self._gate.pass_through(one.job.cancellation, one.job.path)
            if not self._to_provider.take_as_there(one, there.get(n), target, self.worker):
                one.job.moved_bytes = 0
                self._to_provider.upload(one, target, self.worker)

        for n, one in enumerate(moving):
            self._guarded(one, lambda n=n, one=one: send(n, one))  # type: ignore[misc]
            tell([one.result(self._clock.steady_s())])

    def _in_portions(
        self,
        moving: Sequence[Moving],
        source: SiteAccess,
        target: SiteAccess,
        tell: Callable[[list[JobResult]], None],
    ) -> None:
        """Files come slowly from far away: what has come is shown before the rest does."""
        start, many = 0, 1
        while start < len(moving):
            portion = moving[start : start + many]
            begin_s = self._clock.steady_s()
            self._into_folders(portion, source, target)
            tell([one.result(self._clock.steady_s()) for one in portion])
            start += len(portion)
            took_s = max(0.01, self._clock.steady_s() - begin_s)
            many = max(1, min(4 * many, int(len(portion) * _PORTION_S / took_s)))

    # -- one file ------------------------------------------------------------------------------------

    def _guarded(self, one: Moving, step: Callable[[], None]) -> None:
        """Run one file's step; whatever goes wrong is that file's result."""
        if one.error is not None:
            return
        job = one.job
        try:
            step()
        except CancelledError as error:
            # Only we stop transfers; a provider that says so by itself has failed.
            stopped = self._gate.is_stopped or job.cancellation.is_cancelled
            one.error = (
                error if stopped else UnforeseenError(site=job.target, path=job.path, detail="it gave up")
            )
        except SyncError as error:
            error.site = error.site or job.target
            one.error = with_path(error, job)
        except Exception as error:  # noqa: BLE001
            # The outer edge of one file: nothing that a provider does wrong may reach the others.
            _log.exception("unforeseen failure", extra={"path": one.job.path})
            one.error = UnforeseenError(site=one.job.target, path=one.job.path, detail=type(error).__name__)

    def _prepare(self, one: Moving, target: SiteAccess) -> None:
        self._gate.pass_through(one.job.cancellation, one.job.path)
        one.from_folder, one.to_folder = one.look.folder, self._guard.check(target, one.job.placed)
        one.stored_id = target.place(one.job.placed).path
        if one.to_folder and self._already_there.look(one, one.to_folder):
            one.copied = False
            self._forget_begun(one, target, one.to_folder)

    def _forget_begun(self, one: Moving, target: SiteAccess, to_folder: LocalFolder) -> None:
        """Of a file that is there nobody will go on with what was begun."""
        part = partial_of(one.job, self.worker, target)
        with suppress(SyncError):  # it stays noted
            (found,) = self._begun.find(self.worker, [(one, part)], to_folder)
            self._begun.settle(to_folder, found, None)

    def _confirm(self, one: Moving) -> None:
        """Directly before the content becomes visible, or counts as there."""
        job = one.job
        while True:
            if one.from_folder is not None and one.from_folder.facts(job.placed.parts) != one.facts:
                raise SourceChangedError(site=job.source, path=job.path)
            if not self._lease_check.confirm(job):
                return
            self._look_at_target_again(one)  # it waited: source and target may have changed meanwhile

    def _look_at_target_again(self, one: Moving) -> None:
        """After a long wait: the root is the folder that it was, and the partial lies in it."""
        if one.to_folder is None:
            return
        placed = one.job.placed
        if not one.to_folder.is_connected():
            raise SiteNotConnectedError(
                site=one.job.target,
                path=one.job.path,
                detail=f"{one.to_folder.root} is not the folder that it was",
            )
        if one.partial and one.to_folder.facts((*placed.parts[:-1], one.partial)) is None:
            raise TargetNotWritableError(
                site=one.job.target, path=one.job.path, detail="its folder was moved while the file waited"
            )

    # -- into folders of this machine -----------------------------------------------------------------

    def _into_folders(self, moving: Sequence[Moving], source: SiteAccess, target: SiteAccess) -> None:
        """Write all files whose target is a folder, in one durable group per root."""
        by_folder: dict[int, tuple[LocalFolder, list[Moving]]] = {}
        for one in moving:
            if one.error is None and one.copied and one.to_folder is not None:
                by_folder.setdefault(id(one.to_folder), (one.to_folder, []))[1].append(one)
        for folder, these in by_folder.values():
            self._clean(folder, these)
            try:
                self._into_folder(folder, these, source, target)
            except SyncError as error:
                for one in these:
                    one.error = one.error or error

    def _into_folder(
        self, folder: LocalFolder, these: Sequence[Moving], source: SiteAccess, target: SiteAccess
    ) -> None:
        partials = [partial_of(one.job, self.worker, target) for one in these]
        pairs = list(zip(these, partials, strict=True))
        begun = self._begun.find(self.worker, pairs, folder)
        self._begun.note(self.worker, pairs)
        incoming: list[Incoming] = []
        for one, part, found in zip(these, partials, begun, strict=True):
            one.partial = part.name
            wanted = self._begun.source_of(one)
            taken = found[0][1] if found and wanted and found[0][1].source == wanted else None
            incoming.append(self._incoming(one, source, target, taken.name if taken else None))
        left: list[Partial] = []
        for one, part, ended in zip(these, partials, folder.write_group(incoming), strict=True):
            one.error = with_path(ended, one.job) if ended else None
            if ended is not None and not one.keeps_partial and _may_be_left(folder, one):
                one.keeps_partial = True
                left.append(part)
        self._begun.leave(self.worker, left)
        for found, written in zip(begun, incoming, strict=True):
            if found:
                taken = found[0][1] if written.begun is not None else None
                self._begun.settle(folder, found, taken)

    def _clean(self, folder: LocalFolder, these: Sequence[Moving]) -> None:
        """Before the first write into a folder since a worker died: remove what the dead left in it."""
        try:
            dead = self._recovery.known_ended()
            if dead != self._cleaned_of:
                self._cleaned_of = dead
                self._cleaned.clear()
            for parts in {one.job.placed.parts[:-1] for one in these} if dead else ():
                key = (folder.identity, parts)
                if key in self._cleaned:
                    continue
                if len(self._cleaned) >= _MOST_CLEANED:
                    self._cleaned.clear()  # to look twice costs little, to remember all costs memory
                self._recovery.clean_folder(folder, parts, dead)
                self._cleaned.add(key)
        except SyncError as error:
            _log.info("leftovers were not looked for: %s", error.sentence)

    def _incoming(self, one: Moving, source: SiteAccess, target: SiteAccess, begun: str | None) -> Incoming:
        def keep(error: SyncError, written_bytes: int) -> bool:
            one.keeps_partial = self._begun.keeps(one, error, written_bytes)
            return one.keeps_partial

        def flushed(how: Flush) -> None:
            one.flush = how

        def confirm() -> bool:
            begin_s = self._clock.steady_s()
            self._confirm(one)
            return self._clock.steady_s() - begin_s >= _AT_ONCE_S

        return Incoming(
            parts=one.job.placed.parts,
            path=one.job.path,
            partial=one.partial,
            size_bytes=one.look.size_bytes,
            mtime_ns=one.look.mtime_ns,
            fill=lambda writer: self._filling.fill(one, source, target, cast("Writer", writer)),
            confirm=confirm,
            begun=begun,
            keeps=keep,
            flushed=flushed,
            reread=self._filling.reread_of(one, target),
            trash=self._old_versions.day_of(target),
            keeping=lambda: self._gate.pass_through(one.job.cancellation, one.job.path),
        )


def _checksums(look: Look, of_target: Iterable[str]) -> Checksums:
    """What is hashed on the way: as the source knows its content, and as the target will know it."""
    of_source = (one.partition(":")[0] for one in look.checksums)
    return Checksums((*of_source, *of_target), size_bytes=look.size_bytes)


def _may_be_left(folder: LocalFolder, one: Moving) -> bool:
    """Whether the partial of a failed file is there, or may be there again after a power cut.

    It could not be removed, or it got its name and that name could not be made durable. Then it stays noted.
    """
    parts = one.job.placed.parts
    try:
        if folder.facts((*parts[:-1], one.partial)) is not None:
            return True
        found = folder.facts(parts)
    except SyncError:
        return True
    arrived = (one.look.size_bytes, one.look.mtime_ns)
    return found is not None and (found.size_bytes, found.mtime_ns) == arrived


def partial_of(job: Job, worker: str, target: SiteAccess) -> Partial:
    """Where a job's bytes go before they have their name."""
    return Partial(
        site=target.name,
        root=target.place(job.placed).root,
        path="/".join(job.placed.parts),
        name=partial_name(job.placed.name, worker, job.number),
    )


def _failed(job: Job, error: SyncError) -> JobResult:
    return JobResult(job, tuple(error for _ in job.wanted))
