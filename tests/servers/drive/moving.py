"""Moving items to other folders, within a drive and between drives."""

from __future__ import annotations

from dataclasses import replace

from tests.servers.drive.errors import ApiError, bad_request, no_permission
from tests.servers.drive.items import Item
from tests.servers.drive.making import find, no_parent_permission
from tests.servers.drive.resources import View


def moved(view: View, item: Item, add: str, remove: str, *, all_drives: bool) -> list[Item]:
    """An item, and what lies in it where that changes too, under another parent; not kept yet.

    Args:
        add, remove: ids of folders, with commas between them.

    Raises:
        ApiError: it may not be moved so.
    """
    world, access = view.world, view.access
    root = view.account.root
    removed = {root if one == "root" else one for one in remove.split(",") if one}
    parents = [one for one in (item.parent,) if one and one not in removed]
    parents += [
        one for one in (root if one == "root" else one for one in add.split(",") if one) if one not in parents
    ]
    if parents == [item.parent] and not add:
        return [item]
    if len(parents) > 1:
        raise ApiError(403, "cannotAddParent", "Increasing the number of parents is not allowed.")
    if not parents:
        raise (
            ApiError(403, "teamDrivesParentLimit", "A shared drive item must have exactly one parent.")
            if item.drive
            else bad_request()
        )
    target = find(view, parents[0], all_drives=all_drives)
    if not access.may_move(item):
        raise no_permission(item.id)
    if not access.may_add(target):
        raise no_parent_permission(target)
    if any(one.id == item.id for one in world.tree.chain(target)):
        raise ApiError(403, "cyclicalParents", "The parent is a descendant of the file.")
    changed = [replace(item, parent=target.id, drive=target.drive, version=item.version + 1)]
    if target.drive != item.drive:
        below = list(world.tree.below(item))[1:]
        owner = "" if target.drive else view.account.email
        changed = [replace(one, drive=target.drive, owner=owner) for one in (*changed, *below)]
    return changed
