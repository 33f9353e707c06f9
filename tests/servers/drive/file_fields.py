"""A file's fields as the API shows them, built one by one as they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import PurePosixPath

from tests.servers.drive.errors import Document
from tests.servers.drive.items import Item, time_text
from tests.servers.drive.resources import View, permissions_of, user_resource
from tests.servers.drive.settings import FOLDER, SHORTCUT


def file_resource(view: View, item: Item, names: Collection[str] | None = None) -> Document:
    """A file's fields, all or those named; a field without a value is left out."""
    found: Document = {}
    for name in FILE_VALUES if names is None else names:
        value = _value(view, item, name)
        if value is not None:
            found[name] = value
    return found


def default_file_fields(item: Item) -> tuple[str, ...]:
    """What is shown when `fields` does not say."""
    names = ("kind", "id", "name", "mimeType")
    return (*names, "teamDriveId", "driveId") if item.drive else names


def _value(view: View, item: Item, name: str) -> object:
    if (build := _OF_ITEM.get(name)) is not None:
        return build(item)
    if (see := _OF_VIEW.get(name)) is not None:
        return see(view, item)
    return _ALWAYS.get(name)


def _capabilities(view: View, item: Item) -> Document:
    access = view.access
    edit, add, trash = access.may_edit(item), access.may_add(item), access.may_trash(item)
    move, delete, folder = access.may_move(item), access.may_delete(item), item.is_folder
    role = access.role(item)
    found: Document = {
        "canAcceptOwnership": False,
        "canAddChildren": add,
        "canAddMyDriveParent": False,
        "canChangeCopyRequiresWriterPermission": edit and not folder,
        "canChangeViewersCanCopyContent": edit and not folder,
        "canComment": role != "reader",
        "canCopy": not folder,
        "canDelete": delete,
        "canDownload": not folder,
        "canEdit": edit,
        "canListChildren": folder,
        "canModifyContent": edit,
        "canMoveItemWithinDrive": move,
        "canReadRevisions": edit and not folder,
        "canRemoveChildren": add and not item.drive,
        "canRename": edit and item.parent is not None,
        "canShare": edit,
        "canTrash": trash,
        "canUntrash": trash,
        "canMoveItemOutOfDrive": move and not item.drive,
    }
    if item.drive:
        found |= {
            "canAddFolderFromAnotherDrive": add,
            "canDeleteChildren": folder and role == "organizer",
            "canTrashChildren": folder and role in ("organizer", "fileOrganizer"),
            "canMoveChildrenWithinDrive": folder and add,
            "canReadDrive": True,
        }
    return found


def _parents(view: View, item: Item) -> list[str] | None:
    parent = view.world.tree.items.get(item.parent) if item.parent else None
    return [parent.id] if parent is not None and view.access.sees(parent) else None


def _owners(view: View, item: Item) -> list[Document] | None:
    return None if item.drive else [user_resource(view, item.owner)]


def _extension(item: Item) -> str | None:
    return PurePosixPath(item.name).suffix[1:] if item.blob else None


def _permissions(view: View, item: Item) -> list[Document] | None:
    return permissions_of(view, item) if view.access.may_edit(item) and not item.drive else None


def _permission_ids(view: View, item: Item) -> list[object] | None:
    return [one["id"] for one in permissions_of(view, item)] if view.access.may_edit(item) else None


def _link(item: Item) -> str:
    if item.mime_type == FOLDER:
        return f"https://drive.google.com/drive/folders/{item.id}"
    return f"https://drive.google.com/file/d/{item.id}/view?usp=drivesdk"


def _shortcut(view: View, item: Item) -> Document | None:
    if item.mime_type != SHORTCUT:
        return None
    found: Document = {"targetId": item.target}
    target = view.world.tree.items.get(item.target)
    return found | {"targetMimeType": target.mime_type} if target else found


def _shared(view: View, item: Item) -> bool:
    return bool(item.drive) or any(one.shares for one in view.world.tree.chain(item))


def _shared_with_me(view: View, item: Item) -> str | None:
    shared_ms = item.shared_ms.get(view.account.email)
    return time_text(shared_ms) if shared_ms else None


_ALWAYS: dict[str, object] = {
    "kind": "drive#file",
    "spaces": ["drive"],
    "hasThumbnail": False,
    "thumbnailVersion": "0",
    "viewedByMe": False,
    "viewersCanCopyContent": True,
    "copyRequiresWriterPermission": False,
    "isAppAuthorized": True,
    "linkShareMetadata": {"securityUpdateEligible": False, "securityUpdateEnabled": True},
}
_OF_ITEM: dict[str, Callable[[Item], object]] = {
    "id": lambda item: item.id,
    "name": lambda item: item.name,
    "mimeType": lambda item: item.mime_type,
    "description": lambda item: item.description or None,
    "starred": lambda item: item.starred,
    "explicitlyTrashed": lambda item: item.trashed,
    "trashedTime": lambda item: time_text(item.trashed_ms) if item.trashed and item.drive else None,
    "properties": lambda item: item.properties or None,
    "appProperties": lambda item: item.app_properties or None,
    "version": lambda item: str(item.version),
    "webViewLink": _link,
    "webContentLink": lambda item: (
        f"https://drive.google.com/uc?id={item.id}&export=download" if item.blob else None
    ),
    "iconLink": lambda item: f"https://drive-thirdparty.googleusercontent.com/16/type/{item.mime_type}",
    "createdTime": lambda item: time_text(item.created_ms),
    "modifiedTime": lambda item: time_text(item.modified_ms),
    "driveId": lambda item: item.drive or None,
    "teamDriveId": lambda item: item.drive or None,
    "hasAugmentedPermissions": lambda item: bool(item.shares) if item.drive else None,
    "writersCanShare": lambda item: None if item.drive else True,
    "originalFilename": lambda item: item.original_name if item.blob else None,
    "fileExtension": _extension,
    "fullFileExtension": _extension,
    "md5Checksum": lambda item: item.checksums.get("md5"),
    "sha1Checksum": lambda item: item.checksums.get("sha1"),
    "sha256Checksum": lambda item: item.checksums.get("sha256"),
    "size": lambda item: str(item.size) if item.size is not None else None,
    "quotaBytesUsed": lambda item: "0" if item.drive else str(item.size or 0),
    "headRevisionId": lambda item: item.revision or None,
    "folderColorRgb": lambda item: "#8f8f8f" if item.is_folder else None,
    "inheritedPermissionsDisabled": lambda item: False if item.is_folder else None,
}
_OF_VIEW: dict[str, Callable[[View, Item], object]] = {
    "trashed": lambda view, item: view.access.is_trashed(item),
    "parents": _parents,
    "modifiedByMe": lambda view, item: item.modifier == view.account.email,
    "modifiedByMeTime": lambda view, item: (
        time_text(item.modified_ms) if item.modifier == view.account.email else None
    ),
    "sharedWithMeTime": _shared_with_me,
    "owners": _owners,
    "ownedByMe": lambda view, item: None if item.drive else item.owner == view.account.email,
    "lastModifyingUser": lambda view, item: user_resource(view, item.modifier) if item.modifier else None,
    "shared": _shared,
    "capabilities": _capabilities,
    "permissions": _permissions,
    "permissionIds": _permission_ids,
    "shortcutDetails": _shortcut,
}
FILE_VALUES = (*_ALWAYS, *_OF_ITEM, *_OF_VIEW)
