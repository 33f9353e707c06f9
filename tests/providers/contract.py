"""What every provider keeps, whatever it stores files in. Run by `test_contract.py` for each of them."""

from __future__ import annotations

import hashlib
import io
import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from syncgui.model.errors import (
    CancelledError,
    DamagedError,
    LeaseLostError,
    SourceMissingError,
    SyncError,
)
from syncgui.providers.abstract_provider import AbstractProvider, StoredFile

MIB = 1 << 20
MTIME = datetime(2021, 5, 3, 14, 2, 11, 250_000, tzinfo=UTC)


@dataclass(slots=True)
class RecordedTransfer:
    """The engine's side: notes what it is told, and raises where it is asked to."""

    cancel_after: int | None = None
    refuse: SyncError | None = None
    moved: list[int] = field(default_factory=list)
    confirmed: list[int] = field(default_factory=list)  # bytes moved at each confirmation
    tokens: list[str | None] = field(default_factory=list)
    content: bytes | None = None  # what the source holds, where that is known
    known_id: str | None = None
    start_bytes: int = 0
    resume: str | None = None
    kept_bytes: int = 0

    def progress(self, size_bytes: int) -> None:
        self.moved.append(size_bytes)
        if self.cancel_after is not None and sum(self.moved) >= self.cancel_after:
            raise CancelledError

    def piece_bytes(self, most_bytes: int) -> int:
        return most_bytes

    def confirm(self) -> None:
        self.confirmed.append(sum(self.moved))
        if self.refuse is not None:
            raise self.refuse

    def kept(self, size_bytes: int) -> None:
        self.kept_bytes += size_bytes

    def wait(self, seconds: float) -> None:
        threading.Event().wait(seconds)

    def agrees(self, checksum: str) -> bool | None:
        algorithm, _, value = checksum.partition(":")
        if self.content is None or algorithm not in hashlib.algorithms_available:
            return None
        return hashlib.new(algorithm, self.content, usedforsecurity=False).hexdigest() == value

    def save(self, token: str | None) -> None:
        self.tokens.append(token)


@dataclass(frozen=True, slots=True)
class Site:
    """A provider, and the text that its paths begin with."""

    provider: AbstractProvider
    root: str

    def path(self, name: str) -> str:
        return f"{self.root}/{name}"

    def put(
        self, name: str, content: bytes, transfer: RecordedTransfer | None = None, promised: int | None = None
    ) -> StoredFile:
        size_bytes = len(content) if promised is None else promised
        transfer = transfer or RecordedTransfer()
        transfer.content = content
        return self.provider.upload(io.BytesIO(content), size_bytes, MTIME, self.path(name), transfer)

    def get(self, name: str, transfer: RecordedTransfer | None = None) -> bytes:
        target = io.BytesIO()
        self.provider.download(self.path(name), target, transfer or RecordedTransfer())
        return target.getvalue()

    def names(self) -> Sequence[str]:
        return self.provider.list_folder(self.root)


ODD_NAMES = [
    'it\'s "quoted".exr',
    "größe_файл_ファイル_😀.exr",
    " leading, and in the middle.exr",
    ".hidden",
    "..two dots",
    "no_extension",
    "folder.with.dots/file",
    "percent%20 hash# question? star*.exr",
    "{root}/[brackets]",
    "/".join(["a_folder_of_thirty_characters_"] * 9 + ["a_file_of_twenty.exr"]),
]


