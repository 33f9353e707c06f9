"""Bringing values from elsewhere into settings files that may exist already.

First a plan, which touches nothing and says what would change; then the writing, atomic per file. What
stands in a file and is not named stays. A file that is changed is kept beside it as `.bak1`, `.bak2`, …;
one that can not be read, or that somebody changed since the plan, is not written.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from syncgui.settings.atomic_file import write_text_atomically
from syncgui.settings.files import read_json
from syncgui.settings.layers import SERVER
from syncgui.settings.node import Node, doubled_problems, locate, merge
from syncgui.settings.problems import SettingsError, describe, printable
from syncgui.settings.vocabulary import CONFIG_KEYS

_ACTIVE_NAMES = ("publish_site", "active_site")
_MODE = 0o644  # settings of a studio are read by everybody


@dataclass(frozen=True, slots=True)
class Change:
    """One value that a file will have: as it may be shown. `old` is "" where there was none."""

    key: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class FilePlan:
    """What will become of one file.

    Args:
        path: the file.
        before: its bytes as they were when this was planned, None if it is not there.
        text: its whole new content.
        changes: nothing but new values, or also some in the place of others.
    """

    path: Path
    before: bytes | None = field(repr=False)
    text: str = field(repr=False)
    changes: tuple[Change, ...] = ()

    @property
    def replaces(self) -> bool:
        """Whether a value that stands there gives way to another one."""
        return any(one.old for one in self.changes)


def plan_server(path: Path, server: Mapping[str, object]) -> FilePlan:
    """Plan to lay values over the `sync_server` of a settings file.

    Raises:
        SettingsError: the file is there and can not be read.
    """
    before, content = _read(path)
    given = content.get(SERVER)
    old = _one_form(given, _named(server)) if isinstance(given, Mapping) else given
    content[SERVER] = _laid(old, server, path)
    return _planned(path, before, content)


def plan_content(path: Path, values: Mapping[str, object]) -> FilePlan:
    """Plan to lay values over all that a file holds.

    Raises:
        SettingsError: the file is there and can not be read.
    """
    before, content = _read(path)
    laid = _laid(content, values, path)
    return _planned(path, before, dict(laid) if isinstance(laid, Mapping) else {})


def write_planned(plan: FilePlan) -> Path | None:
    """Write a file as planned; gives where the one that it replaces is kept.

    Raises:
        SettingsError: it changed since, or can not be written; it is as it was.
    """
    try:
        kept = keep_old(plan)
        mode = _MODE if kept is None else plan.path.stat().st_mode & 0o777
        write_text_atomically(plan.path, plan.text, mode=mode)
    except OSError as error:
        words = error.strerror or type(error).__name__
        raise SettingsError(f"{plan.path} can not be written: {words}. Check its rights.") from error
    return kept


def keep_old(plan: FilePlan) -> Path | None:
    """Keep the file that is to be replaced under a free name beside it; None if there is none.

    Raises:
        SettingsError: it changed since the plan.
        OSError: it can not be kept.
    """
    try:
        now = plan.path.read_bytes()
    except FileNotFoundError:
        now = None
    if now != plan.before:
        raise SettingsError(f"{plan.path} was changed by somebody else at this moment. Try again.")
    if now is None:
        return None
    mode = plan.path.stat().st_mode & 0o777
    number = 1
    while True:
        kept = plan.path.with_name(f"{plan.path.name}.bak{number}")
        try:
            descriptor = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        except FileExistsError:
            number += 1
            continue
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(now)
            stream.flush()
            os.fsync(stream.fileno())
        return kept


def _read(path: Path) -> tuple[bytes | None, dict[str, object]]:
    file = read_json(path)
    if file.missing:
        return None, {}
    problem = file.problem or next(doubled_problems(locate(file.content, str(path), "")), None)
    if problem is not None or file.content is None:
        why = problem.sentence if problem else str(path)
        raise SettingsError(f"Nothing was changed, for what stands there would be lost: {why}")
    return path.read_bytes(), dict(file.content)


def _planned(path: Path, before: bytes | None, content: dict[str, object]) -> FilePlan:
    _, old = _read(path)
    changes = tuple(_changes(locate(old, str(path), ""), locate(content, str(path), "")))
    return FilePlan(path, before, json.dumps(content, indent=2) + "\n", changes)


def _laid(old: object, new: object, path: Path) -> object:
    if old is None:
        return new
    return merge(locate(old, str(path), ""), locate(new, str(path), "")).plain()


def _named(server: Mapping[str, object]) -> Collection[str]:
    """The keys of `config` that are to be set, under all their names."""
    config = server.get("config")
    named = set(config) & CONFIG_KEYS if isinstance(config, Mapping) else set()
    return named.union(_ACTIVE_NAMES) if named.intersection(_ACTIVE_NAMES) else named


def _one_form(server: Mapping[str, object], named: Collection[str]) -> dict[str, object]:
    """`sync_server` without what a new `config` would contradict: the flat form, the other name."""
    found = {key: value for key, value in server.items() if key not in named}
    config = server.get("config")
    if isinstance(config, Mapping) and "active_site" in named:
        found["config"] = {key: value for key, value in config.items() if key != "active_site"}
    return found


def _changes(old: Node, new: Node) -> Iterator[Change]:
    """The single values that differ, those that go included."""
    before = {} if old.children is None else dict(old.children)
    after = {} if new.children is None else dict(new.children)
    if old.children is None or new.children is None:
        if old.plain() != new.plain():
            yield Change(new.key, _shown(old), _shown(new))
        return
    for name, node in after.items():
        if name in before:
            yield from _changes(before[name], node)
        else:
            yield from (Change(one.key, "", _shown(one)) for one in _single(node))
    for name, node in before.items():
        if name not in after:
            yield from (Change(one.key, _shown(one), "nothing") for one in _single(node))


def _single(node: Node) -> Iterator[Node]:
    if not node.children:
        yield node
        return
    for child in node.children.values():
        yield from _single(child)


def _shown(node: Node) -> str:
    value = node.value
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return "[" + ", ".join(describe(one, node.key) for one in value) + "]"
    return describe({} if node.children is not None else value, printable(node.key))
