"""Provider `gdrive`: folders on Google Drive, on a shared drive or in somebody's My Drive.

A path of the site is "ROOT/names", where a root is `/My Drive/a/b` or `/NAME OF A SHARED DRIVE/a/b`; roots
are never made. Google's libraries are loaded when a site is first used, not before.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from syncgui.model.errors import LoginError, SyncError
from syncgui.providers.abstract_provider import (
    AbstractProvider,
    Capabilities,
    CheckReport,
    StoredFile,
    Transfer,
)
from syncgui.providers.account_gate import AccountGate

if TYPE_CHECKING:
    from syncgui.providers.drive_site import DriveSite


class GDriveSettings(BaseModel):
    """What the settings of a Drive site hold beside its roots."""

    model_config = ConfigDict(frozen=True)

    credentials_url: Path = Field(
        title="Credentials file",
        description="a JSON file: a service account's key, or the identity of an installed program",
        json_schema_extra={"kind": "file"},
    )
    subject: str = Field(
        default="",
        title="In the name of",
        description="the address of a user in whose name the service account works; empty for its own",
    )
    endpoint: str = Field(
        default="",
        title="Address",
        description="another address than Google's, such as https://drive.example.net; empty for Google's",
    )

    @field_validator("endpoint")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        if value and not _is_address(value):
            raise ValueError("an address such as https://drive.example.net, or empty for Google's")
        return value.rstrip("/")


class GDriveProvider(AbstractProvider):
    """See the module.

    Args:
        site: name of the site.
        settings: a `GDriveSettings`.
        roots: root name to folder on the site.
        timeouts_s: how long to wait for a connection, and for each piece of an answer; None for the usual.
        gate: the account's pace; None for the one that all sites of the account share.
    """

    code = "gdrive"
    label = "Google Drive"
    settings_model = GDriveSettings
    capabilities = Capabilities(
        checksums=("md5", "sha256"),
        resumes_upload=True,
        resumes_download=True,
        token_lifetime_s=6 * 24 * 3600.0,
        reads_ranges=True,
        replaces_atomically=True,
        keeps_mtime=True,
        case_sensitive=True,
        allows_duplicate_names=True,
        looks_up_together=32,
        longest_name_bytes=32_767,
        largest_file_bytes=5 * 2**40,
        slots=8,
        chunk_multiple_bytes=256 * 1024,
        one_call_below_bytes=5_000_000,
        has_quota=True,
        has_trash=True,
    )

    def __init__(
        self,
        site: str,
        settings: BaseModel,
        roots: dict[str, str],
        *,
        timeouts_s: tuple[float, float] | None = None,
        gate: AccountGate | None = None,
    ) -> None:
        super().__init__(site, settings, roots)
        self._own = GDriveSettings.model_validate(settings, from_attributes=True)
        self._timeouts_s = timeouts_s
        self._gate = gate
        self._lock = threading.Lock()
        self._site: DriveSite | None = None

    def check(self) -> CheckReport:
        from syncgui.providers.drive_check import check_site  # noqa: PLC0415 - loads Google's libraries

        self.close()  # what was remembered may be what is wrong
        return check_site(self.site, self._own, self.roots, self._drive)

    def stat(self, path: str) -> StoredFile | None:
        (found,) = self.stat_many([path])
        if isinstance(found, SyncError):
            raise found
        return found

    def stat_many(
        self, paths: Sequence[str], known_ids: Sequence[str | None] = ()
    ) -> list[StoredFile | SyncError | None]:
        try:
            return self._drive().stat_many(paths, known_ids)
        except SyncError as error:
            return [error for _ in paths]

    def list_folder(self, path: str) -> Sequence[str]:
        return self._drive().list_folder(path)

    def create_folder(self, path: str) -> None:
        self._drive().create_folder(path)

    def upload(
        self, source: BinaryIO, size_bytes: int, mtime: datetime, path: str, transfer: Transfer
    ) -> StoredFile:
        return self._drive().upload(source, size_bytes, mtime, path, transfer).stored

    def download(self, path: str, target: BinaryIO, transfer: Transfer) -> StoredFile:
        return self._drive().downloads.download(path, target, transfer).stored

    def delete(self, path: str) -> None:
        self._drive().delete(path)

    def log_in(self, say: Callable[[str], None]) -> str:
        from syncgui.providers.drive_tokens import log_in  # noqa: PLC0415 - loads the keyring's library

        log_in(self._program(), site=self.site, say=say)
        self.close()  # who was logged in before is forgotten
        return self._drive().user()

    def log_out(self) -> bool:
        from syncgui.providers.drive_tokens import forget_token  # noqa: PLC0415 - loads the keyring's library

        was_there = forget_token(self._program()["client_id"], site=self.site)
        self.close()
        return was_there

    def close(self) -> None:
        with self._lock:
            site, self._site = self._site, None
        if site is not None:
            site.close()

    def _program(self) -> Mapping[str, str]:
        """The identity of the installed program in whose name a user logs in.

        Raises:
            LoginError: the credentials file can not be used, or is of another kind.
        """
        from syncgui.providers.drive_account import read_identity  # noqa: PLC0415 - loads Google's libraries

        identity = read_identity(self._own.credentials_url, site=self.site)
        if identity.kind != "installed":
            detail = f"{identity.path} says who it works as ({identity.name}); nobody has to log in"
            raise LoginError(site=self.site, detail=detail)
        return identity.content

    def _drive(self) -> DriveSite:
        """The site, connected on first use.

        Raises:
            LoginError: its credentials can not be used.
        """
        from syncgui.providers.drive_site import DriveSite  # noqa: PLC0415 - loads Google's libraries

        with self._lock:
            if self._site is None:
                self._site = DriveSite(
                    self.site, self._own, self.roots, timeouts_s=self._timeouts_s, gate=self._gate
                )
            return self._site


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port or an IPv6 address that is none
        return False
