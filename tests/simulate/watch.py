"""Looks on while a simulation runs, and says at once when a promise of the engine is broken.

What may lie under a name is known from what was ever published under it. Whether a power cut would lose
something is asked for every way in which it may go, not for the one that the seed would take.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import xxhash

from syncgui.model.edits import Claim, Outcome, Result
from syncgui.model.leases import worker_of
from syncgui.model.representation import Document
from syncgui.providers.partial_names import read_partial_name
from tests.simulate.disk import File, Folder, after_any_power_cut

if TYPE_CHECKING:
    from tests.simulate.program import Program
    from tests.simulate.world import World

_OURS = frozenset(
    {"created_dt", "lease", "error", "tries", "last_failed_dt", "progress", "retry_at", "id", "checksum"}
)
_AFTER_PAUSE_S = 0.5

FILE_MODES = {"backup": 0o444}
"""Sites that give new files a mode: one that nobody may write, of which partials must stay writable."""


class Watch:
    """Knows what was published, and who has what."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.violations: list[str] = []
        self.published: dict[tuple[str, ...], list[tuple[float, bytes]]] = {}
        self.wrong_roots: list[Folder] = []
        self.at_fault: set[tuple[str, ...]] = set()  # paths that strangers meddled with
        self.on_read: Callable[[tuple[str, ...]], None] | None = None
        self.on_claim: Callable[[], None] | None = None
        self.renames = 0
        self.records = 0

    def reads(self, file: File) -> None:
        """A program reads a file."""
        if self.on_read is not None and file.place is not None:
            self.on_read((*file.place[0].path, file.place[1]))

    def break_promise(self, promise: str, what: str) -> None:
        """A promise is broken: the run ends."""
        self.violations.append(f"{promise}: {what} (at {self._world.scheduler.now:.3f} s)")
        self._world.trace("", "BROKEN", self.violations[-1])
        self._world.finish()

    def publish(self, parts: tuple[str, ...], content: bytes) -> None:
        """From now on this is what the file holds where it is made."""
        self.published.setdefault(parts, []).append((self._world.scheduler.now, content))

    # -- files ---------------------------------------------------------------------------------------

    def made(self, folder: Folder, name: str) -> None:
        """A program made a name."""
        if folder.root in self.wrong_roots:
            self.break_promise("P11", f"{name} was made in a folder that is not the root")

    def wrote(self, file: File) -> None:
        """A program changed a file's content."""
        if file.place is not None and read_partial_name(file.place[1]) is None:
            self._look_at(file, "was written in place")

    def renamed(self, file: File, old: str) -> None:
        """A program gave a file a name."""
        assert file.place is not None
        folder, name = file.place
        if read_partial_name(name) is not None:
            return
        self.renames += 1
        self._look_at(file, "got its name")
        if not file.is_durable:
            self.break_promise("P2", f"{name} got its name before its content was flushed")
        wanted = FILE_MODES.get(self.site_of(folder), file.mode)
        if file.mode != wanted:
            self.break_promise("mode", f"{name} got its name with the mode {file.mode:o}, not {wanted:o}")
        owner = read_partial_name(old)
        if owner is None:
            self.break_promise("P2", f"{name} was no partial before, but {old}")
            return
        self.shown((*folder.path, name), f"{owner[1]}:{owner[2]}", self.site_of(folder))

    def shown(self, parts: tuple[str, ...], lease: str, site: str) -> None:
        """Content becomes visible under a lease: nobody else may have the entry."""
        if lease in self._world.server.erased:
            return
        others: list[str] = []
        for entry in self._entries(parts, site):
            if entry.get("lease") == lease:
                return
            others.append(str(entry.get("lease") or f"done: {entry.get('created_dt')}"))
        if others and self._is_known_end(parts):
            self.break_promise("P4", f"{'/'.join(parts)} got its name under {lease}, which is lost: {others}")

    def sent(self, path: str, content: bytes) -> None:
        """A program made content visible on the remote site."""
        parts = tuple(path.split("/")[2:])
        self.renames += 1
        if content not in [version for _, version in self.published.get(parts, [])]:
            self.break_promise("P2", f"{path} is sent and holds {content[:80]!r}")

    def removes(self, name: str) -> None:
        """A program removes a name."""
        if read_partial_name(name) is None:
            self.break_promise("P8", f"{name} was removed")

    def begins_to_write(self, program: Program) -> None:
        """A program is about to move bytes."""
        paused_s = program.paused_at_s
        thread = self._world.scheduler.current
        if paused_s is None or thread is None:
            return
        if self._world.scheduler.now - paused_s > _AFTER_PAUSE_S:
            # What was read already when the word came may still be written.
            program.written_since[thread] = program.written_since.get(thread, 0) + 1
            if program.written_since[thread] > 1:
                self.break_promise("P9", f"{program.name} moves bytes after the pause")

    def power_cut(self) -> None:
        """The power came back: what lies under final names?"""
        for parts, versions in self.published.items():
            for root in self._world.disk.every_root:
                for found in set(after_any_power_cut(root, parts)):
                    if found is not None and found not in [content for _, content in versions]:
                        self.break_promise("P2", f"after a power cut {'/'.join(parts)} is {found[:80]!r}")

    def _look_at(self, file: File, what: str) -> None:
        assert file.place is not None
        folder, name = file.place
        parts = (*folder.path, name)
        if file.content not in [content for _, content in self.published.get(parts, [])]:
            self.break_promise("P2", f"{'/'.join(parts)} {what} and holds {file.content[:80]!r}")

    def site_of(self, folder: Folder) -> str:
        """The site whose root a folder lies in."""
        return self._world.site_of_root[folder.root]

    def _is_known_end(self, parts: tuple[str, ...]) -> bool:
        return parts not in self.at_fault

    # -- records -------------------------------------------------------------------------------------

    def claimed(self, before: Document, after: Document, claims: Sequence[Claim]) -> None:
        """Leases were put into a document."""
        self._nothing_else(before, after, {(one.target.file.path, one.target.site) for one in claims})
        if self.on_claim is not None:
            self.on_claim()

    def recorded(
        self, program: Program, before: Document, after: Document, results: Sequence[Result]
    ) -> None:
        """Results were written into a document."""
        self._nothing_else(before, after, {(one.target.file.path, one.target.site) for one in results})
        was = {(path, site): entry for path, site, entry in entries_of(before)}
        for path, site, entry in entries_of(after):
            former = was.get((path, site), {})
            if entry.get("created_dt") is not None and former.get("created_dt") is None:
                self._may_record(program, path, str(former.get("lease")))
                self._became_present(path, site, former, entry, results)
            elif entry.get("created_dt") != former.get("created_dt"):
                self.break_promise("P4", f"{path} on {site} was recorded once more")

    def _became_present(
        self,
        path: str,
        site: str,
        former: Mapping[str, object],
        entry: Mapping[str, object],
        results: Sequence[Result],
    ) -> None:
        self.records += 1
        lease = str(former.get("lease"))
        done = [one for one in results if one.outcome is Outcome.DONE and one.target.file.path == path]
        if not any(one.lease == lease for one in done):
            self.break_promise("P4", f"{path} on {site} was recorded, but {lease} has it")
        parts = parts_of(path)
        good = self.may_be(parts, self._world.server.claimed_at_s.get(lease, 0.0))
        for found in self._world.held_for_good(site, parts):
            if found not in good:
                held = "perhaps nothing" if found is None else repr(found[:80])
                self.break_promise("P1", f"{path} was recorded on {site}, and after a power cut it is {held}")
                return
            # Of a file that is written again while two representations get it, each may tell of another time.
            alike = [found] if parts not in self.at_fault else good
            checksums = [f"xxh3_128:{xxhash.xxh3_128_hexdigest(one)}" for one in alike if one is not None]
            if entry.get("checksum") not in checksums:
                self.break_promise("P1", f"{path} was recorded on {site} with the checksum of something else")

    def _may_record(self, program: Program, path: str, lease: str) -> None:
        """A program records what it claimed, or what one that has ended had done."""
        owner = self._world.server.workers.get(worker_of(lease) or "")
        if owner is not None and owner.program is not program and owner.program.threads:
            self.break_promise(
                "P4", f"{path} was recorded by {program.name}, but {owner.program.name} has it"
            )

    def may_be(self, parts: tuple[str, ...], since_s: float) -> list[bytes | None]:
        """What a file held at any time since then."""
        versions = self.published.get(parts, [])
        ends = [begin for begin, _ in versions[1:]]
        return [
            content
            for (_, content), end in zip(versions, [*ends, float("inf")], strict=True)
            if end >= since_s
        ]

    def _nothing_else(self, before: Document, after: Document, touched: set[tuple[str, str]]) -> None:
        if {**before, "files": 0} != {**after, "files": 0}:
            self.break_promise("P7", "something beside the files was changed")
        was, now = _bare(before, touched), _bare(after, touched)
        if was != now:
            self.break_promise("P7", f"other entries or fields were changed: {was} -> {now}")

    def _entries(self, parts: tuple[str, ...], site: str) -> list[Mapping[str, object]]:
        return [
            entry
            for project in self._world.server.bodies
            for document in self._world.server.documents(project)
            for path, name, entry in entries_of(document)
            if name == site and parts_of(path) == parts
        ]


def entries_of(document: Document) -> list[tuple[str, str, Mapping[str, object]]]:
    """Path, site and entry of every file of a document."""
    files = document["files"]
    assert isinstance(files, list)
    return [(file["path"], entry["name"], entry) for file in files for entry in file["sites"]]


def parts_of(path: str) -> tuple[str, ...]:
    """The names below the root."""
    return tuple(path.split("/")[1:])


def _bare(document: Document, touched: set[tuple[str, str]]) -> list[object]:
    """A document's files without what the engine may change in the touched entries."""
    files = document["files"]
    assert isinstance(files, list)
    return [
        {
            **file,
            "sites": [
                {key: value for key, value in entry.items() if key not in _OURS}
                if (file["path"], entry["name"]) in touched
                else entry
                for entry in file["sites"]
            ],
        }
        for file in files
    ]
