"""Answers about files and lists, cut to the `fields` that were asked for."""

from __future__ import annotations

from collections.abc import Sequence

from tests.servers.drive.calls import Answer, Call
from tests.servers.drive.errors import Document
from tests.servers.drive.fields import FILE_FIELDS, Mask, check_names, select, wanted
from tests.servers.drive.file_fields import default_file_fields, file_resource
from tests.servers.drive.items import Item


def file_answer(call: Call, item: Item, status: int = 200) -> Answer:
    """One file."""
    return Answer(status, masked_file(call, item, call.mask))


def masked_file(call: Call, item: Item, mask: Mask | None) -> Document:
    """A file as far as a mask goes; without one, what Drive shows by default."""
    if mask is None:
        return file_resource(call.view, item, default_file_fields(item))
    check_names(mask, FILE_FIELDS)
    return masked(file_resource(call.view, item, wanted(mask)), mask)


def masked(document: Document, mask: Mask | None) -> Document:
    """A document as far as a mask goes."""
    found = select(document, mask)
    assert isinstance(found, dict)
    return found


def masked_answer(call: Call, document: Document, known: Sequence[str]) -> Answer:
    """Any document.

    Args:
        call: says which fields.
        document: all that there is.
        known: names of fields that may be asked for.
    """
    mask = call.mask
    check_names(mask, frozenset(known) | frozenset(document))
    return Answer(200, masked(document, mask))
