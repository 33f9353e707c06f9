"""What the engine tells whoever listens: plain values, in batches, from the loop's thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from syncgui.engine.first_contact import HeldBack
from syncgui.engine.route import SyncedProject
from syncgui.model.status import Direction


@dataclass(frozen=True, slots=True)
class Moving:
    """How far a file is: bytes moved of its size. Sent a few times a second while it moves."""

    project: str
    path: str
    direction: Direction
    moved_bytes: int
    size_bytes: int
    representations: tuple[str, ...] = ()  # ids of those that get it with this transfer


@dataclass(frozen=True, slots=True)
class Done:
    """A file is on its site, verified and durable; its record follows at once."""

    project: str
    path: str
    site: str
    direction: Direction
    size_bytes: int
    copied: bool  # False: it was already there
    representations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Failed:
    """A file failed for a reason of its own."""

    project: str
    path: str
    site: str
    code: str
    sentence: str
    next_step: str
    costs_try: bool
    representations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recorded:
    """So many entries were recorded in the store."""

    project: str
    entries: int


@dataclass(frozen=True, slots=True)
class Trouble:
    """A site ("" for the database) does not work, or works again (sentence "")."""

    site: str
    code: str
    sentence: str
    next_step: str


@dataclass(frozen=True, slots=True)
class Idle:
    """A project is not synced, by its settings, or is synced again (sentence "")."""

    project: str
    sentence: str
    next_step: str


@dataclass(frozen=True, slots=True)
class Notice:
    """What a person should know though nothing is broken, by its code; sentence "": that is over."""

    code: str
    sentence: str
    next_step: str


@dataclass(frozen=True, slots=True)
class Paused:
    """This machine's pause changed: until then in epoch seconds, inf until resumed, None: not paused."""

    until: float | None


@dataclass(frozen=True, slots=True)
class Changed:
    """Representations of a project changed in the index."""

    project: str
    representations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Looking:
    """The projects that are not moved, or not wholly, until a person says so, by name; none: all are."""

    projects: Mapping[str, HeldBack]


@dataclass(frozen=True, slots=True)
class Reloaded:
    """The projects and sites that the loop works with from now on, by project."""

    projects: Mapping[str, SyncedProject]


Event: TypeAlias = (
    Moving | Done | Failed | Recorded | Trouble | Idle | Notice | Paused | Changed | Looking | Reloaded
)
Listener: TypeAlias = Callable[[Sequence[Event]], None]
