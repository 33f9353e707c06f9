"""The user's own settings: one JSON file in the user's config folder.

It holds this machine's `local_id`, the two sites chosen and the folders of this machine, for all
projects and, under `projects`, for single ones. Reading reports what is wrong and never raises. Writing
is atomic, keeps keys that it does not know, lets only the user read the file, and refuses to touch a
file that it can not read: what stands in it would be lost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from syncgui.settings import values
from syncgui.settings.files import JsonFile, read_json
from syncgui.settings.json_change import change_json
from syncgui.settings.node import Node, doubled_problems, locate
from syncgui.settings.problems import Problem, SettingsError, printable
from syncgui.settings.roots import EVERY_PLATFORM, RootText
from syncgui.settings.vocabulary import Findings, UnknownKey

_MADE = "made_local_id"
_CHOICE_KEYS = frozenset({"local_id", "publish_site", "remote_site", "roots"})
_SITE_OR_NOBODY = 'the name of a site, or "" for nobody'
_PATH = "a path in quotes"


@dataclass(frozen=True, slots=True)
class Choices:
    """What the user chose, for all projects or for one; None where nothing was chosen.

    Args:
        roots: site → root name → path as written.
    """

    local_id: Node | None = None
    publish_site: Node | None = None
    remote_site: Node | None = None
    roots: Mapping[str, Mapping[str, RootText]] = field(default_factory=dict)

    def over(self, general: Choices) -> Choices:
        """These choices, and the general ones where these say nothing."""
        roots = {site: dict(names) for site, names in general.roots.items()}
        for site, names in self.roots.items():
            roots.setdefault(site, {}).update(names)
        return Choices(
            self.local_id or general.local_id,
            self.publish_site or general.publish_site,
            self.remote_site or general.remote_site,
            roots,
        )


@dataclass(frozen=True, slots=True)
class UserChoices:
    """The whole file.

    Args:
        made_local_id: the name once made for this machine, where nobody gave one.
        problems: what concerns every project.
        project_problems: what concerns one.
        broken: the file is there and can not be used, so it must not be written.
    """

    general: Choices = field(default_factory=Choices)
    projects: Mapping[str, Choices] = field(default_factory=dict)
    made_local_id: str = ""
    problems: tuple[Problem, ...] = ()
    project_problems: Mapping[str, tuple[Problem, ...]] = field(default_factory=dict)
    unknown: tuple[UnknownKey, ...] = ()
    broken: bool = False

    @classmethod
    def load(cls, path: Path) -> UserChoices:
        """Read the file; one that is not there holds no choices."""
        file = read_json(path)
        if file.missing:
            return cls()
        if file.content is None:
            problem = file.problem
            return cls(problems=() if problem is None else (problem,), broken=True)
        return _read(file)

    def for_project(self, name: str) -> Choices:
        """What the user chose for a project."""
        return self.projects.get(name, Choices()).over(self.general)


def set_choices(
    path: Path,
    *,
    project: str | None = None,
    local_id: str | None = None,
    publish_site: str | None = None,
    remote_site: str | None = None,
    roots: Mapping[tuple[str, str], str] | None = None,
) -> None:
    """Set some choices and keep everything else that stands in the file.

    Args:
        path: the user's file; made when it is not there.
        project: for this project only, None for all.
        local_id, publish_site: a site's name; None leaves what is there.
        remote_site: likewise; "" is nobody.
        roots: (site, root name) → path, "" forgets the path.

    Raises:
        SettingsError: a value is not allowed, or the file can not be read or written.
    """
    _refuse_wrong(local_id, publish_site, remote_site, roots or {})

    def change(content: dict[str, object]) -> None:
        target = content if project is None else _inside(_inside(content, "projects"), project)
        given = {"local_id": local_id, "publish_site": publish_site, "remote_site": remote_site}
        target.update({key: value for key, value in given.items() if value is not None})
        for (site, name), text in (roots or {}).items():
            names = _inside(_inside(target, "roots"), site)
            if text:
                names[name] = text
            else:
                names.pop(name, None)

    change_json(path, change)


def keep_made_local_id(path: Path, made: str) -> str:
    """Keep the name made for this machine; an earlier one stays and is returned.

    Raises:
        SettingsError: the file can not be read or written.
    """
    kept = made

    def change(content: dict[str, object]) -> None:
        nonlocal kept
        earlier = content.get(_MADE)
        if isinstance(earlier, str) and earlier.strip():  # another program was quicker
            kept = earlier
        content[_MADE] = kept

    change_json(path, change)
    return kept


def _inside(content: dict[str, object], key: str) -> dict[str, object]:
    inner = content.setdefault(key, {})
    if not isinstance(inner, dict):
        raise SettingsError(f"Nothing was changed: {key} in the user's settings is no mapping.")
    return inner


def _refuse_wrong(
    local_id: str | None,
    publish_site: str | None,
    remote_site: str | None,
    roots: Mapping[tuple[str, str], str],
) -> None:
    try:
        for name in (local_id, publish_site, remote_site or None, *(site for site, _ in roots)):
            if name is not None:
                values.site_name(name)
        if local_id is not None:
            values.machine_name(local_id)
        for (_, name), text in roots.items():
            values.clean_text(name, "the name of a root")
            values.clean_text(text, _PATH)
    except ValueError as error:
        raise SettingsError(f"Nothing was changed: allowed is {error}.") from error


def _read(file: JsonFile) -> UserChoices:
    content = locate(file.content, printable(str(file.path)), "").children or {}
    findings = Findings()
    general = _choices(content, findings, ("projects", _MADE))
    made = content.get(_MADE)
    made_text = _checked(made, values.machine_name, values.MACHINE_NAME, findings)
    projects: dict[str, Choices] = {}
    problems: dict[str, tuple[Problem, ...]] = {}
    listed = content.get("projects")
    if listed is not None and listed.children is None:
        findings.problems.append(listed.problem("a mapping of projects, { … }"))
    for name, node in ((listed.children if listed else None) or {}).items():
        own = Findings()
        if node.children is None:
            own.problems.append(node.problem("a mapping, { … }"))
        if node.doubled:
            own.problems.extend(doubled_problems(Node(node.file, node.key, None, {}, True)))
        projects[name] = _choices(node.children or {}, own, ())
        problems[name] = tuple(own.problems)
        findings.unknown.extend(own.unknown)
    return UserChoices(
        general=general,
        projects=MappingProxyType(projects),
        made_local_id=str(made_text.value) if made_text else "",
        problems=tuple(findings.problems),
        project_problems=MappingProxyType(problems),
        unknown=tuple(findings.unknown),
    )


def _choices(nodes: Mapping[str, Node], findings: Findings, beside: tuple[str, ...]) -> Choices:
    for name, node in nodes.items():
        if name not in _CHOICE_KEYS and name not in beside:
            findings.unknown.append(UnknownKey(node.file, node.key, node.plain()))
            findings.problems.append(
                node.problem(
                    "one of " + ", ".join(sorted(_CHOICE_KEYS)),
                    found=node.kind,
                    summary=f"Unknown key {node.key}, it is kept and not used",
                    remedy="If it is misspelt, correct it; else leave it.",
                    fatal=False,
                )
            )
        elif name != "projects":
            findings.problems.extend(doubled_problems(node))
    return Choices(
        _checked(nodes.get("local_id"), values.machine_name, values.MACHINE_NAME, findings),
        _checked(nodes.get("publish_site"), values.site_name, values.SITE_NAME, findings),
        _checked(nodes.get("remote_site"), _site_or_nobody, _SITE_OR_NOBODY, findings),
        _roots(nodes.get("roots"), findings),
    )


def _checked(
    node: Node | None, read: Callable[[object], str], allowed: str, findings: Findings
) -> Node | None:
    if node is None:
        return None
    try:
        read(node.plain())
    except ValueError:
        findings.problems.append(node.problem(allowed))
        return None
    return node


def _site_or_nobody(value: object) -> str:
    return values.clean_text(value, _SITE_OR_NOBODY)


def _roots(node: Node | None, findings: Findings) -> dict[str, dict[str, RootText]]:
    roots: dict[str, dict[str, RootText]] = {}
    if node is not None and node.children is None:
        findings.problems.append(node.problem("a mapping of sites to roots, { … }"))
    for site, names in ((node.children if node else None) or {}).items():
        if names.children is None:
            findings.problems.append(names.problem("a mapping of root names to paths, { … }"))
        for name, child in (names.children or {}).items():
            text = _checked(child, lambda value: values.clean_text(value, _PATH), _PATH, findings)
            if text is not None and str(text.value).strip():
                roots.setdefault(site, {})[name] = RootText(name, EVERY_PLATFORM, child)
    return roots
