"""Whatever a document holds: no call fails, and what was not to be changed stays bit for bit."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import bson
import pytest
from bson import Binary, Code, Decimal128, Int64, ObjectId
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncgui.model.edits import Claim, Edit, Outcome, Result, Target, Wish
from syncgui.model.representation import Document, FileRef, Files, file_ref
from syncgui.store.bson_documents import read_body
from syncgui.store.sqlite_store import SqliteStore

SITES = ("studio", "gdrive", "my.site", "$odd")
SITE_FIELDS = ("name", "created_dt", "id", "progress", "error", "tries", "lease", "paused", "theirs")
OUR_FIELDS = (frozenset(SITE_FIELDS) - {"name", "theirs"}) | frozenset(
    ("retry_at", "last_failed_dt", "priority", "paused_by", "checksum")
)

texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)
values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(-5, 5).map(Int64),
    st.floats(),
    texts,
    st.binary(max_size=4),
    st.binary(max_size=4).map(lambda one: Binary(one, 5)),
    st.sampled_from([Decimal128("1.10"), Code("x"), bson.DatetimeMS(2**60), ObjectId(b"123456789012")]),
    st.datetimes(datetime(1990, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from(["w-one:1", "w-dead:1"]),
)
trees = st.recursive(
    values,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
entries = st.dictionaries(st.sampled_from(SITE_FIELDS), values, max_size=5)
named_entries = st.builds(lambda site, entry: {**entry, "name": site}, st.sampled_from(SITES), entries)
site_values = st.one_of(
    trees,
    st.lists(st.one_of(st.sampled_from(SITES), named_entries, trees), max_size=4),
    st.dictionaries(st.sampled_from(SITES), st.one_of(entries, trees), max_size=3),
)
files = st.fixed_dictionaries(
    {"sites": site_values},
    optional={
        "_id": st.one_of(st.sampled_from([1, "a", ObjectId(b"123456789012"), {"a": 1}]), trees),
        "path": st.one_of(st.sampled_from(["{root}/a", "{root}/b", Code("{root}/a")]), trees),
        "theirs": trees,
    },
)
documents = st.fixed_dictionaries(
    {"type": st.just("representation"), "files": st.lists(st.one_of(files, trees), max_size=3)},
    optional={"parent": trees, "context": trees, "theirs": trees},
)


@pytest.fixture(scope="module")
def store() -> Iterator[SqliteStore]:
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "store.sqlite", create=True)
        yield store
        store.close()


def plain(value: object) -> bytes:
    return bson.encode({"": value})


def refs(document: Document) -> list[FileRef]:
    value = document["files"]
    found = [file_ref(one) for one in cast("list[object]", value) if isinstance(one, Mapping)]
    return [one for one in found if one is not None and type(one.path) is str]


def read_as(ref: FileRef, files: list[object]) -> list[int]:
    """The identities of the files that are read as this reference."""
    return [id(one) for one in files if isinstance(one, dict) and file_ref(one) == ref]


def others(file: object, site: str, *, as_list: bool) -> object:
    """What of a file no change of one site's entry may touch; `as_list`: as a mapping becomes a list."""
    if not isinstance(file, dict):
        return file
    rest = {key: value for key, value in file.items() if key != "sites"}
    sites = file.get("sites")
    if isinstance(sites, dict) and as_list:
        return [rest, [_listed(name, entry) for name, entry in sites.items() if name != site]]
    if isinstance(sites, dict):
        return [rest, {name: entry for name, entry in sites.items() if name != site}]
    if isinstance(sites, list):
        return [rest, [one for one in sites if not _is_named(one, site)]]
    return [rest, sites]


def _listed(name: str, entry: object) -> dict[str, object]:
    if entry is None or isinstance(entry, dict):
        return {"name": name, **{key: value for key, value in (entry or {}).items() if key != "name"}}
    return {name: entry}  # no entry of any site


def _has_list(file: object) -> bool:
    return isinstance(file, dict) and isinstance(file.get("sites"), list)


