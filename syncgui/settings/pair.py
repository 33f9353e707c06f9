"""Whether the two sites of a pair can work together: do they exist, does each root have its folder?

Looked at only for the sites that are in use on this machine, since only there it matters.
"""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from syncgui.settings.problems import Problem, describe, printable
from syncgui.settings.roots import SINGLE
from syncgui.settings.sites import LOCAL_DRIVE, SiteReading, SiteSettings, serve_only_root


@dataclass(frozen=True, slots=True)
class RootCheck:
    """The site with the roots that it can serve (None when it is unusable), and what it lacks."""

    site: SiteSettings | None
    problems: tuple[Problem, ...] = ()


def unknown_site(place: tuple[str, str], name: str, sites: Collection[str], *, fatal: bool = True) -> Problem:
    """The problem that a setting names a site that there is not."""
    close = difflib.get_close_matches(name, list(sites), n=1)
    return Problem(
        place[0],
        place[1],
        describe(name),
        ", ".join(printable(site) for site in sites),
        f"Did you mean {close[0]}?" if close else "Add it to the sites, or name another.",
        fatal,
        f"There is no site {describe(name)}",
    )


def names_in_use(readings: Collection[SiteReading], project_names: Collection[str]) -> frozenset[str]:
    """The root names that these sites, usable or not, and the project's document give."""
    names = {name for reading in readings for name in reading.root_names}
    return frozenset((names | set(project_names)) - {SINGLE})


def check_roots(reading: SiteReading, in_use: frozenset[str], project_names: frozenset[str]) -> RootCheck:
    """Look for a folder for each root name in use.

    Args:
        in_use: what the pair and the project's document name.
        project_names: what the document alone names: the roots that files really have.
    """
    if reading.site is None or reading.is_at_fault:
        return RootCheck(reading.site)
    site = serve_only_root(reading.site, in_use)
    missing = sorted(in_use - site.roots.keys())
    if SINGLE in site.roots:
        names = (project_names | reading.root_names) - {SINGLE}
        colliding = sorted(names - site.roots.keys())
        if len(names) > 1 and colliding:
            left = replace(site, roots=MappingProxyType({})) if reading.built_in else None
            return RootCheck(left, (_collision(site, reading, colliding),))
        # Who names these roots is the other site, which may serve more projects than this one;
        # without a project that uses them nothing is wrong.
        return RootCheck(site)
    if missing or not site.roots:
        return RootCheck(site, (_no_folder(site, reading, missing),))
    return RootCheck(site)


def _collision(site: SiteSettings, reading: SiteReading, names: list[str]) -> Problem:
    shown = ", ".join(printable(name) for name in names)
    return Problem(
        reading.place[0],
        f"{reading.place[1]}.root",
        describe(site.roots[SINGLE]),
        "one path for each root name, since files of several roots would collide on one",
        f"Set each: {_commands(site.name, names)}",
        summary=f"Site {printable(site.name)} has one folder for several roots, {shown}",
    )


def _no_folder(site: SiteSettings, reading: SiteReading, names: list[str]) -> Problem:
    here = " on this machine" if site.provider == LOCAL_DRIVE else ""
    roots = f" for root {', '.join(printable(name) for name in names)}" if names else ""
    why = [reading.misfits[name] for name in names or [SINGLE] if name in reading.misfits]
    why = why or list(reading.misfits.values())
    return Problem(
        reading.place[0],
        f"{reading.place[1]}.root",
        "; ".join(why) or "nothing",
        "an absolute path of this machine" if here else "a folder of the site",
        f"Set it: {_commands(site.name, names or [SINGLE])}",
        summary=f"Site {printable(site.name)} has no folder{here}{roots}",
    )


def _commands(site: str, names: list[str]) -> str:
    options = (f"syncgui sites set --root {shlex.quote(printable(f'{site}:{name}=PATH'))}" for name in names)
    return " and ".join(options)


def closed_alternatives(pairs: Mapping[str, Collection[str]]) -> dict[str, frozenset[str]]:
    """The other names of each site's storage, whoever named whom."""
    groups: list[set[str]] = []
    for site, others in pairs.items():
        group = {site, *others}
        for known in [known for known in groups if known & group]:
            groups.remove(known)
            group |= known
        groups.append(group)
    return {site: frozenset(group - {site}) for group in groups if len(group) > 1 for site in sorted(group)}
