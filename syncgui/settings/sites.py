"""One site of the settings, read and checked.

`studio` and this machine's own site always exist, on the provider `local_drive`. Another site that has
a fatal problem is left out; one of these two stays, without a folder, so that nothing is moved and the
reason can be said.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from pydantic import BaseModel

from syncgui.settings import values
from syncgui.settings.machine import Machine
from syncgui.settings.node import Node, doubled_problems, join
from syncgui.settings.options import validated
from syncgui.settings.problems import CORRECT_IT, Problem, describe, printable
from syncgui.settings.roots import SINGLE, Roots, RootText, is_absolute, read_roots, settle
from syncgui.settings.site_options import SiteOptions, Verify
from syncgui.settings.variables import UnknownVariableError
from syncgui.settings.vocabulary import SITE_KEYS, Findings, UnknownKey, option_names

STUDIO = "studio"
LOCAL = "local"
LOCAL_DRIVE = "local_drive"
_NOT_OPTIONS = frozenset({"provider", "root"})


class NoOptions(BaseModel):
    """The settings of a provider that has none."""


@dataclass(frozen=True, slots=True)
class SiteSettings:
    """A usable site.

    Args:
        name: unique among the sites.
        provider: its code.
        roots: this machine's paths by root name, "" for the single `{root}`; variables replaced.
        other_roots: what other platforms have for the same roots.
        options: the provider's own settings.
        verify: how a copy is checked.
        slots: files at once, None for what the provider says.
        bandwidth_bytes_per_s: None for no limit.
        file_mode, folder_mode: permission bits of new ones, None for the system's.
        allowed_link_targets: folders into which links on the way may lead.
        reserve_bytes: room to leave free, None for the default.
        trash_days: for how many days replaced files are kept; None, as 0: not at all.
        allow_remove: whether files may be removed from the site.
    """

    name: str
    provider: str
    roots: Mapping[str, str]
    other_roots: Mapping[str, tuple[str, ...]]
    options: BaseModel
    verify: Verify = Verify.XXH3
    slots: int | None = None
    bandwidth_bytes_per_s: int | None = None
    file_mode: int | None = None
    folder_mode: int | None = None
    allowed_link_targets: tuple[str, ...] = ()
    reserve_bytes: int | None = None
    trash_days: int | None = None
    allow_remove: bool = False


@dataclass(frozen=True, slots=True)
class SiteReading:
    """A site as read: `site` is None when it can not be used.

    Args:
        place: file and key where its settings stand or would stand.
        built_in: it exists whatever the settings say.
        root_names: those for which any path is named, for whatever platform.
        alternatives: other names of its storage, as written.
        misfits: root name → why the path given for it can not serve here.
    """

    site: SiteSettings | None
    place: tuple[str, str]
    built_in: bool
    problems: tuple[Problem, ...] = ()
    unknown: tuple[UnknownKey, ...] = ()
    root_names: frozenset[str] = frozenset()
    alternatives: tuple[str, ...] = ()
    misfits: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_at_fault(self) -> bool:
        """Whether something in its own settings forbids using it."""
        return any(problem.fatal for problem in self.problems)


def read_site(
    name: str,
    node: Node,
    machine: Machine,
    *,
    built_in: bool,
    user_roots: Iterable[RootText],
    project_roots: Iterable[RootText],
) -> SiteReading:
    """Read one site.

    Args:
        node: its settings; for a built-in site that is not listed an empty mapping.
        built_in: `studio` or this machine's own.
        user_roots: the user's own paths for it.
        project_roots: the project document's, for `studio`.
    """
    findings = Findings()
    try:
        values.site_name(name)
    except ValueError as error:
        findings.problems.append(node.problem(str(error), found=describe(name)))
    if node.children is None:
        findings.problems.append(node.problem("a mapping, { … }"))
    findings.problems.extend(doubled_problems(node))
    provider = _provider(name, node, machine, findings, built_in=built_in)
    common, own = _options(node, provider, machine, findings)
    listed = (node.children or {}).get("root")
    texts = [] if listed is None else read_roots(listed, findings)
    on_disk = provider == LOCAL_DRIVE
    own_roots = list(user_roots)
    if on_disk:
        findings.problems.extend(_relative(own_roots, machine))
    roots = settle([own_roots, texts, project_roots], machine, findings, on_disk=on_disk)
    site: SiteSettings | None = None
    if findings.has_fatal or provider is None or common is None or own is None:
        if built_in:
            empty = machine.provider_models.get(LOCAL_DRIVE, NoOptions).model_construct()
            site = SiteSettings(name, LOCAL_DRIVE, {}, MappingProxyType(roots.elsewhere), empty)
    else:
        site = _site(name, provider, roots, common, own)
    return SiteReading(
        site=site,
        place=(node.file, node.key),
        built_in=built_in,
        problems=tuple(findings.problems),
        unknown=tuple(findings.unknown),
        root_names=frozenset((*roots.here, *roots.elsewhere, *roots.misfits)),
        alternatives=common.alternative_sites if common is not None else (),
        misfits=roots.misfits,
    )


def _relative(roots: Iterable[RootText], machine: Machine) -> Iterator[Problem]:
    """The user's own paths that are none here: passing over them would use another folder silently."""
    for root in roots:
        try:
            path = machine.expand(root.text)
        except UnknownVariableError:
            continue  # told when the roots are settled
        if not is_absolute(path, machine.platform):
            yield root.node.problem(f"an absolute path on {machine.platform}")


