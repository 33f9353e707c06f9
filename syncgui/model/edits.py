"""What an edit changes in a document: claim, record, failure, release, and what a person asks for.

Every function takes one file's mapping, decoded and mutable, and changes only the entries of the one
site it is told, in the form in which they were found. Two changes of form exist: names become entries
when more than "is here" must be said, and a mapping becomes a list when the site's name can not be a
key. The answer says whether anything was changed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from syncgui.model.representation import FileRef, Files
from syncgui.model.sites import DEFAULT_PRIORITY

MutableDocument: TypeAlias = MutableMapping[str, object]
Entry: TypeAlias = MutableMapping[str, object]

DOWNLOAD_PRIORITY = 90

OF_TRIES = ("tries", "error", "last_failed_dt", "retry_at", "progress", "lease")
_MOST_TRIES = 2**31
_AFTER_SUCCESS = ("lease", "error", "tries", "last_failed_dt", "progress", "retry_at")


class Outcome(StrEnum):
    """How a transfer ended, for its entry; or how far it is."""

    DONE = "done"
    FAILED = "failed"
    RELEASED = "released"
    MOVING = "moving"


@dataclass(frozen=True, slots=True)
class Target:
    """One entry: a file of a representation on a site. `representation` is the text of its id."""

    representation: str
    file: FileRef
    site: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A wish to have an entry, under a lease of ours."""

    target: Target
    lease: str


@dataclass(frozen=True, slots=True)
class Result:
    """What to write about an entry that carries `lease`.

    Args:
        target: the entry.
        lease: ours, as claimed; an entry with another lease is left as it is.
        outcome: done, failed, released, or moving, which keeps the lease.
        provider_id: the id under which the site's provider knows the file (done).
        checksum: "algorithm:hex" of what was sent, None where nothing was hashed (done).
        error: the sentence (failed).
        costs_try: whether the failure counts (failed).
        retry_after_s: seconds until it may be tried again, None for at once (failed).
        progress: how much of it is there, 0.0 to 1.0 (moving).
    """

    target: Target
    lease: str
    outcome: Outcome
    provider_id: str | None = None
    checksum: str | None = None
    error: str = ""
    costs_try: bool = False
    retry_after_s: float | None = None
    progress: float | None = None


class Wish(StrEnum):
    """What a person can ask of entries."""

    RETRY = "retry"
    SYNC_AGAIN = "sync_again"
    PAUSE = "pause"
    RESUME = "resume"
    ADD = "add"
    SET_PRIORITY = "set_priority"
    ACCEPT = "accept"


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What a person saw of a file that is not as recorded, and says is right.

    Args:
        recorded_bytes: the size that the record had; with another one by now nothing is changed.
        size_bytes: the size that the file has.
        hash: what a publishing tool would record as the file's `hash`.
        keeps: other names of the storage on which it lies.
    """

    recorded_bytes: int
    size_bytes: int
    hash: str
    keeps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Edit:
    """A person's edit of one entry. `value`: the user's name for pause, the priority for add and set.

    To accept a file as it is concerns all its entries; the target's site is the one on which it lies.
    """

    target: Target
    wish: Wish
    value: str | int | None = None
    present_since: datetime | None = None  # add: the file lies there already, since then
    acceptance: Acceptance | None = None


def may_claim(entry: Entry, is_free: Callable[[str], bool]) -> bool:
    """Whether an entry asks for its file and nobody has it."""
    if entry.get("created_dt") is not None:
        return False
    lease = entry.get("lease")
    return lease is None or is_free(str(lease))


def claim(file: MutableDocument, site: str, lease: str, is_free: Callable[[str], bool]) -> bool:
    """Set the lease on the site's entries, if all of them may be claimed."""
    found = entries(file, site)
    if not found or not all(may_claim(entry, is_free) for entry in found):
        return False
    for entry in writable_entries(file, site):
        entry["lease"] = lease
    return True


def apply_result(file: MutableDocument, result: Result, now: datetime, retry_at: datetime | None) -> bool:
    """Write a result into the entries that carry its lease."""
    ours = [one for one in entries(file, result.target.site) if one.get("lease") == result.lease]
    for entry in ours:
        if result.outcome is Outcome.DONE:
            entry["created_dt"] = now
            _set(entry, "id", result.provider_id)
            _set(entry, "checksum", result.checksum)
            unset(entry, _AFTER_SUCCESS)
        elif result.outcome is Outcome.FAILED:
            entry["error"] = result.error
            entry["last_failed_dt"] = now
            _set(entry, "retry_at", retry_at)
            if result.costs_try:
                entry["tries"] = _count(entry.get("tries")) + 1
            unset(entry, ("lease", "progress"))
        elif result.outcome is Outcome.MOVING:
            _set(entry, "progress", result.progress)
        else:
            unset(entry, ("lease", "progress"))
    return bool(ours)


