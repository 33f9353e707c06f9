"""What the site picker decides, apart from its widgets: what there is to choose, what a choice means.

In a choice this machine's own site is called "local", as in the settings, so that it stays the same site
when the machine is given another name. Pure: the settings come as `Known`. What is said of a choice stands
in `site_lines`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from syncgui.model.status import Pair
from syncgui.settings import ProjectSettings, values
from syncgui.settings.roots import SINGLE
from syncgui.settings.sites import LOCAL_DRIVE, STUDIO
from syncgui.site_choices import LOCAL, Changes, Known, broken_sites
from syncgui.views.texts import tr

NOBODY = ""
"""The partner's name when there is none."""

ALL = ""
"""Stands for all projects."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A site that may be chosen. `sentence` is "" or why it can not be used."""

    name: str
    provider: str
    is_folder: bool
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person chose: for which project ("" all), the machine's name, the pair, the folders.

    Args:
        roots: (site, root name) → path as typed, of folders that were edited.
    """

    project: str
    local_id: str
    active: str
    remote: str
    roots: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def name(self, site: str) -> str:
        """A site's real name."""
        return self.local_id if site == LOCAL else site


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that a site has, or lacks, on this machine; `differs`: projects say different ones."""

    site: str
    root: str
    path: str
    differs: bool = False


# -- what there is -----------------------------------------------------------------------------------


def current(known: Known, project: str) -> Choice:
    """What holds now."""
    own = known.of(project)
    remote = NOBODY if own.remote_site is None else _alias(own.remote_site, own)
    return Choice(project, own.local_id, _alias(own.active_site, own), remote)


def scope_of(known: Known, project: str) -> str:
    """For whom to choose when a project is looked at: for all, unless it has something of its own."""
    if project not in known.projects:
        return ALL
    mine, general = current(known, project), current(known, ALL)
    has_own = bool(known.own_keys.get(project)) or mine != replace(general, project=project)
    return project if has_own else ALL


def carried(known: Known, choice: Choice, project: str) -> Choice:
    """The same choice for another project, or ("") for all: what was not changed is as it is there."""
    was, now = current(known, choice.project), current(known, project)
    there = {NOBODY, *(one.name for one in candidates(known, project))}
    active = choice.active if choice.active != was.active and choice.active in there else now.active
    remote = choice.remote if choice.remote != was.remote and choice.remote in there else now.remote
    local_id = choice.local_id if choice.local_id != was.local_id and not project else now.local_id
    return Choice(project, local_id, active, remote, choice.roots)


def candidates(known: Known, project: str) -> tuple[Candidate, ...]:
    """Every site, studio and this machine first, then folders; those that can not be used last."""
    own = known.of(project)
    usable = [
        Candidate(_alias(name, own), site.provider, site.provider == LOCAL_DRIVE)
        for name, site in own.sites.items()
    ]
    chosen = {own.active_site, own.remote_site or own.active_site}
    wrong = {name for name in broken_sites(own) | chosen if name not in own.sites}
    unusable = [
        Candidate(_alias(name, own), _named_provider(own, name), False, _why(own, name)) for name in wrong
    ]
    order = {STUDIO: 0, LOCAL: 1}
    usable.sort(key=lambda one: (order.get(one.name, 2), not one.is_folder, one.name))
    return (*usable, *sorted(unusable, key=lambda one: one.name))


def actives(known: Known, choice: Choice) -> tuple[Candidate, ...]:
    """Sites that this machine can work on: folders but the partner's, and what is chosen, whatever it is.

    Studio and this machine are always among them: they may change places with the partner.
    """
    chosen = {choice.active, current(known, choice.project).active}
    return tuple(
        one
        for one in candidates(known, choice.project)
        if one.name in chosen
        or (one.is_folder and (one.name in (STUDIO, LOCAL) or one.name != choice.remote))
    )


def folders(known: Known, choice: Choice) -> tuple[Folder, ...]:
    """The folders of the chosen sites that are folders of this machine, one for each root name."""
    own = known.of(choice.project)
    sites = dict.fromkeys((choice.active, choice.remote))
    names = _root_names(known, choice)
    return tuple(
        _folder(known, choice, site, root)
        for site in sites
        if (found := own.sites.get(_old_name(site, own))) is not None and found.provider == LOCAL_DRIVE
        for root in names
    )


# -- what a choice means -----------------------------------------------------------------------------


def changes(known: Known, choice: Choice) -> Changes:
    """What is to be kept: only what differs from what holds."""
    own = known.of(choice.project)
    before = current(known, choice.project)
    renamed = choice.local_id != before.local_id
    roots = {
        (choice.name(site), root): path.strip()
        for (site, root), path in choice.roots.items()
        if path.strip() != _folder(known, replace(choice, roots={}), site, root).path
    }
    if renamed:
        # Folders are kept under the machine's name: they come along.
        site = own.sites.get(own.local_id)
        for root, path in (site.roots if site else {}).items():
            roots.setdefault((choice.local_id, root), path)
    return Changes(
        choice.local_id if renamed else None,
        _changed(before.active, choice.active, renamed),
        _changed(before.remote, choice.remote, renamed),
        {key: path for key, path in roots.items() if path or not renamed or key[0] != choice.local_id},
    )


def pairs(known: Known, choice: Choice) -> dict[str, tuple[Pair, Pair]]:
    """Of each project that is concerned the pair as it is and as it will be."""
    concerned = [choice.project] if choice.project else list(known.projects)
    found: dict[str, tuple[Pair, Pair]] = {}
    for name in concerned:
        own = known.of(name)
        kept = frozenset() if choice.project else known.own_keys.get(name, frozenset())
        before = current(known, name)
        local_id = own.local_id if "local_id" in kept else choice.local_id
        after = Choice(
            name,
            local_id,
            before.active if "publish_site" in kept else choice.active,
            before.remote if "remote_site" in kept else choice.remote,
        )
        found[name] = (_pair(before), _pair(after))
    return found


def name_problem(name: str) -> str:
    """Why a text can not be the machine's name, "" when it can."""
    try:
        values.machine_name(name)
    except ValueError:
        return tr("This machine needs a name of its own, other than “studio” and “local”.")
    return ""


