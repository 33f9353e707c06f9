"""Random documents with paths that try to get out, and with values of wrong types everywhere."""

from __future__ import annotations

from datetime import UTC, datetime

from bson import ObjectId
from hypothesis import strategies as st

from tests.engine.hostile_studio import BEYOND, DECOY, DECOYS, LINKS, SIDE, SITES
from tests.model.bson_values import anything

_PRESENT = datetime(2026, 1, 1, tzinfo=UTC)

_names = st.sampled_from(
    [*DECOYS, *LINKS, *SIDE.values(), "deep", "folder", "outside", "sites", *SITES, "storage", "new", "good"]
)
_odd_names = st.sampled_from(
    ["..", ".", "...", "", " ", ".. ", " ..", "..\0", "C:", "c:", "CON", "nul.exr", "x.", "x ", "a:b", "~",
     "$HOME", "{root}", "{root[work]}", "%2e%2e", "．．", "․․", "\u202e", "é", "e\u0301", "X.EXR", "x" * 255,
     "x" * 256, "é" * 128, ".syncgui-trash", ".syncgui-0123456789abcdef-w-1.part", "*", "?", "\n"]
)  # fmt: skip
_component = st.one_of(_names, _odd_names, st.text(max_size=4))
_climb = st.integers(1, 5).map(lambda times: [".."] * times)
_separators = st.sampled_from(["/", "\\", "//", "/./"])


def _paths() -> st.SearchStrategy[str]:
    heads = st.sampled_from(
        ["{root[work]}", "{root}", "{root[..]}", "{root[work].__class__}", "{root[work]!r}", "{ root}", "{",
         "", "/", "\\", "C:", "C:/", "//server/share", "\\\\?\\C:", "/proc/self/root", "file://",
         "@", "@/outside", "@/storage/sites/studio", "@/storage/sites"]
    )  # fmt: skip
    head = st.one_of(st.just("{root[work]}"), st.just("{root[work]}"), heads)
    parts = st.lists(_component, min_size=1, max_size=6)
    rest = st.one_of(
        parts,
        st.builds(lambda up, down: up + down, _climb, parts),
        st.builds(lambda into, up, down: into + up + down, st.lists(_names, max_size=3), _climb, parts),
        st.builds(lambda link, name: [link, name], st.sampled_from(LINKS), st.sampled_from(DECOYS)),
        st.builds(
            lambda side, link, name: [*side, "in", link, name],
            st.sampled_from([[], *([one] for one in SIDE.values())]),
            st.sampled_from(["folder", *BEYOND]),
            st.sampled_from(DECOYS),
        ),
        st.builds(
            lambda side, link, name: [side, link, name],
            st.sampled_from(list(SIDE.values())),
            st.sampled_from(LINKS),
            st.sampled_from(DECOYS),
        ),
        st.builds(
            lambda side, link: [side, link], st.sampled_from(list(SIDE.values())), st.sampled_from(LINKS)
        ),
    )
    return st.builds(
        lambda start, names, separator: separator.join([start, *names]), head, rest, _separators
    ) | st.text(max_size=12)


paths = _paths()
"""Paths as records may hold them; `@` at the beginning stands for the studio's folder."""

_wish = st.fixed_dictionaries(
    {}, optional={"tries": anything, "lease": anything, "error": anything, "x": anything}
)


def _sites(present: str, wanted: str, wish: dict[str, object]) -> st.SearchStrategy[object]:
    return st.sampled_from(
        [
            [{"name": present, "created_dt": _PRESENT}, {"name": wanted, **wish}],
            [{"name": present, "created_dt": _PRESENT}, {"name": wanted}],
            {present: {"created_dt": _PRESENT}, wanted: wish},
            {present: {"created_dt": _PRESENT}, wanted: {}},
            [present],
            [present, {"name": wanted}],
        ]
    )


_ways = st.sampled_from([("studio", "backup"), ("backup", "studio")])
_asked_for = st.tuples(_ways, _wish).flatmap(lambda given: _sites(*given[0], given[1]))


def _files() -> st.SearchStrategy[object]:
    usual = st.fixed_dictionaries(
        {"path": paths, "sites": _asked_for, "_id": st.builds(ObjectId)},
        optional={"size": st.sampled_from([len(DECOY), 0, 4])},
    )
    odd = st.fixed_dictionaries(
        {"path": paths | anything, "sites": _asked_for | anything},
        optional={"size": anything, "_id": anything, "hash": anything},
    )
    return st.one_of(usual, usual, usual, odd, anything)


def _documents() -> st.SearchStrategy[list[dict[str, object]]]:
    fields = st.fixed_dictionaries(
        {"files": st.lists(_files(), min_size=1, max_size=4) | anything},
        optional={
            "type": st.just("representation") | anything,
            "name": anything,
            "parent": anything,
            "context": anything,
            "data": anything,
            "schema": anything,
        },
    )
    return st.lists(fields, min_size=1, max_size=4).map(_identified)


def _identified(found: list[dict[str, object]]) -> list[dict[str, object]]:
    return [
        {"type": "representation", **fields, "_id": ObjectId(f"{number:024x}")}
        for number, fields in enumerate((_storable(one) for one in found), start=1)
        if isinstance(fields, dict)
    ]


def _storable(value: object) -> object:
    """The same, without NUL in the keys, which no database takes."""
    if isinstance(value, dict):
        return {str(key).replace("\0", ""): _storable(inner) for key, inner in value.items()}
    return [_storable(inner) for inner in value] if isinstance(value, list) else value


documents = _documents()
"""Up to four representations."""
