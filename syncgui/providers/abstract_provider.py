"""What a provider is: one way of keeping files somewhere, for any number of sites.

A provider moves the bytes of one file and says what lies where. The engine owns the queue, parallelism,
retry, bandwidth and verification. Only errors of `syncgui.model.errors` leave a provider. Connections
are made on first use; one object may be used by several threads at once.
"""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, ClassVar, Protocol

from pydantic import BaseModel

from syncgui.model.errors import LoginError, SyncError

if TYPE_CHECKING:
    from syncgui.providers.local_folder import LocalFolder


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a provider's storage can do; sizes in bytes, times in seconds."""

    checksums: tuple[str, ...] = ()  # those that `stat` gives without reading the file
    resumes_upload: bool = False
    resumes_download: bool = False
    token_lifetime_s: float = 0.0
    reads_ranges: bool = False
    copies_on_server: bool = False
    replaces_atomically: bool = False
    keeps_mtime: bool = False
    case_sensitive: bool = True
    allows_duplicate_names: bool = False
    forbidden_characters: frozenset[str] = frozenset("\0/")
    looks_up_together: int = 1  # files whose facts `stat_many` gets for about the price of one
    longest_name_bytes: int = 255
    largest_file_bytes: int | None = None
    slots: int = 4  # files at once that it bears
    calls_per_s: float | None = None
    chunk_multiple_bytes: int = 1
    one_call_below_bytes: int = 0
    has_quota: bool = False
    has_trash: bool = False


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file as a provider knows it. `checksum` is "algorithm:hex", None where none is known.

    `more_checksums`: of the same content, in the same form; whoever compares, compares all that he can.
    """

    id: str
    size_bytes: int
    mtime: datetime | None = None
    checksum: str | None = None
    more_checksums: tuple[str, ...] = ()

    @property
    def checksums(self) -> tuple[str, ...]:
        """All checksums that are known."""
        return (*((self.checksum,) if self.checksum else ()), *self.more_checksums)


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One sentence of a check, and whether it is good news."""

    good: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What `check` found, in the order in which it looked."""

    lines: tuple[CheckLine, ...]

    @property
    def good(self) -> bool:
        """Whether the site can be used."""
        return all(line.good for line in self.lines)


class Transfer(Protocol):
    """The engine's side of one file on its way, handed to `upload` and `download`."""

    def progress(self, size_bytes: int) -> None:
        """Say that so many more bytes were moved; waits while paused.

        Raises:
            CancelledError: stop at once; the engine cleans up.
        """

    def piece_bytes(self, most_bytes: int) -> int:
        """How much is best moved between two calls of `progress`: less where bandwidth is limited."""

    def confirm(self) -> None:
        """To be called when all bytes are there, directly before they become visible under their name.

        Once, and again where the step that makes them visible is tried over after a wait.

        Raises:
            SyncError: the source changed, the lease is lost ...: make nothing visible.
        """

    def kept(self, size_bytes: int) -> None:
        """Say that so many bytes, which an earlier try moved, need not be moved again."""

    def wait(self, seconds: float) -> None:
        """Wait between two tries of a call, or because the storage asks for a slower pace; while paused, too.

        With 0 seconds it only asks. May be called from several threads of one transfer.

        Raises:
            CancelledError: stop at once.
        """

    def agrees(self, checksum: str) -> bool | None:
        """Whether "algorithm:hex" is that of all bytes read from the source; None if nobody knows."""

    @property
    def known_id(self) -> str | None:
        """The id under which the record knows the file on this site, if any."""

    @property
    def start_bytes(self) -> int:
        """How many bytes of the content a download's target has already: begin after them.

        0 unless the provider says `resumes_download`.
        """

    @property
    def resume(self) -> str | None:
        """The token that an earlier try of the same source saved, if any."""

    def save(self, token: str | None) -> None:
        """Keep a token for the next try, over restarts; None: forget it. It is treated as a secret."""


class AbstractProvider(ABC):
    """Base class of providers.

    Args:
        site: name of the site, for error texts.
        settings: the site's own settings, validated by `settings_model`.
        roots: root name to folder on the site, as the settings have it.
    """

    code: ClassVar[str]
    label: ClassVar[str]
    settings_model: ClassVar[type[BaseModel]]
    capabilities: ClassVar[Capabilities] = Capabilities()

    def __init__(self, site: str, settings: BaseModel, roots: dict[str, str]) -> None:
        self.site = site
        self.settings = settings
        self.roots = roots

    @abstractmethod
    def check(self) -> CheckReport:
        """Try everything that a transfer needs and say what was found, in sentences."""

    @abstractmethod
    def stat(self, path: str) -> StoredFile | None:
        """The file at a path of the site, None if there is none."""

    def stat_many(
        self, paths: Sequence[str], known_ids: Sequence[str | None] = ()
    ) -> list[StoredFile | SyncError | None]:
        """What `stat` gives, or the error that it raises, for each path; one's trouble stops no other.

        Args:
            paths: of the site.
            known_ids: for each path the id under which a record knows the file, if any: it decides where
                names can be doubled.
        """
        del known_ids
        found: list[StoredFile | SyncError | None] = []
        for path in paths:
            try:
                found.append(self.stat(path))
            except SyncError as error:
                found.append(error)
        return found

    @abstractmethod
    def list_folder(self, path: str) -> Sequence[str]:
        """Names in a folder, folders with a trailing "/"; empty if there is no such folder."""

    @abstractmethod
    def create_folder(self, path: str) -> None:
        """Make a folder and its parents; one that exists is no error."""

    @abstractmethod
    def upload(
        self, source: BinaryIO, size_bytes: int, mtime: datetime, path: str, transfer: Transfer
    ) -> StoredFile:
        """Bring `source` to `path`, whole or not at all, replacing what is there.

        `source` stands at its beginning and may be sought backwards.
        Calls `transfer.progress` at least every few MiB and `transfer.confirm` once before the content
        becomes visible. Gives the file as stored, with the checksum of what the storage holds.
        """

    @abstractmethod
    def download(self, path: str, target: BinaryIO, transfer: Transfer) -> StoredFile:
        """Write the content at `path` into `target`, calling `transfer.progress`; confirm is not called."""

    @abstractmethod
    def delete(self, path: str) -> None:
        """Remove a file, into the trash where there is one; one that is gone is no error."""

    def log_in(self, say: Callable[[str], None]) -> str:
        """Let a person log in, where a person's own login is needed; who is logged in now.

        Args:
            say: is told what the person has to do, in sentences.

        Raises:
            SyncError: nobody was logged in, or nobody has to be.
        """
        del say
        raise LoginError(
            site=self.site, detail="it has no login of its own; its settings say all that it needs"
        )

    def log_out(self) -> bool:
        """Forget a person's login on this machine; whether there was one.

        Raises:
            SyncError: it can not be forgotten, or there can be none.
        """
        raise LoginError(
            site=self.site, detail="it has no login of its own; its settings say all that it needs"
        )

    def local_folder(self, root: str) -> LocalFolder | None:
        """The open root folder where the site is a folder of this machine; None everywhere else.

        A site that gives one is written by the engine itself, in durable groups.
        """
        del root
        return None

    def close(self) -> None:  # noqa: B027 - many providers keep no connections
        """Let connections go."""

    @classmethod
    def icon(cls) -> Path:
        """The provider's 24x24 PNG: named after its code, in `resources` beside the module of its class."""
        module = sys.modules[cls.__module__].__file__ or __file__
        return Path(module).parent / "resources" / f"{cls.code}.png"
