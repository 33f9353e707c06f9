"""Uploads in one call (multipart, media), and what ends every upload: the content becomes a file's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from tests.servers.drive.answers import file_answer
from tests.servers.drive.calls import Answer, Call, parse_object
from tests.servers.drive.errors import Document, no_permission
from tests.servers.drive.intake import Intake
from tests.servers.drive.items import Item
from tests.servers.drive.making import (
    Content,
    changed_item,
    check_daily_upload,
    check_id_is_free,
    check_room,
    find,
    new_item,
    with_content,
)
from tests.servers.drive.moving import moved
from tests.servers.drive.multipart import RelatedParts
from tests.servers.drive.resources import View
from tests.servers.drive.wire import PIECE_BYTES, Body
from tests.servers.drive.world import World


def upload_multipart(world: World, call: Call) -> Answer:
    """Metadata and content in one call."""
    parts = RelatedParts(call.body, call.head.headers.get("content-type", ""))
    fields = parse_object(parts.metadata())
    return _upload(world, call, fields, parts.mime_type, parts.content())


def upload_media(world: World, call: Call) -> Answer:
    """Content alone."""
    mime_type = call.head.headers.get("content-type", "")
    return _upload(world, call, {}, mime_type, _pieces(call.body))


def planned(view: View, call_params: Mapping[str, str], file_id: str, fields: Document) -> Item:
    """The item that an upload will make (no `file_id`) or change, as it would be without its content.

    Raises:
        ApiError: it may not be done.
    """
    all_drives = _all_drives(call_params)
    if not file_id:
        item = new_item(view, fields, all_drives=all_drives)
        check_room(view.world, item, 0)
        return item
    item = find(view, file_id, all_drives=all_drives)
    if item.is_folder or not view.access.may_edit(item):
        raise no_permission(item.id)
    return changed_item(view, item, fields)


def commit(view: View, params: Mapping[str, str], file_id: str, fields: Document, content: Content) -> Item:
    """Make or change the file, now that its content is there.

    Raises:
        ApiError: it may not be done any more; the content is thrown away.
    """
    world = view.world
    try:
        with world.lock:
            item = planned(view, params, file_id, fields)
            others: list[Item] = []
            if file_id:
                before = world.tree.items[item.id]
                check_room(world, item, content.size, replaced=before.size or 0)
                item, *others = moved(
                    view,
                    item,
                    params.get("addParents", ""),
                    params.get("removeParents", ""),
                    all_drives=_all_drives(params),
                )
            else:
                check_id_is_free(world, item.id)
                check_room(world, item, content.size)
                item = replace(item, order=world.next_order())
            item = with_content(view, item, content, fields)
            if params.get("keepRevisionForever") == "true":
                item = replace(item, keep_forever=True)
            world.put(item, *others)
    except BaseException:
        world.blob_path(content.blob).unlink(missing_ok=True)
        raise
    return item


def _upload(
    world: World, call: Call, fields: Document, mime_type: str, pieces: Iterable[memoryview]
) -> Answer:
    view = call.view
    file_id = call.route.ids[0] if call.route.ids else ""
    check_daily_upload(world, view.account)
    planned(view, call.params, file_id, fields)
    blob = world.ids.new_revision()
    intake = Intake(world.blob_path(blob), world.settings.checksums)
    try:
        for piece in pieces:
            intake.append(piece)
    except BaseException:
        intake.close()
        intake.path.unlink()
        raise
    world.add_uploaded(view.account.email, intake.size)
    content = Content(blob, intake.size, intake.finish(), mime_type)
    return file_answer(call, commit(View.of(world, view.account), call.params, file_id, fields, content))


def _pieces(body: Body) -> Iterable[memoryview]:
    view = memoryview(bytearray(min(PIECE_BYTES, body.length or PIECE_BYTES)))
    while size := body.fill(view):
        yield view[:size]


def _all_drives(params: Mapping[str, str]) -> bool:
    return "true" in (params.get("supportsAllDrives", ""), params.get("supportsTeamDrives", ""))
