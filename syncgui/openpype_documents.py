"""The documents in which OpenPype keeps settings: their data, without the notes that it makes for itself.

Overrides stand under `data`, in old versions as JSON in a text under `value`. Pure: no I/O.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from syncgui.model.representation import Document

OVERRIDDEN = "__overriden_keys__"
"""OpenPype's list of the keys whose values stand in the place of the ones below, spelt as it spells it."""

_NOTES = (OVERRIDDEN, "__environment_keys__", "__dynamic_keys_labels__")
_DEEPEST = 60


def mapping(value: object) -> Mapping[str, object]:
    """The value if it is a mapping, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def data_of(document: Document | None) -> Mapping[str, object]:
    """What a document holds."""
    if document is None:
        return {}
    if "data" in document:
        return mapping(document["data"])
    text = document.get("value")
    try:
        return mapping(json.loads(text)) if isinstance(text, str) else {}
    except (ValueError, RecursionError):
        return {}


def plain(value: object, depth: int = _DEEPEST) -> object:
    """The value as JSON has it, without OpenPype's notes.

    Raises:
        ValueError: JSON has no such value.
    """
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return int(value)  # a long number of the database is a class of its own
    if isinstance(value, float):
        return value
    if depth and isinstance(value, Mapping):
        return {key: plain(inner, depth - 1) for key, inner in value.items() if key not in _NOTES}
    if depth and isinstance(value, list):
        return [plain(inner, depth - 1) for inner in value]
    raise ValueError("no value of JSON")
