"""Sites that are no folder of this machine: a provider's own, and ones that misbehave."""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, ClassVar

import pytest
from pydantic import BaseModel

from syncgui.model.edits import Edit, Target, Wish
from syncgui.model.errors import NetworkError, SiteForbiddenError, SyncError, recognise
from syncgui.model.representation import read_representation
from syncgui.providers import lib
from syncgui.providers.abstract_provider import AbstractProvider, StoredFile, Transfer
from syncgui.providers.local_drive import LocalDriveProvider
from tests.engine.studio import PROJECT, Studio, eventually
from tests.providers.page import load_page_provider


class NoSettings(BaseModel):
    """Nothing to set."""


class Counted(LocalDriveProvider):
    """Counts how often it is built."""

    code = "counted"
    built: ClassVar[int] = 0

    def __init__(self, site: str, settings: BaseModel, roots: dict[str, str]) -> None:
        Counted.built += 1
        super().__init__(site, settings, roots)


class Clumsy(LocalDriveProvider):
    """Reached through its methods only; raises what no provider should, for one file."""

    code = "clumsy"
    local_folder = AbstractProvider.local_folder  # type: ignore[assignment]

    def __init__(self, site: str, settings: BaseModel, roots: dict[str, str]) -> None:
        super().__init__(site, settings, roots)

    def stat(self, path: str) -> StoredFile | None:
        del path
        return None

    def upload(
        self, source: BinaryIO, size_bytes: int, mtime: datetime, path: str, transfer: Transfer
    ) -> StoredFile:
        del size_bytes, mtime
        if "clumsy" in path:
            raise ZeroDivisionError("password=hunter2")
        data = source.read()
        transfer.progress(len(data))
        transfer.confirm()
        checksum = f"md5:{'0' * 32}" if "wrong" in path else None
        if "short" in path:
            return StoredFile("id", len(data) - 1)
        if "checked" in path:
            checksum = f"md5:{hashlib.md5(data).hexdigest()}"
        return StoredFile("id", len(data), checksum=checksum)


Clumsy.capabilities = type(Clumsy.capabilities)(checksums=("md5",))


class Moody(Clumsy):
    """Refuses some files as if all of it were closed. `refused` says which."""

    code = "moody"
    capabilities = type(Clumsy.capabilities)(checksums=("md5",), slots=1)
    refused: ClassVar[Callable[[str], bool]]
    asked: ClassVar[list[str]]

    def upload(
        self, source: BinaryIO, size_bytes: int, mtime: datetime, path: str, transfer: Transfer
    ) -> StoredFile:
        Moody.asked.append(path.rpartition("/")[2])
        if Moody.refused(path):
            raise SiteForbiddenError(site=self.site, path=path, detail="no")
        return super().upload(source, size_bytes, mtime, path, transfer)


class Changing(Clumsy):
    """Holds one file, which is another one once it was fetched; careless of what its target says."""

    code = "changing"
    capabilities = type(Clumsy.capabilities)(checksums=("md5",))
    seen: ClassVar[bytes | Exception]
    sent: ClassVar[bytes]
    seen_later: ClassVar[bytes | Exception]
    tells_checksums: ClassVar[bool]

    def stat(self, path: str) -> StoredFile | None:
        del path
        if isinstance(Changing.seen, Exception):
            raise Changing.seen
        checksum = f"md5:{hashlib.md5(Changing.seen).hexdigest()}" if Changing.tells_checksums else None
        return StoredFile("id", len(Changing.seen), None, checksum)

    def download(self, path: str, target: BinaryIO, transfer: Transfer) -> StoredFile:
        stored = self.stat(path)
        assert stored is not None
        Changing.seen = Changing.seen_later
        with contextlib.suppress(SyncError):
            target.write(Changing.sent)
        transfer.progress(len(Changing.sent))
        return stored


