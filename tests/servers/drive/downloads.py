"""Contents: whole, or one range of them."""

from __future__ import annotations

import re

from tests.servers.drive.calls import Answer, Call, FilePart
from tests.servers.drive.errors import ApiError
from tests.servers.drive.items import Item
from tests.servers.drive.making import find
from tests.servers.drive.world import World

_RANGE = re.compile(r"bytes=(\d*)-(\d*)$")


def download_file(world: World, call: Call) -> Answer:
    """files.get with alt=media; on shared drives without supportsAllDrives too (rclone sends none)."""
    item = find(call.view, call.route.ids[0], all_drives=True)
    return content_answer(world, call, item, item.blob, item.size or 0)


def content_answer(world: World, call: Call, item: Item, blob: str, size: int) -> Answer:
    """A content, or the part of it that the request's Range names.

    Raises:
        ApiError: there is none, or not that part.
    """
    if not blob:
        raise ApiError(
            403,
            "fileNotDownloadable",
            "Only files with binary content can be downloaded. Use Export with Docs Editors files.",
            location="alt",
        )
    path = world.blob_path(blob)
    start, end = 0, size
    headers: tuple[tuple[str, str], ...] = (
        ("Content-Type", item.mime_type),
        ("Content-Disposition", "attachment"),
        ("Accept-Ranges", "bytes"),
    )
    found = _RANGE.match(call.head.headers.get("range", ""))
    if found is None or found[1] == found[2] == "":
        return Answer(200, part=FilePart(path, 0, size), headers=headers)
    if found[1]:
        start = int(found[1])
        end = min(size, int(found[2]) + 1) if found[2] else size
    else:
        start = max(0, size - int(found[2]))
    if start >= end:
        raise ApiError(
            416,
            "requestedRangeNotSatisfiable",
            "Request range not satisfiable",
            location="Range",
            location_type="header",
            headers=(("Content-Range", f"bytes */{size}"),),
        )
    headers += (("Content-Range", f"bytes {start}-{end - 1}/{size}"),)
    return Answer(206, part=FilePart(path, start, end - start), headers=headers)