def with_folders(own: ProjectSettings, site: str, chosen: Iterable[Folder]) -> ProjectSettings:
    """The settings with a site's folders as they are typed, to try them before they are kept."""
    name = _old_name(site, own)
    found = own.sites.get(name)
    paths = {one.root: one.path for one in chosen if one.site == site and one.path}
    if found is None or not paths:
        return own
    changed = replace(found, roots=MappingProxyType(paths))
    return replace(own, sites=MappingProxyType({**own.sites, name: changed}))


def label(site: str) -> str:
    """A site's name in a sentence."""
    if site == NOBODY:
        return tr("nobody")
    return tr("this machine") if site == LOCAL else site


# -- private -----------------------------------------------------------------------------------------


def _alias(name: str, own: ProjectSettings) -> str:
    return LOCAL if name == own.local_id else name


def _old_name(site: str, own: ProjectSettings) -> str:
    return own.local_id if site == LOCAL else site


def _why(own: ProjectSettings, name: str) -> str:
    problems = own.site_problems.get(name, ())
    return problems[0].sentence if problems else tr("There is no site {site}.").format(site=name)


def _named_provider(own: ProjectSettings, name: str) -> str:
    """The provider that a site names though there is none of that code; "" where it is not known."""
    for problem in own.site_problems.get(name, ()):
        if problem.key.endswith(".provider"):
            return problem.found.strip('"')
    return ""


def _root_names(known: Known, choice: Choice) -> tuple[str, ...]:
    concerned = [choice.project] if choice.project in known.projects else list(known.projects)
    names = dict.fromkeys(root for one in concerned for root in known.documented_roots.get(one, ()))
    own = known.of(choice.project)
    for site in (choice.active, choice.remote, STUDIO):
        found = own.sites.get(_old_name(site, own))
        if found is not None:
            names.update(dict.fromkeys((*found.roots, *found.other_roots)))
    named = sorted(name for name in names if name != SINGLE)
    return tuple(named) or (SINGLE,)


def _folder(known: Known, choice: Choice, site: str, root: str) -> Folder:
    typed = choice.roots.get((site, root))
    if typed is not None:
        return Folder(site, root, typed)
    own = known.of(choice.project)
    path = _path(own, site, root)
    if path or choice.project:
        return Folder(site, root, path)
    said = {_path(one, site, root) for one in known.projects.values()}
    return Folder(site, root, said.pop()) if len(said) == 1 else Folder(site, root, "", differs=len(said) > 1)


def _path(own: ProjectSettings, site: str, root: str) -> str:
    found = own.sites.get(_old_name(site, own))
    if found is None:
        return ""
    return found.roots.get(root) or found.roots.get(SINGLE, "")


def _changed(before: str, after: str, renamed: bool) -> str | None:
    return after if after != before or (renamed and after == LOCAL) else None


def _pair(choice: Choice) -> Pair:
    return Pair(choice.name(choice.active), choice.name(choice.remote) or None)
