"""Resources as the API shows them: files above all, built field by field as they are asked for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from tests.servers.drive.access import Access
from tests.servers.drive.errors import Document
from tests.servers.drive.items import Account, Item, SharedDrive, time_text
from tests.servers.drive.world import World


@dataclass(frozen=True, slots=True)
class View:
    """The world as one account sees it in one call."""

    world: World
    account: Account
    access: Access

    @classmethod
    def of(cls, world: World, account: Account) -> View:
        """A fresh one."""
        return cls(world, account, Access(world, account.email))


def user_resource(view: View, email: str) -> Document:
    """Somebody."""
    account = view.world.accounts.get(email)
    return {
        "kind": "drive#user",
        "displayName": account.name if account and account.name else email,
        "me": email == view.account.email,
        "permissionId": view.world.ids.permission(email),
        "emailAddress": email,
    }


def drive_resource(view: View, drive: SharedDrive, names: Collection[str] | None = None) -> Document:
    """A shared drive's fields."""
    if names is not None and "capabilities" not in names and "restrictions" not in names:
        found: Document = {"kind": "drive#drive", "id": drive.id, "name": drive.name}
    else:
        root = view.world.tree.items[drive.id]
        found = {"kind": "drive#drive", "id": drive.id, "name": drive.name}
        found["capabilities"] = _drive_capabilities(view.access, root)
        found["restrictions"] = {
            "adminManagedRestrictions": False,
            "copyRequiresWriterPermission": False,
            "domainUsersOnly": False,
            "driveMembersOnly": False,
            "sharingFoldersRequiresOrganizerPermission": False,
        }
    found |= {"createdTime": time_text(drive.created_ms), "hidden": False, "colorRgb": "#0f9d58"}
    return found


def permission_resource(view: View, item: Item, email: str, role: str, *, inherited: bool) -> Document:
    """Somebody's role on an item."""
    found: Document = {
        "kind": "drive#permission",
        "id": "anyoneWithLink" if email == "anyone" else view.world.ids.permission(email),
        "type": "anyone" if email == "anyone" else "user",
        "role": role,
    }
    if email != "anyone":
        user = user_resource(view, email)
        found |= {"emailAddress": email, "displayName": user["displayName"], "deleted": False}
        found["pendingOwner"] = False
    else:
        found["allowFileDiscovery"] = False
    if item.drive:
        detail: Document = {
            "permissionType": "member" if inherited else "file",
            "role": role,
            "inherited": inherited,
        }
        if inherited:
            detail["inheritedFrom"] = item.drive
        found["permissionDetails"] = [detail]
    return found


def permissions_of(view: View, item: Item) -> list[Document]:
    """All roles on an item, inherited ones too."""
    found: dict[str, Document] = {}
    for one in view.world.tree.chain(item):
        roles = dict(one.shares)
        if one.owner and not one.drive:
            roles.setdefault(one.owner, "owner" if one is item else "writer")
        drive = view.world.drives.get(one.id)
        for email, role in (roles | dict(drive.members if drive else {})).items():
            if email not in found:
                found[email] = permission_resource(view, item, email, role, inherited=one is not item)
    return list(found.values())


def revision_resource(view: View, revision: Document) -> Document:
    """An earlier or the present content of a file."""
    return {
        "kind": "drive#revision",
        "id": revision["id"],
        "mimeType": revision["mime_type"],
        "modifiedTime": time_text(int(str(revision["modified_ms"]))),
        "keepForever": bool(revision.get("keep_forever")),
        "published": False,
        "lastModifyingUser": user_resource(view, str(revision["modifier"])),
        "originalFilename": revision["original_name"],
        "md5Checksum": str(revision["md5"]),
        "size": str(revision["size"]),
    }


def head_revision(item: Item) -> Document:
    """The present content as a revision's record."""
    return {
        "id": item.revision,
        "blob": item.blob,
        "size": item.size or 0,
        "md5": item.checksums.get("md5", ""),
        "mime_type": item.mime_type,
        "modified_ms": item.modified_ms,
        "modifier": item.modifier,
        "original_name": item.original_name,
        "keep_forever": item.keep_forever,
    }


def _drive_capabilities(access: Access, root: Item) -> Document:
    role = access.role(root)
    manager, content_manager = role == "organizer", role in ("organizer", "fileOrganizer")
    edit = access.may_edit(root)
    return {
        "canAddChildren": edit,
        "canChangeCopyRequiresWriterPermissionRestriction": manager,
        "canChangeDomainUsersOnlyRestriction": manager,
        "canChangeDriveBackground": manager,
        "canChangeDriveMembersOnlyRestriction": manager,
        "canComment": role != "reader",
        "canCopy": True,
        "canDeleteChildren": manager,
        "canDeleteDrive": manager,
        "canDownload": True,
        "canEdit": edit,
        "canListChildren": True,
        "canManageMembers": manager,
        "canReadRevisions": True,
        "canRename": edit,
        "canRenameDrive": manager,
        "canResetDriveRestrictions": manager,
        "canShare": content_manager,
        "canTrashChildren": content_manager,
    }