@pytest.fixture
def moody(tmp_path: Path) -> Iterator[Studio]:
    """A studio whose remote site `far` is moody."""
    lib.register(Moody)
    Moody.asked = []
    (tmp_path / "far").mkdir()
    studio = Studio(tmp_path, sites={"far": {"provider": "moody", "root": {"work": str(tmp_path / "far")}}})
    yield studio
    studio.close()


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Studio]:
    """A studio whose remote site is of the page's provider."""
    lib.register(load_page_provider(tmp_path))
    (tmp_path / "archive").mkdir()
    settings: dict[str, object] = {
        "provider": "flat_archive",
        "folder": str(tmp_path / "archive"),
        "root": {"work": "/vault"},
    }
    studio = Studio(tmp_path, sites={"vault": settings})
    yield studio
    studio.close()


def test_files_go_through_the_pages_provider_and_come_back(vault: Studio) -> None:
    ids = [
        vault.publish([f"show/ü {n}.exr"], wanted="vault", content=bytes([n]) * n * 100_000)
        for n in range(20)
    ]
    vault.sync_once(active_site="studio", remote_site="vault")
    assert all(vault.is_synced(one, "vault") for one in ids)
    assert all(str(vault.entry(one, "vault")["checksum"]).startswith("xxh3_128:") for one in ids)
    before = vault.tree("studio")
    for n in range(10):
        (vault.root("studio") / f"show/ü {n}.exr").unlink()
        record = vault.file(f"show/ü {n}.exr", n * 100_000, present="vault", wanted="studio")
        vault.publish([record])
    vault.sync_once(active_site="studio", remote_site="vault")
    assert vault.tree("studio") == before
    assert vault.failures == []


def test_what_a_provider_never_should_raise_fails_its_file_only_and_shows_no_secret(tmp_path: Path) -> None:
    lib.register(Clumsy)
    (tmp_path / "far").mkdir()
    studio = Studio(tmp_path, sites={"far": {"provider": "clumsy", "root": {"work": str(tmp_path / "far")}}})
    names = ["clumsy.exr", "wrong.exr", "short.exr", "checked.exr", "fine.exr"]
    ids = {name: studio.publish([name], wanted="far") for name in names}
    studio.sync_once(active_site="studio", remote_site="far")
    entries = {name: studio.entry(one, "far") for name, one in ids.items()}
    assert {name for name, entry in entries.items() if "created_dt" in entry} == {"checked.exr", "fine.exr"}
    errors = {name: recognise(str(entries[name]["error"])) for name in names[:3]}
    assert [error.code if error else None for error in errors.values()] == [
        "unforeseen",
        "damaged",
        "damaged",
    ]
    assert "hunter2" not in str(entries)
    studio.close()


OLD, NEW = b"old pixels", b"new pixels"


@pytest.mark.parametrize("tells_checksums", [True, False], ids=["with checksums", "without"])
@pytest.mark.parametrize(
    ("sent", "seen_later", "code", "tries"),
    [
        (NEW + NEW, NEW + NEW, "source_changed", None),
        (NEW[:3], NEW[:3], "source_changed", None),
        (OLD[:3], NEW + NEW, "source_changed", None),
        (OLD + OLD, OLD, "damaged", 1),
        (OLD[:3], OLD, "damaged", 1),
        (OLD[:3], NetworkError(site="far", detail="away"), "damaged", 1),
        (OLD[:3], ZeroDivisionError("password=hunter2"), "damaged", 1),
    ],
    ids=["longer", "shorter", "in the middle", "more came", "less came", "away", "clumsy"],
)
def test_what_came_wrong_is_damaged_only_if_its_source_is_not_known_to_have_changed(
    tmp_path: Path,
    sent: bytes,
    seen_later: bytes | Exception,
    code: str,
    tries: int | None,
    tells_checksums: bool,
) -> None:
    assert fetched(tmp_path, sent, seen_later, tells_checksums=tells_checksums) == (code, tries)


