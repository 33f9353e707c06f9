"""Random values of the kinds that a database can hold."""

from __future__ import annotations

from datetime import UTC, datetime

from bson import Binary, Decimal128, Int64, MaxKey, MinKey, ObjectId, Regex
from hypothesis import strategies as st

identifiers = st.binary(min_size=12, max_size=12).map(ObjectId)
times = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.sampled_from([UTC, None]))  # noqa: DTZ001

leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.integers(-5, 5).map(Int64)
    | st.floats()
    | st.text(max_size=8)
    | st.binary(max_size=4)
    | times
    | identifiers
    | st.sampled_from(
        [Decimal128("1.5"), Decimal128("NaN"), MinKey(), MaxKey(), Regex("a*"), Binary(b"x", 5), 1e308]
    )
)

FIELDS = (
    "name", "created_dt", "id", "progress", "error", "tries", "last_failed_dt", "retry_at", "paused",
    "paused_by", "priority", "lease", "checksum", "path", "size", "sites", "_id", "studio", "gdrive", "a.b",
)  # fmt: skip

keys = st.sampled_from(FIELDS) | st.text(max_size=4)

anything = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=6),
    max_leaves=12,
)

entries = st.dictionaries(st.sampled_from(FIELDS[:13]), leaves, max_size=6)
named_entries = st.builds(
    lambda name, entry: {"name": name, **entry}, st.sampled_from(["studio", "gdrive", "home"]), entries
)
sites_as_list = st.lists(named_entries | anything, max_size=4)
sites_as_mapping = st.dictionaries(
    st.sampled_from(["studio", "gdrive", "home", "a.b", "$x"]), entries | st.none() | anything, max_size=4
)
sites_as_names = st.lists(st.sampled_from(["studio", "gdrive", "home"]), max_size=3)
sites = sites_as_list | sites_as_mapping | sites_as_names | anything

files = st.fixed_dictionaries(
    {"path": st.text(max_size=8) | st.just("{root}/a.1001.exr") | anything},
    optional={"_id": identifiers | anything, "size": st.integers(0, 9) | anything, "sites": sites},
)

documents = st.fixed_dictionaries(
    {"_id": identifiers | anything},
    optional={
        "type": st.just("representation") | anything,
        "parent": identifiers | anything,
        "name": anything,
        "context": st.dictionaries(
            st.sampled_from(["asset", "subset", "version", "task", "hierarchy", "username", "family"]),
            anything,
        )
        | anything,
        "files": st.lists(files | anything, max_size=4) | anything,
    },
)