def own_unknown(file: object, site: str) -> list[bytes]:
    """What stands in the site's own entries and is nobody's that we know."""
    sites = file.get("sites") if isinstance(file, dict) else None
    if isinstance(sites, dict):
        found = [sites.get(site)]
    else:
        found = [one for one in sites if _is_named(one, site)] if isinstance(sites, list) else []
    unknown = [
        {key: value for key, value in one.items() if key not in OUR_FIELDS | {"name"}}
        for one in found
        if isinstance(one, dict)
    ]
    return [plain(one) for one in unknown if one]


def _is_named(one: object, site: str) -> bool:
    return isinstance(one, dict) and one.get("name") == site


def check_untouched(before: Document, after: Document, ref: FileRef, site: str) -> None:
    old, new = deepcopy(dict(before)), dict(after)
    old_files = cast("list[object]", old.pop("files"))
    new_files = cast("list[object]", new.pop("files"))
    assert plain(new) == plain(old)
    assert len(new_files) == len(old_files)
    meant = read_as(ref, old_files)
    for was, now in zip(old_files, new_files, strict=True):
        if id(was) in meant:
            as_list = _has_list(now)
            assert plain(others(now, site, as_list=as_list)) == plain(others(was, site, as_list=as_list))
            assert own_unknown(now, site) == own_unknown(was, site)
        else:
            assert plain(now) == plain(was)


wishes = st.sampled_from([wish for wish in Wish if wish not in (Wish.ADD, Wish.SYNC_AGAIN)])


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    document=documents,
    site=st.sampled_from(SITES),
    outcome=st.sampled_from(list(Outcome)),
    wish=wishes,
    data=st.data(),
)
def test_claim_record_and_edit_change_one_entry_of_any_document(
    store: SqliteStore,
    document: dict[str, object],
    site: str,
    outcome: Outcome,
    wish: Wish,
    data: st.DataObject,
) -> None:
    document = {"_id": ObjectId(), **document}
    key = str(document["_id"])
    store.insert("p", [document])
    (stored,) = store.read("p", [key])
    assert plain(stored) == plain(document)
    known = refs(stored)
    if not known:
        return
    target = Target(key, data.draw(st.sampled_from(known)), site)
    (claimed,) = store.claim("p", [Claim(target, "w-one:7")])
    check_untouched(stored, claimed, target.file, site)
    result = Result(target, "w-one:7", outcome, "id", "xxh3:1", "It broke", True, 5.0)
    (recorded,) = store.write_results("p", [result])
    check_untouched(claimed, recorded, target.file, site)
    store.edit("p", [Edit(target, wish, 5)])
    (edited,) = store.read("p", [key])
    check_untouched(recorded, edited, target.file, site)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(document=documents, site=st.sampled_from(SITES), data=st.data())
def test_add_and_sync_again_leave_all_other_files_alone(
    store: SqliteStore, document: dict[str, object], site: str, data: st.DataObject
) -> None:
    document = {"_id": ObjectId(), **document}
    key = str(document["_id"])
    store.insert("p", [document])
    (before,) = store.read("p", [key])
    known = refs(before)
    if not known:
        return
    target = Target(key, data.draw(st.sampled_from(known)), site)
    for wish in (Wish.ADD, Wish.SYNC_AGAIN):
        changed = store.edit("p", [Edit(target, wish)])
        (after,) = store.read("p", [key])
        assert changed == (plain(after) != plain(before))
        old, new = cast("list[object]", before["files"]), cast("list[object]", after["files"])
        meant = read_as(target.file, old)
        assert [plain(one) for one, was in zip(new, old, strict=True) if id(was) not in meant] == [
            plain(was) for was in old if id(was) not in meant
        ]
        before = after


@settings(max_examples=200, deadline=None)
@given(document=documents)
def test_a_reference_means_the_files_that_are_read_as_it(document: dict[str, object]) -> None:
    stored = read_body(bson.encode(document))
    assert stored is not None
    listed = cast("list[object]", stored["files"])
    known = refs(stored)
    files = Files(stored)
    for ref in [*known, FileRef(None, "{root}/a"), FileRef("1", "x"), FileRef("no such", "{root}/a")]:
        assert [id(one) for one in files.meant(ref)] == read_as(ref, listed)
    for name in {ref.id for ref in known if FileRef(ref.id, "") not in known} - {None}:
        assert [file_ref(one) for one in files.meant(FileRef(name, ""))] == [
            ref for ref in known if ref.id == name
        ]
