"""Why is something not synced? The one place that answers, for `status` and every window.

What the index knows of files and records, what the settings lack, and a look at each site of the pair
as it is now: every problem becomes one sentence and a next step. It only looks; it changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from syncgui.engine.environment import Environment
from syncgui.engine.first_contact import HeldBack, outlook, sentence_of
from syncgui.engine.neighbours import own_names, shared_names
from syncgui.engine.project_roots import known_roots
from syncgui.engine.root_guard import RootGuard
from syncgui.engine.route import SyncedProject
from syncgui.engine.site_access import SiteAccesses
from syncgui.engine.strangers import known_strangers
from syncgui.index import FileProblem, Index, Totals
from syncgui.model.errors import DatabaseForbiddenError, SizeDiffersError, SyncError, ViewerError, recognise
from syncgui.model.status import Status
from syncgui.state import StateFile
from syncgui.store.abstract_store import Store, Worker

MOST_PROBLEMS = 100

# What a look at the site of this moment says better than what somebody saw some time ago.
_SEEN_BY_LOOKING = frozenset({"not_connected", "root_unknown", "site_unknown", "provider_missing"})


@dataclass(frozen=True, slots=True)
class Trouble:
    """One problem: what it concerns ("" where that says nothing), what it is, what to do."""

    site: str
    representation: str
    path: str
    code: str
    sentence: str
    next_step: str


@dataclass(frozen=True, slots=True)
class ProjectReport:
    """How a project stands. `totals` are about the pair; `paused_until` is this machine's pause."""

    project: str
    active_site: str
    remote_site: str | None
    totals: Totals
    paused_until: float | None
    problems_total: int
    problems: tuple[Trouble, ...]


class Doctor:
    """Looks at projects; used for one question and then closed. `host`: this machine's name."""

    def __init__(
        self, store: Store, index: Index, state: StateFile, environment: Environment, host: str
    ) -> None:
        self._host = host
        self._store = store
        self._index = index
        self._state = state
        self._environment = environment

    def report(
        self, projects: Mapping[str, SyncedProject], every: Mapping[str, SyncedProject] | None = None
    ) -> list[ProjectReport]:
        """Look at these projects, by name.

        Args:
            every: all that are synced together, None for these: what waits at a first contact is their sum.
        """
        held = outlook(self._state, self._index, self._store.identity, every or projects)
        now = self._environment.clock.wall_s()
        database = _Database(self._store, self._state, self._index, self._host, now)
        accesses = SiteAccesses(self._environment)
        guard = RootGuard(
            self._state,
            self._index,
            self._store,
            lambda: {name: one.settings for name, one in projects.items()},
            self._environment.clock,
        )
        try:
            return [self._report(one, database, held, accesses, guard) for _, one in sorted(projects.items())]
        finally:
            accesses.close()

    def _report(
        self,
        project: SyncedProject,
        database: _Database,
        held: Mapping[str, HeldBack],
        accesses: SiteAccesses,
        guard: RootGuard,
    ) -> ProjectReport:
        control = self._state.control()
        paused = control.is_paused(self._environment.clock.wall_s())
        problems = [
            *database.problems(project),
            *_of_settings(project),
            *_of_contact(project, held),
            *_of_sites(project, accesses, guard),
            *self._as_seen(project, accesses),
        ]
        total, of_files = self._index.problems(project.name, MOST_PROBLEMS)
        total += len(problems)
        problems.extend(_of_file(one) for one in of_files)
        return ProjectReport(
            project=project.name,
            active_site=project.pair.active,
            remote_site=project.pair.remote,
            totals=self._index.totals(project.name),
            paused_until=control.paused_until if paused else None,
            problems_total=total,
            problems=tuple(problems[:MOST_PROBLEMS]),
        )

    def _as_seen(self, project: SyncedProject, accesses: SiteAccesses) -> Iterator[Trouble]:
        """Troubles that only show when something is moved, as whoever moved it saw them last."""
        files = self._index.totals(project.name).files
        if project.idle_reason or not any(files.get(one) for one in (Status.QUEUED, Status.RETRYING)):
            return
        for site in (project.pair.active, project.pair.remote or ""):
            try:
                known = self._state.trouble(accesses.get(project.settings, site).mark)
            except SyncError:
                continue
            if known is not None and known.code not in _SEEN_BY_LOOKING:
                yield Trouble(site, "", "", known.code, known.sentence, known.next_step)


