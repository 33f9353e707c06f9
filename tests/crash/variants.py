"""Programs that are wrong on purpose, so that it is known that the harness would notice.

`records_first` writes `created_dt` before the bytes are there; `in_place` writes at the final name, and keeps
no old version; `moves_away` takes the name from the old version before the new one has it. They are made of
the program's own parts, with one of them replaced by a worse one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, cast

from syncgui.application import Application
from syncgui.model.edits import Claim, MutableDocument, entries
from syncgui.model.errors import DamagedError, SyncError
from syncgui.model.representation import Document
from syncgui.providers import lib
from syncgui.providers.file_operations import FolderHandle, file_operations
from syncgui.providers.local_drive import LocalDriveProvider
from syncgui.providers.local_folder import Incoming, LocalFolder, Writer
from syncgui.providers.os_errors import target_error
from syncgui.providers.posix_files import PosixFileOperations
from syncgui.store.abstract_store import Store
from syncgui.store.bson_documents import rewritten
from syncgui.store.sqlite_store import SqliteStore, utc_now
from tests.crash.published import SITES


class _RecordsFirstStore(SqliteStore):
    """Says that files are there as soon as they are claimed; the claim itself stays, so they follow."""

    def claim(self, project: str, claims: Sequence[Claim]) -> list[Document]:
        documents = super().claim(project, claims)
        ids = {one.target.representation for one in claims}
        self._rewrite(project, ids, lambda _, body: rewritten(body, _say_present))
        return documents


def _say_present(document: MutableDocument) -> bool:
    files = cast("list[MutableDocument]", document["files"])
    claimed = [
        entry for file in files for site in SITES for entry in entries(file, site) if entry.get("lease")
    ]
    for entry in claimed:
        entry["created_dt"] = utc_now()
    return bool(claimed)


class _RecordsFirst(Application):
    @cached_property
    def store(self) -> Store:
        store = _RecordsFirstStore(Path(self.database.removeprefix("sqlite:///")))
        self._opened.append(store)
        return store


class _InPlaceFolder(LocalFolder):
    """Writes at the final name, as programs do that copy with `shutil`."""

    def write_group(self, group: Sequence[Incoming]) -> list[SyncError | None]:
        return [self._write(one) for one in group]

    def _write(self, incoming: Incoming) -> SyncError | None:
        target = Path(self.root, *incoming.parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        files = file_operations()
        folder = files.open_root(str(target.parent))
        with target.open("wb", buffering=0) as stream:
            writer = Writer(
                files,
                stream.fileno(),
                folder=folder,
                promised_bytes=incoming.size_bytes,
                is_taken_over=False,
                failure=lambda error: target_error(error, site=self.site, path=incoming.path),
                damaged=lambda detail: DamagedError(site=self.site, path=incoming.path, detail=detail),
            )
            try:
                incoming.fill(cast("BinaryIO", writer))
                os.fsync(stream.fileno())
                incoming.confirm()
            except SyncError as error:
                return error
            finally:
                files.close_folder(folder)
        if incoming.begun is not None:
            target.with_name(incoming.begun).unlink(missing_ok=True)
        return None


class _InPlaceDrive(LocalDriveProvider):
    """A local drive whose files are written in place."""

    code = "in_place_drive"

    def local_folder(self, root: str) -> LocalFolder:
        return _InPlaceFolder(self.site, self.roots.get(root, root), file_operations())


class _MovesAway(PosixFileOperations):
    """Moves the old version into the trash, so that for a moment nothing has the name."""

    def link(self, folder: FolderHandle, name: str, to: FolderHandle, new: str) -> None:
        os.rename(name, new, src_dir_fd=folder.fd, dst_dir_fd=to.fd)


class _MovesAwayDrive(LocalDriveProvider):
    """A local drive that replaces so."""

    code = "moves_away_drive"

    def local_folder(self, root: str) -> LocalFolder:
        return LocalFolder(self.site, self.roots.get(root, root), _MovesAway())


@dataclass(frozen=True, slots=True)
class Variant:
    """A wrong program: what is done first, what it is made of, the provider of its site `backup`."""

    prepare: Callable[[], None]
    application: type[Application]
    provider: str


VARIANTS = {
    "records_first": Variant(lambda: None, _RecordsFirst, LocalDriveProvider.code),
    "moves_away": Variant(lambda: lib.register(_MovesAwayDrive), Application, _MovesAwayDrive.code),
    "in_place": Variant(lambda: lib.register(_InPlaceDrive), Application, _InPlaceDrive.code),
}
