"""What is wrong in the settings, said so that a person can put it right.

Every wrong value becomes a `Problem` with its file, its key, what was found and what is allowed; reading
settings raises nothing. A value that may be a secret never gets into a problem: what stands in a mapping
or a list is not repeated, secret keys show `***`, passwords inside addresses are cut out.
`SettingsError` is for the few writing functions that have to refuse.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

SECRET = "***"
_LONGEST_SHOWN = 80
_SECRET_NAMES = re.compile(
    r"pass(word|phrase|wd)?$|secret|token|(private|api|access|account)_?key|^key$", re.IGNORECASE
)
_USER_INFO = re.compile(r"://[^/@\s]+@")
CORRECT_IT = "Correct it there."


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong.

    Args:
        file: path of the file as text, "" when the environment or the user's choice is at fault.
        key: dotted key inside the file, "" when the whole file is meant.
        found: what stood there; never a secret.
        allowed: what is allowed.
        remedy: what to do, a sentence; may name a command.
        fatal: False when it is only reported and the rest is used.
        summary: what is wrong in a clause, where found and allowed alone do not say it.
    """

    file: str
    key: str
    found: str
    allowed: str
    remedy: str
    fatal: bool = True
    summary: str = ""

    @property
    def sentence(self) -> str:
        """All of it, as a person reads it."""
        place = ", ".join(part for part in (self.key, self.file) if part)
        if self.summary:
            lead = f"{self.summary} ({place}: {self.found})" if place else self.summary
        else:
            lead = f"{self.key} in {self.file}" if self.key and self.file else place
            lead += f" is {self.found}"
        return f"{lead}; allowed is {self.allowed}. {self.remedy}".strip()


class SettingsError(Exception):
    """A settings file is not written, and why; `str()` of it is a sentence for people."""


def looks_secret(key: str) -> bool:
    """Whether a key's last name sounds like one whose value nobody should see."""
    return bool(_SECRET_NAMES.search(key.rpartition(".")[2]))


def describe(value: object, key: str = "") -> str:
    """A value as it may be shown: short, printable, without secrets."""
    if looks_secret(key):
        return SECRET
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, str):
        return _quoted(value)
    return _quoted_other(value)


def _quoted(value: str) -> str:
    text = _USER_INFO.sub(f"://{SECRET}@", value)
    if len(text) > _LONGEST_SHOWN:
        text = text[:_LONGEST_SHOWN] + "…"
    return json.dumps(printable(text), ensure_ascii=False)


def _quoted_other(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)[:_LONGEST_SHOWN]


def printable(text: str) -> str:
    """The text in a form that any output can encode (JSON may carry half a surrogate pair)."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def kind_of(value: object) -> str:
    """What sort of value it is, for one that may be a secret for all we know."""
    if isinstance(value, str):
        return "a text"
    if value is None or isinstance(value, bool | Mapping | list | tuple):
        return describe(value)
    return "a number"


def unique(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Each problem once, in order of appearance."""
    return tuple(dict.fromkeys(problems))
