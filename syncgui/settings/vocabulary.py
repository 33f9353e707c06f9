"""Which keys there are and where each belongs.

A key that is known but stands elsewhere is told its place; a key that nobody knows is kept and
reported, because a misspelt name would else be a setting that silently does nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from pydantic import AliasChoices, BaseModel

from syncgui.settings.node import Node
from syncgui.settings.problems import Problem

SERVER_KEYS = frozenset({"enabled", "config", "sites"})
CONFIG_KEYS = frozenset(
    {
        "local_id",
        "retry_cnt",
        "loop_delay",
        "publish_site",
        "active_site",
        "remote_site",
        "always_accessible_on",
    }
)
SITE_KEYS = frozenset(
    {
        "provider",
        "root",
        "verify",
        "slots",
        "bandwidth",
        "file_mode",
        "folder_mode",
        "allowed_link_targets",
        "reserve",
        "trash_days",
        "allow_remove",
        "alternative_sites",
    }
)
# Keys of providers that may not be part of an installation, yet are met in its settings.
_FAMILY_SITE_KEYS = frozenset({"credentials_url", "endpoint", "subject"})

PROJECT_FILE = "project_settings/global.json"


@dataclass(frozen=True, slots=True)
class UnknownKey:
    """A key that was kept though nothing here reads it."""

    file: str
    key: str
    value: object = field(repr=False)


class Findings:
    """What a reading found beside the values; filled while reading, then asked."""

    __slots__ = ("problems", "unknown")

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.unknown: list[UnknownKey] = []

    @property
    def has_fatal(self) -> bool:
        """Whether anything found forbids using what was read."""
        return any(problem.fatal for problem in self.problems)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All known keys; `site_keys` includes those of every provider at hand."""

    site_keys: frozenset[str]

    @classmethod
    def of(cls, models: Iterable[type[BaseModel]]) -> Vocabulary:
        """The vocabulary with these providers' own settings."""
        names = {name for model in models for name in option_names(model)}
        return cls(SITE_KEYS | _FAMILY_SITE_KEYS | names)

    def place_of(self, name: str) -> str:
        """Where a key belongs, "" for an unknown one."""
        if name in CONFIG_KEYS:
            return f"sync_server.config of {PROJECT_FILE}"
        if name in SERVER_KEYS:
            return "sync_server"
        if name in self.site_keys:
            return "sync_server.sites.<site>"
        return ""

    def sort_out(
        self,
        nodes: Mapping[str, Node],
        known: Collection[str],
        findings: Findings,
        *,
        only_misplaced: bool = False,
    ) -> dict[str, Node]:
        """The known ones of some keys; the others go to the findings.

        Args:
            only_misplaced: other programs' keys stand here too, so unknown ones are none of ours.
        """
        for name, node in nodes.items():
            if name in known:
                continue
            place = self.place_of(name)
            if not place and only_misplaced:
                continue
            findings.unknown.append(UnknownKey(node.file, node.key, node.plain()))
            findings.problems.append(_misplaced(node, name, place) if place else _unknown(node))
        return {name: node for name, node in nodes.items() if name in known}


def option_names(model: type[BaseModel]) -> Iterator[str]:
    """Every name under which a provider's model takes a value."""
    for name, info in model.model_fields.items():
        yield name
        if info.alias:
            yield info.alias
        if isinstance(info.validation_alias, str):
            yield info.validation_alias
        elif isinstance(info.validation_alias, AliasChoices):
            yield from (choice for choice in info.validation_alias.choices if isinstance(choice, str))


def _misplaced(node: Node, name: str, place: str) -> Problem:
    return node.problem(
        f"no {name} in this place",
        found=node.kind,
        summary=f"{node.key} belongs to {place}, it is not used here",
        remedy="Move it there.",
        fatal=False,
    )


def _unknown(node: Node) -> Problem:
    return node.problem(
        "a key that syncgui knows",
        found=node.kind,
        summary=f"Unknown key {node.key}, it is kept and not used",
        remedy="If it is misspelt, correct it; else leave it.",
        fatal=False,
    )