def apply_edit(file: MutableDocument, edit: Edit, is_free: Callable[[str], bool]) -> bool:
    """Do what a person asked for; True if the document changed.

    Args:
        is_free: whether a lease is nobody's any more. What a live worker is at is no failure to retry.
    """
    site = edit.target.site
    if edit.wish is Wish.ACCEPT:
        return False  # it concerns more than an entry: `syncgui.model.accepting`
    if edit.wish is Wish.ADD:
        return _add(file, edit)
    if edit.wish is Wish.PAUSE:
        return change_entries(file, site, lambda entry: _pause(entry, edit.value))
    if edit.wish is Wish.RESUME:
        return change_entries(file, site, lambda entry: unset(entry, ("paused", "paused_by")))
    if edit.wish is Wish.RETRY:
        return change_entries(file, site, lambda entry: may_claim(entry, is_free) and unset(entry, OF_TRIES))
    if edit.wish is Wish.SYNC_AGAIN:
        return change_entries(file, site, lambda entry: unset(entry, (*OF_TRIES, "created_dt", "checksum")))
    return change_entries(file, site, lambda entry: _set_changed(entry, "priority", edit.value))


def entries(file: MutableDocument, site: str) -> list[Entry]:
    """The site's entries as they are, doubled ones included; nothing is changed.

    A skeleton that form B writes as null is given as an empty entry that is not part of the document.
    """
    sites = file.get("sites")
    if isinstance(sites, MutableMapping):
        if site not in sites:
            return []
        entry = sites[site]
        if entry is None:
            return [{}]
        return [entry] if isinstance(entry, MutableMapping) else []
    if isinstance(sites, list):
        return [one for one in sites if isinstance(one, MutableMapping) and one.get("name") == site]
    return []


def writable_entries(file: MutableDocument, site: str) -> list[Entry]:
    """The site's entries, in a form that can hold what is to be written."""
    sites = file.get("sites")
    if isinstance(sites, MutableMapping):
        if "." in site or site.startswith("$"):
            file["sites"] = _mapping_as_list(sites)
        elif site in sites and sites[site] is None:
            sites[site] = {}
    return entries(file, site)


def find_files(document: MutableDocument, ref: FileRef) -> list[MutableDocument]:
    """The files of a document that one reference means; for several, ask `Files`."""
    return list(Files(document).meant(ref))


def names_as_entries(file: MutableDocument, published: datetime | None) -> None:
    """Turn form A into form C: each named site keeps its presence."""
    sites = file.get("sites")
    if isinstance(sites, list):
        file["sites"] = [
            {"name": one, "created_dt": published} if isinstance(one, str) else one for one in sites
        ]


def _mapping_as_list(sites: MutableMapping[str, object]) -> list[object]:
    return [_as_listed(name, entry) for name, entry in sites.items()]


def _as_listed(name: str, entry: object) -> dict[str, object]:
    if entry is None:
        return {"name": name}
    if not isinstance(entry, MutableMapping):
        return {name: entry}  # odd, so no entry of any site before or after; kept for whoever wrote it
    return {"name": name, **{key: value for key, value in entry.items() if key != "name"}}


def _add(file: MutableDocument, edit: Edit) -> bool:
    site = edit.target.site
    if entries(file, site) or site in _names(file):
        return False
    entry: dict[str, object] = {}
    if edit.present_since is not None:
        entry["created_dt"] = edit.present_since
    elif isinstance(edit.value, int) and edit.value != DEFAULT_PRIORITY:
        entry["priority"] = edit.value
    sites = file.get("sites")
    if isinstance(sites, MutableMapping) and not ("." in site or site.startswith("$")):
        sites[site] = entry
    elif isinstance(sites, MutableMapping):
        file["sites"] = [*_mapping_as_list(sites), {"name": site, **entry}]
    elif isinstance(sites, list):
        sites.append({"name": site, **entry})
    elif sites is None:
        file["sites"] = [{"name": site, **entry}]
    else:
        return False  # an odd value is somebody's, and stays
    return True


def _names(file: MutableDocument) -> list[object]:
    sites = file.get("sites")
    return [one for one in sites if isinstance(one, str)] if isinstance(sites, list) else []


def change_entries(file: MutableDocument, site: str, change: Callable[[Entry], bool]) -> bool:
    """Change a site's entries, in a form that can hold it; whether that changed anything."""
    # On copies first: what changes nothing leaves the form as it is, too.
    if not any([change(dict(entry)) for entry in entries(file, site)]):
        return False
    return any([change(entry) for entry in writable_entries(file, site)])


def _pause(entry: Entry, user: str | int | None) -> bool:
    if entry.get("created_dt") is not None or entry.get("paused") is True:
        return False
    entry["paused"] = True
    _set(entry, "paused_by", user)
    return True


def _set(entry: Entry, key: str, value: object) -> None:
    if value is None:
        entry.pop(key, None)
    else:
        entry[key] = value


def _set_changed(entry: Entry, key: str, value: object) -> bool:
    changed = entry.get(key) != value
    _set(entry, key, value)
    return changed


def unset(entry: Entry, keys: tuple[str, ...]) -> bool:
    """Remove fields; whether there was any."""
    return any([entry.pop(key, _MISSING) is not _MISSING for key in keys])


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return 0
    return min(max(0, int(value)), _MOST_TRIES)


_MISSING = object()
