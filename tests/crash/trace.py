"""Reads what strace wrote: which thread made which call about which file of the studio.

Only calls about the sites, the database, the state file and the workers' locks are kept, and only what a
thread did after it said its name. A call counts from its beginning, so unfinished ones are calls too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

WRITES = frozenset({"write", "writev", "pwrite64", "pwritev", "copy_file_range", "sendfile", "ftruncate"})
FLUSHES = frozenset({"fsync", "fdatasync", "syncfs"})
RENAMES = frozenset({"rename", "renameat", "renameat2", "link", "linkat"})
REMOVALS = frozenset({"unlink", "unlinkat", "rmdir"})
FOLDERS = frozenset({"mkdir", "mkdirat"})
OPENINGS = frozenset({"open", "openat", "openat2", "creat"})
CALLS = WRITES | FLUSHES | RENAMES | REMOVALS | FOLDERS | OPENINGS

_BY_DESCRIPTOR = WRITES | FLUSHES
_LINE = re.compile(r"(?:(\d+) +)?(\w+)\((.*)")
_SAID = re.compile(r'\d+<[^>]*>, "thread (\S+) \d+\\n"')
_DESCRIPTOR = re.compile(r"\d+<([^>]*)>")
_TEXT = re.compile(r'"([^"]*)"')
_RESULT = re.compile(r"\) += ")
_SCOPE = re.compile(r"sites/.*|sites|db\.sqlite.*|home/state/state\.sqlite.*")


@dataclass(frozen=True, slots=True)
class Call:
    """One system call.

    `paths` are all that it names, those of open descriptors and whole ones in its arguments, relative to
    the studio; `names` are names below an open folder; `creates` that an open may make the file.
    """

    thread: str
    name: str
    paths: tuple[str, ...]
    names: tuple[str, ...] = ()
    creates: bool = False

    @property
    def path(self) -> str:
        """What the call is found again by: strace selects it by each of its paths."""
        return self.paths[0]

    def __str__(self) -> str:
        where = " > ".join(dict.fromkeys(self.paths))
        names = f" ({' > '.join(self.names)})" if self.names else ""
        return f"{self.name} {where}{names}"


def read_trace(lines: Iterable[str], folder: Path, *, thread: str | None = None) -> list[Call]:
    """The calls that matter, in their order.

    Args:
        lines: what `strace -y` wrote.
        folder: the studio's.
        thread: whose trace it is; None for one of `strace -f` from the program's beginning.
    """
    names: dict[str | None, str] = {} if thread is None else {None: thread}
    calls: list[Call] = []
    for line in lines:
        match = _LINE.match(line)
        if match is None or match[2] not in CALLS:
            continue
        said = _SAID.match(match[3]) if match[2] == "write" else None
        if said is not None:
            names[match[1]] = said[1]
        elif match[1] in names:
            call = _call(names[match[1]], match[2], match[3], f"{folder}/")
            if call is not None:
                calls.append(call)
    return calls


def _call(thread: str, name: str, rest: str, folder: str) -> Call | None:
    if name in _BY_DESCRIPTOR and name not in ("copy_file_range", "sendfile"):
        first = _DESCRIPTOR.match(rest)  # what follows is data, which may look like anything
        found = [first[1]] if first else []
        texts: list[str] = []
    else:
        arguments = _RESULT.split(rest, maxsplit=1)[0]
        found = _DESCRIPTOR.findall(arguments)
        texts = _TEXT.findall(arguments)
    whole = [text for text in texts if text.startswith("/")]
    paths = tuple(path.removeprefix(folder) for path in (*found, *whole) if path.startswith(folder))
    if not paths or not all(_SCOPE.fullmatch(path) for path in paths) or paths[0].endswith("-shm"):
        return None  # the -shm file is memory that two processes share; it is made anew after a crash
    parts = tuple(text for text in texts if not text.startswith("/"))
    return Call(thread, name, paths, parts, creates="O_CREAT" in rest or name == "creat")
