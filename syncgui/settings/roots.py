"""The folders of a site: which path serves which root name on this machine.

A `root` is one string, a mapping per platform, or a mapping per root name whose values may be per
platform again. The single string stands under the name "". First found wins, name by name: the user's
own for this machine, the settings' for the site, for `studio` the project document's; a single string
answers for every name, nothing weaker is asked then. What is not for this machine is kept apart: it
still tells which absolute paths of others mean the same root.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath

from syncgui.settings import values
from syncgui.settings.machine import Machine
from syncgui.settings.node import Node
from syncgui.settings.options import unknown_variable
from syncgui.settings.variables import UnknownVariableError
from syncgui.settings.vocabulary import Findings

SINGLE = ""
EVERY_PLATFORM = ""
_ROOT = "a path, or a mapping of root names or platforms to paths"


@dataclass(frozen=True, slots=True)
class RootText:
    """One path as written: for which root name, for which platform ("" = all)."""

    name: str
    platform: str
    node: Node

    @property
    def text(self) -> str:
        """The path, variables not yet replaced."""
        return str(self.node.value)


@dataclass(frozen=True, slots=True)
class Roots:
    """A site's roots.

    Args:
        here: root name → path on this machine.
        elsewhere: root name → paths that others have for it.
        misfits: root name → why a path that was found can not serve here.
    """

    here: Mapping[str, str]
    elsewhere: Mapping[str, tuple[str, ...]]
    misfits: Mapping[str, str]


def read_roots(node: Node, findings: Findings) -> list[RootText]:
    """The paths of a `root` value; empty strings count as not set."""
    return [text for text in _read(node, findings) if text.text.strip()]


def _read(node: Node, findings: Findings) -> Iterator[RootText]:
    if node.children is None or node.is_per_platform():
        yield from _of_one_name(SINGLE, node, findings)
        return
    for name, child in node.children.items():
        yield from _of_one_name(name, child, findings)


def _of_one_name(name: str, node: Node, findings: Findings) -> Iterator[RootText]:
    if node.is_per_platform() and node.children is not None:
        for platform, child in node.children.items():
            yield from _of_one_platform(name, platform, child, findings)
    else:
        yield from _of_one_platform(name, EVERY_PLATFORM, node, findings)


def _of_one_platform(name: str, platform: str, node: Node, findings: Findings) -> Iterator[RootText]:
    if node.children == {}:
        return
    try:
        if node.children is not None:
            raise ValueError(_ROOT)
        values.clean_text(name, _ROOT)
        values.clean_text(node.value, _ROOT)
    except ValueError:
        findings.problems.append(node.problem(_ROOT))
        return
    yield RootText(name, platform, node)


def document_roots(document: Mapping[str, object] | None) -> list[RootText]:
    """`config.roots` of a project document; odd ones are passed over, they are not ours to correct."""
    config = document.get("config") if document is not None else None
    roots = config.get("roots") if isinstance(config, Mapping) else None
    if not isinstance(roots, Mapping | str):
        return []
    return read_roots(_document_node(roots, "config.roots"), Findings())


def _document_node(value: object, key: str) -> Node:
    if not isinstance(value, Mapping):
        return Node("the project's document", key, value)
    children = {str(name): _document_node(inner, f"{key}.{name}") for name, inner in value.items()}
    return Node("the project's document", key, None, children)


def settle(
    sources: Iterable[Iterable[RootText]],
    machine: Machine,
    findings: Findings,
    *,
    on_disk: bool,
) -> Roots:
    """Choose this machine's path for each root name.

    Args:
        sources: strongest first.
        on_disk: paths are folders of this machine, so they have to be absolute here.
    """
    here: dict[str, str] = {}
    elsewhere: dict[str, list[str]] = {}
    misfits: dict[str, str] = {}
    for source in sources:
        chosen: dict[str, str] = {}
        for root in source:
            # one string stands for every root name, so nothing weaker is asked for the others
            open_yet = root.name not in here and SINGLE not in here
            fits = open_yet and root.platform in (EVERY_PLATFORM, machine.platform)
            path = _expanded(root, machine, findings if fits else None)
            if path is None:
                continue
            if fits and on_disk and not is_absolute(path, machine.platform):
                shown = root.node.problem("").found
                misfits.setdefault(root.name, f"{shown} is no absolute path on {machine.platform}")
                fits = False
            if fits:
                chosen[root.name] = path
            else:
                elsewhere.setdefault(root.name, []).append(path)
        here.update(chosen)
    others = {
        name: tuple(path for path in dict.fromkeys(paths) if path != here.get(name))
        for name, paths in elsewhere.items()
    }
    return Roots(here, {name: paths for name, paths in others.items() if paths}, misfits)


def _expanded(root: RootText, machine: Machine, findings: Findings | None) -> str | None:
    try:
        return machine.expand(root.text)
    except UnknownVariableError as error:
        if findings is not None:
            findings.problems.append(unknown_variable(root.node, error.name))
        return None


def is_absolute(path: str, platform: str) -> bool:
    """Whether the path names one folder whatever the working folder is."""
    if platform == "windows":
        return PureWindowsPath(path).is_absolute()
    return PurePosixPath(path).is_absolute()
