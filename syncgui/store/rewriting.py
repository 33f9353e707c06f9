"""Claim, record and edit as changes of one stored document: bytes in, bytes out, no database.

The rules for one file's entries are those of `syncgui.model.edits`; here they are applied to the files
that are meant, as `syncgui.model.representation.Files` finds them. None means that nothing is to be
written.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bson import ObjectId

from syncgui.model.accepting import accept
from syncgui.model.edits import (
    Claim,
    Edit,
    MutableDocument,
    Result,
    Wish,
    apply_edit,
    apply_result,
    claim,
    entries,
    names_as_entries,
)
from syncgui.model.leases import worker_of
from syncgui.model.representation import Files
from syncgui.store.bson_documents import LARGEST_DOCUMENT_BYTES, rewritten


def asking_once(is_alive: Callable[[str], bool]) -> Callable[[str], bool]:
    """Whether a lease may be replaced, asking once for each worker whether it lives."""
    alive: dict[str, bool] = {}

    def is_free(lease: str) -> bool:
        worker = worker_of(lease)
        if worker is None:
            return True
        if worker not in alive:
            alive[worker] = is_alive(worker)
        return not alive[worker]

    return is_free


def claimed(body: bytes, claims: Sequence[Claim], is_free: Callable[[str], bool]) -> bytes | None:
    """The body with the leases that could be had.

    Args:
        body: the document as stored.
        claims: those of this document.
        is_free: whether a lease found in an entry may be replaced.
    """

    def change(document: MutableDocument) -> bool:
        files = Files(document)
        return any(
            [
                claim(file, one.target.site, one.lease, is_free)
                for one in claims
                for file in files.meant(one.target.file)
            ]
        )

    return rewritten(body, change)


def recorded(body: bytes, results: Sequence[Result], now: datetime) -> bytes | None:
    """The body with the results whose lease is still in the entry; times are `now`, UTC.

    A document that would pass the size that MongoDB takes does without the checksums.
    """

    def change(document: MutableDocument, results: Sequence[Result]) -> bool:
        files = Files(document)
        return any(
            [
                apply_result(file, one, now, _retry_at(one, now))
                for one in results
                for file in files.meant(one.target.file)
            ]
        )

    new = rewritten(body, lambda document: change(document, results))
    if new is None or len(new) <= LARGEST_DOCUMENT_BYTES:
        return new
    bare = [replace(one, checksum=None) for one in results]
    return rewritten(body, lambda document: change(document, bare))


def edited(
    body: bytes, edits: Sequence[Edit], now: datetime, is_free: Callable[[str], bool]
) -> tuple[bytes | None, int]:
    """The body after a person's edits, and how many of them changed something.

    Args:
        body: the document as stored.
        edits: those of this document.
        now: UTC.
        is_free: whether a lease found in an entry is nobody's any more.
    """
    count = 0

    def change(document: MutableDocument) -> bool:
        nonlocal count
        files = Files(document)
        published = _published(document, now)
        for edit in edits:
            count += any([_edit(file, edit, published, is_free) for file in files.meant(edit.target.file)])
        return count > 0

    new = rewritten(body, change)
    return new, count if new is not None else 0


def _edit(file: MutableDocument, edit: Edit, published: datetime, is_free: Callable[[str], bool]) -> bool:
    if edit.wish is Wish.ACCEPT:
        return accept(file, edit, published)
    names = _names(file)
    is_named = edit.target.site in names
    # A name says only "is here". Whoever needs more gets entries; who needs nothing leaves the names.
    if edit.wish is Wish.ADD:
        needs_entries = bool(names) and not is_named and not entries(file, edit.target.site)
    else:
        needs_entries = edit.wish is Wish.SYNC_AGAIN and is_named
    if needs_entries:
        names_as_entries(file, published)
    return apply_edit(file, edit, is_free)


def _names(file: MutableDocument) -> list[str]:
    sites = file.get("sites")
    return [one for one in sites if isinstance(one, str)] if isinstance(sites, list) else []


def _published(document: MutableDocument, now: datetime) -> datetime:
    identifier = document.get("_id")
    return identifier.generation_time.astimezone(UTC) if isinstance(identifier, ObjectId) else now


def _retry_at(result: Result, now: datetime) -> datetime | None:
    return None if result.retry_after_s is None else now + timedelta(seconds=result.retry_after_s)