class ProviderContract:
    """One test for each promise; `site` is a fixture that gives an empty site."""

    @pytest.mark.parametrize("size", [0, 1, MIB - 1, MIB, MIB + 1, 3 * MIB])
    def test_a_file_of_any_size_comes_back_as_it_was(self, site: Site, size: int) -> None:
        content = os.urandom(size)
        stored = site.put("project/a.exr", content)
        assert stored.size_bytes == size
        found = site.provider.stat(site.path("project/a.exr"))
        assert found is not None
        assert (found.id, found.size_bytes) == (stored.id, size)
        assert site.get("project/a.exr") == content

    @pytest.mark.parametrize("name", ODD_NAMES)
    def test_a_name_is_kept_to_the_letter(self, site: Site, name: str) -> None:
        site.put(name, name.encode())
        assert site.get(name) == name.encode()
        folder, _, last = site.path(name).rpartition("/")
        assert site.provider.list_folder(folder) == [last]

    def test_the_long_path_is_long(self) -> None:
        assert len(ODD_NAMES[-1]) == 299

    def test_the_time_of_last_change_is_kept_where_the_provider_says_so(self, site: Site) -> None:
        stored = site.put("a", b"x")
        if not site.provider.capabilities.keeps_mtime:
            pytest.skip("it does not say so")
        found = site.provider.stat(site.path("a"))
        assert found is not None
        assert found.mtime == stored.mtime == MTIME

    def test_checksums_are_of_the_algorithms_that_the_provider_names(self, site: Site) -> None:
        site.put("a", b"x")
        found = site.provider.stat(site.path("a"))
        assert found is not None
        algorithm = (found.checksum or "").partition(":")[0]
        assert algorithm in (site.provider.capabilities.checksums or ("",))

    def test_upload_and_download_agree_on_the_checksum(self, site: Site) -> None:
        stored = site.put("a", b"content")
        fetched = site.provider.download(site.path("a"), io.BytesIO(), RecordedTransfer())
        assert stored.checksum is not None
        assert fetched.checksum == stored.checksum
        assert site.put("b", b"other").checksum != stored.checksum

    def test_same_size_and_other_content_replaces(self, site: Site) -> None:
        site.put("a", b"old content")
        site.put("a", b"new content")
        assert site.get("a") == b"new content"
        assert site.names() == ["a"]

    def test_progress_ends_at_the_size_and_confirm_comes_once_after_all_bytes(self, site: Site) -> None:
        size = 3 * MIB + 17
        up, down = RecordedTransfer(), RecordedTransfer()
        site.put("a", os.urandom(size), up)
        site.get("a", down)
        for transfer in (up, down):
            assert sum(transfer.moved) == size
            assert min(transfer.moved) > 0
            assert max(transfer.moved) <= 4 * MIB
        assert up.confirmed == [size]
        assert down.confirmed == []

    @pytest.mark.parametrize("old", [None, b"old content"])
    def test_cancel_leaves_what_was_there(self, site: Site, old: bytes | None) -> None:
        if old is not None:
            site.put("a", old)
        with pytest.raises(CancelledError):
            site.put("a", os.urandom(3 * MIB), RecordedTransfer(cancel_after=2 * MIB))
        self.assert_only(site, old)

    @pytest.mark.parametrize("old", [None, b"old content"])
    def test_a_refused_confirmation_leaves_what_was_there(self, site: Site, old: bytes | None) -> None:
        if old is not None:
            site.put("a", old)
        with pytest.raises(LeaseLostError):
            site.put("a", b"new content", RecordedTransfer(refuse=LeaseLostError()))
        self.assert_only(site, old)

    @pytest.mark.parametrize("promised", [0, 3, 5])
    def test_a_source_of_another_size_than_promised_is_refused(self, site: Site, promised: int) -> None:
        site.put("a", b"old content")
        with pytest.raises(DamagedError):
            site.put("a", b"1234", promised=promised)
        self.assert_only(site, b"old content")

    def test_a_download_can_be_cancelled(self, site: Site) -> None:
        site.put("a", os.urandom(3 * MIB))
        transfer = RecordedTransfer(cancel_after=MIB)
        with pytest.raises(CancelledError):
            site.get("a", transfer)
        assert sum(transfer.moved) < 3 * MIB

    def test_what_is_not_there_is_said_to_be_missing(self, site: Site) -> None:
        assert site.provider.stat(site.path("folder/absent")) is None
        assert list(site.provider.list_folder(site.path("folder"))) == []
        with pytest.raises(SourceMissingError):
            site.get("folder/absent")

    def test_a_deleted_file_is_gone_and_its_neighbours_stay(self, site: Site) -> None:
        site.put("folder/a", b"a")
        site.put("folder/b", b"b")
        site.provider.delete(site.path("folder/a"))
        site.provider.delete(site.path("folder/a"))
        site.provider.delete(site.path("no/such/folder"))
        assert site.provider.stat(site.path("folder/a")) is None
        assert site.get("folder/b") == b"b"
        assert site.provider.list_folder(site.path("folder")) == ["b"]

    def test_a_folder_is_listed_with_a_slash_and_made_as_often_as_asked(self, site: Site) -> None:
        site.provider.create_folder(site.path("one/two"))
        site.provider.create_folder(site.path("one/two"))
        site.put("one/two/a", b"x")
        assert site.names() == ["one/"]
        assert site.provider.list_folder(site.path("one")) == ["two/"]

    def test_five_hundred_files_come_from_many_threads(self, site: Site) -> None:
        def put(number: int) -> None:
            site.put(f"folder_{number % 3}/{number}", str(number).encode() * 100)

        with ThreadPoolExecutor(10, thread_name_prefix="putter") as pool:
            list(pool.map(put, range(500)))
            got = list(pool.map(lambda n: site.get(f"folder_{n % 3}/{n}"), range(500)))
        assert got == [str(n).encode() * 100 for n in range(500)]
        assert sum(len(site.provider.list_folder(site.path(f"folder_{n}"))) for n in range(3)) == 500

    def test_a_file_larger_than_any_buffer_comes_back(self, site: Site) -> None:
        block = os.urandom(MIB)
        content = b"".join(number.to_bytes(4, "big") + block[4:] for number in range(150)) + b"end"
        up, down = RecordedTransfer(), RecordedTransfer()
        stored = site.put("folder/large.exr", content, up)
        assert stored.size_bytes == len(content)
        assert site.get("folder/large.exr", down) == content
        assert sum(up.moved) == sum(down.moved) == len(content)
        assert up.confirmed == [len(content)]

    def test_a_folder_that_vanished_is_made_again(self, site: Site) -> None:
        site.put("folder/a", b"a")
        site.provider.delete(site.path("folder/a"))
        site.put("folder/a", b"again")
        assert site.get("folder/a") == b"again"

    def test_the_check_finds_it_good_and_leaves_nothing(self, site: Site) -> None:
        report = site.provider.check()
        assert report.good, report.lines
        assert all(line.sentence for line in report.lines)
        assert list(site.names()) == []

    def test_nothing_is_refused_after_close_and_a_new_start(self, site: Site) -> None:
        site.put("a", b"x")
        site.provider.close()
        assert site.get("a") == b"x"

    def assert_only(self, site: Site, content: bytes | None) -> None:
        """The site holds the file "a" with this content, or nothing."""
        assert list(site.names()) == ([] if content is None else ["a"])
        if content is not None:
            assert site.get("a") == content
