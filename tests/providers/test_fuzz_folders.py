"""Whatever names a root is given, for whatever work: nothing outside is touched, and only our errors come.

`SYNCGUI_FUZZ_EXAMPLES=5000` tries so many examples, other ones each time.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncgui.model.errors import SyncError
from syncgui.providers.local_folder import LocalFolder, partial_name
from syncgui.providers.posix_files import PosixFileOperations
from tests.providers.incoming import incoming

if sys.platform != "linux":
    pytest.skip("the kernel's witness is that of Linux", allow_module_level=True)

from tests.witness import Witness

_MANY = int(os.environ.get("SYNCGUI_FUZZ_EXAMPLES", "0"))
_NAMES = (
    "..", ".", "", "/", "a", "b", "in", "out", "up", "chain", "loop", "gone", "file", "folder", "outside",
    "../outside/a", "/outside", "a\0", "x" * 256, ".syncgui-trash", "2026-05-03", "\ud800", "A",
)  # fmt: skip
_any = st.sampled_from(_NAMES) | st.text(max_size=3)
names = st.one_of(
    st.lists(st.sampled_from(_NAMES[:12]), max_size=3), st.lists(_any, max_size=5), st.just([".."])
).map(tuple)


class Place:
    """A root with links out of it, an allowed folder with links out of that, and a witness around both."""

    def __init__(self, folder: Path) -> None:
        self.root, allowed, outside = folder / "root", folder / "allowed", folder / "outside"
        for one in (self.root, self.root / "folder", allowed, outside, outside / "folder"):
            one.mkdir()
            (one / "a").write_bytes(b"content")
        for one in (self.root, allowed):
            (one / "out").symlink_to("../outside")
            (one / "up").symlink_to("..")
            (one / "file").symlink_to("../outside/a")
            (one / "gone").symlink_to("../outside/new")
        (self.root / "in").symlink_to("../allowed")
        (self.root / "chain").symlink_to("in/out")
        (self.root / "loop").symlink_to("loop")
        self.folder = LocalFolder(
            "studio", str(self.root), PosixFileOperations(), allowed_link_targets=[str(allowed)]
        )
        self.witness = Witness([outside], {folder: frozenset({"root", "allowed"})})


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("place"))
    yield found
    found.witness.close()


def _write(folder: LocalFolder, parts: tuple[str, ...], trash: Callable[[], str] | None = None) -> None:
    one = replace(incoming("a", b"new"), parts=parts, trash=trash)
    (error,) = folder.write_group([one])
    if error is not None:
        raise error


WORK: dict[str, Callable[[LocalFolder, tuple[str, ...]], object]] = {
    "facts": LocalFolder.facts,
    "kept_as": LocalFolder.kept_as,
    "open_source": lambda folder, parts: folder.open_source(parts).close(),
    "list_folder": LocalFolder.list_folder,
    "list_partials": LocalFolder.list_partials,
    "make_folder": LocalFolder.make_folder,
    "remove_file": LocalFolder.remove_file,
    "remove_partial": lambda folder, parts: folder.remove_partial(parts, partial_name("a", "w", 1)),
    "sync_existing": LocalFolder.sync_existing,
    "room": LocalFolder.room_bytes,
    "write": _write,
    "replace": lambda folder, parts: _write(folder, parts, lambda: "2026-05-03"),
    "clear_trash": lambda folder, _: folder.clear_trash(date(2026, 6, 1), lambda: True),
}


@settings(
    max_examples=_MANY or 300,
    derandomize=not _MANY,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(work=st.lists(st.tuples(st.sampled_from(sorted(WORK)), names), min_size=1, max_size=8))
def test_nothing_outside_the_root_is_touched(place: Place, work: list[tuple[str, tuple[str, ...]]]) -> None:
    for what, parts in work:
        try:
            WORK[what](place.folder, parts)
        except SyncError as error:
            assert error.sentence
    assert place.witness.noticed() == []
