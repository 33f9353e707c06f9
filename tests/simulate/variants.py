"""Programs that are wrong on purpose, so that it is known that the simulation would notice.

Each is made of the program's own parts with one of them replaced by a worse one, for the time of a run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

from syncgui.engine import traffic, transfer
from syncgui.engine.filling import Filling
from syncgui.engine.gate import Cancellation, Gate
from syncgui.engine.job import Group, Job, JobResult
from syncgui.engine.lease_check import LeaseCheck
from syncgui.engine.moving import Moving
from syncgui.engine.recovery import Recovery
from syncgui.engine.root_guard import RootGuard
from syncgui.engine.site_access import SiteAccess
from syncgui.engine.transfer import Mover
from syncgui.model.edits import Result
from syncgui.model.errors import CancelledError, SyncError
from syncgui.model.paths import PlacedPath
from syncgui.providers import local_folder
from syncgui.providers.file_operations import FolderHandle, FolderIdentity
from syncgui.providers.group_write import GroupWrite
from syncgui.providers.local_folder import Incoming, LocalFolder, Writer
from syncgui.providers.open_folders import OpenFolders, UnsyncedFolders
from tests.simulate.program import Program
from tests.simulate.store import SimStore
from tests.simulate.watch import entries_of


@dataclass(frozen=True, slots=True)
class Variant:
    """A wrong program: what is replaced by what, and the promises one of which it must be seen to break.

    `theme`: the troubles that show it soonest.
    """

    promises: tuple[str, ...]
    theme: str
    parts: tuple[tuple[object, str, object], ...] = ()
    program: type[Program] = Program

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Let the wrong parts stand in for the right ones."""
        before = [(owner, name, getattr(owner, name)) for owner, name, _ in self.parts]
        for owner, name, wrong in self.parts:
            setattr(owner, name, wrong)
        try:
            yield
        finally:
            for owner, name, right in before:
                setattr(owner, name, right)


# -- groups of files ---------------------------------------------------------------------------------


class _RenamesFirst(GroupWrite):
    """Gives files their names, then flushes their content."""

    def _flush(self, pending, flush):  # type: ignore[no-untyped-def]
        del pending
        self._late = flush

    def _flush_names(self, pending, folders):  # type: ignore[no-untyped-def]
        super()._flush(pending, self._late)
        super()._flush_names(pending, folders)


class _NeverFlushes(GroupWrite):
    """Leaves it to the system when content reaches the disk."""

    def _flush(self, pending, flush):  # type: ignore[no-untyped-def]
        del flush
        for one in pending:
            if one.error is None and one.fd is not None:
                fd, one.fd = one.fd, None
                self.files.close(fd)


class _ForgetsNames(GroupWrite):
    """Leaves it to the system when names reach the disk."""

    def _flush_names(self, pending: object, folders: OpenFolders) -> None:
        del pending, folders


class _InPlace(GroupWrite):
    """Writes under the final name, as a plain copy does."""

    def run(self, group: Sequence[Incoming]) -> list[SyncError | None]:
        return super().run([replace(one, partial=one.parts[-1]) for one in group])

    def _refuse(self, incoming: Incoming) -> None:
        del incoming

    def _create(self, folder: FolderHandle, incoming: Incoming) -> int:
        with suppress(FileNotFoundError):
            fd = self.files.open_again(folder, incoming.partial)
            self.files.truncate(fd, 0)
            return fd
        return super()._create(folder, incoming)


class _TrustsFolders(UnsyncedFolders):
    """Takes the name of every folder that is there for durable."""

    def __init__(self) -> None:
        super().__init__()
        self._made: set[tuple[str, ...]] = set()

    def add(self, parts: tuple[str, ...]) -> None:
        self._made.add(parts)

    def among(
        self, folders: Mapping[tuple[str, ...], FolderIdentity]
    ) -> dict[tuple[str, ...], FolderIdentity]:
        return {parts: which for parts, which in super().among(folders).items() if parts in self._made}

    def settle(self, folders: Mapping[tuple[str, ...], FolderIdentity]) -> None:
        self._made.difference_update(folders)


# -- transfers ---------------------------------------------------------------------------------------


