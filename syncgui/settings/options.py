"""Validating a site's options with a pydantic model, and turning its errors into problems.

Serves the common options and those of a provider alike. Values of fields that are secret are never
repeated, neither by us nor through the words of a validator.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import TypeVar, get_args

from pydantic import BaseModel, SecretBytes, SecretStr, ValidationError
from pydantic.fields import FieldInfo

from syncgui.settings.machine import Machine
from syncgui.settings.node import Node, join
from syncgui.settings.problems import CORRECT_IT, SECRET, Problem, looks_secret
from syncgui.settings.variables import UnknownVariableError
from syncgui.settings.vocabulary import Findings

_Model = TypeVar("_Model", bound=BaseModel)
_PATH_ENDINGS = ("_path", "_file", "_url", "_dir", "_folder")


def validated(
    model: type[_Model], site: Node, nodes: Mapping[str, Node], machine: Machine, findings: Findings
) -> _Model | None:
    """The options, or None with the problems in the findings.

    Args:
        model: the model; only keys that it knows are handed in.
        site: where a missing key is missed.
        nodes: the values by key.
    """
    fields = _fields_by_name(model)
    before = len(findings.problems)
    plain = {name: _prepared(node, fields.get(name), machine, findings) for name, node in nodes.items()}
    if len(findings.problems) > before:
        return None
    try:
        return model.model_validate(plain)
    except ValidationError as error:
        findings.problems.extend(_problems(error, site, nodes, fields))
        return None


def expanded_paths(node: Node, machine: Machine, findings: Findings) -> object:
    """A value with the variables of its texts replaced; an unknown one is a problem."""
    value = node.plain()
    try:
        if isinstance(value, str):
            return machine.expand(value)
        if isinstance(value, list):
            return [machine.expand(item) if isinstance(item, str) else item for item in value]
    except UnknownVariableError as error:
        findings.problems.append(unknown_variable(node, error.name))
    return value


def unknown_variable(node: Node, name: str) -> Problem:
    """The problem that a value names a variable that the environment has not."""
    return node.problem(
        "a path whose environment variables are set",
        summary=f"The environment variable {name} in {node.key} is not set",
        remedy=f"Set {name}, or write the path out.",
    )


def _prepared(node: Node, info: FieldInfo | None, machine: Machine, findings: Findings) -> object:
    name = node.key.rpartition(".")[2]
    if info is None or not _is_path(name, info):
        return node.plain()
    if node.is_per_platform() and node.children is not None:
        here = node.children.get(machine.platform)
        if here is None:
            findings.problems.append(
                node.problem(
                    f"a value for {machine.platform}, or one for all platforms",
                    summary=f"{node.key} has no value for {machine.platform}",
                )
            )
            return None
        node = here
    return expanded_paths(node, machine, findings)


def _is_path(name: str, info: FieldInfo) -> bool:
    types = [part for part in _parts(info) if isinstance(part, type)]
    if any(issubclass(part, SecretStr | SecretBytes) for part in types):
        return False
    extra = info.json_schema_extra
    if isinstance(extra, dict) and extra.get("kind") in ("path", "file"):
        return True
    if name == "allowed_link_targets" or name.endswith(_PATH_ENDINGS):
        return True
    return any(issubclass(part, PurePath) for part in types)


def _is_secret(name: str, info: FieldInfo | None) -> bool:
    if looks_secret(name):
        return True
    if info is None:
        return False
    extra = info.json_schema_extra
    if isinstance(extra, dict) and extra.get("kind") == "secret":
        return True
    # what a nested model holds is not looked into: nothing of it is shown
    return any(
        isinstance(part, type) and issubclass(part, SecretStr | SecretBytes | BaseModel)
        for part in _parts(info)
    )


def _parts(info: FieldInfo) -> Iterator[object]:
    """The types that a field's annotation is made of."""
    waiting: list[object] = [info.annotation]
    while waiting:
        part = waiting.pop()
        yield part
        waiting.extend(get_args(part))


def _fields_by_name(model: type[BaseModel]) -> dict[str, FieldInfo]:
    fields: dict[str, FieldInfo] = {}
    for name, info in model.model_fields.items():
        fields[name] = info
        for alias in (info.alias, info.validation_alias):
            if isinstance(alias, str):
                fields[alias] = info
    return fields


def _problems(
    error: ValidationError,
    site: Node,
    nodes: Mapping[str, Node],
    fields: Mapping[str, FieldInfo],
) -> Iterator[Problem]:
    seen: set[str] = set()
    any_secret = any(_is_secret(name, info) for name, info in fields.items())
    for detail in error.errors(include_url=False, include_context=False, include_input=False):
        name = str(detail["loc"][0]) if detail["loc"] else ""
        if name in seen:  # a union reports each of its members
            continue
        seen.add(name)
        info = fields.get(name)
        secret = _is_secret(name, info) if name else any_secret
        allowed = _allowed(detail["type"], detail["msg"], info, secret=secret)
        if detail["type"] == "missing":
            yield Problem(site.file, join(site.key, name), "nothing", allowed, "Add it there.")
        elif not name:
            yield Problem(site.file, site.key, "a mapping", allowed, CORRECT_IT)
        else:
            node = nodes.get(name, site)
            found = SECRET if secret else node.problem("").found
            yield Problem(node.file, node.key, found, allowed, CORRECT_IT)


def _allowed(kind: str, words: str, info: FieldInfo | None, *, secret: bool) -> str:
    help_text = (info.description if info else None) or "a valid value"
    if kind == "missing":
        return help_text
    if kind in ("value_error", "assertion_error"):
        # the validator's own words, which may repeat the value
        return help_text if secret else words.partition(", ")[2]
    return words.removeprefix("Input should be ")
