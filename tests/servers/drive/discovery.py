"""Judges JSON answers by the schemas of the discovery document that google-api-python-client ships.

The document's own dialect: `$ref`, `type`, `format`, `properties`, `additionalProperties`, `items`. A key
that a schema does not name is a fault.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources

from tests.servers.drive.errors import Document

_FORMATS = {
    "int64": re.compile(r"-?\d+$"),
    "uint64": re.compile(r"\d+$"),
    "date-time": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"),
}
_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "object": dict,
    "array": list,
}


@cache
def document() -> Document:
    """The document of drive.v3."""
    folder = resources.files("googleapiclient.discovery_cache.documents")
    found = json.loads((folder / "drive.v3.json").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def faults_of(value: object, schema: str) -> Sequence[str]:
    """What is wrong with an answer that should be of a schema, such as "File"."""
    return list(_faults(value, {"$ref": schema}, schema))


def properties_of(schema: str) -> frozenset[str]:
    """Names of a schema's properties."""
    return frozenset(_mapping(_schema(schema)["properties"]))


def answer_schema(method: str) -> str:
    """The schema of what a method such as "files.list" answers, "" when it answers nothing."""
    resource, _, name = method.partition(".")
    methods = _mapping(_mapping(_mapping(document()["resources"])[resource])["methods"])
    return str(_mapping(_mapping(methods[name]).get("response", {})).get("$ref", ""))


def _faults(value: object, schema: Mapping[str, object], where: str) -> Sequence[str]:
    if "$ref" in schema:
        schema = _schema(str(schema["$ref"]))
    kind = str(schema.get("type", "any"))
    if kind == "any":
        return []
    expected = _TYPES[kind]
    if not isinstance(value, expected) or (kind in ("integer", "number") and isinstance(value, bool)):
        return [f"{where}: {value!r} is no {kind}"]
    if isinstance(value, dict):
        return _faults_of_object(value, schema, where)
    if isinstance(value, list):
        items = _mapping(schema["items"])
        return [fault for at, one in enumerate(value) for fault in _faults(one, items, f"{where}[{at}]")]
    return _faults_of_text(value, schema, where) if isinstance(value, str) else []


def _faults_of_object(value: Document, schema: Mapping[str, object], where: str) -> Sequence[str]:
    properties = _mapping(schema.get("properties", {}))
    others = schema.get("additionalProperties")
    found: list[str] = []
    for name, one in value.items():
        inner = properties.get(name, others)
        if inner is None:
            found.append(f"{where}: {name} is not in the schema")
        else:
            found += _faults(one, _mapping(inner), f"{where}.{name}")
    return found


def _faults_of_text(value: str, schema: Mapping[str, object], where: str) -> Sequence[str]:
    kind = str(schema.get("format", ""))
    pattern = _FORMATS.get(kind)
    if pattern is not None and not pattern.match(value):
        return [f"{where}: {value!r} is no {kind}"]
    if kind == "byte":
        try:
            base64.urlsafe_b64decode(value)
        except ValueError:
            return [f"{where}: {value!r} is no base64"]
    allowed = schema.get("enum")
    if isinstance(allowed, list) and value not in allowed:
        return [f"{where}: {value!r} is none of {allowed}"]
    return []


def _schema(name: str) -> Mapping[str, object]:
    return _mapping(_mapping(document()["schemas"])[name])


def _mapping(value: object) -> Mapping[str, object]:
    assert isinstance(value, Mapping)
    return value
