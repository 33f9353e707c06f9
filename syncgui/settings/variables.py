"""Environment variables in settings: `{VAR}`, `${VAR}` and `%VAR%`.

A variable that is not set, or empty, is an error: a path that lost its first half would lead elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_NAME = r"[A-Za-z_][A-Za-z0-9_]*(?:\(x86\))?"
_VARIABLE = re.compile(rf"\$?\{{(?P<braced>{_NAME})\}}|%(?P<percent>{_NAME})%")


class UnknownVariableError(ValueError):
    """The environment has no such variable; `name` says which."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"the environment variable {name} is not set")


def expand(text: str, environment: Mapping[str, str], *, platform: str) -> str:
    """The text with its variables replaced, once.

    Raises:
        UnknownVariableError: a variable is not set or empty.
    """

    def value_of(match: re.Match[str]) -> str:
        name = match["braced"] or match["percent"]
        value = environment.get(name, "")
        if not value and platform == "windows":  # names know no case there
            value = {key.upper(): text for key, text in environment.items()}.get(name.upper(), "")
        if not value:
            raise UnknownVariableError(name)
        return value

    return _VARIABLE.sub(value_of, text)
