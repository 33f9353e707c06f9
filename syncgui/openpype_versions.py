"""Which of the settings that OpenPype keeps per version hold for the studio.

OpenPype 3 saves settings once per version of itself. A version reads its own, else those of the nearest
older one, else the ones from before there were versions, else those of the nearest newer one. Which
version the studio works with, its settings say, or the list of versions that were started. Pure: no I/O.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from syncgui.model.representation import Document

GLOBAL = "global_settings"
VERSIONS_ORDER = "versions_order"
VERSIONED = "_versioned"

_VERSION = re.compile(r"v?(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?:-([0-9A-Za-z.-]+))?(?:\+.*)?")

VersionKey = tuple[int, int, int, int, tuple[tuple[int, int, str], ...]]
"""Versions in the order of semver.org; a build does not count."""


def version_key(text: str) -> VersionKey | None:
    """Where a version stands in the order of versions; None if it is none."""
    match = _VERSION.fullmatch(text.strip())
    if match is None:
        return None
    major, minor, patch = (int(match[number]) for number in (1, 2, 3))
    if match[4] is None:
        return major, minor, patch, 1, ()
    parts = tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in match[4].split("."))
    return major, minor, patch, 0, parts


def version_in_use(documents: Sequence[Document]) -> str | None:
    """The version that the studio works with.

    The one that is set for production, else the newest that was started in production, else the newest
    that saved settings; None if no version saved any.
    """
    for document in documents:
        data = document.get("data")
        if document.get("type") == GLOBAL and isinstance(data, Mapping):
            named = data.get("production_version")
            if isinstance(named, str) and version_key(named) is not None:
                return named
    saved = [one for one in map(_version_of, documents) if one is not None]
    return _newest(_started(documents)) or _newest(saved)


def settings_in_use(
    documents: Sequence[Document], kind: str, in_use: str | None, *, project: str | None = None
) -> Document | None:
    """The document of a kind that a version reads.

    Args:
        kind: "system_settings" or "project_settings".
        in_use: the version.
        project: whose settings; None: those of all projects, or of the system.
    """
    concerned = [one for one in documents if _concerns(one, project)]
    legacy = next((one for one in concerned if one.get("type") == kind), None)
    saved: dict[str, Document] = {}
    for one in concerned:
        version = _version_of(one) if one.get("type") == kind + VERSIONED else None
        if version is not None:
            saved.setdefault(version, one)
    if in_use is None:
        return legacy
    if in_use in saved:
        return saved[in_use]
    started = set(_started(documents))
    others = {
        key: one
        for version, one in saved.items()
        if (key := version_key(version)) is not None and (not started or version in started)
    }
    limit = version_key(in_use)
    older = [key for key in others if limit is not None and key <= limit]
    if older:
        return others[max(older)]
    return legacy or (others[min(others)] if others else None)


def _concerns(document: Document, project: str | None) -> bool:
    named = document.get("project_name")
    if project is None:
        return document.get("is_default", True) is True and named is None
    return named == project


def _version_of(document: Document) -> str | None:
    version = document.get("version")
    return version if isinstance(version, str) and version_key(version) is not None else None


def _started(documents: Iterable[Document]) -> list[str]:
    """The versions that were started in production, as far as they are known."""
    for document in documents:
        listed = document.get("production_versions")
        if document.get("type") == VERSIONS_ORDER and isinstance(listed, list):
            return [one for one in listed if isinstance(one, str) and version_key(one) is not None]
    return []


def _newest(versions: Iterable[str]) -> str | None:
    known = {key: version for version in versions if (key := version_key(version)) is not None}
    return known[max(known)] if known else None
