"""One settings file as a layer, and layers laid over one another.

Each of the known forms of a file (`sync_server` flat or with an inner `config`, the older presets)
becomes the same `Layer`. What an upper layer names wins, key by key. The two names of the active site
are one key in this: an upper layer that gives either replaces both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from syncgui.settings.files import JsonFile
from syncgui.settings.node import Node, doubled_problems, locate, merge
from syncgui.settings.problems import Problem, printable
from syncgui.settings.vocabulary import (
    CONFIG_KEYS,
    SERVER_KEYS,
    Findings,
    UnknownKey,
    Vocabulary,
)

SERVER = "sync_server"
SHIPPED_LOCAL_ID = "local_0"
_ACTIVE_NAMES = ("publish_site", "active_site")
_OLD_PROVIDER = "gdrive"  # the only one of the time when presets were in use


@dataclass(frozen=True, slots=True)
class Layer:
    """What one or several files say; `problems` holds fatal and other ones."""

    enabled: Node | None = None
    config: Mapping[str, Node] = field(default_factory=dict)
    sites: Mapping[str, Node] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    unknown: tuple[UnknownKey, ...] = ()


def system_layer(file: JsonFile, vocabulary: Vocabulary) -> Layer:
    """`system_settings/modules.json`: the switch, and perhaps sites."""
    return _server_layer(file, vocabulary, frozenset({"enabled", "sites"}))


def project_layer(file: JsonFile, vocabulary: Vocabulary) -> Layer:
    """`project_settings/global.json`, the common one or a project's."""
    return _server_layer(file, vocabulary, SERVER_KEYS | CONFIG_KEYS)


def preset_config_layer(file: JsonFile, vocabulary: Vocabulary) -> Layer:
    """The older `config.json`, the keys at the top level."""
    findings = Findings()
    known = vocabulary.sort_out(_top(file), CONFIG_KEYS, findings)
    for node in known.values():
        findings.problems.extend(doubled_problems(node))
    return _layer(findings, config=known)


def preset_sites_layer(file: JsonFile) -> Layer:
    """The older `gdrive.json`: sites by name, or the one site "gdrive" itself."""
    nodes = _top(file)
    if any(name in nodes for name in ("credentials_url", "root")):
        path = printable(str(file.path))
        nodes = {_OLD_PROVIDER: Node(path, "", None, nodes)}
    return Layer(sites={name: _with_old_provider(node) for name, node in nodes.items()})


def _with_old_provider(site: Node) -> Node:
    if site.children is None or "provider" in site.children:
        return site
    provider = Node(site.file, f"{site.key}.provider".lstrip("."), _OLD_PROVIDER)
    return Node(site.file, site.key, None, {**site.children, "provider": provider}, site.doubled)


def overlay(lower: Layer, upper: Layer) -> Layer:
    """The upper layer's values where it has any, else the lower one's."""
    below = dict(lower.config)
    if any(name in upper.config for name in _ACTIVE_NAMES):
        for name in _ACTIVE_NAMES:
            below.pop(name, None)
    config = {**below, **upper.config}
    shipped = upper.config.get("local_id")
    if shipped is not None and shipped.value == SHIPPED_LOCAL_ID and "local_id" in below:
        config["local_id"] = below["local_id"]  # the shipped one names everybody, so nobody
    sites = dict(lower.sites)
    for name, node in upper.sites.items():
        sites[name] = merge(sites[name], node) if name in sites else node
    return Layer(
        enabled=upper.enabled or lower.enabled,
        config=config,
        sites=sites,
        problems=lower.problems + upper.problems,
        unknown=lower.unknown + upper.unknown,
    )


def _top(file: JsonFile) -> Mapping[str, Node]:
    if file.content is None:
        return {}
    return locate(file.content, printable(str(file.path)), "").children or {}


def _server_layer(file: JsonFile, vocabulary: Vocabulary, known_keys: frozenset[str]) -> Layer:
    findings = Findings()
    top = vocabulary.sort_out(_top(file), {SERVER}, findings, only_misplaced=True)
    server = top.get(SERVER)
    if server is None:
        return _layer(findings)
    if server.children is None:
        findings.problems.append(server.problem("a mapping, { … }"))
        return _layer(findings)
    known = vocabulary.sort_out(server.children, known_keys, findings)
    config = _config(known, vocabulary, findings)
    enabled = known.get("enabled")
    for node in (*config.values(), *([enabled] if enabled else [])):
        findings.problems.extend(doubled_problems(node))
    return _layer(findings, enabled=enabled, config=config, sites=_sites(known, findings))


def _config(known: Mapping[str, Node], vocabulary: Vocabulary, findings: Findings) -> dict[str, Node]:
    flat = {name: node for name, node in known.items() if name in CONFIG_KEYS}
    inner = known.get("config")
    if inner is None:
        return flat
    if inner.children is None:
        findings.problems.append(inner.problem("a mapping, { … }"))
        return flat
    nested = vocabulary.sort_out(inner.children, CONFIG_KEYS, findings)
    for name in flat.keys() & nested.keys():
        if _differ(flat[name], nested[name]):
            findings.problems.append(_disagreement(flat[name], nested[name]))
    return {**flat, **nested}


def _differ(one: Node, other: Node) -> bool:
    first, second = one.plain(), other.plain()
    return first != second and str(first).strip() != str(second).strip()


def _disagreement(flat: Node, nested: Node) -> Problem:
    shown = flat.problem("").found
    return nested.problem(
        "the same value in both places, or one place only",
        summary=f"{nested.key} and {flat.key} ({shown}) disagree",
        remedy="Remove one of them.",
    )


def _sites(known: Mapping[str, Node], findings: Findings) -> Mapping[str, Node]:
    sites = known.get("sites")
    if sites is None:
        return {}
    if sites.children is None:
        findings.problems.append(sites.problem("a mapping of site names to sites, { … }"))
        return {}
    return sites.children


def _layer(
    findings: Findings,
    *,
    enabled: Node | None = None,
    config: Mapping[str, Node] | None = None,
    sites: Mapping[str, Node] | None = None,
) -> Layer:
    return Layer(enabled, config or {}, sites or {}, tuple(findings.problems), tuple(findings.unknown))
