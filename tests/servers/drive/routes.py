"""What a path and a method mean."""

from __future__ import annotations

import re

from tests.servers.drive.calls import Route
from tests.servers.drive.wire import Head

_API = re.compile(r"(?:/resumable)?(?P<upload>/upload)?/drive/v3/(?P<rest>.*)$")
_METHODS = (
    ("GET", r"about", "about.get"),
    ("GET", r"drives", "drives.list"),
    ("GET", r"drives/([^/]+)", "drives.get"),
    ("GET", r"changes/startPageToken", "changes.getStartPageToken"),
    ("GET", r"files", "files.list"),
    ("POST", r"files", "files.create"),
    ("GET", r"files/generateIds", "files.generateIds"),
    ("DELETE", r"files/trash", "files.emptyTrash"),
    ("GET", r"files/([^/]+)", "files.get"),
    ("PATCH", r"files/([^/]+)", "files.update"),
    ("DELETE", r"files/([^/]+)", "files.delete"),
    ("POST", r"files/([^/]+)/copy", "files.copy"),
    ("GET", r"files/([^/]+)/permissions", "permissions.list"),
    ("POST", r"files/([^/]+)/permissions", "permissions.create"),
    ("DELETE", r"files/([^/]+)/permissions/([^/]+)", "permissions.delete"),
    ("GET", r"files/([^/]+)/revisions", "revisions.list"),
    ("GET", r"files/([^/]+)/revisions/([^/]+)", "revisions.get"),
)
_COMPILED = [(verb, re.compile(f"{path}$"), method) for verb, path, method in _METHODS]
TOKEN_PATHS = ("/token", "/oauth2/v4/token", "/o/oauth2/token")
CONSENT_PATHS = ("/o/oauth2/auth", "/o/oauth2/v2/auth")


def route_of(head: Head) -> Route:
    """What is asked; kind "unknown" when there is no such call."""
    if head.path.startswith("/_control"):
        return Route("control")
    if head.path in TOKEN_PATHS:
        return Route("token")
    if head.path in CONSENT_PATHS:
        return Route("consent")
    found = _API.match(head.path)
    if found is None:
        return Route("unknown")
    if found["upload"] and "upload_id" in head.params:
        return Route(_session_kind(head))
    verb = head.method
    if verb == "POST" and head.headers.get("x-http-method-override"):
        verb = head.headers["x-http-method-override"].upper()
    for expected, pattern, method in _COMPILED:
        match = pattern.match(found["rest"])
        if match is None or verb != expected:
            continue
        ids = match.groups()
        if found["upload"]:
            kind = {"resumable": "upload.start", "multipart": "upload.multipart", "media": "upload.media"}
            if method in ("files.create", "files.update"):
                return Route(kind.get(head.params.get("uploadType", ""), "unknown"), method, ids)
            return Route("unknown")
        if method == "files.get" and head.params.get("alt") == "media":
            return Route("files.media", method, ids)
        return Route(method, method, ids)
    return Route("unknown")


def _session_kind(head: Head) -> str:
    if head.method == "DELETE":
        return "upload.cancel"
    if head.method not in ("PUT", "POST"):
        return "unknown"
    return "upload.ask" if head.headers.get("content-range", "").startswith("bytes */") else "upload.put"