class _RecordsFirst(Mover):
    """Tells that a file is done once its bytes are written, and flushes them afterwards."""

    def _move(
        self, group: Group, source: SiteAccess, target: SiteAccess, tell: Callable[[list[JobResult]], None]
    ) -> None:
        told: set[Job] = set()

        def tell_of(results: list[JobResult]) -> None:
            tell([one for one in results if one.job not in told])

        def tell_early(one: Moving) -> None:
            told.add(one.job)
            tell([one.result(0.0)])

        for job in group.jobs:
            _early[job] = tell_early
        super()._move(group, source, target, tell_of)


class _FillsAndTells(Filling):
    """The other half of it."""

    def fill(self, one: Moving, source: SiteAccess, target: SiteAccess, writer: Writer) -> None:
        super().fill(one, source, target, writer)
        _early.pop(one.job)(one)


_early: dict[Job, Callable[[Moving], None]] = {}


class _NeverLooksAgain(Mover):
    """Does not look whether the source was changed while it was copied."""

    def _confirm(self, one: Moving) -> None:
        self._lease_check.confirm(one.job)


class _NoLeaseCheck(LeaseCheck):
    """Takes what was claimed for its own, however long ago."""

    def confirm(self, job: Job) -> bool:
        self._gate.pass_through(job.cancellation, job.path)
        return False


class _AnyRoot(RootGuard):
    """Writes into whatever lies where the root was."""

    def check(self, access: SiteAccess, placed: PlacedPath) -> LocalFolder | None:
        return access.folder(placed)


def _never_waits(gate: Gate, cancellation: Cancellation, path: str) -> bool:
    if cancellation.is_cancelled or gate.is_stopped:
        raise CancelledError(path=path)
    return False


def _everyone_has_ended(recovery: Recovery, worker: str) -> bool:
    del recovery, worker
    return True


# -- the store ---------------------------------------------------------------------------------------


class _ForcingStore(SimStore):
    """Records a result under whatever lease is found in the entry."""

    def _record(self, project: str, key: str, results: Sequence[Result]) -> None:
        found = self._server.read(project, [key])
        leases = {
            (path, site): str(entry["lease"])
            for document in found
            for path, site, entry in entries_of(document)
            if entry.get("lease")
        }
        forced = [
            replace(one, lease=leases.get((one.target.file.path, one.target.site), one.lease))
            for one in results
        ]
        super()._record(project, key, forced)


class _ForcingProgram(Program):
    store_class = _ForcingStore


def _group(wrong: type[GroupWrite]) -> tuple[tuple[object, str, object], ...]:
    return ((local_folder, "GroupWrite", wrong),)


VARIANTS = {
    "record_before_flush": Variant(
        ("P1",), "mixed", ((traffic, "Mover", _RecordsFirst), (transfer, "Filling", _FillsAndTells))
    ),
    "rename_before_flush": Variant(("P2",), "mixed", _group(_RenamesFirst)),
    "never_flushed": Variant(("P1", "P2"), "mixed", _group(_NeverFlushes)),
    "folder_not_flushed": Variant(("P1",), "mixed", _group(_ForgetsNames)),
    "parent_folder_not_flushed": Variant(
        ("P1",), "kills", ((local_folder, "UnsyncedFolders", _TrustsFolders),)
    ),
    "no_lease_check": Variant(("P4",), "stops", ((traffic, "LeaseCheck", _NoLeaseCheck),)),
    "record_forced": Variant(("P4",), "late records", program=_ForcingProgram),
    "write_in_place": Variant(("P2",), "mixed", _group(_InPlace)),
    "source_not_looked_at_again": Variant(
        ("P1", "P2", "P3"), "readers", ((traffic, "Mover", _NeverLooksAgain),)
    ),
    "token_of_the_living": Variant(("P4",), "stops", ((Recovery, "has_ended", _everyone_has_ended),)),
    "any_root": Variant(("P11",), "roots", ((traffic, "RootGuard", _AnyRoot),)),
    "pause_ignored": Variant(("P9",), "pauses", ((Gate, "pass_through", _never_waits),)),
}

__all__ = ["VARIANTS", "Variant"]
