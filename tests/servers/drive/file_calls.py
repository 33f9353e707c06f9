"""Calls on files that carry no content."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace

from tests.servers.drive.answers import file_answer, masked_answer
from tests.servers.drive.calls import Answer, Call
from tests.servers.drive.errors import ApiError, Document, no_permission
from tests.servers.drive.items import Item
from tests.servers.drive.making import (
    Content,
    changed_item,
    check_room,
    find,
    new_item,
    with_content,
)
from tests.servers.drive.moving import moved
from tests.servers.drive.resources import View
from tests.servers.drive.world import World

_GOOGLE_TYPE = "application/vnd.google-apps."


def get_file(world: World, call: Call) -> Answer:
    """files.get"""
    return file_answer(call, _named(call))


def create_file(world: World, call: Call) -> Answer:
    """files.create without content: a folder, a shortcut, or an empty file."""
    fields = call.json()
    with world.lock:
        item = new_item(call.view, fields, all_drives=call.flag("supportsAllDrives"))
        check_room(world, item, 0)
        item = replace(item, order=world.next_order())
        if not item.mime_type.startswith(_GOOGLE_TYPE):
            item = with_content(call.view, item, _empty(world), fields)
        world.put(item)
    return file_answer(call, item)


def update_file(world: World, call: Call) -> Answer:
    """files.update without content: names, times, trash, parents."""
    fields = call.json()
    with world.lock:
        item = _named(call)
        changed = changed_item(call.view, item, fields)
        if item.parent is None and fields:
            raise no_permission(item.id)
        changed, *others = moved(
            call.view,
            changed,
            call.params.get("addParents", ""),
            call.params.get("removeParents", ""),
            all_drives=call.flag("supportsAllDrives"),
        )
        world.put(changed, *others)
    call.seen = View.of(world, call.view.account)
    return file_answer(call, changed)


def delete_file(world: World, call: Call) -> Answer:
    """files.delete, with all that lies below."""
    with world.lock:
        item = _named(call)
        if not call.view.access.may_delete(item):
            raise no_permission(item.id)
        world.remove(item)
    return Answer(204)


def empty_trash(world: World, call: Call) -> Answer:
    """files.emptyTrash of My Drive, or of a shared drive."""
    drive_id = call.params.get("driveId", "")
    with world.lock:
        mine = [
            item
            for item in world.tree.items.values()
            if item.trashed and item.drive == drive_id and call.view.access.may_delete(item)
        ]
        for item in mine:
            if item.id in world.tree.items:
                world.remove(item)
    return Answer(204)


def copy_file(world: World, call: Call) -> Answer:
    """files.copy"""
    fields = call.json()
    all_drives = call.flag("supportsAllDrives")
    with world.lock:
        source = _named(call)
        if source.is_folder:
            raise ApiError(403, "cannotCopyFile", "This file cannot be copied by the user.")
        parents = fields.get("parents") or [source.parent]
        fields = {"name": source.name, "mimeType": source.mime_type} | fields | {"parents": parents}
        item = new_item(call.view, fields, all_drives=all_drives)
        check_room(world, item, source.size or 0)
        item = replace(item, order=world.next_order(), target=source.target)
        if source.blob:
            blob = world.ids.new_revision()
            os.link(world.blob_path(source.blob), world.blob_path(blob))
            content = Content(blob, source.size or 0, source.checksums, source.mime_type)
            if "modifiedTime" not in fields:
                item = replace(item, modified_ms=world.now_ms())
            item = with_content(call.view, item, content, fields)
        world.put(item)
    return file_answer(call, item)


def generate_ids(world: World, call: Call) -> Answer:
    """files.generateIds"""
    text = call.params.get("count", "10")
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise ApiError(
            400,
            "invalidParameter",
            f"Invalid value '{text}'. Values must be within the range: [1, 1000]",
            location="count",
        )
    document: Document = {
        "kind": "drive#generatedIds",
        "space": call.params.get("space", "drive"),
        "ids": [world.ids.new() for _ in range(int(text))],
    }
    return masked_answer(call, document, ())


def _named(call: Call) -> Item:
    return find(call.view, call.route.ids[0], all_drives=call.flag("supportsAllDrives"))


def _empty(world: World) -> Content:
    blob = world.ids.new_revision()
    world.blob_path(blob).touch()
    checksums = {
        name: hashlib.new(name, usedforsecurity=False).hexdigest() for name in world.settings.checksums
    }
    return Content(blob, 0, checksums)
