"""Calls on shared drives, permissions, revisions, changes and the account."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from tests.servers.drive.access import ROLES, rank
from tests.servers.drive.answers import masked_answer
from tests.servers.drive.calls import Answer, Call
from tests.servers.drive.downloads import content_answer
from tests.servers.drive.errors import ApiError, Document, invalid, no_permission, not_found
from tests.servers.drive.fields import check_names, select, wanted
from tests.servers.drive.items import Item, SharedDrive
from tests.servers.drive.making import find
from tests.servers.drive.query import Term, begins_a_word, compare, holds, parse_query
from tests.servers.drive.resources import (
    drive_resource,
    head_revision,
    permission_resource,
    permissions_of,
    revision_resource,
    user_resource,
)
from tests.servers.drive.world import World

_LIST = ("kind", "nextPageToken")
_ABOUT = (
    "kind",
    "user",
    "storageQuota",
    "importFormats",
    "exportFormats",
    "maxImportSizes",
    "maxUploadSize",
    "appInstalled",
    "folderColorPalette",
    "driveThemes",
    "teamDriveThemes",
    "canCreateDrives",
    "canCreateTeamDrives",
)


def list_drives(world: World, call: Call) -> Answer:
    """drives.list"""
    text = call.params.get("q", "").strip()
    query = parse_query(text) if text else None
    size = call.params.get("pageSize", "10")
    start = call.params.get("pageToken", "0")
    if not size.isdecimal() or not 1 <= int(size) <= 100:
        raise invalid("pageSize")
    if not start.isdecimal():
        raise invalid("pageToken")
    drives = [
        drive
        for drive in list(world.drives.values())
        if call.view.access.sees(world.tree.items[drive.id])
        and (query is None or holds(query, partial(_drive_is, drive)))
    ]
    end = int(start) + int(size)
    document: Document = {"kind": "drive#driveList"}
    if len(drives) > end:
        document["nextPageToken"] = str(end)
    mask = call.mask
    check_names(mask, frozenset((*_LIST, "drives")))
    inner = None if mask is None else wanted(mask.get("drives"))
    names = frozenset(("id", "name")) if mask is None else inner
    shown = [drive_resource(call.view, one, names) for one in drives[int(start) : end]]
    if mask is None:
        shown = [{name: one[name] for name in ("kind", "id", "name")} for one in shown]
        return Answer(200, document | {"drives": shown})
    return masked_answer(call, document | {"drives": shown}, _LIST)


def get_drive(world: World, call: Call) -> Answer:
    """drives.get"""
    drive = world.drives.get(call.route.ids[0])
    if drive is None or not call.view.access.sees(world.tree.items[drive.id]):
        raise ApiError(404, "notFound", f"Shared drive not found: {call.route.ids[0]}", location="driveId")
    found = drive_resource(call.view, drive)
    if call.mask is None:
        return Answer(200, {name: found[name] for name in ("kind", "id", "name")})
    return masked_answer(call, found, ("backgroundImageLink", "backgroundImageFile", "themeId", "orgUnitId"))


def about(world: World, call: Call) -> Answer:
    """about.get: who calls, and how much storage that account has."""
    if call.mask is None:
        raise ApiError(
            400, "required", "The 'fields' parameter is required for this method.", location="fields"
        )
    account = call.view.account
    used = world.tree.used_bytes[account.email]
    with world.lock:
        trashed = sum(
            item.size or 0
            for item in world.tree.items.values()
            if item.owner == account.email and item.size and call.view.access.is_trashed(item)
        )
    quota: Document = {"usage": str(used), "usageInDrive": str(used), "usageInDriveTrash": str(trashed)}
    if account.storage_bytes is not None:
        quota["limit"] = str(account.storage_bytes)
    document = {
        "kind": "drive#about",
        "user": user_resource(call.view, account.email),
        "storageQuota": quota,
        "importFormats": {},
        "exportFormats": {},
        "maxImportSizes": {},
        "maxUploadSize": str(5 * 10**12),
        "appInstalled": True,
        "canCreateDrives": account.kind == "user",
        "canCreateTeamDrives": account.kind == "user",
        "folderColorPalette": ["#8f8f8f"],
    }
    return masked_answer(call, document, _ABOUT)


def list_permissions(world: World, call: Call) -> Answer:
    """permissions.list"""
    item = _item(call)
    if not call.view.access.may_edit(item):
        raise no_permission(item.id)
    found = permissions_of(call.view, item)
    document: Document = {"kind": "drive#permissionList"}
    if call.mask is None:
        names = ("kind", "id", "type", "role")
        return Answer(200, document | {"permissions": select(found, dict.fromkeys(names))})
    return masked_answer(call, document | {"permissions": found}, _LIST)


def create_permission(world: World, call: Call) -> Answer:
    """permissions.create, for a user or for anyone: on a shared drive itself it makes a member."""
    fields = call.json()
    kind, role = fields.get("type"), str(fields.get("role", ""))
    if kind not in ("user", "group", "anyone"):
        raise invalid("permission.type", "The specified permission type is invalid.", "other")
    if role not in ROLES or role == "owner":
        raise invalid("permission.role", "The specified role is invalid.", "other")
    email = "anyone" if kind == "anyone" else str(fields.get("emailAddress", ""))
    if not email:
        raise invalid("permission.emailAddress", "The emailAddress field is required.", "other")
    with world.lock:
        item = _item(call)
        if not call.view.access.may_edit(item):
            raise no_permission(item.id)
        if item.id in world.drives:
            drive = world.drives[item.id]
            world.add_drive(replace(drive, members={**drive.members, email: role}))
        else:
            times = {**item.shared_ms, email: world.now_ms()}
            world.put(replace(item, shares={**item.shares, email: role}, shared_ms=times))
    found = permission_resource(call.view, item, email, role, inherited=False)
    if call.mask is None:
        return Answer(200, {name: found[name] for name in ("kind", "id", "type", "role")})
    return masked_answer(call, found, ())


def delete_permission(world: World, call: Call) -> Answer:
    """permissions.delete"""
    with world.lock:
        item = _item(call)
        if not call.view.access.may_edit(item):
            raise no_permission(item.id)
        wanted_id = call.route.ids[1]
        for email in item.shares:
            if wanted_id in ("anyoneWithLink" if email == "anyone" else world.ids.permission(email),):
                shares = {one: role for one, role in item.shares.items() if one != email}
                world.put(replace(item, shares=shares))
                return Answer(204)
    raise ApiError(404, "notFound", f"Permission not found: {wanted_id}.", location="permissionId")


def list_revisions(world: World, call: Call) -> Answer:
    """revisions.list, oldest first, the present content last."""
    item = _with_revisions(call)
    records = [*item.revisions, head_revision(item)]
    found = [revision_resource(call.view, one) for one in records]
    document: Document = {"kind": "drive#revisionList"}
    if call.mask is None:
        names = ("kind", "id", "mimeType", "modifiedTime")
        return Answer(200, document | {"revisions": select(found, dict.fromkeys(names))})
    return masked_answer(call, document | {"revisions": found}, _LIST)


def get_revision(world: World, call: Call) -> Answer:
    """revisions.get, metadata or content."""
    item = _with_revisions(call)
    for record in (*item.revisions, head_revision(item)):
        if record["id"] == call.route.ids[1] or call.route.ids[1] == "head":
            if call.params.get("alt") == "media":
                return content_answer(world, call, item, str(record["blob"]), int(str(record["size"])))
            found = revision_resource(call.view, record)
            if call.mask is None:
                return Answer(200, {name: found[name] for name in ("kind", "id", "mimeType", "modifiedTime")})
            return masked_answer(call, found, ())
    raise ApiError(404, "notFound", f"Revision not found: {call.route.ids[1]}.", location="revisionId")


def start_page_token(world: World, call: Call) -> Answer:
    """changes.getStartPageToken; what changes after it is not told."""
    total = sum(item.version for item in list(world.tree.items.values()))
    return masked_answer(call, {"kind": "drive#startPageToken", "startPageToken": str(total)}, ())


def _drive_is(drive: SharedDrive, term: Term) -> bool:
    if term.field != "name":
        raise invalid("q")
    if term.operator == "contains":
        return begins_a_word(drive.name, str(term.value))
    return compare(term.operator, drive.name.casefold(), str(term.value).casefold())


def _item(call: Call) -> Item:
    return find(call.view, call.route.ids[0], all_drives=call.flag("supportsAllDrives"))


def _with_revisions(call: Call) -> Item:
    """revisions.* take no supportsAllDrives."""
    item = find(call.view, call.route.ids[0], all_drives=True)
    if not item.revision:
        raise ApiError(403, "revisionsNotSupported", "The file does not support revisions.")
    if rank(call.view.access.role(item)) < rank("writer"):
        raise not_found(item.id)
    return item