def _site(name: str, provider: str, roots: Roots, common: SiteOptions, own: BaseModel) -> SiteSettings:
    return SiteSettings(
        name=name,
        provider=provider,
        roots=MappingProxyType(dict(roots.here)),
        other_roots=MappingProxyType(dict(roots.elsewhere)),
        options=own,
        verify=common.verify,
        slots=common.slots,
        bandwidth_bytes_per_s=common.bandwidth,
        file_mode=common.file_mode,
        folder_mode=common.folder_mode,
        allowed_link_targets=common.allowed_link_targets,
        reserve_bytes=common.reserve,
        trash_days=common.trash_days,
        allow_remove=common.allow_remove,
    )


def _provider(name: str, node: Node, machine: Machine, findings: Findings, *, built_in: bool) -> str | None:
    given = (node.children or {}).get("provider")
    if built_in:
        if given is not None and given.value != LOCAL_DRIVE:
            summary = f"Site {printable(name)} is always a folder of this machine"
            findings.problems.append(given.problem(LOCAL_DRIVE, summary=summary))
            return None
        return LOCAL_DRIVE
    allowed = ", ".join(sorted(machine.provider_models))
    if given is None:
        if node.children is not None:
            summary = f"Site {printable(name)} names no provider"
            findings.problems.append(
                Problem(
                    node.file,
                    join(node.key, "provider"),
                    "nothing",
                    allowed,
                    "Add it there.",
                    summary=summary,
                )
            )
        return None
    code = given.value
    if isinstance(code, str) and code in machine.provider_models:
        return code
    findings.problems.append(_wrong_provider(name, given, allowed, machine))
    return None


def _wrong_provider(name: str, given: Node, allowed: str, machine: Machine) -> Problem:
    code = given.value
    if isinstance(code, str) and code in machine.planned_providers:
        return given.problem(
            allowed,
            summary=f"Site {printable(name)} can not be used: "
            f"provider {code} is not part of this installation yet",
            remedy="Use another provider for it, or wait for a later version.",
        )
    family = sorted({*machine.provider_models, *machine.planned_providers})
    close = difflib.get_close_matches(str(code), family, n=1) if isinstance(code, str) else []
    remedy = f"Did you mean {close[0]}?" if close else CORRECT_IT
    summary = f"There is no provider {describe(code)}" if isinstance(code, str) else ""
    return given.problem(allowed, summary=summary, remedy=remedy)


def _options(
    node: Node, provider: str | None, machine: Machine, findings: Findings
) -> tuple[SiteOptions | None, BaseModel | None]:
    nodes = node.children or {}
    common_nodes = {key: child for key, child in nodes.items() if key in SITE_KEYS - _NOT_OPTIONS}
    common = validated(SiteOptions, node, common_nodes, machine, findings)
    rest = {key: child for key, child in nodes.items() if key not in SITE_KEYS}
    if provider is None:
        # which keys its provider would know can not be told: kept, and not called unknown
        findings.unknown.extend(UnknownKey(child.file, child.key, child.plain()) for child in rest.values())
        return common, None
    model = machine.provider_models.get(provider, NoOptions)
    known = machine.vocabulary.sort_out(rest, frozenset(option_names(model)), findings)
    return common, validated(model, node, known, machine, findings)


def serve_only_root(site: SiteSettings, names: Iterable[str]) -> SiteSettings:
    """The site whose single path also serves the only root name in use."""
    in_use = set(names)
    if len(in_use) != 1 or SINGLE not in site.roots or in_use <= site.roots.keys():
        return site
    name = in_use.pop()
    others = dict(site.other_roots)
    if SINGLE in others:
        others[name] = tuple(dict.fromkeys((*others.get(name, ()), *others[SINGLE])))
    return replace(
        site,
        roots=MappingProxyType({**site.roots, name: site.roots[SINGLE]}),
        other_roots=MappingProxyType(others),
    )