class _Database:
    """What the database lets this user do, and who else is at work in it; asked once for all projects."""

    def __init__(self, store: Store, state: StateFile, index: Index, host: str, now: float) -> None:
        self._store = store
        self._state = state
        self._host = host
        self._everywhere: list[SyncError] = []
        self._workers: Sequence[Worker] = ()
        self._is_viewer = False
        try:
            store.check_rights()
            self._workers = store.workers()
        except DatabaseForbiddenError as error:
            self._is_viewer = True
            self._everywhere.append(ViewerError(path=error.path, detail=error.detail))
        stranger = known_strangers(index, now).error
        if stranger is not None:
            self._everywhere.append(stranger)

    def problems(self, project: SyncedProject) -> Iterator[Trouble]:
        """What concerns a project."""
        yield from map(_of_error, self._everywhere)
        if project.refusal is not None:
            refusal = project.refusal
            yield Trouble("", "", "", refusal.code, refusal.sentence, refusal.next_step)
            return
        names = own_names([project])
        shared = shared_names(self._workers, self._host, names, self._state.is_shared_on_purpose)
        yield from map(_of_error, shared.values())
        if self._is_viewer or project.idle_reason:
            return  # nobody tries to write there
        try:
            self._store.check_rights(project.name)
        except DatabaseForbiddenError as error:
            yield _of_error(error)


def _of_settings(project: SyncedProject) -> Iterator[Trouble]:
    said: set[str] = set()
    for one in project.settings.problems:
        if one.fatal and one.sentence not in said:
            said.add(one.sentence)
            yield Trouble("", "", "", "settings", one.sentence, one.remedy)
    # A project that is off because of a problem says that problem again: once is enough.
    reason = project.settings.idle_reason
    if reason and not any(sentence in reason for sentence in said):
        yield Trouble("", "", "", "idle", reason, "See the settings: syncgui settings check")


def _of_contact(project: SyncedProject, held: Mapping[str, HeldBack]) -> Iterator[Trouble]:
    """What a person has not let start yet."""
    if project.name in held:
        code, sentence, next_step = sentence_of(held, project.name)
        yield Trouble(project.pair.remote or "", "", "", code, sentence, next_step)


def _of_sites(project: SyncedProject, accesses: SiteAccesses, guard: RootGuard) -> Iterator[Trouble]:
    """A look at each local root of the pair; nothing is asked of a site far away."""
    if project.idle_reason:
        return
    for site in (project.pair.active, project.pair.remote or ""):
        try:
            access = accesses.get(project.settings, site)
        except SyncError as error:
            yield _of_error(error)
            continue
        for root in dict.fromkeys(access.settings.roots.values()):
            try:
                folder = access.provider.local_folder(root)
                if folder is not None:
                    guard.examine(access, root, folder)
            except SyncError as error:
                yield _of_error(error)
    yield from _of_absent_roots(project)


def _of_absent_roots(project: SyncedProject) -> Iterator[Trouble]:
    """Root names that one site of the pair has a folder for and the other has not."""
    names = set(known_roots(project.settings))
    for site in (project.pair.active, project.pair.remote or ""):
        settings = project.settings.sites.get(site)
        if settings is None or "" in settings.roots:
            continue
        for name in sorted(names - set(settings.roots) - {""}):
            partner = project.pair.remote if site == project.pair.active else project.pair.active
            other = project.settings.sites.get(partner or "")
            if other is not None and name in other.roots:
                yield Trouble(
                    site,
                    "",
                    "",
                    "root_unknown",
                    f"Site {site} has no folder on this machine for root {name}",
                    f"Give it one: syncgui sites set --root {site}:{name}=PATH",
                )


def _of_error(error: SyncError) -> Trouble:
    return Trouble(error.site, "", error.path, error.code, error.sentence, error.next_step)


def _of_file(one: FileProblem) -> Trouble:
    if one.path is None:
        return Trouble(
            one.site or "",
            one.representation,
            "",
            "odd_record",
            f"Representation {one.representation} is not synced wholly: {one.error}",
            "Look at the record, and publish again if it is wrong.",
        )
    known = recognise(one.error)
    status = one.status or Status.RETRYING
    return Trouble(
        site=one.site or "",
        representation=one.representation,
        path=one.path,
        code=known.code if known else status.value,
        sentence=one.error,
        next_step=_next_step(known, one.representation),
    )


def _next_step(known: SyncError | None, representation: str) -> str:
    if known is None:
        return f"Try it again: syncgui retry {representation}"
    if isinstance(known, SizeDiffersError):
        return f"{known.next_step} To accept it: syncgui accept {representation}"
    return known.next_step
