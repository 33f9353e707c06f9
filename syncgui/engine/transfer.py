"""Moves a group of files from one site to another and says for each how it ended.

For each file: root check, size gate, what the target holds already, bytes to a partial with a checksum
in the same pass, source looked at again, durable, lease still good, rename, name durable. A target that
is a folder of this machine is written by groups; any other by its provider, file by file. One file's
failure touches no other. Runs in a slot's thread; knows no store and no queue.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO, cast

from syncgui.engine.checksums import Checksums
from syncgui.engine.gate import Gate
from syncgui.engine.hashing_streams import HashingSource, HashingWriter
from syncgui.engine.job import Group, Job, JobResult
from syncgui.engine.lease_check import LeaseCheck
from syncgui.engine.recovery import Recovery
from syncgui.engine.root_guard import RootGuard
from syncgui.engine.site_access import SiteAccess
from syncgui.engine.source_gate import Look, SourceGate, size_mismatch, with_path
from syncgui.engine.transfer_control import TransferControl
from syncgui.model.errors import (
    CancelledError,
    DamagedError,
    SiteNotConnectedError,
    SiteUnknownError,
    SourceChangedError,
    SyncError,
    TargetNotWritableError,
    UnforeseenError,
)
from syncgui.providers.local_folder import (
    FileFacts,
    Incoming,
    LocalFolder,
    Source,
    partial_name,
)
from syncgui.state import Partial, StateFile

_log = logging.getLogger(__name__)
_BLOCK_BYTES = 2**20
_MOST_CLEANED = 10_000


@dataclass(slots=True)
class _Moving:
    """A job in the middle of its transfer."""

    job: Job
    look: Look
    checksums: Checksums
    from_folder: LocalFolder | None = None
    to_folder: LocalFolder | None = None
    facts: FileFacts | None = None  # of the source as it was opened
    partial: str = ""  # what its bytes are called in the target's folder until they get their name
    stored_id: str | None = None
    copied: bool = True
    error: SyncError | None = None


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
        state: StateFile,
        guard: RootGuard,
        recovery: Recovery,
        lease_check: LeaseCheck,
    ) -> None:
        self.worker = worker
        self._gate = gate
        self._state = state
        self._guard = guard
        self._recovery = recovery
        self._cleaned: set[tuple[tuple[int, int], tuple[str, ...]]] = set()
        self._cleaned_of: frozenset[str] = frozenset()
        self._lease_check = lease_check
        self._source_gate = SourceGate(gate, guard)

    def move(self, group: Group, source: SiteAccess, target: SiteAccess) -> list[JobResult]:
        """Move a group; never raises, whatever happens to a file or a site."""
        try:
            return self._move(group, source, target)
        except SyncError as error:
            return [_failed(job, error) for job in group.jobs]
        except Exception as error:  # noqa: BLE001
            # The outer edge of a slot: whatever happens, each file gets a result and the slot lives on.
            _log.exception("unforeseen failure of a group")
            detail = type(error).__name__
            return [
                _failed(job, UnforeseenError(site=job.target, path=job.path, detail=detail))
                for job in group.jobs
            ]

    def _move(self, group: Group, source: SiteAccess, target: SiteAccess) -> list[JobResult]:
        looks = self._source_gate.look(group.jobs, source)
        moving = [
            _Moving(job, look, Checksums(target.provider.capabilities.checksums), error=look.error)
            for job, look in zip(group.jobs, looks, strict=True)
        ]
        for one in moving:
            self._guarded(one, lambda one=one: self._prepare(one, target))  # type: ignore[misc]
        self._into_folders(moving, source, target)
        for one in moving:
            if one.copied and one.to_folder is None:
                self._guarded(one, lambda one=one: self._upload(one, target))  # type: ignore[misc]
        return [_result(one) for one in moving]

    # -- one file ------------------------------------------------------------------------------------

    def _guarded(self, one: _Moving, step: Callable[[], None]) -> None:
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
            one.error = error
        except Exception as error:  # noqa: BLE001
            # The outer edge of one file: nothing that a provider does wrong may reach the others.
            _log.exception("unforeseen failure", extra={"path": one.job.path})
            one.error = UnforeseenError(site=one.job.target, path=one.job.path, detail=type(error).__name__)

    def _prepare(self, one: _Moving, target: SiteAccess) -> None:
        self._gate.pass_through(one.job.cancellation, one.job.path)
        one.from_folder, one.to_folder = one.look.folder, self._guard.check(target, one.job.placed)
        one.stored_id = target.place(one.job.placed).path
        if one.from_folder and one.to_folder and self._is_there_already(one, one.from_folder, one.to_folder):
            one.copied = False

    def _is_there_already(self, one: _Moving, from_folder: LocalFolder, to_folder: LocalFolder) -> bool:
        """Whether the target holds this very content, durable: then there is nothing to send."""
        there = to_folder.facts(one.job.placed.parts)
        if there is None or not there.is_file or there.size_bytes != one.look.size_bytes:
            return False
        if not self._same_content(one, from_folder, to_folder):
            one.job.moved_bytes = 0
            return False
        to_folder.sync_existing(one.job.placed.parts)
        self._confirm(one)
        return True

    def _same_content(self, one: _Moving, from_folder: LocalFolder, to_folder: LocalFolder) -> bool:
        parts = one.job.placed.parts
        mine, theirs = Checksums(), Checksums()
        try:
            opened = to_folder.open_source(parts)
        except SyncError:
            return False  # what can not be read can still be replaced
        with from_folder.open_source(parts) as source, opened as target:
            one.facts = source.facts
            while block := source.read(_BLOCK_BYTES):
                self._gate.pass_through(one.job.cancellation, one.job.path)
                mine.update(block)
                theirs.update(target.read(len(block)))
                if mine.own != theirs.own:
                    return False
            same = not target.read(1)
        one.checksums = mine
        return same

    def _confirm(self, one: _Moving) -> None:
        """Directly before the content becomes visible, or counts as there."""
        job = one.job
        while True:
            if one.from_folder is not None and one.from_folder.facts(job.placed.parts) != one.facts:
                raise SourceChangedError(site=job.source, path=job.path)
            if not self._lease_check.confirm(job):
                return
            self._look_at_target_again(one)  # it waited: source and target may have changed meanwhile

    def _look_at_target_again(self, one: _Moving) -> None:
        """After a long wait: the root is the folder that it was, and what is to count lies in it."""
        if one.to_folder is None:
            return
        placed = one.job.placed
        if not one.to_folder.is_connected():
            raise SiteNotConnectedError(
                site=one.job.target,
                path=one.job.path,
                detail=f"{one.to_folder.root} is not the folder that it was",
            )
        written = (*placed.parts[:-1], one.partial) if one.partial else placed.parts
        if one.to_folder.facts(written) is None:
            raise TargetNotWritableError(
                site=one.job.target, path=one.job.path, detail="its folder was moved while the file waited"
            )

    # -- into folders of this machine -----------------------------------------------------------------

    def _into_folders(self, moving: Sequence[_Moving], source: SiteAccess, target: SiteAccess) -> None:
        """Write all files whose target is a folder, in one durable group per root."""
        by_folder: dict[int, tuple[LocalFolder, list[_Moving]]] = {}
        for one in moving:
            if one.error is None and one.copied and one.to_folder is not None:
                by_folder.setdefault(id(one.to_folder), (one.to_folder, []))[1].append(one)
        for folder, these in by_folder.values():
            self._clean(folder, these)
            partials = [partial_of(one.job, self.worker, target) for one in these]
            try:
                self._state.note_partials(self.worker, partials)
            except SyncError as error:
                for one in these:
                    one.error = error
                continue
            for one, part in zip(these, partials, strict=True):
                one.partial = part.name
            incoming = [self._incoming(one, source) for one in these]
            for one, ended in zip(these, folder.write_group(incoming), strict=True):
                one.error = with_path(ended, one.job) if ended else None

    def _clean(self, folder: LocalFolder, these: Sequence[_Moving]) -> None:
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

    def _incoming(self, one: _Moving, source: SiteAccess) -> Incoming:
        return Incoming(
            parts=one.job.placed.parts,
            path=one.job.path,
            partial=one.partial,
            size_bytes=one.look.size_bytes,
            mtime_ns=one.look.mtime_ns,
            fill=lambda writer: self._fill(one, source, writer),
            confirm=lambda: self._confirm(one),
        )

    def _fill(self, one: _Moving, source: SiteAccess, writer: BinaryIO) -> None:
        control = TransferControl(one.job, self._gate, lambda: None)
        if one.from_folder is None:
            stored = source.provider.download(
                source.place(one.job.placed).path,
                cast("BinaryIO", HashingWriter(writer, one.checksums)),
                control,
            )
            if one.checksums.agrees(stored.checksum) is False:
                raise DamagedError(site=one.job.target, path=one.job.path, detail="the checksums differ")
            return
        with one.from_folder.open_source(one.job.placed.parts) as opened:
            one.facts = opened.facts
            if opened.facts.size_bytes != one.look.size_bytes:
                raise SourceChangedError(site=one.job.source, path=one.job.path)
            self._copy(opened, writer, one.checksums, control)

    def _copy(self, opened: Source, writer: BinaryIO, checksums: Checksums, control: TransferControl) -> None:
        while block := opened.read(_BLOCK_BYTES):
            writer.write(block)
            checksums.update(block)
            control.progress(len(block))

    # -- to a provider ---------------------------------------------------------------------------------

    def _upload(self, one: _Moving, target: SiteAccess) -> None:
        if one.from_folder is None:
            raise SiteUnknownError(
                site=one.job.target,
                path=one.job.path,
                detail=f"neither it nor {one.job.source} is a folder of this machine",
            )
        control = TransferControl(one.job, self._gate, lambda: self._confirm(one))
        with one.from_folder.open_source(one.job.placed.parts) as opened:
            one.facts = opened.facts
            stored = target.provider.upload(
                cast("BinaryIO", HashingSource(opened, one.checksums)),
                one.look.size_bytes,
                datetime.fromtimestamp(one.look.mtime_ns / 1e9, UTC),
                target.place(one.job.placed).path,
                control,
            )
        if not control.was_confirmed:
            raise UnforeseenError(
                site=one.job.target, path=one.job.path, detail="its provider did not ask before it was done"
            )
        if stored.size_bytes != one.look.size_bytes or one.checksums.agrees(stored.checksum) is False:
            raise DamagedError(
                site=one.job.target, path=one.job.path, detail="size or checksum differ after the upload"
            )
        one.stored_id = stored.id


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


def _result(one: _Moving) -> JobResult:
    if one.error is not None:
        return _failed(one.job, one.error)
    return JobResult(
        one.job,
        tuple(size_mismatch(one.job, wanted.size_bytes, one.look) for wanted in one.job.wanted),
        provider_id=one.stored_id,
        checksum=one.checksums.own,
        size_bytes=one.look.size_bytes,
        copied=one.copied,
    )
