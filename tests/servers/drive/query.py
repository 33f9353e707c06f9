"""The `q` of files.list: a real parser, and how an item is judged by the outcome.

Grammar and operators follow "Search query terms and operators" of the Drive documentation. Names are
compared without regard to case, as Drive does; `name contains` matches beginnings of words only.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from tests.servers.drive.errors import ApiError, invalid
from tests.servers.drive.items import time_ms

_TOKEN = re.compile(
    r"\s*(?:(?P<string>'(?:[^'\\]|\\.)*')|(?P<operator><=|>=|!=|=|<|>)|(?P<sign>[(){}])|(?P<word>[A-Za-z_.]+))",
    re.DOTALL,
)
_COMPARED = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
_EQUAL = {"=", "!="}
_OPERATORS = {
    "name": {"contains", *_EQUAL},
    "fullText": {"contains"},
    "mimeType": {"contains", *_EQUAL},
    "modifiedTime": set(_COMPARED),
    "createdTime": set(_COMPARED),
    "viewedByMeTime": set(_COMPARED),
    "sharedWithMeTime": set(_COMPARED),
    "trashed": _EQUAL,
    "starred": _EQUAL,
    "sharedWithMe": {"="},
    "visibility": _EQUAL,
    "shortcutDetails.targetId": _EQUAL,
    "properties": {"has"},
    "appProperties": {"has"},
}
_COLLECTIONS = {"parents", "owners", "writers", "readers"}
_FLAGS = {"trashed", "starred", "sharedWithMe"}
_TIMES = {"modifiedTime", "createdTime", "viewedByMeTime", "sharedWithMeTime"}


@dataclass(frozen=True, slots=True)
class Term:
    """One condition. For "'x' in parents" the field is "parents", the operator "in"."""

    field: str
    operator: str
    value: str | bool | int | tuple[str, str]


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite."""

    inner: Node


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every one of them."""

    inner: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of them."""

    inner: tuple[Node, ...]


Node = Term | Not | AllOf | AnyOf


@lru_cache(1024)
def parse_query(text: str) -> Node:
    """The query as a tree.

    Raises:
        ApiError: it is not well formed, or asks for what is not known.
    """
    return _Parser(text).whole()


def holds(node: Node, judge: Callable[[Term], bool]) -> bool:
    """Whether a query is true, given what each condition is."""
    if isinstance(node, Term):
        return judge(node)
    if isinstance(node, Not):
        return not holds(node.inner, judge)
    if isinstance(node, AllOf):
        return all(holds(one, judge) for one in node.inner)
    return any(holds(one, judge) for one in node.inner)


def terms(node: Node) -> list[Term]:
    """All conditions in it."""
    if isinstance(node, Term):
        return [node]
    if isinstance(node, Not):
        return terms(node.inner)
    return [term for one in node.inner for term in terms(one)]


def needed(node: Node, field: str) -> set[str] | None:
    """Values of a field of which one must hold for the query to; None when that can not be said."""
    if isinstance(node, Term):
        if node.field == field and node.operator in ("in", "=") and isinstance(node.value, str):
            return {node.value}
        return None
    if isinstance(node, AllOf):
        found = [values for one in node.inner if (values := needed(one, field)) is not None]
        return min(found, key=len) if found else None
    if isinstance(node, AnyOf):
        sets = [needed(one, field) for one in node.inner]
        return None if any(one is None for one in sets) else set().union(*(one or () for one in sets))
    return None


def compare(operator: str, left: object, right: object) -> bool:
    """Whether a comparison holds."""
    return bool(_COMPARED[operator](left, right))


def begins_a_word(name: str, prefix: str) -> bool:
    """How `name contains` matches: every word sought begins a word of the name."""
    words = [word for word in re.split(r"[\W_]+", name.casefold()) if word]
    return all(
        any(word.startswith(sought) for word in words)
        for sought in re.split(r"[\W_]+", prefix.casefold())
        if sought
    )


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = _split(text)
        self._at = 0

    def whole(self) -> Node:
        node = self._either()
        if self._at != len(self._tokens):
            raise _bad()
        return node

    def _either(self) -> Node:
        found = [self._both()]
        while self._take("word", "or"):
            found.append(self._both())
        return found[0] if len(found) == 1 else AnyOf(tuple(found))

    def _both(self) -> Node:
        found = [self._one()]
        while self._take("word", "and"):
            found.append(self._one())
        return found[0] if len(found) == 1 else AllOf(tuple(found))

    def _one(self) -> Node:
        if self._take("word", "not"):
            return Not(self._one())
        if self._take("sign", "("):
            node = self._either()
            self._demand("sign", ")")
            return node
        kind, text = self._next()
        if kind == "string":
            self._demand("word", "in")
            field = self._demand("word")
            if field not in _COLLECTIONS:
                raise _bad()
            return Term(field, "in", _unquoted(text))
        if kind != "word" or text not in _OPERATORS:
            raise _bad()
        return self._condition(text)

    def _condition(self, field: str) -> Term:
        if field == "sharedWithMe" and self._peek()[0] != "operator":
            return Term(field, "=", True)
        kind, operator = self._next()
        if kind not in ("operator", "word") or operator not in _OPERATORS[field]:
            raise _bad()
        if operator == "has":
            return Term(field, operator, self._pair())
        kind, text = self._next()
        if field in _FLAGS:
            if kind != "word" or text not in ("true", "false"):
                raise _bad()
            if field == "sharedWithMe" and text == "false":
                raise _bad()  # so does Drive: "not sharedWithMe" is the way
            return Term(field, operator, text == "true")
        if kind != "string":
            raise _bad()
        value = _unquoted(text)
        if field in _TIMES:
            try:
                return Term(field, operator, time_ms(value))
            except ValueError:
                raise _bad() from None
        return Term(field, operator, value)

    def _pair(self) -> tuple[str, str]:
        self._demand("sign", "{")
        found = {}
        for name in ("key", "value"):
            self._demand("word", name)
            self._demand("operator", "=")
            found[name] = _unquoted(self._demand("string"))
            if name == "key":
                self._demand("word", "and")
        self._demand("sign", "}")
        return found["key"], found["value"]

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("", "")

    def _next(self) -> tuple[str, str]:
        token = self._peek()
        self._at += 1
        return token

    def _take(self, kind: str, text: str) -> bool:
        if self._peek() == (kind, text):
            self._at += 1
            return True
        return False

    def _demand(self, kind: str, text: str = "") -> str:
        found = self._next()
        if found[0] != kind or (text and found[1] != text):
            raise _bad()
        return found[1]


def _split(text: str) -> list[tuple[str, str]]:
    found = []
    at = 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise _bad()
        found.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL)


def _bad() -> ApiError:
    return invalid("q")
