"""Accepting files as they are: what lies on a site, held against its record, and the edits that follow.

A person is shown what two looks 2 s apart agree on; what still moves is refused. Before anything is edited
each file is looked at again: only what the person saw is recorded. It looks; who asks writes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from types import TracebackType

from syncgui.engine.environment import Environment
from syncgui.engine.gate import Gate
from syncgui.engine.project_roots import known_roots
from syncgui.engine.root_guard import RootGuard
from syncgui.engine.route import SyncedProject
from syncgui.engine.site_access import SiteAccesses
from syncgui.engine.source_gate import LOOK_AGAIN_S
from syncgui.engine.source_looks import Look, looks_at
from syncgui.index import Index
from syncgui.model.edits import Acceptance, Edit, Target, Wish
from syncgui.model.errors import PathRefusedError, SizeDiffersError, SourceUnstableError, SyncError, recognise
from syncgui.model.paths import PlacedPath, place
from syncgui.model.representation import File, Representation, recorded_hash
from syncgui.state import StateFile
from syncgui.store.abstract_store import Store


@dataclass(frozen=True, slots=True)
class Offer:
    """A file that is not as recorded and stands still.

    Args:
        target: the entry of the site on which it lies.
        source_id: under which the record knows it there.
        recorded_bytes: what the record says.
        look: what it is.
        outdated: other sites that have what was recorded; they ask for the new content once it is accepted.
        keeps: other names of the storage on which it lies.
    """

    target: Target
    path: str
    placed: PlacedPath
    source_id: str | None
    recorded_bytes: int
    look: Look
    outdated: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()

    @property
    def site(self) -> str:
        """Where it lies."""
        return self.target.site

    @property
    def size_bytes(self) -> int:
        """What it has."""
        return self.look.size_bytes

    @property
    def changed_s(self) -> float:
        """When it was written last, epoch seconds, rounded as Python rounds them for publishing tools."""
        whole, ns = divmod(self.look.mtime_ns, 10**9)
        return whole + ns * 1e-9

    def edit(self) -> Edit:
        """What accepts it."""
        new_hash = recorded_hash(self.placed.name, self.changed_s, self.size_bytes)
        acceptance = Acceptance(self.recorded_bytes, self.size_bytes, new_hash, self.keeps)
        return Edit(self.target, Wish.ACCEPT, acceptance=acceptance)


@dataclass(frozen=True, slots=True)
class Seen:
    """What looking at some files came to.

    Args:
        refused: why others can not be accepted, a sentence each.
        fitting: how many are as recorded.
    """

    offers: tuple[Offer, ...] = ()
    refused: tuple[str, ...] = ()
    fitting: int = 0


def waits_for_acceptance(file: File) -> bool:
    """Whether a site waits for the file because its size differs from the record."""
    return any(_complaint(entry.error) is not None for entry in file.entries.values() if not entry.present)


class Accepting:
    """Looks at files of one project; closed at the end of its block."""

    def __init__(
        self,
        project: SyncedProject,
        *,
        store: Store,
        index: Index,
        state: StateFile,
        environment: Environment,
    ) -> None:
        self._project = project
        self._roots = known_roots(project.settings)
        self._gate = Gate(environment)
        self._guard = RootGuard(
            state, index, store, lambda: {project.name: project.settings}, environment.clock
        )
        self._accesses = SiteAccesses(environment)

    def __enter__(self) -> Accepting:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._accesses.close()

    def look(self, files: Iterable[tuple[Representation, File]]) -> Seen:
        """Look twice at files, 2 s apart; at once if none of them differs from its record."""
        asked: list[Offer] = []
        refused: list[str] = []
        fitting = 0
        for representation, file in files:
            if file.size_bytes is None:
                fitting += 1  # such a record contradicts nothing
                continue
            made = self._asked(representation, file, file.size_bytes)
            if isinstance(made, Offer):
                asked.append(made)
            else:
                refused.append(made)
        differing: list[Offer] = []
        for one, look in self._looks(asked):
            if look.error is not None:
                refused.append(look.error.sentence)
            elif look.size_bytes == one.recorded_bytes:
                fitting += 1
            else:
                differing.append(replace(one, look=look))
        if differing:
            self._gate.wait(LOOK_AGAIN_S, differing[0].path)
        offers, moving = self.look_again(differing)
        return Seen(tuple(offers), (*refused, *moving), fitting)

    def look_again(self, offers: Sequence[Offer]) -> tuple[list[Offer], list[str]]:
        """Those that are still as they were seen, and a sentence for each of the others."""
        same: list[Offer] = []
        refused: list[str] = []
        for one, look in self._looks(offers):
            if look.error is not None:
                refused.append(look.error.sentence)
            elif _facts(look) != _facts(one.look):
                refused.append(SourceUnstableError(site=one.site, path=one.path).sentence)
            else:
                same.append(one)
        return same, refused

    def _asked(self, representation: Representation, file: File, recorded_bytes: int) -> Offer | str:
        site = self._holder(file)
        if site is None:
            return f"{file.path} can not be looked at from here: no site of this machine's pair has it"
        try:
            placed = place(file.path, self._roots)
        except PathRefusedError as error:
            return error.sentence
        keeps = self._project.settings.alternative_sites.get(site, frozenset()) - {site}
        others = [name for name, one in file.entries.items() if one.present and name not in (site, *keeps)]
        return Offer(
            target=Target(representation.id, file.ref, site),
            path=file.path,
            placed=placed,
            source_id=file.entries[site].id,
            recorded_bytes=recorded_bytes,
            look=Look(),
            outdated=tuple(sorted(others)),
            keeps=tuple(sorted(keeps)),
        )

    def _holder(self, file: File) -> str | None:
        """The site whose file is meant: the one complained of, else that of the pair which has it."""
        complaints = (_complaint(one.error) for one in file.entries.values() if not one.present)
        named = [one.site for one in complaints if one is not None]
        for site in (*named, self._project.pair.active, self._project.pair.remote or ""):
            if site in file.entries and file.entries[site].present:
                return site
        return None

    def _looks(self, asked: Sequence[Offer]) -> list[tuple[Offer, Look]]:
        by_site: dict[str, list[Offer]] = {}
        for one in asked:
            by_site.setdefault(one.site, []).append(one)
        found: list[tuple[Offer, Look]] = []
        for site, these in by_site.items():
            try:
                looks = looks_at(these, self._accesses.get(self._project.settings, site), self._guard)
            except SyncError as error:
                looks = [Look(error=error)] * len(these)
            found.extend(zip(these, looks, strict=True))
        return found


def _complaint(error: str | None) -> SizeDiffersError | None:
    known = recognise(error) if error else None
    return known if isinstance(known, SizeDiffersError) else None


def _facts(look: Look) -> tuple[int, int, str]:
    return look.size_bytes, look.mtime_ns, look.content
