"""Making and changing items as the metadata of a call says, with all that may speak against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tests.servers.drive.errors import (
    ApiError,
    Document,
    bad_request,
    drive_full,
    invalid,
    no_permission,
    not_found,
    not_writable,
    rate_limited,
    service_account_without_storage,
    storage_exceeded,
)
from tests.servers.drive.items import Account, Item, time_ms
from tests.servers.drive.resources import View, head_revision
from tests.servers.drive.settings import FOLDER, SHORTCUT
from tests.servers.drive.world import World

_READ_ONLY = frozenset(
    {
        "size",
        "md5Checksum",
        "sha1Checksum",
        "sha256Checksum",
        "headRevisionId",
        "version",
        "owners",
        "ownedByMe",
        "capabilities",
        "driveId",
        "teamDriveId",
        "webViewLink",
        "webContentLink",
        "iconLink",
        "permissions",
        "permissionIds",
        "shared",
        "explicitlyTrashed",
        "spaces",
        "quotaBytesUsed",
        "lastModifyingUser",
        "trashedTime",
    }
)
_REVISIONS_KEPT = 100


@dataclass(frozen=True, slots=True)
class Content:
    """What was uploaded: a file in the blobs, and its facts."""

    blob: str
    size: int
    checksums: Mapping[str, str]
    mime_type: str = ""


def find(view: View, file_id: str, *, all_drives: bool) -> Item:
    """The item of an id, "root" included.

    Raises:
        ApiError: it is not there for this caller; on a shared drive, for callers that do not support them.
    """
    item = view.world.tree.items.get(view.account.root if file_id == "root" else file_id)
    if item is None or (item.drive and not all_drives) or not view.access.sees(item):
        raise not_found(file_id)
    return item


def new_item(view: View, fields: Document, *, all_drives: bool) -> Item:
    """An item as the metadata says, not kept yet; it has no content.

    Raises:
        ApiError: it may not be made.
    """
    _refuse_read_only(fields)
    world = view.world
    parent = _parent_of_new(view, fields, all_drives=all_drives)
    now = world.now_ms()
    mime_type = str(fields.get("mimeType") or "")
    item = Item(
        id=_id_of_new(world, fields),
        name=str(fields.get("name", "Untitled")),
        mime_type=mime_type,
        parent=parent.id,
        drive=parent.drive,
        owner="" if parent.drive else view.account.email,
        created_ms=_time(fields, "createdTime", now),
        modified_ms=_time(fields, "modifiedTime", now),
        creator=view.account.email,
        modifier=view.account.email,
        order=0,
    )
    if mime_type == SHORTCUT:
        details = fields.get("shortcutDetails")
        target = str(details.get("targetId", "")) if isinstance(details, dict) else ""
        find(view, target, all_drives=all_drives)
        item = replace(item, target=target)
    return replace(item, **_plain_fields(fields, item))  # type: ignore[arg-type]


def changed_item(view: View, item: Item, fields: Document) -> Item:
    """An item with other metadata, not kept yet.

    Raises:
        ApiError: it may not be changed so.
    """
    if "parents" in fields:
        raise not_writable(
            "The parents field is not directly writable in update requests. Use the addParents and "
            "removeParents parameters instead."
        )
    if fields.get("id", item.id) != item.id:
        raise not_writable("The resource body includes fields which are not directly writable.")
    _refuse_read_only(fields)
    access = view.access
    others = {name for name in fields if name not in ("trashed", "kind", "id")}
    if "trashed" in fields and not access.may_trash(item):
        raise no_permission(item.id)
    if (others or "trashed" not in fields) and not access.may_edit(item):
        raise no_permission(item.id)
    now = view.world.now_ms()
    changed = replace(
        item,
        name=str(fields.get("name", item.name)),
        mime_type=str(fields.get("mimeType") or item.mime_type),
        modified_ms=_time(fields, "modifiedTime", item.modified_ms),
        version=item.version + 1,
        **_plain_fields(fields, item),  # type: ignore[arg-type]
    )
    if "modifiedTime" in fields:
        changed = replace(changed, modifier=view.account.email)
    if "trashed" in fields:
        trashed = fields["trashed"] is True
        changed = replace(changed, trashed=trashed, trashed_ms=now if trashed else 0)
    return changed


def with_content(view: View, item: Item, content: Content, fields: Document) -> Item:
    """An item with a content; the one it had becomes a revision."""
    revisions = list(item.revisions)
    if item.revision:
        revisions.append(head_revision(item))
    for old in revisions[:-_REVISIONS_KEPT]:
        view.world.blob_path(str(old["blob"])).unlink(missing_ok=True)
    return replace(
        item,
        size=content.size,
        checksums=dict(content.checksums),
        blob=content.blob,
        revision=content.blob,
        revisions=revisions[-_REVISIONS_KEPT:],
        mime_type=str(fields.get("mimeType") or content.mime_type or item.mime_type)
        or "application/octet-stream",
        modified_ms=_time(fields, "modifiedTime", view.world.now_ms()),
        modifier=view.account.email,
        original_name=item.original_name or item.name,
    )


def check_room(world: World, item: Item, size: int, *, replaced: int | None = None) -> None:
    """Whether a content of this size may be put there; `replaced` is the size of the one before.

    Raises:
        ApiError: the owner's storage or the shared drive is full.
    """
    if item.drive:
        drive = world.drives[item.drive]
        is_new = replaced is None
        if is_new and drive.item_limit is not None and world.tree.item_counts[drive.id] >= drive.item_limit:
            raise drive_full()
        return
    if item.mime_type in (FOLDER, SHORTCUT):
        return
    owner = world.accounts[item.owner]
    if owner.storage_bytes is None:
        return
    if owner.kind == "service" and owner.storage_bytes == 0:
        raise service_account_without_storage()
    if world.tree.used_bytes[owner.email] + size - (replaced or 0) > owner.storage_bytes:
        raise storage_exceeded()


def check_daily_upload(world: World, account: Account) -> None:
    """Whether an account may upload any more today.

    Raises:
        ApiError: its bytes of the day are spent.
    """
    limit = world.settings.daily_upload_bytes
    if limit is not None and world.uploaded_today(account.email) >= limit:
        raise rate_limited(403, "userRateLimitExceeded")


def no_parent_permission(parent: Item) -> ApiError:
    """The caller may not put anything into that folder."""
    if parent.drive:
        return no_permission(parent.id)
    return ApiError(
        403, "insufficientParentPermissions", "Insufficient permissions for the specified parent."
    )


def _parent_of_new(view: View, fields: Document, *, all_drives: bool) -> Item:
    parents = fields.get("parents") or [view.account.root]
    if not isinstance(parents, list):
        raise bad_request("Parse Error")
    if len(parents) > 1:
        raise ApiError(
            403, "multipleParentsNotAllowed", "A file may not be created with more than one parent."
        )
    parent = find(view, str(parents[0]), all_drives=all_drives)
    if not parent.is_folder:
        raise ApiError(403, "parentNotAFolder", "The specified parent is not a folder.")
    if not view.access.may_add(parent):
        raise no_parent_permission(parent)
    return parent


def _id_of_new(world: World, fields: Document) -> str:
    file_id = fields.get("id")
    if file_id is None:
        return world.ids.new()
    if not world.ids.is_ours(str(file_id)):
        raise invalid("file.id", "The provided file ID is not usable.", "other")
    check_id_is_free(world, str(file_id))
    return str(file_id)


def check_id_is_free(world: World, file_id: str) -> None:
    """Refuse an id that a file has.

    Raises:
        ApiError: 409.
    """
    if file_id in world.tree.items:
        raise ApiError(409, "fileIdInUse", "A file already exists with the provided ID.")


def _plain_fields(fields: Document, item: Item) -> Document:
    found: Document = {}
    if "description" in fields:
        found["description"] = str(fields["description"] or "")
    if "starred" in fields:
        found["starred"] = fields["starred"] is True
    if "originalFilename" in fields:
        found["original_name"] = str(fields["originalFilename"])
    for name, attribute in (("properties", "properties"), ("appProperties", "app_properties")):
        given = fields.get(name)
        if isinstance(given, dict):
            merged = {**getattr(item, attribute), **given}
            found[attribute] = {key: str(value) for key, value in merged.items() if value is not None}
    return found


def _refuse_read_only(fields: Document) -> None:
    if _READ_ONLY & set(fields):
        raise not_writable("The resource body includes fields which are not directly writable.")


def _time(fields: Document, name: str, default: int) -> int:
    text = fields.get(name)
    if text is None:
        return default
    try:
        return time_ms(str(text))
    except ValueError:
        raise invalid(f"file.{name}", f'Invalid value for: Invalid format: "{text}"', "other") from None
