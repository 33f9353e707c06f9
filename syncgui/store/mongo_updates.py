"""Updates of one document by array filters, as plain values: no database here.

Every update names the files by `_id` and path and the form that their `sites` were decided in, and every
entry by what was decided on: what somebody changed meanwhile is not matched and stays as it is. An update
through the wrong form, or of two names for one entry, would fail a whole document, so no filter matches
an array where an object is meant and no two filters match one entry. What a filter looks at is written
last, or together with the rest: a server may look again after each field.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias, cast

import bson
from bson import ObjectId

from syncgui.model.edits import Claim, Outcome, Result
from syncgui.model.representation import Document, FileRef
from syncgui.store.bson_documents import OPTIONS

Condition: TypeAlias = Mapping[str, object]

MOST_CHANGES = 500
"""In one update: each costs the server a look at every file of the document."""
_MOST_BYTES = 4 * 1024 * 1024

_OPERATORS = ("$set", "$currentDate", "$inc", "$push", "$unset")  # in the order in which they are sent
_NO_ARRAY: Condition = {"$not": {"$type": "array"}}
_AN_ARRAY: Condition = {"$type": "array"}
_AN_OBJECT: Condition = {"$type": "object", **_NO_ARRAY}  # an array of objects would count as one, too
_COUNTABLE: Condition = {"$type": ["int", "long"], "$gte": 0, "$lt": 2**31}


@dataclass(frozen=True, slots=True)
class Update:
    """The operators of one update and its array filters."""

    operators: Mapping[str, Mapping[str, object]]
    filters: Sequence[Condition]


@dataclass(frozen=True, slots=True)
class Change:
    """One change of some `sites`, or of a whole file.

    Args:
        file: conditions on the file, by the path below it; "" for the file itself.
        entry: likewise on an entry of the list, None where all of `sites` or a keyed entry is meant.
        writes: operator, path below what is meant ("" for itself), value; in order.
        is_whole: the file is meant, not its `sites`.
    """

    file: Condition
    entry: Condition | None
    writes: Sequence[tuple[str, str, object]]
    is_whole: bool = False


def update_of(changes: Iterable[Change]) -> Update:
    """One update that makes all the changes. No two of them may match one entry."""
    operators: dict[str, dict[str, object]] = {}
    filters: list[Condition] = []
    for number, change in enumerate(changes):
        place = f"files.$[f{number}]" if change.is_whole else f"files.$[f{number}].sites"
        filters.append(_prefixed(f"f{number}", change.file))
        if change.entry is not None:
            place += f".$[s{number}]"
            filters.append(_prefixed(f"s{number}", change.entry))
        for operator, path, value in change.writes:
            operators.setdefault(operator, {})[f"{place}.{path}" if path else place] = value
    return Update({name: operators[name] for name in _OPERATORS if name in operators}, filters)


def updates_of(changes: Iterable[Change], most: int = MOST_CHANGES) -> Iterator[Update]:
    """The changes as updates of a size that a server bears."""
    part: list[Change] = []
    size_bytes = 0
    for change in changes:
        more_bytes = len(bson.encode({"": [change.file, change.entry, change.writes]}, codec_options=OPTIONS))
        if part and (len(part) == most or size_bytes + more_bytes > _MOST_BYTES):
            yield update_of(part)
            part, size_bytes = [], 0
        part.append(change)
        size_bytes += more_bytes
    if part:
        yield update_of(part)


def _prefixed(name: str, conditions: Condition) -> Condition:
    found: dict[str, object] = {}
    for path, condition in conditions.items():
        if path == "$or":
            found[path] = [_prefixed(name, cast("Condition", one)) for one in cast("list[object]", condition)]
        else:
            found[f"{name}.{path}" if path else name] = condition
    return found


# -- what can be asked for without having read the document --------------------------------------------


def claim_changes(claims: Iterable[Claim]) -> Iterator[Change]:
    """Leases on entries of form C that ask for their file and have no lease.

    Doubled entries count as one: if any of them may not be had, none is taken. What one claim has taken
    another of the same entry does not get. Other forms, leases of the dead and references that only a
    look into the document can resolve are left out.
    """
    seen: set[tuple[FileRef, str]] = set()
    for claim in claims:
        site = claim.target.site
        file = _file_by_reference(claim.target.file)
        if file is None or (claim.target.file, site) in seen:
            continue
        seen.add((claim.target.file, site))
        taken = {"name": site, "$or": [{"created_dt": {"$ne": None}}, {"lease": {"$ne": None}}]}
        yield Change(
            {**file, "sites": {**_AN_ARRAY, "$not": {"$elemMatch": taken}}},
            {"": _NO_ARRAY, "name": site, "created_dt": None, "lease": None},
            [("$set", "lease", claim.lease)],
        )


def result_changes(results: Iterable[Result], now: datetime) -> Iterator[Change]:
    """What `syncgui.model.edits.apply_result` does, to entries of form C; times are the server's.

    Entries whose `tries` can not be counted on are left out. `now` is the server's time, UTC.
    """
    seen: set[tuple[FileRef, str, str]] = set()
    for result in results:
        key = (result.target.file, result.target.site, result.lease)
        file = _file_by_reference(result.target.file)
        if file is None or key in seen:
            continue
        seen.add(key)
        entry: dict[str, object] = {"": _NO_ARRAY, "name": result.target.site, "lease": result.lease}
        if result.outcome is Outcome.FAILED and result.costs_try:
            entry["$or"] = [{"tries": {"$exists": False}}, {"tries": _COUNTABLE}]
        yield Change({**file, "sites": _AN_ARRAY}, entry, _writes_of(result, now))


def _writes_of(result: Result, now: datetime) -> list[tuple[str, str, object]]:
    if result.outcome is Outcome.MOVING:
        return [("$set", "progress", result.progress)]
    writes: list[tuple[str, str, object]] = []
    gone: list[str] = []
    if result.outcome is Outcome.DONE:
        writes.append(("$currentDate", "created_dt", True))
        for name, value in (("id", result.provider_id), ("checksum", result.checksum)):
            if value is None:
                gone.append(name)
            else:
                writes.append(("$set", name, value))
        gone += ["error", "tries", "last_failed_dt", "retry_at"]
    elif result.outcome is Outcome.FAILED:
        writes.append(("$set", "error", result.error))
        writes.append(("$currentDate", "last_failed_dt", True))
        if result.retry_after_s is None:
            gone.append("retry_at")
        else:
            writes.append(("$set", "retry_at", now + timedelta(seconds=result.retry_after_s)))
        if result.costs_try:
            writes.append(("$inc", "tries", 1))
    return writes + [("$unset", name, "") for name in (*gone, "progress", "lease")]


def _file_by_reference(ref: FileRef) -> dict[str, object] | None:
    """Conditions for the files that a reference means, None where only the document itself tells."""
    if ref.id is None:
        identifier: Condition = {"$eq": None}  # missing, or null
    elif not ref.path:
        return None
    else:
        identifier = {"$in": _identifiers(ref.id)}
    return {"path": {"$eq": ref.path, **_NO_ARRAY}, "_id": {**identifier, **_NO_ARRAY}, "": _NO_ARRAY}


def _identifiers(text: str) -> list[object]:
    if ObjectId.is_valid(text) and str(ObjectId(text)) == text:
        return [ObjectId(text), text]
    return [text]


# -- from what was read to what it is to be ------------------------------------------------------------


def document_changes(old: Document, new: Document) -> list[Change]:
    """What leads from a document as it was read to the same with other `sites` or other files, file by file.

    Each is guarded by the whole of the entry, of the `sites` or of the file that it replaces.
    """
    olds, news = old.get("files"), new.get("files")
    if not isinstance(olds, list) or not isinstance(news, list):
        return []
    doubled = Counter(_rough_key(one) for one in olds)
    found: dict[bytes, Change] = {}
    for was, now in zip(olds, news, strict=True):
        if not isinstance(was, Mapping) or not isinstance(now, Mapping) or _same(was, now):
            continue
        change = _file_change(was, now, alone=doubled[_rough_key(was)] == 1)
        # One file that is listed twice, the same each time, is one change: its filter matches both.
        found.setdefault(bson.encode({"": [change.file, change.entry]}, codec_options=OPTIONS), change)
    return list(found.values())


def _beside_sites(file: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in file.items() if key != "sites"}


def _rough_key(file: object) -> str:
    """Equal for files that one filter may match; for some that are different, too."""
    path = file.get("path") if isinstance(file, Mapping) else None
    identifier = file.get("_id") if isinstance(file, Mapping) else None
    return f"{path!s}\0{'' if isinstance(identifier, int | float) else identifier!s}"


def _file_change(was: Mapping[str, object], now: Mapping[str, object], *, alone: bool) -> Change:
    file: dict[str, object] = {
        "path": _equal_to(was.get("path")),
        "_id": _equal_to(was.get("_id")),
        "": _NO_ARRAY,
    }
    if not _same(_beside_sites(was), _beside_sites(now)):
        return Change({**file, "": _equal_to(was)}, None, [("$set", "", now)], is_whole=True)
    before, after = was.get("sites"), now.get("sites")
    change: Change | None = None
    if alone and isinstance(before, list) and isinstance(after, list):
        change = _list_change(file, before, after)
    elif alone and isinstance(before, Mapping) and isinstance(after, Mapping):
        change = _keyed_change(file, before, after)
    if change is not None:
        return change
    guard = _standing_as(before) if "sites" in was else {"$exists": False}
    return Change({**file, "sites": guard}, None, [("$set", "", after)])


def _list_change(file: Condition, before: Sequence[object], after: Sequence[object]) -> Change | None:
    """One entry changed or added; None if it is more than that."""
    if len(after) == len(before) + 1:
        entry = after[-1]
        name = entry.get("name") if isinstance(entry, Mapping) else None
        if not isinstance(name, str) or not _same(list(after[:-1]), list(before)):
            return None
        guard = {**_AN_ARRAY, "$ne": name, "$not": {"$elemMatch": {"name": name}}}
        return Change({**file, "sites": guard}, None, [("$push", "", entry)])
    changed = [(was, now) for was, now in zip(before, after, strict=False) if not _same(was, now)]
    if len(after) != len(before) or len(changed) != 1:
        return None
    ((was, now),) = changed
    if not isinstance(was, Mapping) or sum(_same(was, one) for one in before) != 1:
        return None
    return Change({**file, "sites": _AN_ARRAY}, {"": _equal_to(was)}, [("$set", "", now)])


def _keyed_change(
    file: Condition, before: Mapping[str, object], after: Mapping[str, object]
) -> Change | None:
    """One keyed entry changed or added; None if it is more, or can not be named in a path."""
    changed = [
        key
        for key in {**before, **after}
        if key not in before or key not in after or not _same(before[key], after[key])
    ]
    if len(changed) != 1:
        return None
    (key,) = changed
    if not key or "." in key or key.startswith("$") or key not in after:
        return None
    guard = _standing_as(before[key]) if key in before else {"$exists": False}
    return Change({**file, "sites": _AN_OBJECT, f"sites.{key}": guard}, None, [("$set", key, after[key])])


def _equal_to(value: object) -> Condition:
    """That something is this value, and no array that holds it."""
    if isinstance(value, list):
        return {"$eq": value, **_AN_ARRAY}
    return {"$eq": value, **_NO_ARRAY}


def _standing_as(value: object) -> Condition:
    """Likewise, and what is missing is not null."""
    return {"$type": "null"} if value is None else _equal_to(value)


def _same(one: object, other: object) -> bool:
    return bson.encode({"": one}, codec_options=OPTIONS) == bson.encode({"": other}, codec_options=OPTIONS)
