"""Provider `local_drive`: a folder of this machine, or of a share that is mounted on it.

The engine writes such a site through `local_folder`, in durable groups; the methods of a provider do the
same for one file. A path of the site is the text "ROOT FOLDER/names"; one that lies under none of the
site's root folders is refused. Root folders are never created.
"""

from __future__ import annotations

import itertools
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from random import SystemRandom
from typing import BinaryIO

import xxhash
from pydantic import BaseModel, ConfigDict

from syncgui.model.errors import PathRefusedError, RootUnknownError, SourceMissingError
from syncgui.model.leases import new_worker
from syncgui.model.times import moment_of, ns_of
from syncgui.providers.abstract_provider import (
    AbstractProvider,
    Capabilities,
    CheckLine,
    CheckReport,
    StoredFile,
    Transfer,
)
from syncgui.providers.file_operations import FileOperations, file_operations
from syncgui.providers.folder_check import check_root
from syncgui.providers.local_folder import FileFacts, Incoming, LocalFolder, partial_name
from syncgui.providers.open_folders import Parts

BLOCK_BYTES = 1 << 20

_WINDOWS = os.name == "nt"


class LocalDriveSettings(BaseModel):
    """Nothing but its root folders, which every site has."""

    model_config = ConfigDict(frozen=True)


class LocalDriveProvider(AbstractProvider):
    """See the module.

    Args:
        site: name of the site.
        settings: a `LocalDriveSettings`.
        roots: root name to folder on this machine.
        files: the file operations, those of this system by default.
        file_mode: mode of new files, None for what an ordinary create gives.
        folder_mode: the same for folders.
        allowed_link_targets: folders into which links below the roots may lead.
        wall_clock: seconds since 1970, for `check`.
    """

    code = "local_drive"
    label = "Local drive or share"
    settings_model = LocalDriveSettings
    capabilities = Capabilities(
        reads_ranges=True,
        replaces_atomically=True,
        keeps_mtime=True,
        case_sensitive=sys.platform not in ("win32", "darwin"),
        forbidden_characters=frozenset('\0/\\<>:"|?*') if _WINDOWS else frozenset("\0/"),
        has_quota=True,
    )

    def __init__(
        self,
        site: str,
        settings: BaseModel,
        roots: dict[str, str],
        *,
        files: FileOperations | None = None,
        file_mode: int | None = None,
        folder_mode: int | None = None,
        allowed_link_targets: Sequence[str] = (),
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(site, settings, roots)
        self._files = files or file_operations()
        self._file_mode = file_mode
        self._folder_mode = folder_mode
        self._allowed_link_targets = tuple(allowed_link_targets)
        self._wall_clock = wall_clock
        # One lock for each root: one whose storage hangs must not hold up the others.
        self._locks = {path: threading.Lock() for path in self.roots.values()}
        self._open: dict[str, LocalFolder] = {}
        self._worker = new_worker(SystemRandom())
        self._numbers = itertools.count(1)

    def local_folder(self, root: str) -> LocalFolder:
        """The open root folder, given its name in the settings or its path; the same one each time.

        When the path leads to another folder than before, that one is opened; the old one is let go as
        soon as nobody holds it any more.

        Raises:
            RootUnknownError: the site has no such root.
            SiteNotConnectedError: it is not there.
        """
        path = self.roots.get(root, root)
        lock = self._locks.get(path)
        if lock is None:
            raise RootUnknownError(site=self.site, detail=root)
        with lock:
            known = self._open.pop(path, None)
            if known is None or not known.is_connected():
                known = LocalFolder(
                    self.site,
                    path,
                    self._files,
                    file_mode=self._file_mode,
                    folder_mode=self._folder_mode,
                    allowed_link_targets=self._allowed_link_targets,
                )
            self._open[path] = known
            return known

    def check(self) -> CheckReport:
        if not self.roots:
            return CheckReport((CheckLine(False, f"Site {self.site} has no folder on this machine"),))
        lines: list[CheckLine] = []
        for root in dict.fromkeys(self.roots.values()):
            lines += check_root(root, site=self.site, files=self._files, wall_clock=self._wall_clock)
        return CheckReport(tuple(lines))

    def stat(self, path: str) -> StoredFile | None:
        folder, parts = self._place(path)
        facts = folder.facts(parts)
        return _stored(parts, facts) if facts is not None and facts.is_file else None

    def list_folder(self, path: str) -> Sequence[str]:
        folder, parts = self._place(path)
        return [f"{one.name}/" if one.is_folder else one.name for one in folder.list_folder(parts)]

    def create_folder(self, path: str) -> None:
        folder, parts = self._place(path)
        folder.make_folder(parts)

    def upload(
        self, source: BinaryIO, size_bytes: int, mtime: datetime, path: str, transfer: Transfer
    ) -> StoredFile:
        folder, parts = self._place(path)
        name = parts[-1] if parts else ""
        checksum = xxhash.xxh3_128()

        def fill(target: BinaryIO) -> None:
            _copy(source, target, checksum, transfer)

        incoming = Incoming(
            parts=parts,
            path=path,
            partial=partial_name(name, self._worker, next(self._numbers)),
            size_bytes=size_bytes,
            mtime_ns=ns_of(mtime),
            fill=fill,
            confirm=transfer.confirm,
        )
        (error,) = folder.write_group([incoming])
        if error is not None:
            raise error
        facts = folder.facts(parts)
        if facts is None:
            raise SourceMissingError(site=self.site, path=path)
        return _stored(parts, facts, checksum)

    def download(self, path: str, target: BinaryIO, transfer: Transfer) -> StoredFile:
        folder, parts = self._place(path)
        checksum = xxhash.xxh3_128()
        with folder.open_source(parts) as source:
            _copy(source.stream, target, checksum, transfer)
            return _stored(parts, source.facts, checksum)

    def delete(self, path: str) -> None:
        folder, parts = self._place(path)
        folder.remove_file(parts)

    def close(self) -> None:
        """Let the root folders go; transfers that still work with them are not disturbed."""
        self._open.clear()

    def _place(self, path: str) -> tuple[LocalFolder, Parts]:
        """The root folder that a path of the site lies under, and the names below it."""
        text = _slashed(path)
        for root in sorted(self.roots.values(), key=len, reverse=True):
            head = _slashed(root).rstrip("/")
            rest = text[len(head) :]
            if _is_same(text[: len(head)], head) and rest[:1] in ("", "/"):
                return self.local_folder(root), tuple(part for part in rest.split("/") if part)
        raise PathRefusedError(site=self.site, path=path, detail="it lies under no root of the site")


def _slashed(path: str) -> str:
    return path.replace("\\", "/") if _WINDOWS else path


def _is_same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold() if _WINDOWS else one == other


def _copy(source: BinaryIO, target: BinaryIO, checksum: xxhash.xxh3_128, transfer: Transfer) -> None:
    while block := source.read(BLOCK_BYTES):
        target.write(block)
        checksum.update(block)
        transfer.progress(len(block))


def _stored(parts: Parts, facts: FileFacts, checksum: xxhash.xxh3_128 | None = None) -> StoredFile:
    return StoredFile(
        id="/".join(parts),
        size_bytes=facts.size_bytes,
        mtime=moment_of(facts.mtime_ns),
        checksum=f"xxh3_128:{checksum.hexdigest()}" if checksum is not None else None,
    )
