"""Files folded into lines: frames of one sequence in one state are one line for each run.

Pure, for the reader thread. Where a sequence has many runs in one state (every other frame is queued, say)
they are one line in all, so that ten thousand frames stay a few lines whatever their states.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import NamedTuple

from syncgui.model.status import Direction, Status

MOST_RUNS = 4
"""More runs than that of one sequence in one state are one line."""

_ORDER = (
    Status.FAILED,
    Status.IN_PROGRESS,
    Status.RETRYING,
    Status.QUEUED,
    Status.PAUSED,
    Status.NO_SOURCE,
    Status.NOT_REQUESTED,
    Status.NOT_ASKED,
    Status.SYNCED,
)
_RANK = {status: position for position, status in enumerate(_ORDER)}
_FRAME = re.compile(r"(.*?)([0-9]{1,15})((?:\.[^.]*[A-Za-z][^.]*){0,2})", re.DOTALL)
_DIGITS = re.compile(r"([0-9]{1,15})")


class Side(StrEnum):
    """What the record says of a file on one site."""

    PRESENT = auto()
    WANTED = auto()
    ABSENT = auto()


@dataclass(frozen=True, slots=True)
class FileFacts:
    """One file, before folding. `refused`: why its path is not followed, "" when it is."""

    name: str
    folder: str
    path: str
    size_bytes: int | None
    status: Status
    direction: Direction | None
    active: Side
    remote: Side
    error: str = ""
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A file, or `files` files of one sequence in one state. `error` is the first one's.

    The last `kept` characters of the name tell it from its like: frames and extension.
    """

    name: str
    kept: int
    files: int
    size_bytes: int | None
    status: Status
    direction: Direction | None
    active: Side
    remote: Side
    error: str = ""
    refused: str = ""


class _Sequence(NamedTuple):
    """What frames of one line have in common."""

    folder: str
    head: str
    tail: str
    status: Status
    direction: Direction | None
    active: Side
    remote: Side
    error: str
    refused: str


def fold(files: Iterable[FileFacts]) -> tuple[Line, ...]:
    """The lines for these files: by state in the order in which people care, then by name as people count."""
    sequences: dict[_Sequence, list[tuple[int, str, FileFacts]]] = {}
    lines: list[Line] = []
    for one in files:
        match = _FRAME.fullmatch(one.name)
        if match is None:
            lines.append(_line([one], printable(one.name), 0))
            continue
        sequences.setdefault(_sequence(one, match[1], match[3]), []).append((int(match[2]), match[2], one))
    for members in sequences.values():
        lines.extend(_runs(members))
    lines.sort(key=lambda line: (_RANK.get(line.status, len(_RANK)), natural_key(line.name)))
    return tuple(lines)


def natural_key(name: str) -> tuple[tuple[int, int | str], ...]:
    """A key that sorts "a9" before "a10", without case."""
    return tuple(
        (0, int(part)) if part.isascii() and part.isdigit() else (1, part.casefold())
        for part in _DIGITS.split(name)
        if part
    )


def printable(text: str) -> str:
    """A name as one line can show it."""
    return text if text.isprintable() else "".join(c if c.isprintable() else "\ufffd" for c in text)


def _sequence(one: FileFacts, head: str, tail: str) -> _Sequence:
    # Sentences name their file; without it those of one cause are equal.
    error = one.error.replace(one.path, "") if one.path else one.error
    refused = "refused" if one.refused else ""
    return _Sequence(
        one.folder, head, tail, one.status, one.direction, one.active, one.remote, error, refused
    )


def _runs(members: list[tuple[int, str, FileFacts]]) -> list[Line]:
    members.sort(key=lambda member: member[0])
    runs: list[list[tuple[int, str, FileFacts]]] = [[members[0]]]
    for before, member in itertools.pairwise(members):
        if member[0] == before[0] + 1:
            runs[-1].append(member)
        else:
            runs.append([member])
    if len(runs) > MOST_RUNS:
        runs = [members]
    return [_run_line(run) for run in runs]


def _run_line(run: list[tuple[int, str, FileFacts]]) -> Line:
    """ "name.1009-1079.exr": the digits as the names have them."""
    first, last = run[0], run[-1]
    match = _FRAME.fullmatch(first[2].name)
    assert match is not None
    frames = first[1] if len(run) == 1 else f"{first[1]}-{last[1]}"
    end = f"{frames}{match[3]}"
    return _line([facts for _, _, facts in run], printable(f"{match[1]}{end}"), len(end))


def _line(files: Sequence[FileFacts], name: str, kept: int) -> Line:
    first = files[0]
    sizes = [one.size_bytes for one in files if one.size_bytes is not None]
    return Line(
        name=name,
        kept=kept,
        files=len(files),
        size_bytes=sum(sizes) if sizes else None,
        status=first.status,
        direction=first.direction,
        active=first.active,
        remote=first.remote,
        error=first.error,
        refused=first.refused,
    )
