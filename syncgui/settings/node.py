"""A settings value that knows where it stands.

Values of several files are laid over one another, and a wrong one still has to name its own file and
key; so each value carries both. Merging goes key by key, the upper one wins.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from syncgui.settings.files import JsonObject
from syncgui.settings.problems import CORRECT_IT, Problem, describe, kind_of, printable

PLATFORMS = frozenset({"windows", "linux", "darwin"})


@dataclass(frozen=True, slots=True, repr=False)
class Node:
    """One value. `children` is None unless the value is a mapping, `value` is None if it is one.

    It has no `repr` with its value, which may be a secret.
    """

    file: str
    key: str
    value: object
    children: Mapping[str, Node] | None = None
    doubled: bool = False

    def plain(self) -> object:
        """The value as ordinary dicts and lists."""
        if self.children is None:
            return self.value
        return {name: child.plain() for name, child in self.children.items()}

    def is_per_platform(self) -> bool:
        """Whether it is a mapping whose keys are all names of platforms."""
        return bool(self.children) and PLATFORMS.issuperset(self.children or ())

    @property
    def kind(self) -> str:
        """What sort of value it is, without the value."""
        return kind_of({} if self.children is not None else self.value)

    def walk(self) -> Iterator[Node]:
        """This node and all below it."""
        yield self
        for child in (self.children or {}).values():
            yield from child.walk()

    def problem(
        self,
        allowed: str,
        *,
        found: str = "",
        remedy: str = CORRECT_IT,
        summary: str = "",
        fatal: bool = True,
    ) -> Problem:
        """The problem that this value is not what is allowed; `found` in the place of the value."""
        found = found or describe({} if self.children is not None else self.value, self.key)
        return Problem(self.file, self.key, found, allowed, remedy, fatal, summary)


def locate(value: object, file: str, key: str, *, doubled: bool = False) -> Node:
    """Give each value of a JSON value its place."""
    if not isinstance(value, Mapping):
        return Node(file, key, value, doubled=doubled)
    twice = value.doubled if isinstance(value, JsonObject) else frozenset()
    children = {
        name: locate(inner, file, join(key, name), doubled=name in twice) for name, inner in value.items()
    }
    return Node(file, key, None, children, doubled)


def merge(lower: Node, upper: Node) -> Node:
    """Lay one value over another, key by key.

    A mapping per platform and one per root name are two kinds of thing: there the upper one replaces.
    """
    if lower.children is None or upper.children is None:
        return upper
    if lower.children and upper.children and lower.is_per_platform() != upper.is_per_platform():
        return upper
    children = dict(lower.children)
    for name, child in upper.children.items():
        children[name] = merge(children[name], child) if name in children else child
    return Node(upper.file, upper.key, None, children, lower.doubled or upper.doubled)


def doubled_problems(node: Node) -> Iterator[Problem]:
    """A problem for each key below (and at) this node that stands twice in its object."""
    for inner in node.walk():
        if inner.doubled:
            name = inner.key.rpartition(".")[2]
            yield inner.problem(
                "each key once",
                found="two values",
                summary=f"{inner.key} stands twice in the same object",
                remedy=f"Remove or rename one {printable(name)}.",
            )


def join(key: str, name: str) -> str:
    """The dotted key of a name below a key."""
    name = printable(name)
    return f"{key}.{name}" if key else name
