"""The plain values of a project: switch, numbers, the two sites, the lists of sites.

Each function gives the value to go on with and puts what is wrong into the findings; where a value is
wrong its default only keeps the reading going, the project does not sync with it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

from syncgui.settings import values
from syncgui.settings.layers import SERVER
from syncgui.settings.node import Node
from syncgui.settings.pair import closed_alternatives, unknown_site
from syncgui.settings.problems import CORRECT_IT, Problem, printable
from syncgui.settings.sites import LOCAL, STUDIO, SiteReading
from syncgui.settings.sources import Pair, Sources
from syncgui.settings.vocabulary import Findings

_SITE_OR_NOBODY = 'the name of a site, or "" for nobody'
_T = TypeVar("_T")

Place = tuple[str, str]
"""File and key, for a problem that turns up later."""


def number(
    nodes: Mapping[str, Node],
    key: str,
    read: Callable[[object], _T],
    default: _T,
    findings: Findings,
) -> _T:
    """A number of the project, the default where none is given."""
    node = nodes.get(key)
    if node is None:
        return default
    value = _read(node, read, findings)
    return default if value is None else value


def active_site(sources: Sources, pair: Pair, local_id: str, findings: Findings) -> tuple[str, Place]:
    """The site that this machine works on, and where that is said."""
    config = sources.layer.config
    newer, older = config.get("active_site"), config.get("publish_site")
    chosen = sources.choices.publish_site
    if newer is not None and older is not None:
        names = [_named(node.value, local_id) for node in (newer, older)]
        if names[0] != names[1] or newer.children is not None or older.children is not None:
            findings.problems.append(
                newer.problem(
                    "the same site under both names, or one of the names only",
                    summary=f"publish_site ({older.problem('').found}) and active_site disagree",
                    remedy="Remove one of them.",
                    fatal=chosen is None and pair.active_site is None,
                )
            )
    if pair.active_site is not None:
        return _named(pair.active_site, local_id), ("", "--active-site")
    node = chosen or older or newer
    name = _read(node, values.site_name, findings) if node is not None else None
    if node is None or name is None:
        return STUDIO, ("", "publish_site")
    return _named(name, local_id), (node.file, node.key)


def remote_site(sources: Sources, pair: Pair, local_id: str, findings: Findings) -> tuple[str, Place]:
    """The partner, "" for nobody, and where that is said."""
    if pair.remote_site is not None:
        return _named(pair.remote_site, local_id), ("", "--remote-site")
    node = sources.choices.remote_site or sources.layer.config.get("remote_site")
    name = _read(node, _site_or_nobody, findings) if node is not None else None
    if node is None or name is None:
        return "", ("", "remote_site")
    return _named(name, local_id), (node.file, node.key)


def always_accessible_on(
    sources: Sources, sites: Collection[str], local_id: str, findings: Findings
) -> tuple[str, ...]:
    """Further sites that a publish asks for; unknown ones are reported and left out."""
    node = sources.layer.config.get("always_accessible_on")
    names = _read(node, values.site_names, findings) if node is not None else None
    if node is None or names is None:
        return ()
    return _known_sites(names, (node.file, node.key), sites, local_id, findings)


def alternative_sites(
    readings: Mapping[str, SiteReading], local_id: str, findings: Findings
) -> dict[str, frozenset[str]]:
    """The other names of each site's storage; unknown ones are reported and left out."""
    named = {
        name: _known_sites(
            reading.alternatives,
            (reading.place[0], f"{reading.place[1]}.alternative_sites"),
            readings.keys(),
            local_id,
            findings,
        )
        for name, reading in readings.items()
    }
    return closed_alternatives(named)


def switched_off(project: str, sources: Sources, findings: Findings) -> str:
    """Which file switches the project off, a sentence; "" when none does."""
    reasons: list[str] = []
    of_the_file = (
        (sources.system.enabled, sources.system_file),
        (sources.layer.enabled, sources.project_file),
    )
    for node, (label, path) in of_the_file:
        if node is None:
            reasons.append(
                f"{_subject(project)} switched off in {label}: {SERVER}.enabled is not set there "
                f"({path}). Set it to true to sync."
            )
        elif _read(node, values.boolean, findings) is False:
            where = sources.label_of(node.file)
            reasons.append(f"{_subject(project)} switched off in {where}: {node.key} is false ({node.file}).")
    return reasons[0] if reasons else ""


def reason_of(project: str, problems: Collection[Problem]) -> str:
    """The sentence that a problem in the settings keeps the project from syncing, "" if none does."""
    first = next((problem for problem in problems if problem.fatal), None)
    if first is None:
        return ""
    return f"{_subject(project)} not synced, the settings have to be corrected: {first.sentence}"


def _subject(project: str) -> str:
    return f"Project {printable(project)} is" if project else "Syncing is"


def _named(name: object, local_id: str) -> str:
    return local_id if name == LOCAL else str(name)


def _site_or_nobody(value: object) -> str:
    return values.clean_text(value, _SITE_OR_NOBODY).strip() and str(value)


def _known_sites(
    names: Collection[str], place: Place, sites: Collection[str], local_id: str, findings: Findings
) -> tuple[str, ...]:
    known: list[str] = []
    for name in dict.fromkeys(_named(name, local_id) for name in names):
        if name in sites:
            known.append(name)
        else:
            findings.problems.append(unknown_site(place, name, sites, fatal=False))
    return tuple(known)


def _read(node: Node, read: Callable[[object], _T], findings: Findings) -> _T | None:
    try:
        return read(node.plain())
    except ValueError as error:
        findings.problems.append(node.problem(str(error), remedy=CORRECT_IT))
        return None
