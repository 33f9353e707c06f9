"""What the demo studio contains, and that making it twice changes nothing."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from syncgui.application import Application, Options
from syncgui.demo import (
    ACTIVE_SITE,
    CACHE_BYTES,
    PROJECT,
    REMOTE_SITE,
    DemoFile,
    DemoFolder,
    DemoFolderError,
    DemoWish,
    failing_file,
    plan,
    publish,
    set_up,
)
from syncgui.publishing import Publisher

WISH = DemoWish(files=300, size_bytes=20 * 1024, fails=True)
SMALL = DemoWish(files=20, size_bytes=64, fails=True)


def files_of(wish: DemoWish) -> list[DemoFile]:
    """Every file of every publish, those that are listed twice included."""
    return [file for one in plan(wish) for file in one.files]


@given(st.integers(1, 2000))
@example(1)
@example(49)
@example(50)
def test_there_are_exactly_as_many_files_as_wished_for(count: int) -> None:
    wish = DemoWish(count, 10, fails=True)
    assert len({file.path for file in files_of(wish)}) == count
    assert len({file.path.casefold() for file in files_of(wish)}) == count
    products = Counter(one.product for one in plan(wish))
    assert set(products.values()) == {1}
    cached = [file for file in files_of(wish) if file.size_bytes == CACHE_BYTES]
    assert len(cached) == (count >= 50)


def test_the_ordinary_demo_has_what_a_studio_has() -> None:
    publishes = plan(WISH)
    assert {one.product.asset for one in publishes} == {"Zoë", "Brücke", "sh010"}
    frames = [file for file in files_of(WISH) if file.path.endswith(".exr")]
    assert len(frames) == 100
    assert all(file.head == b"\x76\x2f\x31\x01" for file in frames)
    textures = [
        count for path, count in Counter(f.path for f in files_of(WISH)).items() if "textures" in path
    ]
    assert textures and set(textures) == {2}
    assert [file.size_bytes for file in files_of(WISH) if not file.size_bytes] == [0]
    names = [Path(file.path).name for file in files_of(WISH)]
    assert any(" " in name and not name.isascii() for name in names)
    rest = {file.size_bytes for file in files_of(WISH)} - {0, CACHE_BYTES}
    assert rest == {20 * 1024}


def test_the_file_that_fails_is_listed_once() -> None:
    for count in (1, 2, 3, 6, 7, 12, 60, 300):
        wish = DemoWish(count, 10, fails=True)
        paths = [file.path for file in files_of(wish)]
        assert paths.count(failing_file(plan(wish)).path) == 1


def make(place: DemoFolder, wish: DemoWish) -> tuple[DemoWish, int]:
    """Set a demo up and publish it; the wish that holds, and how many representations were new."""
    wish = set_up(place, wish)
    application = Application(Options(place.home, place.settings, place.database), {})
    try:
        publisher = Publisher(application.store, application.project(PROJECT), "mira")
        return wish, publish(place, wish, publisher)
    finally:
        application.close()


def hashes(root: Path) -> dict[str, str]:
    """Each file's content."""
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in root.rglob("*")
        if path.is_file()
    }


def test_content_is_always_the_same_and_different_in_each_file(tmp_path: Path) -> None:
    one, two = DemoFolder(tmp_path / "one"), DemoFolder(tmp_path / "two")
    make(one, SMALL)
    make(two, SMALL)
    content = hashes(one.site(ACTIVE_SITE))
    assert content == hashes(two.site(ACTIVE_SITE))
    assert len(set(content.values())) == len(content) == 20


def test_a_later_run_goes_on_with_the_first_wish_and_publishes_nothing(tmp_path: Path) -> None:
    place = DemoFolder(tmp_path / "demo")
    _, first = make(place, SMALL)
    assert first == len(plan(SMALL))
    before = hashes(place.path / "sites")
    assert make(place, WISH) == (SMALL, 0)
    assert hashes(place.path / "sites") == before


def test_a_run_that_was_interrupted_is_completed(tmp_path: Path) -> None:
    place = DemoFolder(tmp_path / "demo")
    set_up(place, SMALL)
    half = place.site(ACTIVE_SITE) / failing_file(plan(SMALL)).path
    half.parent.mkdir(parents=True)
    half.write_bytes(b"half")
    make(place, SMALL)
    assert half.stat().st_size == SMALL.size_bytes
    assert len(hashes(place.site(ACTIVE_SITE))) == 20


def test_the_obstacle_is_made_once_and_only_if_wished_for(tmp_path: Path) -> None:
    place = DemoFolder(tmp_path / "demo")
    set_up(place, SMALL)
    in_the_way = place.in_the_way(SMALL)
    assert in_the_way == place.site(REMOTE_SITE) / failing_file(plan(SMALL)).path
    in_the_way.rmdir()
    set_up(place, SMALL)
    assert place.in_the_way(SMALL) is None
    other = DemoFolder(tmp_path / "other")
    wish = set_up(other, DemoWish(20, 64, fails=False))
    assert not list(other.site(REMOTE_SITE).iterdir())
    assert other.in_the_way(wish) is None


def test_a_folder_that_is_no_demo_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for path in (tmp_path, tmp_path / "file"):
        with pytest.raises(DemoFolderError):
            set_up(DemoFolder(path), SMALL)
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "demo.json").write_text("[]")
    with pytest.raises(DemoFolderError):
        set_up(DemoFolder(tmp_path / "odd"), SMALL)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["demo.json", "file", "odd"]
