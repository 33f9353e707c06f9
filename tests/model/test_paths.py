"""Where a recorded path leads, by the cases of the data model and by random paths."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from syncgui.model.errors import PathRefusedError, RootUnknownError, SyncError
from syncgui.model.paths import path_key, place, refuse_for_windows, root_folder

Case = dict[str, object]
CASES: list[Case] = json.loads((Path(__file__).parent / "paths.json").read_text("utf-8"))["cases"]
ONLY_ON_WINDOWS = "{root[work]}/CON/x"


def leads_to(case: Case) -> str:
    roots = case["roots"]
    others = case.get("other_platform_roots", {})
    path = case["path"]
    assert isinstance(roots, dict)
    assert isinstance(others, dict)
    assert isinstance(path, str)
    known = {name: [roots[name], *([others[name]] if name in others else [])] for name in roots}
    placed = place(path, known)
    _, folder = root_folder(placed, roots, site="studio")
    return "/".join((folder, *placed.parts))


@pytest.mark.parametrize("case", CASES, ids=[repr(case["path"]) for case in CASES])
def test_a_path_leads_where_the_data_model_says(case: Case) -> None:
    if case["path"] == ONLY_ON_WINDOWS:
        assert leads_to(case) == "/mnt/p/CON/x"
        with pytest.raises(PathRefusedError):
            refuse_for_windows(place(ONLY_ON_WINDOWS, {}).parts, site="studio", path=ONLY_ON_WINDOWS)
    elif case["expect"] is None:
        with pytest.raises((PathRefusedError, RootUnknownError)) as refused:
            leads_to(case)
        assert refused.value.sentence
    else:
        assert leads_to(case) == case["expect"]


def test_all_cases_are_carried() -> None:
    assert len(CASES) == 22


def test_a_missing_root_is_told_with_the_way_to_set_it() -> None:
    with pytest.raises(RootUnknownError) as missing:
        root_folder(place("{root[nope]}/x", {}), {"work": "/mnt/p"}, site="studio")
    assert "nope" in missing.value.sentence
    assert "--root studio:nope=PATH" in missing.value.next_step


def test_all_spellings_of_a_path_have_one_key() -> None:
    known = {"work": ("P:/projects", "/mnt/p", "//server/share")}
    spellings = (
        "{root[work]}/show/a.exr",
        "{root[work]}\\show\\\\a.exr",
        "p:\\PROJECTS\\show\\a.exr",
        "/mnt/p/show/a.exr",
        "\\\\Server\\Share\\show\\a.exr",
    )
    assert {path_key(path, known) for path in spellings} == {"{work}/show/a.exr"}


def test_the_longest_root_is_the_one() -> None:
    known = {"all": ("/mnt",), "work": ("/mnt/p",)}
    assert place("/mnt/p/x", known).root_name == "work"
    assert place("/mnt/q/x", known).root_name == "all"


def test_a_folder_on_linux_is_compared_with_case() -> None:
    with pytest.raises(PathRefusedError):
        place("/MNT/P/x", {"work": ("/mnt/p",)})


def test_a_refused_path_is_its_own_key() -> None:
    assert path_key("../x", {}) == "../x"


@pytest.mark.parametrize(
    "name", ["nul", "CONIN$", "COM1.txt", "lpt9", "a:b", "x.", "y ", "tab\t", 'quo"te', "con .txt"]
)
def test_names_that_windows_can_not_hold_are_refused_for_it(name: str) -> None:
    path = f"{{root}}/show/{name}"
    with pytest.raises(PathRefusedError):
        refuse_for_windows(place(path, {}).parts, site="studio", path=path)


@pytest.mark.parametrize("name", ["console", "com10", "a.b.c", "ümlaut (1) {x}.exr", ".hidden"])
def test_ordinary_names_are_allowed_on_windows(name: str) -> None:
    path = f"{{root}}/show/{name}"
    refuse_for_windows(place(path, {}).parts, site="studio", path=path)


pieces = st.sampled_from(
    ["..", ".", "/", "\\", "C:", "c:\\", "//", "\0", "{root}", "{root[work]}", "{root[work].x}", "a", " ",
     "P:/projects", "/mnt/p", "%2e%2e", "~", "\n", "ü", "{", "}"]
)  # fmt: skip
paths = st.text() | st.lists(pieces, max_size=8).map("".join)
roots: st.SearchStrategy[dict[str, tuple[str, ...]]] = st.sampled_from(
    [{"work": ("P:/projects", "/mnt/p", "//server/share")}, {}]
)


@given(paths, roots)
@example("{root}/..\\..\\x", {})
@example("P:/projects/../x", {"work": ("P:/projects",)})
@example("{root}/ / .. /x", {})
def test_a_placed_path_never_leaves_its_root(path: str, known: dict[str, tuple[str, ...]]) -> None:
    try:
        placed = place(path, known)
    except SyncError as error:
        assert isinstance(error, PathRefusedError)
        assert error.sentence
        return
    assert placed.parts
    for part in placed.parts:
        assert part not in ("", ".", "..")
        assert not set(part) & {"/", "\\", "\0"}
    assert path_key(path, known) == placed.key


@given(st.text(min_size=1))
def test_a_key_is_placed_in_the_same_place(name: str) -> None:
    path = f"{{root[work]}}/show/{name}"
    try:
        placed = place(path, {})
    except PathRefusedError:
        return
    again = place("{root[work]}/" + "/".join(placed.parts), {})
    assert again == placed
