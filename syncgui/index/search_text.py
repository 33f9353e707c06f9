"""The text that a row is found by, and what a person's words mean in it.

Plain text, without case, words ANDed. File names of a sequence stand folded, `name.####.exr`, so a word
with a frame number is looked for in both spellings, and a path also as its folder and its name.
Backslashes count as slashes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from syncgui.model.errors import PathRefusedError
from syncgui.model.paths import place

Alternatives: TypeAlias = list[tuple[str, ...]]
"""Ways to have a word: the texts that must all be there."""

_FRAME = re.compile(r"([._])\d+(\.[^./]+)$")
_ABSOLUTE = re.compile(r"[A-Za-z]:[\\/]|[\\/]")
_MOST_FOLDERS = 40
_FOLD = "####"


def fold_names(names: Iterable[str]) -> list[str]:
    """File names in their order, each sequence as one name; what is alone keeps its number."""
    names = list(names)
    if len(names) < 2:
        return names
    folded: dict[str, list[str]] = {}
    for name in names:
        folded.setdefault(_folded(name), []).append(name)
    return [fold if len(set(members)) > 1 else members[0] for fold, members in folded.items()]


def search_text(parts: Iterable[str]) -> str:
    """One text of all parts, ready to be searched; equal parts stand once."""
    return _plain("\n".join(dict.fromkeys(part for part in parts if part)))


def search_words(search: str, known_roots: Mapping[str, Iterable[str]]) -> list[Alternatives]:
    """What a row must have to be found: of each word one of its alternatives, all texts of it.

    A path as any system writes it is one word, read with `known_roots` as a record's path is; one under
    a root that nobody named is looked for by its end.
    """
    text = search.strip().strip("\"'")
    try:
        words = [_plain(place(text, known_roots).key)]
    except PathRefusedError:
        if _ABSOLUTE.match(text):
            return [_ends(_plain(text))]
        words = _plain(search).split()
    return [_alternatives(word) for word in dict.fromkeys(words)]


def _ends(path: str) -> Alternatives:
    """Every way to read a path whose first folders are a root somewhere else."""
    parts = [part for part in path.split("/") if part]
    found: Alternatives = []
    for first in range(min(len(parts) - 1, _MOST_FOLDERS)):
        found.extend(_alternatives("/".join(parts[first:])))
    return found or _alternatives(path)


def _alternatives(word: str) -> Alternatives:
    folder, _, name = word.rpartition("/")
    spellings = dict.fromkeys((name, _folded(name)))
    whole = dict.fromkeys((word, _folded(word)))
    found: list[tuple[str, ...]] = [(one,) for one in whole]
    if folder and "." in name:
        found.extend((folder, one) for one in spellings)
    return found


def _folded(name: str) -> str:
    """A name without its frame number; `re.sub` with a template takes three times as long."""
    match = _FRAME.search(name)
    return name if match is None else f"{name[: match.start(1)]}{match[1]}{_FOLD}{match[2]}"


def _plain(text: str) -> str:
    return text.replace("\\", "/").casefold()
