"""Faults on demand: which calls are struck, and what goes wrong with them."""

from __future__ import annotations

import random
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from fnmatch import fnmatchcase

from tests.servers.drive.errors import Document


@dataclass(slots=True)
class Effects:
    """What goes wrong with one call; the defaults are: nothing.

    Args:
        status: answered at once, with `reason`, `message` and `retry_after_s`; the work is not done.
        drop_request_after: the connection is cut when so many bytes of the body have come.
        drop_response_after: … have been sent.
        lose_answer: the work is done, then the connection is cut without an answer.
        wrong_md5: of the answer's metadata.
        corrupt_at: one byte of a download is another, counted from the start of what is sent; negative
            from its end.
        truncate_to: a download ends after so many bytes, and says so in its length.
        bytes_per_s: of request and response bodies.
        keep_bytes: of a session's chunk no more than so many are kept, rounded down to 256 KiB.
        delay_s: before anything is done.
    """

    status: int | None = None
    reason: str = ""
    message: str = ""
    retry_after_s: int | None = None
    drop_request_after: int | None = None
    drop_response_after: int | None = None
    lose_answer: bool = False
    wrong_md5: bool = False
    corrupt_at: int | None = None
    truncate_to: int | None = None
    bytes_per_s: float | None = None
    keep_bytes: int | None = None
    delay_s: float = 0.0

    @property
    def is_none(self) -> bool:
        """Whether nothing goes wrong."""
        return self == _NONE


_NONE = Effects()
_EFFECTS = {one.name for one in fields(Effects)}


@dataclass(slots=True)
class Rule:
    """Strikes some calls of a kind.

    Args:
        match: pattern of a kind ("upload.put") or of a method of the API ("files.create").
        effects: what goes wrong, by name of `Effects`.
        account: only this account's calls.
        nth: strikes only the so-manieth call that it sees, counted from 1.
        every: strikes each so-manieth.
        first: strikes so many and then rests.
        probability, seed: strikes by chance, the same way for the same seed.
    """

    match: str
    effects: Mapping[str, object]
    account: str = ""
    nth: int | None = None
    every: int | None = None
    first: int | None = None
    probability: float | None = None
    seed: int = 0
    seen: int = 0
    struck: int = 0
    _random: random.Random = field(default_factory=random.Random)

    def strikes(self, kind: str, method: str, account: str) -> bool:
        """Whether a call is struck; counts it."""
        if not fnmatchcase(kind, self.match) and not (method and fnmatchcase(method, self.match)):
            return False
        if self.account and self.account != account:
            return False
        self.seen += 1
        if self.probability is not None:
            strikes = self._random.random() < self.probability
        elif self.nth is not None:
            strikes = self.seen == self.nth
        elif self.every is not None:
            strikes = self.seen % self.every == 0
        else:
            strikes = True
        if strikes and self.first is not None and self.struck >= self.first:
            strikes = False
        self.struck += strikes
        return strikes

    def document(self) -> Document:
        """How often it saw a call and struck."""
        return {"match": self.match, "seen": self.seen, "struck": self.struck}


class Faults:
    """The rules in force. Several may strike one call; a later one's effects go before an earlier one's."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []
        self._lock = threading.Lock()

    def add(self, documents: Sequence[Mapping[str, object]]) -> None:
        """Add rules given as {"match": …, "which": {"nth": 2}, "do": {"status": 503}, "account": …}.

        Raises:
            ValueError: one can not be understood.
        """
        rules = [_rule(one) for one in documents]
        with self._lock:
            self._rules += rules

    def clear(self) -> None:
        """No rules."""
        with self._lock:
            self._rules = []

    def strike(self, kind: str, method: str, account: str) -> Effects:
        """What goes wrong with a call."""
        if not self._rules:
            return Effects()
        effects = Effects()
        with self._lock:
            for rule in self._rules:
                if rule.strikes(kind, method, account):
                    for name, value in rule.effects.items():
                        setattr(effects, name, value)
        return effects

    def documents(self) -> list[Document]:
        """All rules, with how often they struck."""
        with self._lock:
            return [rule.document() for rule in self._rules]


def _rule(document: Mapping[str, object]) -> Rule:
    unknown = set(document) - {"match", "which", "do", "account"}
    which, effects = document.get("which", {}), document.get("do", {})
    if unknown or not isinstance(which, Mapping) or not isinstance(effects, Mapping) or not effects:
        raise ValueError(f"not a fault: {dict(document)}")
    if wrong := set(effects) - _EFFECTS | set(which) - {"nth", "every", "first", "probability", "seed"}:
        raise ValueError(f"unknown in a fault: {', '.join(sorted(wrong))}")
    rule = Rule(str(document["match"]), effects, str(document.get("account", "")), **which)
    rule._random = random.Random(rule.seed)
    return rule
