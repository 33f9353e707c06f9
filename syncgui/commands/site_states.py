"""What each site of a project is like now: its provider, its folders, and whether they are there."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from syncgui.application import Application
from syncgui.commands.session import is_without_database
from syncgui.engine.root_guard import RootGuard
from syncgui.engine.site_access import SiteAccess, SiteAccesses
from syncgui.model.errors import SyncError
from syncgui.settings import Problem, ProjectSettings

_CONNECTED = "connected"
_FAR = "not on this machine"


@dataclass(frozen=True, slots=True)
class RootLine:
    """A root: its name, its folder, "connected" or a sentence."""

    name: str
    path: str
    state: str


@dataclass(frozen=True, slots=True)
class SiteLine:
    """A site. `state` is "" or why it can not be used."""

    name: str
    provider: str
    state: str
    roots: tuple[RootLine, ...]

    def as_json(self) -> dict[str, object]:
        """For `--json`."""
        return asdict(self)


def look_at_sites(application: Application, own: ProjectSettings) -> list[SiteLine]:
    """Look at each site as it is now; nothing is asked of one that is far away."""
    accesses = SiteAccesses(application.environment)
    guard = None
    if not is_without_database(application):
        every = {name: one.settings for name, one in application.projects().items()}
        guard = RootGuard(
            application.state,
            application.index,
            application.store,
            lambda: every,
            application.environment.clock,
        )
    try:
        lines = [_line(own, name, accesses, guard) for name in sorted(own.sites)]
    finally:
        accesses.close()
    broken = sorted(set(own.site_problems) - set(own.sites))
    lines.extend(SiteLine(name, "", _short(own.site_problems[name][0]), ()) for name in broken)
    return lines


def _line(own: ProjectSettings, name: str, accesses: SiteAccesses, guard: RootGuard | None) -> SiteLine:
    settings = own.sites[name]
    problems = own.site_problems.get(name, ())
    state = _short(problems[0]) if problems else "" if settings.roots else "no folder is set"
    try:
        access = accesses.get(own, name)
    except SyncError as error:
        return SiteLine(name, settings.provider, error.sentence, ())
    roots = tuple(
        RootLine(root, path, _root_state(access, path, guard)) for root, path in settings.roots.items()
    )
    return SiteLine(name, settings.provider, state, roots)


def _root_state(access: SiteAccess, path: str, guard: RootGuard | None) -> str:
    try:
        folder = access.provider.local_folder(path)
        if folder is None:
            return _FAR
        if guard is not None:
            guard.examine(access, path, folder)
    except SyncError as error:
        return error.sentence
    return _CONNECTED


def _short(problem: Problem) -> str:
    """The problem in few words; `settings check` has the rest."""
    return problem.summary or problem.sentence
