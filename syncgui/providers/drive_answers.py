"""What Drive's refusals mean: which are passing, and which member of the error family the others are.

Source: "Resolve errors" in the guide of the Drive API, and what accounts of several kinds answered.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from syncgui.model.errors import (
    ApiDisabledError,
    DailyLimitError,
    DiskFullError,
    DownloadQuotaError,
    FileForbiddenError,
    FolderFullError,
    LoginError,
    NoStorageError,
    RateLimitedError,
    SiteError,
    SiteForbiddenError,
    SourceNotAFileError,
    SourceUnreadableError,
    SyncError,
    UnforeseenError,
)

_PACE = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "sharingRateLimitExceeded"})
_PASSING = frozenset({408, 500, 502, 503, 504})
_FOLDER_FULL = {
    "numChildrenInNonRootLimitExceeded": "it holds as many items as a folder can",
    "myDriveHierarchyDepthLimitExceeded": "its folders are as deep as they can be",
    "teamDriveHierarchyTooDeep": "its folders are as deep as they can be",
}
_FILE_NOT_ALLOWED = frozenset(
    {
        *("insufficientFilePermissions", "insufficientParentPermissions", "cannotAddParent"),
        *("appNotAuthorizedToFile", "fileWriterTeamDriveMoveInDisabled"),
    }
)
"""Drive says so of one file or folder; where that is the site's root, `DriveSite` says it of the site."""

_NOT_ALLOWED = frozenset(
    {
        *("insufficientPermissions", "insufficientScopes", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"),
        *("forbidden", "PERMISSION_DENIED", "domainPolicy", "teamDriveMembershipRequired"),
    }
)
_WORDS_BYTES = 300


@dataclass
class RefusedError(Exception):
    """An answer that is no success. Never leaves the provider.

    Args:
        status: of HTTP.
        reason: Drive's word for it, "" if there is none.
        words: Drive's own sentence, without secrets.
        retry_after_s: what it asks for, None if it asks for nothing.
    """

    status: int
    reason: str = ""
    words: str = ""
    retry_after_s: float | None = None

    @property
    def is_for_the_pace(self) -> bool:
        """Whether a slower pace is asked for."""
        return self.status == 429 or (self.status == 403 and self.reason in _PACE)

    @property
    def is_passing(self) -> bool:
        """Whether the same call may succeed a moment later."""
        return self.status in _PASSING

    @property
    def is_missing(self) -> bool:
        """Whether what was named is not there, or not for this account."""
        return self.status == 404

    def as_error(self, site: str, path: str = "") -> SyncError:
        """What it means for a file of a site."""
        words = self.words or f"it answered {self.status} {self.reason}".strip()
        if self.is_for_the_pace:
            return RateLimitedError(site=site, path=path, detail=words)
        if self.status == 401:
            return LoginError(site=site, path=path, detail=words)
        if self.status == 403 and self.reason == "storageQuotaExceeded":
            kind = NoStorageError if "service account" in words.lower() else DiskFullError
            return kind(site=site, path=path, detail=words)
        if self.reason == "teamDriveFileLimitExceeded":
            detail = "the shared drive holds as many items as it can"
            return DiskFullError(site=site, path=path, detail=detail)
        if self.reason in _FOLDER_FULL:
            return FolderFullError(site=site, path=path, detail=_FOLDER_FULL[self.reason])
        if self.reason in ("accessNotConfigured", "SERVICE_DISABLED"):
            return ApiDisabledError(site=site, path=path, detail=words)
        if self.reason == "downloadQuotaExceeded":
            return DownloadQuotaError(site=site, path=path, detail=words)
        if self.reason in ("dailyLimitExceeded", "quotaExceeded"):
            return DailyLimitError(site=site, path=path, detail=words)
        if self.reason in ("cannotDownloadAbusiveFile", "cannotDownloadFile"):
            return SourceUnreadableError(site=site, path=path, detail=words)
        if self.reason == "fileNotDownloadable":
            return SourceNotAFileError(site=site, path=path, detail="it is a document of Drive, not a file")
        if self.status == 403 and self.reason in _FILE_NOT_ALLOWED:
            return FileForbiddenError(site=site, path=path, detail=words)
        if self.status == 403 and (self.reason in _NOT_ALLOWED or not self.reason):
            return SiteForbiddenError(site=site, path=path, detail=words)
        if self.status < 400:
            detail = "its calls are led elsewhere, as by the login page of a network"
            return SiteError(site=site, path=path, detail=detail)
        if self.status >= 500 or self.status in _PASSING:
            return SiteError(site=site, path=path, detail=f"Drive answers {self.status}: {words}")
        return UnforeseenError(site=site, path=path, detail=f"Drive answers {self.status}: {words}")


def refusal(status: int, headers: Mapping[str, str], body: bytes) -> RefusedError:
    """Read an answer that is no success."""
    reason, words = _reason(body)
    return RefusedError(
        status, reason, words, _seconds(headers.get("Retry-After") or headers.get("retry-after"))
    )


def _reason(body: bytes) -> tuple[str, str]:
    try:
        error = json.loads(body)["error"]
        if isinstance(error, str):
            return error, ""
        first = (error.get("errors") or [{}])[0]
        detail: dict[str, object] = next((one for one in error.get("details") or () if "reason" in one), {})
        reason = str(first.get("reason") or detail.get("reason") or error.get("status") or "")
        words = str(error.get("message") or first.get("message") or "")
        return reason, words[:_WORDS_BYTES].rstrip(". ")
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        return "", ""


def _seconds(text: str | None) -> float | None:
    try:
        return max(0.0, float(text)) if text is not None else None
    except ValueError:
        return None  # a date: its own pause serves as well
