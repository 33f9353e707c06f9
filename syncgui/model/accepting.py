"""Accepting a file as it is: its record follows what lies on a site, where the two contradict.

Size and hash become those of the file. Whoever else has what was recorded before no longer has this file:
those entries ask for it again, nothing of theirs is deleted. Failures are forgotten and leases are taken
away, since what is under way is about the old content.
"""

from __future__ import annotations

from datetime import datetime

from bson import Int64

from syncgui.model.edits import (
    OF_TRIES,
    Edit,
    MutableDocument,
    change_entries,
    names_as_entries,
    unset,
)
from syncgui.model.representation import read_size
from syncgui.model.sites import Form, read_sites


def accept(file: MutableDocument, edit: Edit, published: datetime | None) -> bool:
    """Let the record say what the file is; True if the document changed.

    Nothing is changed if the record has another size by now than the person saw, or says no longer that the
    file is on the site on which it was looked at.

    Args:
        file: one file's mapping.
        edit: with its `acceptance`.
        published: when the document was made; a site that is only named has had the file since then.
    """
    seen, site = edit.acceptance, edit.target.site
    if seen is None or seen.size_bytes == seen.recorded_bytes:
        return False
    if read_size(file.get("size")) != seen.recorded_bytes:
        return False
    sites = read_sites(file.get("sites"), published=published)
    if site not in sites.entries or not sites.entries[site].present:
        return False
    there = {site, *seen.keeps}
    if sites.form is Form.NAMES and not there.issuperset(sites.entries):
        names_as_entries(file, published)
    for name, entry in sites.entries.items():
        is_there = name in there and entry.present
        # What was sent once was the old content, wherever it is.
        gone = ("checksum",) if is_there else (*OF_TRIES, "created_dt", "checksum")
        change_entries(file, name, lambda one, gone=gone: unset(one, gone))  # type: ignore[misc]
    file["size"] = _in_its_form(seen.size_bytes, file["size"])
    if "hash" in file:
        file["hash"] = seen.hash
    return True


def _in_its_form(size_bytes: int, found: object) -> int | float:
    """A size as a number of the kind that was found."""
    if isinstance(found, float):
        return float(size_bytes)
    return Int64(size_bytes) if isinstance(found, Int64) else size_bytes
