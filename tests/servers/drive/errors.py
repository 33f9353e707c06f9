"""Errors as Google words them: a JSON body with code, message and a list of reasons.

Texts, domains and reasons follow "Resolve errors" of the Drive documentation and answers seen in the wild.
"""

from __future__ import annotations

from dataclasses import dataclass

Document = dict[str, object]


class HungUpError(Exception):
    """The connection is gone: the client closed it, or a fault on demand did."""


class OAuthError(Exception):
    """A refusal of the token endpoint, with its short body."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.status = status
        self.body: Document = {"error": error, "error_description": description}


@dataclass
class ApiError(Exception):
    """A refusal of the API. `retry_after_s` becomes a header."""

    status: int
    reason: str
    message: str
    domain: str = "global"
    location: str = ""
    location_type: str = "parameter"
    name: str = ""
    extended_help: str = ""
    retry_after_s: int | None = None
    headers: tuple[tuple[str, str], ...] = ()

    def body(self) -> Document:
        """The answer's JSON."""
        detail: Document = {"message": self.message, "domain": self.domain, "reason": self.reason}
        if self.location:
            detail |= {"location": self.location, "locationType": self.location_type}
        if self.extended_help:
            detail["extendedHelp"] = self.extended_help
        error: Document = {"code": self.status, "message": self.message, "errors": [detail]}
        if self.name:
            error["status"] = self.name
        return {"error": error}


def not_found(file_id: str) -> ApiError:
    """A file that is not there, or not to be seen by this account."""
    return ApiError(404, "notFound", f"File not found: {file_id}.", location="fileId")


def invalid(location: str, message: str = "Invalid Value", location_type: str = "parameter") -> ApiError:
    """A parameter or a field with a value that makes no sense."""
    return ApiError(400, "invalid", message, location=location, location_type=location_type)


def bad_request(message: str = "Bad Request") -> ApiError:
    """A request that can not be understood."""
    return ApiError(400, "badRequest", message)


def not_writable(message: str) -> ApiError:
    """A field that only the server sets."""
    return ApiError(403, "fieldNotWritable", message)


def no_permission(file_id: str) -> ApiError:
    """The account's role does not allow it."""
    return ApiError(
        403,
        "insufficientFilePermissions",
        f"The user does not have sufficient permissions for file {file_id}.",
    )


def bad_token() -> ApiError:
    """An access token that is unknown, expired or withdrawn."""
    return ApiError(
        401,
        "authError",
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or "
        "other valid authentication credential. See "
        "https://developers.google.com/identity/sign-in/web/devconsole-project.",
        location="Authorization",
        location_type="header",
        name="UNAUTHENTICATED",
    )


def no_token() -> ApiError:
    """A call without any credential."""
    return ApiError(
        403,
        "forbidden",
        "Method doesn't allow unregistered callers (callers without established identity). Please use API "
        "Key or other form of API consumer identity to call this API.",
        name="PERMISSION_DENIED",
    )


def api_disabled(project_number: str) -> ApiError:
    """The project of the credentials has not enabled the Drive API."""
    return ApiError(
        403,
        "accessNotConfigured",
        f"Google Drive API has not been used in project {project_number} before or it is disabled. Enable it "
        "by visiting https://console.developers.google.com/apis/api/drive.googleapis.com/overview?project="
        f"{project_number} then retry. If you enabled this API recently, wait a few minutes for the action "
        "to propagate to our systems and retry.",
        domain="usageLimits",
        name="PERMISSION_DENIED",
        extended_help="https://console.developers.google.com",
    )


def service_account_without_storage() -> ApiError:
    """A service account would become the owner of a file."""
    return ApiError(
        403,
        "storageQuotaExceeded",
        "Service Accounts do not have storage quota. Leverage shared drives "
        "(https://developers.google.com/workspace/drive/api/guides/about-shareddrives), or use OAuth "
        "delegation (http://support.google.com/a/answer/7281227) instead.",
        domain="usageLimits",
    )


def storage_exceeded() -> ApiError:
    """The owner's storage is full."""
    return ApiError(
        403,
        "storageQuotaExceeded",
        "The user's Drive storage quota has been exceeded.",
        domain="usageLimits",
    )


def drive_full() -> ApiError:
    """A shared drive holds as many items as it may."""
    return ApiError(
        403, "teamDriveFileLimitExceeded", "The file limit for this shared drive has been exceeded."
    )


_RATE_TEXTS = {
    "userRateLimitExceeded": "User Rate Limit Exceeded",
    "rateLimitExceeded": "Rate Limit Exceeded",
    "dailyLimitExceeded": "Daily Limit Exceeded",
}


def rate_limited(status: int, reason: str, retry_after_s: int | None = None) -> ApiError:
    """Too many calls, or too many bytes in a day."""
    return ApiError(
        status,
        reason,
        _RATE_TEXTS.get(reason, reason),
        domain="usageLimits",
        retry_after_s=retry_after_s,
    )


_FAULT_TEXTS = {
    400: ("badRequest", "Bad Request"),
    401: ("authError", "Invalid Credentials"),
    403: ("forbidden", "Forbidden"),
    404: ("notFound", "Not Found"),
    408: ("requestTimeout", "Request Timeout"),
    410: ("gone", "Gone"),
    429: ("rateLimitExceeded", "Rate Limit Exceeded"),
    500: ("internalError", "Internal Error"),
    502: ("badGateway", "Bad Gateway"),
    503: ("backendError", "Backend Error"),
    504: ("gatewayTimeout", "Gateway Timeout"),
}


def demanded(status: int, reason: str, message: str, retry_after_s: int | None) -> ApiError:
    """A fault on demand; what is not given is what Google says with that status."""
    usual_reason, usual_message = _FAULT_TEXTS.get(status, ("unknown", "Unknown"))
    reason = reason or usual_reason
    limits = "imit" in reason or "uota" in reason
    return ApiError(
        status,
        reason,
        message or _RATE_TEXTS.get(reason, usual_message),
        domain="usageLimits" if limits else "global",
        retry_after_s=retry_after_s,
    )
