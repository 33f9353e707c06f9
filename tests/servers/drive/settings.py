"""What can be switched while the server runs; kept with its data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace

from tests.servers.drive.errors import Document

GB = 10**9
FOLDER = "application/vnd.google-apps.folder"
SHORTCUT = "application/vnd.google-apps.shortcut"
GRAIN_BYTES = 256 * 1024  # what a resumable session keeps is a multiple of it


@dataclass(frozen=True, slots=True)
class Settings:
    """The switches.

    Args:
        clock_skew_s: the server's clock is that much ahead of the machine's.
        token_lifetime_s: of access tokens.
        token_epoch: raised to void every access token given so far.
        session_lifetime_s: of resumable sessions.
        latency_s: added to each call of the API.
        rate_per_s: calls a second and user, None without limit; `rate_burst` calls may come at once.
        rate_status, rate_reason, rate_retry_after_s: how a call over the limit is answered.
        daily_upload_bytes: uploaded bytes a user and day, None without limit.
        checksums: which of md5, sha1, sha256 files have.
        api_enabled: whether the project has the Drive API.
        proxy_login: "user:password" that CONNECT asks for, None for nothing.
        largest_page: cap of pageSize.
        exact_names: compare names in queries by case too; Drive does not.
    """

    clock_skew_s: float = 0.0
    token_lifetime_s: float = 3600.0
    token_epoch: int = 0
    session_lifetime_s: float = 7 * 86400.0
    latency_s: float = 0.0
    rate_per_s: float | None = None
    rate_burst: int = 1
    rate_status: int = 403
    rate_reason: str = "userRateLimitExceeded"
    rate_retry_after_s: int | None = None
    daily_upload_bytes: int | None = 750 * GB
    checksums: tuple[str, ...] = ("md5", "sha1", "sha256")
    api_enabled: bool = True
    proxy_login: str | None = None
    largest_page: int = 1000
    exact_names: bool = False
    project_id: str = "studio-project"
    project_number: str = "123456789012"

    def changed(self, changes: Mapping[str, object]) -> Settings:
        """The same with some of them set anew.

        Raises:
            ValueError: for a name that is none of them.
        """
        known = {field.name for field in fields(self)}
        if unknown := set(changes) - known:
            raise ValueError(f"unknown settings: {', '.join(sorted(unknown))}")
        values = dict(changes)
        if isinstance(names := values.get("checksums"), list):
            values["checksums"] = tuple(names)
        return replace(self, **values)  # type: ignore[arg-type]

    def document(self) -> Document:
        """For the journal and the control interface."""
        return asdict(self)
