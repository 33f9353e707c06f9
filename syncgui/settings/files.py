"""Reading one JSON file of settings without ever raising.

A file that is missing, can not be read, is no JSON or holds no object comes back as a `Problem`. A key
that stands twice in one object is remembered: JSON readers keep the last one silently, so two sites of
one name would become one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from syncgui.settings.problems import Problem, printable

_DEEPEST = 60
_OBJECT = "a JSON object, { … }"


class JsonObject(dict[str, object]):
    """An object of a JSON file, with the keys that stood in it more than once."""

    __slots__ = ("doubled",)

    def __init__(self, pairs: Iterable[tuple[str, object]]) -> None:
        pairs = list(pairs)
        super().__init__(pairs)
        seen: set[str] = set()
        self.doubled: frozenset[str] = frozenset(
            key
            for key, _ in pairs
            if key in seen or seen.add(key)  # type: ignore[func-returns-value]
        )


@dataclass(frozen=True, slots=True)
class JsonFile:
    """What a file holds: either `content`, or the `problem` why there is none."""

    path: Path
    content: JsonObject | None
    problem: Problem | None
    missing: bool = False


def read_json(path: Path, *, remedy_when_missing: str = "Create it.") -> JsonFile:
    """Read one file; UTF-8, with or without a byte order mark."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return _failed(path, "nothing", "does not exist", remedy_when_missing, missing=True)
    except OSError as error:
        words = error.strerror or type(error).__name__
        return _failed(path, words, f"can not be read: {words}", "Check its rights.")
    except UnicodeDecodeError as error:
        found = f"a byte at position {error.start} that is not UTF-8"
        return _failed(path, found, "is not a UTF-8 text", "Save it as UTF-8.")
    try:
        value = json.loads(text, object_pairs_hook=JsonObject)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        found = f"{error.msg.removesuffix(' at')} at {where}"  # some of its messages end so
        return _failed(path, found, f"is not JSON at {where}", "Correct it there.")
    except (ValueError, RecursionError):
        # a number of thousands of digits, or thousands of brackets
        return _failed(path, "a value too large to read", "is not usable JSON", "Correct it there.")
    if not isinstance(value, JsonObject):
        found = "a list" if isinstance(value, list) else "a single value"
        return _failed(path, found, "holds no JSON object", "Correct it there.")
    if _is_too_deep(value):
        found = f"more than {_DEEPEST} levels"
        return _failed(path, found, "is nested too deeply", "Correct it there.")
    return JsonFile(path, value, None)


def _failed(path: Path, found: str, what: str, remedy: str, *, missing: bool = False) -> JsonFile:
    file = printable(str(path))
    problem = Problem(file, "", found, _OBJECT, remedy, summary=f"{path.name} {what}")
    return JsonFile(path, None, problem, missing)


def _is_too_deep(value: object) -> bool:
    level = [value]
    for _ in range(_DEEPEST):
        inner: list[object] = []
        for item in level:
            if isinstance(item, dict):
                inner.extend(item.values())
            elif isinstance(item, list):
                inner.extend(item)
        if not inner:
            return False
        level = inner
    return True
