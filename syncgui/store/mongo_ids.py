"""Texts of `_id`s and the values that they may stand for.

Everywhere else a document goes by the text of its `_id`. Nearly all are ObjectIds; programs that write
texts, numbers, dates, binary UUIDs or mappings exist, and theirs are found as well. An `_id` that is a
text of 24 hex digits and an ObjectId of the same digits have one text: the ObjectId is meant then.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from datetime import datetime

from bson import Binary, ObjectId

OTHER_TYPES = (
    "number",
    "string",
    "object",
    "binData",
    "bool",
    "date",
    "timestamp",
    "null",
    "minKey",
    "maxKey",
    "symbol",
    "javascript",
    "javascriptWithScope",
    "dbPointer",
)
"""Every type that an `_id` may have besides ObjectId; each is in an order of its own."""

LOOKED_THROUGH = tuple(name for name in OTHER_TYPES if name not in ("string", "bool"))
"""Types of which a value can not always be told from its text."""

_HEX = re.compile("[0-9a-f]{24}")
_INT = re.compile("-?[0-9]{1,19}")
_SUBTYPES = (0, 3, 4, 5, 2, 1, 6, 7, 8, 128)
_LARGEST = 2**63


def is_hex(text: str) -> bool:
    """Whether a text is that of an ObjectId."""
    return _HEX.fullmatch(text) is not None


def text_of(document: Mapping[str, object]) -> str:
    """The text of a document's `_id`."""
    return str(document.get("_id"))


def candidates(text: str) -> list[object]:
    """The values whose text this may be; for some odd types none is known.

    For the digits of an ObjectId it is that; whoever does not find it may look for the text itself.
    """
    if is_hex(text):
        return [ObjectId(text)]
    found: list[object] = [text]
    if text in ("True", "False"):
        found.append(text == "True")
    if _INT.fullmatch(text) and -_LARGEST <= int(text) < _LARGEST:
        found.append(int(text))
    for read in (_float, _date):
        value = read(text)
        if value is not None and str(value) == text:
            found.append(value)
    found += _binaries(text)
    return found


def _float(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _date(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _binaries(text: str) -> list[object]:
    if not text.startswith(("b'", 'b"')):
        return []
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return []
    return [Binary(value, kind) for kind in _SUBTYPES] if isinstance(value, bytes) else []