@pytest.mark.parametrize(
    ("seen_later", "told"), [(NEW, ("source_changed", None)), (OLD, ("damaged", 1))], ids=["new", "old"]
)
def test_content_that_does_not_agree_is_damaged_only_if_its_source_has_not_changed(
    tmp_path: Path, seen_later: bytes, told: tuple[str, int | None]
) -> None:
    assert fetched(tmp_path, NEW, seen_later) == told


def fetched(
    folder: Path, sent: bytes, seen_later: bytes | Exception, *, tells_checksums: bool = True
) -> tuple[str, object]:
    """How a download of what is seen as OLD ends: the code of its error, and its tries."""
    lib.register(Changing)
    Changing.seen, Changing.sent, Changing.seen_later = OLD, sent, seen_later
    Changing.tells_checksums = tells_checksums
    studio = Studio(folder, sites={"far": {"provider": "changing", "root": {"work": "/far"}}})
    one = studio.publish([studio.file("a.exr", len(OLD), present="far", wanted="studio")])
    studio.sync_once(active_site="studio", remote_site="far")
    entry = studio.entry(one, "studio")
    error = recognise(str(entry["error"]))
    assert error is not None
    assert "hunter2" not in str(entry)
    assert studio.tree("studio") == {}
    studio.close()
    return error.code, entry.get("tries")


def test_a_provider_is_built_on_first_use_only(tmp_path: Path) -> None:
    lib.register(Counted)
    spare = tmp_path / "spare"
    spare.mkdir()
    studio = Studio(tmp_path, sites={"spare": {"provider": "counted", "root": {"work": str(spare)}}})
    Counted.built = 0
    studio.publish(["a.exr"])
    studio.sync_once()
    assert Counted.built == 0
    studio.publish(["b.exr"], wanted="spare")
    studio.sync_once(active_site="studio", remote_site="spare")
    assert Counted.built == 1
    studio.close()


def test_a_file_that_alone_makes_its_site_fail_does_not_stop_the_others(moody: Studio) -> None:
    Moody.refused = lambda path: "bad" in path
    bad = moody.publish(["bad.exr"], wanted="far")
    good = [moody.publish([f"good {number}.exr"], wanted="far") for number in range(6)]
    be_urgent(moody, bad)
    moody.sync_once(active_site="studio", remote_site="far")
    assert all(moody.is_synced(one, "far") for one in good)
    assert {"created_dt", "tries", "error"}.isdisjoint(moody.entry(bad, "far"))
    assert {one.code for one in moody.troubles} == {"site_forbidden"}
    assert Moody.asked[0] == "bad.exr", "it was the most urgent"
    assert Moody.asked[1] != "bad.exr", "another one has to show that the site works"


def be_urgent(studio: Studio, representation: str) -> None:
    """Let its file go before all others."""
    file = read_representation(studio.document(representation)).files[0]
    studio.app.store.edit(PROJECT, [Edit(Target(representation, file.ref, "far"), Wish.SET_PRIORITY, 99)])


def test_a_site_that_fails_with_every_file_is_probed_by_one_after_the_other(moody: Studio) -> None:
    Moody.refused = lambda _: True
    names = [f"{number}.exr" for number in range(3)]
    ids = [moody.publish([name], wanted="far") for name in names]
    be_urgent(moody, ids[0])
    loop = moody.app.loop(moody.events.extend, active_site="studio", remote_site="far", jobs=1)
    thread = threading.Thread(target=loop.run)
    thread.start()
    try:
        for count in range(1, 5):
            eventually(lambda count=count: len(Moody.asked) >= count, "the next probe")  # type: ignore[misc]
            eventually(lambda: not any("lease" in moody.entry(one, "far") for one in ids), "the release")
            loop.sync_now()
    finally:
        loop.stop()
        thread.join(30)
    assert sorted(Moody.asked[:3]) == names
    assert Moody.asked[3:4] == Moody.asked[:1]
    assert [one.code for one in moody.troubles] == ["site_forbidden"]
