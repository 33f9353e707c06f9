r"""Where a recorded path leads: below which root, by which names, and never out of it.

`path` in a record starts with `{root}` or `{root[NAME]}`; `\` separates like `/` on every system.
Absolute paths of publishers that found no root are read as the known root that they lie under.
Everything else is refused with a sentence. No `str.format` is used: a template reaches no attribute.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from syncgui.model.errors import NameRefusedError, PathRefusedError, RootUnknownError

ONLY_ROOT = ""
"""The name of the root in `{root}`."""

_ROOT = re.compile(r"\{root(?:\[([^\[\]{}!:.]+)\])?\}(.*)", re.DOTALL)
_LOOKS_LIKE_ROOT = re.compile(r"\{\s*root\b")
_DRIVE = re.compile(r"[A-Za-z]:")
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|conin\$|conout\$|com[1-9¹²³]|lpt[1-9¹²³]) *(\..*)?")
_WINDOWS_FORBIDDEN = frozenset('<>:"/\\|?*') | {chr(code) for code in range(32)}


class PlacedPath(NamedTuple):  # as `model.sites`, for its speed
    """A path below a root: the root's name as the record has it, and the names that lead to the file."""

    root_name: str
    parts: tuple[str, ...]

    @property
    def key(self) -> str:
        """One text for all spellings of the path; what is listed twice is moved once."""
        return "/".join((f"{{{self.root_name}}}", *self.parts))

    @property
    def name(self) -> str:
        """The file's own name."""
        return self.parts[-1]


def place(path: str, known_roots: Mapping[str, Iterable[str]]) -> PlacedPath:
    """Read a recorded path.

    Args:
        path: as the record has it.
        known_roots: for absolute paths: root name to every folder, of any platform and site, that is
            known to be that root.

    Raises:
        PathRefusedError: the path is none that may be followed.
    """
    text = path.replace("\\", "/")
    if "\0" in text:
        raise PathRefusedError(path=_shown(path), detail="it holds a NUL character")
    match = _ROOT.fullmatch(text)
    if match:
        rest = match[2]
        if rest and not rest.startswith("/"):
            raise PathRefusedError(path=_shown(path), detail="its root is not followed by a separator")
        return PlacedPath(match[1] or ONLY_ROOT, _parts(rest, path))
    if _LOOKS_LIKE_ROOT.match(text):
        raise PathRefusedError(path=_shown(path), detail="its root is neither {root} nor {root[NAME]}")
    if text.startswith("/") or _DRIVE.match(text):
        return _place_absolute(text, path, known_roots)
    raise PathRefusedError(path=_shown(path), detail="it does not start with a root")


def root_folder(placed: PlacedPath, roots: Mapping[str, str], *, site: str) -> tuple[str, str]:
    """The site's own root for a path: its name in the site's settings, and its folder.

    A site with one root serves `{root}` with it, and one whose single root has no name serves any.

    Raises:
        RootUnknownError: the site has no such root.
    """
    for name in (placed.root_name, ONLY_ROOT):
        if name in roots:
            return name, roots[name]
    if placed.root_name == ONLY_ROOT and len(roots) == 1:
        return next(iter(roots.items()))
    raise RootUnknownError(site=site, path=placed.key, detail=placed.root_name)


def refuse_for_windows(parts: Iterable[str], *, site: str, path: str) -> None:
    """Refuse names that a Windows disk, or a share of one, can not hold.

    Args:
        parts: the names that lead to a file, none of them empty.
        site: the site's name, for the sentence.
        path: as the record has it, for the sentence.

    Raises:
        NameRefusedError: a reserved name, a forbidden character, a trailing dot or space.
    """
    for part in parts:
        if reason := _why_not_on_windows(part):
            raise NameRefusedError(site=site, path=_shown(path), detail=f"{part!r} {reason}")


def path_key(path: str, known_roots: Mapping[str, Iterable[str]]) -> str:
    """`PlacedPath.key`, or the path itself where it is refused."""
    try:
        return place(path, known_roots).key
    except PathRefusedError:
        return path


def _why_not_on_windows(part: str) -> str:
    if _RESERVED.fullmatch(part.rstrip(". ")):
        return "is a reserved name of Windows"
    if part[-1] in ". ":
        return f"ends with a {'dot' if part[-1] == '.' else 'space'}, which Windows drops"
    forbidden = sorted(_WINDOWS_FORBIDDEN.intersection(part))
    return f"holds {forbidden[0]!r}, which no name may on Windows" if forbidden else ""


def _parts(rest: str, path: str) -> tuple[str, ...]:
    parts = tuple(part for part in rest.split("/") if part)
    if not parts:
        raise PathRefusedError(path=_shown(path), detail="it names a root and no file")
    for part in parts:
        if part in (".", ".."):
            raise PathRefusedError(path=_shown(path), detail=f"it holds {part!r}")
        if part[-1] == ":" and _DRIVE.fullmatch(part):
            raise PathRefusedError(path=_shown(path), detail=f"it holds the drive {part}")
    return parts


def _place_absolute(text: str, path: str, known_roots: Mapping[str, Iterable[str]]) -> PlacedPath:
    best: tuple[int, str] | None = None
    for name, folders in known_roots.items():
        for folder in folders:
            root = folder.replace("\\", "/").rstrip("/")
            if not root:
                continue
            head = text[: len(root)]
            same = head.casefold() == root.casefold() if _is_windows(root) else head == root
            inside = same and text[len(root) : len(root) + 1] == "/"
            if inside and (best is None or len(root) > best[0]):
                best = (len(root), name)
    if best is None:
        raise PathRefusedError(path=_shown(path), detail="it is absolute and lies under no known root")
    return PlacedPath(best[1], _parts(text[best[0] :], path))


def _is_windows(root: str) -> bool:
    return bool(_DRIVE.match(root)) or root.startswith("//")


def _shown(path: str) -> str:
    """The path as a message may show it."""
    return repr(path) if not path.isprintable() or not path else path
