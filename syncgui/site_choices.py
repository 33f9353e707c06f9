"""What there is to choose sites from, and keeping what was chosen; for the command line and the window.

Also the folders of which the records say other than what lies in them, and a person's word that they are
right as they are.

Everything is read at one moment. What is wrong in the settings is part of the answer, not an exception:
whoever chooses has to see it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from syncgui.application import Application
from syncgui.engine.root_guard import RootGuard
from syncgui.engine.site_access import SiteAccesses
from syncgui.model.errors import DatabaseUnreachableError, SiteNotConnectedError, SyncError
from syncgui.settings import Problem, ProjectSettings, Settings, UserChoices, set_choices
from syncgui.settings.problems import unique
from syncgui.settings.roots import document_roots
from syncgui.state import RootMemory

LOCAL = "local"
"""In settings this name stands for the machine's own site."""

_KEYS = ("local_id", "publish_site", "remote_site")


@dataclass(frozen=True, slots=True)
class Known:
    """The settings at one moment, as choosing sites needs them.

    Args:
        general: what holds where a project says nothing of its own.
        projects: those of the database, by name.
        own_keys: project → the keys that the user chose for it alone.
        documented_roots: project → the root names that its document gives.
        problems: what is wrong in the files, sentences.
        refusals: project, "" for all → why nothing can be chosen, one sentence.
    """

    general: ProjectSettings
    projects: Mapping[str, ProjectSettings] = field(default_factory=dict)
    own_keys: Mapping[str, frozenset[str]] = field(default_factory=dict)
    documented_roots: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    refusals: Mapping[str, str] = field(default_factory=dict)

    def of(self, project: str) -> ProjectSettings:
        """The settings of a project, "" for the general ones."""
        return self.projects.get(project, self.general)

    def refusal(self, project: str) -> str:
        """Why nothing can be chosen for a project ("" for all of them), "" when it can."""
        return self.refusals.get(project) or self.refusals.get("", "")


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to be kept; None and missing leave what is there.

    Args:
        roots: (site, root name) → path, "" forgets it.
    """

    local_id: str | None = None
    publish_site: str | None = None
    remote_site: str | None = None
    roots: Mapping[tuple[str, str], str] = field(default_factory=dict)

    @property
    def any(self) -> bool:
        """Whether there is anything to keep."""
        given = (self.local_id, self.publish_site, self.remote_site)
        return bool(self.roots) or any(value is not None for value in given)


@dataclass(frozen=True, slots=True)
class Doubt:
    """A site's folder that is there and does not hold what the records say, so that it is not used.

    Args:
        sentence: what is odd about it.
        folder: which folder it was that was looked at.
    """

    site: str
    root: str
    sentence: str
    folder: RootMemory


def read_known(application: Application) -> Known:
    """Read settings, choices and projects now; a database that does not answer is one of the problems."""
    settings = application.load_settings()
    choices = UserChoices.load(application.places.user_file)
    general = settings.project("", None)
    projects: dict[str, ProjectSettings] = {}
    documented: dict[str, tuple[str, ...]] = {}
    problems: list[str] = []
    try:
        for name in application.store.projects():
            document = application.store.project_document(name)
            projects[name] = settings.project(name, document)
            documented[name] = tuple(dict.fromkeys(root.name for root in document_roots(document)))
    except SyncError as error:
        problems.append(error.sentence)
    wrong = {name: _of_the_files(settings, own) for name, own in {"": general, **projects}.items()}
    problems.extend(one.sentence for one in unique(one for found in wrong.values() for one in found))
    refusals = {name: one.sentence for name, found in wrong.items() for one in found if _is_unreadable(one)}
    if choices.broken and choices.problems:
        refusals[""] = choices.problems[0].sentence
    return Known(
        general,
        projects,
        {name: _chosen_keys(choices, name) for name in projects},
        documented,
        tuple(dict.fromkeys(problems)),
        refusals,
    )


def keep(application: Application, changes: Changes, project: str | None = None) -> None:
    """Keep choices in the user's own settings, for a project or for all, and let the loop see them.

    Raises:
        SettingsError: a value is not allowed, or the file can not be read or written.
        DatabaseUnreachableError: the choices are kept, and the loop was not woken.
    """
    set_choices(
        application.places.user_file,
        project=project,
        local_id=changes.local_id,
        publish_site=changes.publish_site,
        remote_site=changes.remote_site,
        roots=changes.roots,
    )
    application.state.wake()


def find_doubts(application: Application, known: Known, project: str = "") -> tuple[Doubt, ...]:
    """The folders in doubt of a project's pair of sites, "" for all projects. Looks at disks.

    Raises:
        DatabaseUnreachableError: records or what is remembered of the folders can not be read.
    """
    concerned = [known.of(project)] if project in known.projects else list(known.projects.values())
    if not concerned:
        return ()
    guard = RootGuard(
        application.state,
        application.index,
        application.store,
        lambda: known.projects,
        application.environment.clock,
    )
    accesses = SiteAccesses(application.environment)
    found: dict[tuple[str, str], Doubt] = {}
    try:
        for own in concerned:
            for site in (own.active_site, own.remote_site):
                if site is not None and site in own.sites:
                    found.update(((one.site, one.root), one) for one in _doubts(guard, accesses, own, site))
    finally:
        accesses.close()
    return tuple(found.values())


def confirm_folder(application: Application, doubt: Doubt) -> None:
    """A person says that a folder is right as it is; the loop uses it from now on.

    Only the folder that was looked at is meant: another one under its path is looked at anew.

    Raises:
        DatabaseUnreachableError: that can not be kept.
    """
    application.state.remember_root(doubt.site, doubt.root, replace(doubt.folder, confirmed=True))
    application.state.wake()


def broken_sites(own: ProjectSettings) -> set[str]:
    """Sites that the settings define, and wrongly: they may be chosen before they are mended."""
    return {
        name
        for name, problems in own.site_problems.items()
        if any(f".sites.{name}." in f".{problem.key}." for problem in problems)
    }


def _doubts(guard: RootGuard, accesses: SiteAccesses, own: ProjectSettings, site: str) -> Iterator[Doubt]:
    for root in dict.fromkeys(own.sites[site].roots.values()):
        try:
            access = accesses.get(own, site)
            folder = access.provider.local_folder(root)
        except SyncError:
            continue  # it is not there at all: nothing to be confirmed
        if folder is None:
            continue
        device, inode = folder.identity
        try:
            guard.examine(access, root, folder)
        except SiteNotConnectedError as error:
            yield Doubt(site, root, error.sentence, RootMemory(device, inode, confirmed=False))
        except DatabaseUnreachableError:
            raise
        except SyncError:
            continue  # another trouble, which no confirmation mends


def _of_the_files(settings: Settings, own: ProjectSettings) -> tuple[Problem, ...]:
    """What is wrong and is no matter of a single site."""
    of_sites = {problem for found in own.site_problems.values() for problem in found}
    return unique(one for one in (*settings.problems, *own.problems) if one.fatal and one not in of_sites)


def _is_unreadable(problem: Problem) -> bool:
    """Whether a whole file is meant: nobody knows then which sites there are."""
    return bool(problem.file) and not problem.key


def _chosen_keys(choices: UserChoices, project: str) -> frozenset[str]:
    own = choices.projects.get(project)
    return frozenset(key for key in _KEYS if own is not None and getattr(own, key) is not None)
