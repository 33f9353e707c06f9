"""Partial answers: the `fields` parameter, such as "nextPageToken,files(id,owners/emailAddress)"."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from tests.servers.drive.errors import ApiError

Mask = Mapping[str, "Mask | None"]  # None: all of it

_STOPS = frozenset(",()/")
FILE_FIELDS = frozenset(
    {
        "appProperties",
        "capabilities",
        "clientEncryptionDetails",
        "contentHints",
        "contentRestrictions",
        "copyRequiresWriterPermission",
        "createdTime",
        "description",
        "downloadRestrictions",
        "driveId",
        "explicitlyTrashed",
        "exportLinks",
        "fileExtension",
        "folderColorRgb",
        "fullFileExtension",
        "hasAugmentedPermissions",
        "hasThumbnail",
        "headRevisionId",
        "iconLink",
        "id",
        "imageMediaMetadata",
        "inheritedPermissionsDisabled",
        "isAppAuthorized",
        "kind",
        "labelInfo",
        "lastModifyingUser",
        "linkShareMetadata",
        "md5Checksum",
        "mimeType",
        "modifiedByMe",
        "modifiedByMeTime",
        "modifiedTime",
        "name",
        "originalFilename",
        "ownedByMe",
        "owners",
        "parents",
        "permissionIds",
        "permissions",
        "properties",
        "quotaBytesUsed",
        "resourceKey",
        "sha1Checksum",
        "sha256Checksum",
        "shared",
        "sharedWithMeTime",
        "sharingUser",
        "shortcutDetails",
        "size",
        "spaces",
        "starred",
        "teamDriveId",
        "thumbnailLink",
        "thumbnailVersion",
        "trashed",
        "trashedTime",
        "trashingUser",
        "version",
        "videoMediaMetadata",
        "viewedByMe",
        "viewedByMeTime",
        "viewersCanCopyContent",
        "webContentLink",
        "webViewLink",
        "writersCanShare",
    }
)


@lru_cache(512)
def parse_mask(text: str) -> Mask:
    """The mask as a tree.

    Raises:
        ApiError: it is not well formed.
    """
    mask, at = _selection(text, 0)
    if at != len(text):
        raise _bad(text)
    return mask


def select(value: object, mask: Mask | None) -> object:
    """What a mask leaves of a JSON value; a mask on a list is one on each of its items."""
    if mask is None or ("*" in mask and mask["*"] is None):
        return value
    if isinstance(value, list):
        return [select(one, mask) for one in value]
    if not isinstance(value, dict):
        return value
    rest = mask.get("*")
    return {
        name: select(one, mask.get(name, rest)) for name, one in value.items() if name in mask or "*" in mask
    }


def wanted(mask: Mask | None) -> frozenset[str] | None:
    """The names that a mask asks for, None for all."""
    return None if mask is None or "*" in mask else frozenset(mask)


def check_names(mask: Mask | None, known: frozenset[str]) -> None:
    """Refuse a mask that asks for a field which does not exist.

    Raises:
        ApiError: as Drive does.
    """
    for name in mask or ():
        if name != "*" and name not in known:
            raise _bad(name)


def _selection(text: str, at: int) -> tuple[Mask, int]:
    mask: dict[str, Mask | None] = {}
    while True:
        at = _path(text, at, mask)
        if at >= len(text) or text[at] != ",":
            return mask, at
        at += 1


def _path(text: str, at: int, mask: dict[str, Mask | None]) -> int:
    start = at
    while at < len(text) and text[at] not in _STOPS:
        at += 1
    name = text[start:at].strip()
    if not name:
        raise _bad(text)
    inner: Mask | None = None
    if at < len(text) and text[at] == "/":
        deeper: dict[str, Mask | None] = {}
        at = _path(text, at + 1, deeper)
        inner = deeper
    elif at < len(text) and text[at] == "(":
        inner, at = _selection(text, at + 1)
        if at >= len(text) or text[at] != ")":
            raise _bad(text)
        at += 1
    before = mask.get(name, {})
    mask[name] = None if inner is None or before is None else {**before, **inner}
    return at


def _bad(name: str) -> ApiError:
    return ApiError(400, "invalidParameter", f"Invalid field selection {name}", location="fields")
