"""From what the files and the user say to the settings of one project.

A wrong value that concerns the whole project disables it, with the reason; nothing is synced by a
default that nobody chose. A wrong site stops what needs that site. The steps are in the order in which
they depend on each other: the machine's own name, the plain values, the sites, the pair.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from syncgui.settings import project_values, values
from syncgui.settings.layers import SERVER
from syncgui.settings.local_id import given_local_id
from syncgui.settings.machine import Machine
from syncgui.settings.node import Node, merge
from syncgui.settings.pair import check_roots, names_in_use, unknown_site
from syncgui.settings.problems import Problem, unique
from syncgui.settings.project import ProjectSettings
from syncgui.settings.roots import RootText, document_roots
from syncgui.settings.sites import LOCAL, STUDIO, SiteReading, SiteSettings, read_site
from syncgui.settings.sources import Pair, Sources
from syncgui.settings.vocabulary import Findings, UnknownKey

DEFAULT_RETRY_COUNT = 3
DEFAULT_DELAY_S = 60.0


@dataclass(frozen=True, slots=True)
class Resolution:
    """A project's settings, and the keys that nothing reads."""

    settings: ProjectSettings
    unknown: tuple[UnknownKey, ...]


class _Sites:
    """The sites while they are put together: the reading, then what the pair's check leaves."""

    def __init__(self, readings: Mapping[str, SiteReading]) -> None:
        self.readings = readings
        self.usable: dict[str, SiteSettings] = {
            name: reading.site for name, reading in readings.items() if reading.site is not None
        }
        self.problems: dict[str, list[Problem]] = {
            name: list(reading.problems) for name, reading in readings.items()
        }

    def check_pair(self, names: tuple[str, str], documented: list[RootText]) -> None:
        """Look for the folders that this pair needs."""
        pair = [name for name in names if name in self.usable]
        project_names = frozenset(root.name for root in documented)
        in_use = names_in_use([self.readings[name] for name in names if name in self.readings], project_names)
        for name in pair:
            check = check_roots(self.readings[name], in_use, project_names)
            self.problems[name].extend(check.problems)
            if check.site is None:
                del self.usable[name]
            else:
                self.usable[name] = check.site

    def unknown(self, name: str, place: tuple[str, str]) -> None:
        """Note that a setting names a site that there is not."""
        if name and name not in self.readings:
            self.problems[name] = [unknown_site(place, name, self.readings.keys())]


def resolve(
    project: str,
    sources: Sources,
    machine: Machine,
    document: Mapping[str, object] | None,
    pair: Pair,
) -> Resolution:
    """Put one project together.

    Args:
        project: its name; "" for what holds for every project, folders left aside.
        document: its project document, where there is one, for the roots of `studio`.
    """
    general = Findings()
    general.problems.extend((*sources.problems, *sources.layer.problems, *sources.system.problems))
    config = sources.layer.config
    local_id = (
        given_local_id(sources.choices, machine.environment, config.get("local_id"), general)
        or sources.fallback_local_id
    )
    documented = document_roots(document)
    sites = _Sites(_read_sites(sources, machine, local_id, documented))
    names = sites.readings.keys()

    active, active_place = project_values.active_site(sources, pair, local_id, general)
    remote, remote_place = project_values.remote_site(sources, pair, local_id, general)
    sites.unknown(active, active_place)
    sites.unknown(remote, remote_place)
    retry_count = project_values.number(config, "retry_cnt", values.retry_count, DEFAULT_RETRY_COUNT, general)
    delay_s = project_values.number(config, "loop_delay", values.delay_s, DEFAULT_DELAY_S, general)
    always = project_values.always_accessible_on(sources, names, local_id, general)
    alternatives = project_values.alternative_sites(sites.readings, local_id, general)
    off = (
        project_values.reason_of(project, sources.problems)
        or project_values.switched_off(project, sources, general)
        or project_values.reason_of(project, general.problems)
    )
    if project and not off and remote and remote != active:
        sites.check_pair((active, remote), documented)

    settings = ProjectSettings(
        project=project,
        enabled=not off,
        disabled_reason=off,
        local_id=local_id,
        active_site=active,
        remote_site=remote or None,
        retry_cnt=retry_count,
        loop_delay_s=delay_s,
        sites=MappingProxyType(sites.usable),
        always_accessible_on=always,
        alternative_sites=MappingProxyType(alternatives),
        problems=unique([*general.problems, *(p for all_ in sites.problems.values() for p in all_)]),
        site_problems=MappingProxyType(_fatal_ones(sites.problems)),
    )
    unknown = [*sources.system.unknown, *sources.layer.unknown]
    unknown.extend(key for reading in sites.readings.values() for key in reading.unknown)
    return Resolution(settings, tuple(unknown))


def _fatal_ones(problems: Mapping[str, list[Problem]]) -> dict[str, tuple[Problem, ...]]:
    fatal = {name: tuple(problem for problem in found if problem.fatal) for name, found in problems.items()}
    return {name: found for name, found in fatal.items() if found}


def _read_sites(
    sources: Sources, machine: Machine, local_id: str, documented: list[RootText]
) -> dict[str, SiteReading]:
    nodes: dict[str, Node] = {}
    # "local" first, so that what stands under the machine's real name wins over it
    for name in sorted(sources.layer.sites, key=lambda name: name != LOCAL):
        node = sources.layer.sites[name]
        here = local_id if name == LOCAL else name
        nodes[here] = merge(nodes[here], node) if here in nodes else node
    for name in (STUDIO, local_id):
        if name not in nodes:
            nodes[name] = Node(sources.project_file[1], f"{SERVER}.sites.{name}", None, {})
    roots = sources.choices.roots
    return {
        name: read_site(
            name,
            node,
            machine,
            built_in=name in (STUDIO, local_id),
            user_roots=_user_roots(roots, name, local_id),
            project_roots=documented if name == STUDIO else (),
        )
        for name, node in nodes.items()
    }


def _user_roots(roots: Mapping[str, Mapping[str, RootText]], name: str, local_id: str) -> list[RootText]:
    found = dict(roots.get(LOCAL, {})) if name == local_id else {}
    found.update(roots.get(name, {}))
    return list(found.values())
