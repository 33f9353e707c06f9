"""`sites` of one file: three generations read into one form.

A: a list of names; a named site has the file. B: a mapping name -> entry. C: a list of entries with a
name. In B and C an entry without `created_dt` is the wish that the file be brought there. Doubled
entries of one site count as one. Odd values never raise: they are left out and named in `odd`.

Values are named tuples here: a scan of a large project makes millions, and a frozen dataclass takes five
times as long to make.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

DEFAULT_PRIORITY = 50


class Form(StrEnum):
    """The generation in which a file's `sites` were found."""

    ABSENT = "absent"
    NAMES = "names"
    MAPPING = "mapping"
    LIST = "list"
    ODD = "odd"


class SiteEntry(NamedTuple):
    """What the record says about one file on one site.

    `progress` is 0.0 to 1.0 and only given where it is believable; times are aware UTC; an entry with
    `created_dt` None and `present` True comes from form A, which knows no time.
    """

    name: str
    present: bool = False
    created_dt: datetime | None = None
    id: str | None = None
    progress: float | None = None
    error: str | None = None
    tries: int = 0
    last_failed_dt: datetime | None = None
    retry_at: datetime | None = None
    paused: bool = False
    paused_by: str | None = None
    priority: int = DEFAULT_PRIORITY
    lease: str | None = None
    checksum: str | None = None


class Sites(NamedTuple):
    """All entries of one file, by site name, and what was odd about them."""

    form: Form
    entries: Mapping[str, SiteEntry]
    odd: tuple[str, ...] = ()


def read_sites(value: object, *, published: datetime | None) -> Sites:
    """Read a file's `sites` in whatever form they are.

    Args:
        value: the value of the key `sites`, None if there is none.
        published: the time in the document's `_id`, which form A takes as `created_dt`.
    """
    if isinstance(value, list | tuple):
        return _read_list(value, published)
    if value is None:
        return Sites(Form.ABSENT, {})
    if isinstance(value, Mapping):
        return _read_mapping(value)
    return Sites(Form.ODD, {}, (f"sites is {_kind(value)}, not a list or a mapping",))


def _read_mapping(value: Mapping[object, object]) -> Sites:
    entries: dict[str, SiteEntry] = {}
    odd: list[str] = []
    for name, entry in value.items():
        if not isinstance(name, str) or not name:
            odd.append("a site without a name")
        elif entry is None:
            entries[name] = SiteEntry(name)
        elif isinstance(entry, Mapping):
            entries[name] = _read_entry(name, entry)
        else:
            odd.append(f"the entry of site {name} is {_kind(entry)}")
    return Sites(Form.MAPPING, entries, tuple(odd))


def _read_list(value: Iterable[object], published: datetime | None) -> Sites:
    entries: dict[str, SiteEntry] = {}
    odd: list[str] = []
    named = False
    for entry in value:
        if isinstance(entry, str) and entry:
            named = True
            found = SiteEntry(entry, present=True, created_dt=published)
        elif type(entry) is dict or isinstance(entry, Mapping):  # the second asks an ABC: slow
            name = entry.get("name")
            if not isinstance(name, str) or not name:
                odd.append("a site entry without a name")
                continue
            found = _read_entry(name, entry)
        else:
            odd.append(f"a site entry is {_kind(entry)}")
            continue
        known = entries.get(found.name)
        entries[found.name] = _merge(known, found) if known else found
    return Sites(Form.NAMES if named else Form.LIST, entries, tuple(odd))


def _read_entry(name: str, entry: Mapping[object, object]) -> SiteEntry:
    # Nearly all entries of a long project are a skeleton or have their `created_dt` alone: worth a short
    # way. In form B the keys that an entry has may be any, in form C one of them is the name.
    created = entry.get("created_dt")
    if len(entry) <= ("name" in entry) + ("created_dt" in entry):
        return SiteEntry(name) if created is None else SiteEntry(name, True, _time(created))
    return SiteEntry(
        name=name,
        present=created is not None,
        created_dt=_time(created),
        id=_text(entry.get("id")),
        progress=_progress(entry.get("progress")),
        error=_text(entry.get("error")),
        tries=_count(entry.get("tries")),
        last_failed_dt=_time(entry.get("last_failed_dt")),
        retry_at=_time(entry.get("retry_at")),
        paused=entry.get("paused") is True,
        paused_by=_text(entry.get("paused_by")),
        priority=_priority(entry.get("priority")),
        lease=_text(entry.get("lease")),
        checksum=_text(entry.get("checksum")),
    )


def _merge(one: SiteEntry, other: SiteEntry) -> SiteEntry:
    """Doubled entries count as one: present if any is, the most tries, the highest priority."""
    present = one if one.present or not other.present else other
    failed = one if one.tries >= other.tries else other
    return SiteEntry(
        name=one.name,
        present=present.present,
        created_dt=present.created_dt,
        id=present.id or one.id or other.id,
        progress=one.progress if one.progress is not None else other.progress,
        error=failed.error or one.error or other.error,
        tries=failed.tries,
        last_failed_dt=failed.last_failed_dt or one.last_failed_dt or other.last_failed_dt,
        retry_at=failed.retry_at or one.retry_at or other.retry_at,
        paused=one.paused or other.paused,
        paused_by=one.paused_by or other.paused_by,
        priority=max(one.priority, other.priority),
        lease=one.lease or other.lease,
        checksum=present.checksum,
    )


def _kind(value: object) -> str:
    return {str: "a text", int: "a number", float: "a number", bool: "true or false"}.get(
        type(value), f"of type {type(value).__name__}"
    )


def _text(value: object) -> str | None:
    if value is None or value == "":
        return None
    return value if isinstance(value, str) else str(value)


def _time(value: object) -> datetime | None:
    if not isinstance(value, datetime):
        return None
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


def _count(value: object) -> int:
    number = _number(value)
    return int(number) if number is not None and number > 0 else 0


def _priority(value: object) -> int:
    number = _number(value)
    return min(1000, max(1, int(number))) if number is not None else DEFAULT_PRIORITY


def _progress(value: object) -> float | None:
    number = _number(value)
    return number if number is not None and 0.0 <= number <= 1.0 else None
